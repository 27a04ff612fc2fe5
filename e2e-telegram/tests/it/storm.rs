//! Many people at once, a server in trouble, and a long day.

use std::fs;
use std::time::{Duration, Instant};

use guard_e2e_telegram::{Fault, Limits, Person};
use serde_json::json;

use crate::bot::{ADA, Bot};

const PEOPLE: i64 = 100;

#[test]
fn a_hundred_people_at_once_are_each_answered_once_within_the_limits() {
    let list: Vec<_> = (1000..1000 + PEOPLE).map(|id| id.to_string()).collect();
    let mut bot = Bot::new().with("ALLOWED_USERS", &list.join(","));
    bot.server.set_limits(Limits::default());
    bot.start();
    let people: Vec<Person> =
        (1000..1000 + PEOPLE).map(|id| bot.server.person(id, &format!("Person {id}"))).collect();
    let begun = Instant::now();
    let said: Vec<_> = people
        .iter()
        .map(|person| person.say(&format!("echo x >> web/by-{0} && echo done {0}", person.id())))
        .collect();
    // Runs at the same time, sampled.
    let most = busiest(&bot, || people.iter().zip(&said).all(|(person, said)| is_answered(person, *said)));
    println!("{PEOPLE} people: all answered in {:.1} s, at most {most} cells", begun.elapsed().as_secs_f64());
    assert!((1..=8).contains(&most), "{most} cells at once");
    for person in &people {
        assert_eq!(bot.read(&format!("web/by-{}", person.id())), "x\n");
    }
    let refused: Vec<_> =
        bot.server.calls().into_iter().filter(|call| call.status != 200 && call.status != 0).collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

fn is_answered(person: &Person, said: i64) -> bool {
    let done = format!("done {}", person.id());
    person.messages().iter().any(|message| {
        message.from_bot
            && message.raw["reply_to_message"]["message_id"] == said
            && message.text.contains(&done)
    })
}

/// The most children of the bot at any look, until `is_over`.
fn busiest(bot: &Bot, is_over: impl Fn() -> bool) -> usize {
    let (begun, mut most) = (Instant::now(), 0);
    let children = format!("/proc/{0}/task", bot.pid());
    while !is_over() {
        let count = fs::read_dir(&children).into_iter().flatten().flatten().map(|task| {
            let list = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            list.split_whitespace().filter(|pid| is_bwrap(pid)).count()
        });
        most = most.max(count.sum());
        assert!(begun.elapsed() < Duration::from_secs(90), "not all are answered");
        std::thread::sleep(Duration::from_millis(5));
    }
    most
}

fn is_bwrap(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "bwrap")
}

#[test]
fn one_person_cannot_pass_the_rate() {
    let mut bot = Bot::new().with("RATE_LIMIT_REQUESTS", "1").with("RATE_LIMIT_BURST", "4");
    bot.start();
    let ada = bot.ada();
    let said: Vec<_> = (0..10).map(|number| ada.say(&format!("echo {number} >> web/ran"))).collect();
    ada.wait("an answer to the last", |message| {
        message.raw["reply_to_message"]["message_id"] == *said.last().unwrap()
            && !message.text.contains("Queued")
    });
    bot.wait_idle(&ada);
    assert_eq!(bot.read("web/ran"), "0\n1\n2\n3\n");
    assert!(bot.sent().contains("rate"));
}

#[test]
fn trouble_with_the_server_loses_nothing_and_doubles_nothing() {
    let mut bot = Bot::new();
    bot.start();
    let ada = bot.ada();
    for (number, fault) in [
        Fault::Status(502),
        Fault::Drop,
        Fault::DropAnswer,
        Fault::CutJson,
        Fault::CutBody,
        Fault::Doubled,
        Fault::Reversed,
        Fault::Slow(Duration::from_millis(400)),
        Fault::TooMany { retry_after: 1 },
    ]
    .into_iter()
    .enumerate()
    {
        bot.server.fault("getUpdates", 2, fault);
        let said = ada.say(&format!("echo x >> web/poll-{number} && echo polled {number}"));
        ada.say("/pwd");
        ada.wait("an answer", |message| {
            message.raw["reply_to_message"]["message_id"] == said
                && message.text.contains(&format!("polled {number}"))
        });
        bot.server.clear_faults();
        bot.server.redeliver(20);
    }
    for (number, fault) in
        [Fault::Status(503), Fault::Drop, Fault::TooMany { retry_after: 2 }, Fault::CutBody]
            .into_iter()
            .enumerate()
    {
        bot.server.fault("sendMessage", 2, fault);
        let said = ada.say(&format!("echo x >> web/send-{number} && echo sent {number}"));
        ada.wait("an answer", |message| {
            message.raw["reply_to_message"]["message_id"] == said
                && message.text.contains(&format!("sent {number}"))
        });
        bot.server.clear_faults();
    }
    // What cannot be read is passed over, and what stands beside it is not.
    bot.server.push(json!({"brand_new_kind": {"text": "x"}}));
    bot.server.push(json!({"message": {"message_id": "not a number"}}));
    let said = ada.say("echo x >> web/beside && echo beside it");
    ada.wait_text(said, "beside it");
    bot.server.wait_confirmed();
    bot.wait_idle(&ada);
    let ran = |name: &str| bot.read(&format!("web/{name}"));
    for number in 0..9 {
        assert_eq!(ran(&format!("poll-{number}")), "x\n", "poll {number}");
    }
    for number in 0..4 {
        assert_eq!(ran(&format!("send-{number}")), "x\n", "send {number}");
    }
    assert_eq!(ran("beside"), "x\n");
    assert!(!bot.records("telegram-update-undecodable").is_empty());
}

#[test]
fn a_second_poller_is_waited_for_and_a_revoked_token_ends_the_bot() {
    let mut bot = Bot::new();
    bot.start();
    let ada = bot.ada();
    bot.server.wait_call("a poll", |call| call.method == "getUpdates");
    // Somebody else polls once.
    let other = crate::stand::client(&bot.server);
    crate::stand::wait(other.poll(None, Duration::ZERO)).expect("a poll");
    let said = ada.say("echo still here");
    ada.wait_text(said, "still here");
    bot.server.revoke("4800000001:AAEanother");
    ada.say("echo nobody hears this");
    assert!(bot.wait_end(), "{}", bot.said());
    assert!(bot.said().contains("[telegram-unauthorized]"), "{}", bot.said());
    assert!(!bot.said().contains("AAE"), "{}", bot.said());
}

#[test]
fn asked_to_end_it_finishes_what_runs_and_keeps_what_waits() {
    let mut bot = Bot::new();
    bot.start();
    let ada = bot.ada();
    let first = ada.say("sleep 2 && echo x >> web/first && echo over");
    ada.wait("a live message", |message| message.id > first && message.button("Stop").is_some());
    let second = ada.say("echo x >> web/second && echo later");
    ada.wait_text(second, "Queued");
    assert!(bot.end(), "{}", bot.said());
    assert_eq!((bot.read("web/first").as_str(), bot.exists("web/second")), ("x\n", false));
    bot.start();
    ada.wait_text(second, "later");
    bot.wait_idle(&ada);
    assert_eq!((bot.read("web/first").as_str(), bot.read("web/second").as_str()), ("x\n", "x\n"));
}

/// `VmRSS` in KiB.
fn memory(bot: &Bot) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", bot.pid())).expect("a process");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a size");
    line.split_whitespace().nth(1).and_then(|size| size.parse().ok()).expect("a number")
}

#[test]
fn a_day_of_use_does_not_grow_the_bot() {
    // A day of one diligent person and of many strangers, without the pauses.
    let days: u32 = std::env::var("GUARD_TEST_DAYS").ok().and_then(|days| days.parse().ok()).unwrap_or(1);
    let mut bot = Bot::new();
    bot.start();
    let (ada, eve) = (bot.ada(), bot.eve());
    let mut sizes = vec![memory(&bot)];
    for hour in 0..24 * days {
        for number in 0..20 {
            eve.say(&format!("let me in {hour} {number}"));
        }
        bot.server.push(json!({"brand_new_kind": {}}));
        let tap = ada.tap_data(1, "g1.00000000000000000000000000000000");
        let said = ada.say(&format!("seq 1 200 && echo hour {hour} is over"));
        ada.wait("an answer", |message| {
            message.id > said && message.text.contains(&format!("hour {hour} is over"))
        });
        ada.wait_answer(&tap);
        sizes.push(memory(&bot));
    }
    println!("resident at the start of each hour, KiB: {sizes:?}");
    let [first, .., last] = sizes[sizes.len() / 4..] else { panic!("too few hours") };
    assert!(last < first + 6 * 1024, "from {first} to {last} KiB: {sizes:?}");
    assert_eq!(ada.id(), ADA);
}
