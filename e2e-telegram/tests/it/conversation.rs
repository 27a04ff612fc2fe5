//! What a person and the bot say to each other, with the shell agent in its cell.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::bot::{ADA, Bot};

fn started() -> Bot {
    let mut bot = Bot::new();
    bot.start();
    bot
}

#[test]
fn a_prompt_is_run_in_a_cell_and_answered() {
    let bot = started();
    let ada = bot.ada();
    let said = ada.say("cd web && head -1 README.md && echo done > made");
    let answer = ada.wait_text(said, "# web");
    assert_eq!(answer.raw["reply_to_message"]["message_id"], said);
    assert_eq!(bot.read("web/made"), "done\n");
    // Denied by the guard, and by the cell where the guard is deceived.
    let said = ada.say("cat web/.env");
    ada.wait_text(said, "secret-file");
    assert!(!bot.sent().contains("canary-7d3e"));
    assert!(!bot.records("secret-file").is_empty());
    for call in bot.server.calls().iter().filter(|call| call.method.starts_with("send")) {
        assert!(call.status == 200 && !call.params.contains_key("parse_mode"), "{call:#?}");
    }
}

#[test]
fn what_is_asked_runs_once_after_a_yes_and_never_after_a_no() {
    let bot = started();
    let ada = bot.ada();
    for (answer, toast, outcome, stays) in [
        ("Deny", "Denied.", "Denied", true),
        ("Deny and stop", "Denied.", "Denied", true),
        ("Allow once", "Allowed.", "Allowed once", false),
    ] {
        bot.write("web/old/file", "");
        let said = ada.say("cd web && rm -r old");
        let card = ada.wait("a card", |message| message.id > said && message.button("Allow once").is_some());
        assert!(
            card.text.contains("Run exactly this, once?") && card.text.contains("rm -r old"),
            "{card:#?}"
        );
        assert!(card.buttons.iter().all(|button| (1..=64).contains(&button.data.len())));
        assert!(bot.exists("web/old"), "nothing runs before the answer");
        let tap = ada.tap(card.id, answer);
        assert_eq!(ada.wait_answer(&tap).0, toast);
        let shown =
            ada.wait("the outcome", |message| message.id == card.id && message.text.contains(outcome));
        assert!(shown.buttons.is_empty());
        ada.wait("the end of it", |message| message.id > card.id);
        assert_eq!(bot.exists("web/old"), stays, "{answer}");
        // The same tap once more, as a client may send it.
        let again = ada.tap_data(card.id, &card.button(answer).unwrap().data);
        assert!(ada.wait_answer(&again).0.contains("answered already"));
    }
    assert_eq!(bot.records("approval_tapped").len(), 3);
}

#[test]
fn taps_that_do_not_count_run_nothing_and_are_recorded() {
    let group = -1_001_234;
    let mut bot = Bot::new().with("GUARD_ALLOWED_CHATS", &group.to_string());
    bot.server.group(group, "Group");
    bot.start();
    let (ada, bob, eve) = (bot.ada().in_chat(group), bot.bob().in_chat(group), bot.eve().in_chat(group));
    bot.write("web/old/file", "");
    let said = ada.say("cd web && rm -r old");
    let card = ada.wait("a card", |message| message.id > said && message.button("Allow once").is_some());
    let data = card.button("Allow once").unwrap().data.clone();
    let other = ada.say("/pwd");
    // Forged, from the wrong message, by somebody else who may use the bot.
    for (tap, want) in [
        (ada.tap_data(card.id, "g1.00000000000000000000000000000000"), "not known any more"),
        (ada.tap_data(card.id, "approve"), "not known any more"),
        (ada.tap_data(other, &data), "another message"),
        (bob.tap_data(card.id, &data), "Only the person who was asked"),
    ] {
        let (toast, is_alert) = ada.wait_answer(&tap);
        assert!(toast.contains(want) && is_alert, "{toast} instead of {want}");
    }
    // A stranger hears nothing at all.
    let tap = eve.tap_data(card.id, &data);
    bot.server.wait_confirmed();
    assert_eq!(ada.answer(&tap), None);
    assert!(bot.exists("web/old"));
    // From before a restart.
    bot.kill();
    bot.start();
    ada.wait_text(card.id, "interrupted");
    let late = ada.tap_data(card.id, &data);
    assert!(ada.wait_answer(&late).0.contains("before a restart"));
    assert!(bot.exists("web/old"));
    let refused = bot.records("tap-");
    for code in ["tap-unknown", "tap-elsewhere", "tap-not-asked"] {
        assert!(refused.iter().any(|record| record.contains(code)), "{code} is not in {refused:#?}");
    }
}

#[test]
fn a_question_expires_as_a_no() {
    let mut bot = Bot::new();
    bot.configure("[approval]\nexpires-minutes = 1\n");
    bot.start();
    let ada = bot.ada();
    bot.write("web/old/file", "");
    let said = ada.say("cd web && rm -r old");
    let card = ada.wait("a card", |message| message.id > said && message.button("Allow once").is_some());
    assert!(card.text.contains("No answer within 1 min is a no."), "{card:#?}");
    // The shortest time that can be set.
    std::thread::sleep(Duration::from_secs(50));
    ada.wait("its end", |message| message.id == card.id && message.text.contains("Expired"));
    let tap = ada.tap_data(card.id, &card.button("Allow once").unwrap().data);
    assert!(ada.wait_answer(&tap).0.contains("expired"));
    assert!(bot.exists("web/old"));
}

/// Something that goes on until it is stopped, and shows its end.
const ENDLESS: &str = "cd web && python3 wait.py";
const WAIT: &str = "import time\nopen('state', 'w').write('begun\\n')\nfor number in range(600):\n    print('line', number, flush=True)\n    time.sleep(0.5)\nopen('state', 'w').write('over\\n')\n";

#[test]
fn a_run_is_stopped_by_the_button_by_words_and_on_the_draft() {
    let bot = started();
    bot.write("web/wait.py", WAIT);
    let ada = bot.ada();
    for how in ["button", "words", "draft", "lock"] {
        let said = ada.say(ENDLESS);
        let live =
            ada.wait("a live message", |message| message.id > said && message.button("Stop").is_some());
        let queued = ada.say("echo queued");
        ada.wait_text(queued, "Queued, 1 before it.");
        let begun = Instant::now();
        match how {
            "button" => {
                assert_eq!(ada.wait_answer(&ada.tap(live.id, "Stop")).0, "Stopping.");
                ada.wait("the queued one", |message| message.id > queued && message.text.contains("queued"));
            }
            "words" => {
                let stop = ada.say("/stop");
                ada.wait_text(stop, "1 that waited will not run");
            }
            "draft" => {
                while ada.draft().is_none() {
                    assert!(begun.elapsed() < Duration::from_secs(30), "no draft");
                    std::thread::sleep(Duration::from_millis(20));
                }
                assert!(ada.stop_draft());
            }
            _ => {
                let lock = ada.say("/lock");
                ada.wait_text(lock, "Locked.");
                let locked = ada.say("echo locked > web/locked");
                ada.wait_text(locked, "Locked: nothing runs");
                assert!(!bot.exists("web/locked"));
                let unlock = ada.say("/unlock");
                ada.wait_text(unlock, "Unlocked.");
            }
        }
        let over = ada.wait("no button", |message| message.id == live.id && message.buttons.is_empty());
        assert!(over.text.starts_with("Stopped after"), "{how}: {}", over.text);
        ada.wait_text(live.id, "stopped by you");
        bot.wait_idle(&ada);
        assert_eq!(bot.read("web/state"), "begun\n", "{how}");
    }
}

#[test]
fn long_answers_come_whole() {
    let bot = started();
    let ada = bot.ada();
    let said = ada.say("seq 1 1500");
    ada.wait("the last piece", |message| message.id > said && message.text.contains("1499\n1500"));
    let messages = ada.messages();
    let whole: String = messages
        .iter()
        .filter(|message| message.from_bot && message.id > said)
        .map(|message| message.text.as_str())
        .collect();
    assert!((1..=1500).all(|number| whole.contains(&number.to_string())));
    let said = ada.say("seq 1 30000");
    let file = ada.wait("a file", |message| message.id > said && message.document.is_some());
    let content = ada.read_file(&file.document.unwrap().1).unwrap();
    assert_eq!(
        String::from_utf8(content).unwrap().lines().filter(|line| line.parse::<u32>().is_ok()).count(),
        30000
    );
}

#[test]
fn each_command_answers() {
    let bot = started();
    let ada = bot.ada();
    for (command, want) in [
        ("/start", "/help"),
        ("/help@guard_test_bot", "/stop"),
        ("/projects", "web"),
        ("/cd web", "/web"),
        ("/pwd", "/web"),
        ("/ls", "README.md"),
        ("/cat README.md", "second line"),
        ("/cat .env", "[secret-file]"),
        ("/cd ../../..", "["),
        ("/cat /../../etc/passwd", "["),
        ("/cost", "USD"),
        ("/verbose 2", "Level 2"),
        ("/verbose many", "/verbose 2"),
        ("/status", "Directory: /web"),
        ("/new", "conversation"),
        ("/stop", "Nothing runs."),
        ("/audit 5", "file_shown"),
        ("/frobnicate", "no such command"),
        ("/pair ABCDEFGH", "already"),
    ] {
        let said = ada.say(command);
        let answer = ada.wait("an answer", |message| message.id > said);
        assert!(answer.text.contains(want), "{command}: {want} is not in {}", answer.text);
    }
    assert!(!bot.sent().contains("canary-7d3e"));
    let names = bot.server.wait_call("the list of commands", |call| call.method == "setMyCommands");
    assert!(names.status == 200 && names.params["commands"].contains("unlock"));
    // Somebody else's session is their own.
    let bob = bot.bob();
    let said = bob.say("/pwd");
    assert_eq!(bob.wait("a place", |message| message.id > said).text.trim(), "/");
    let said = bob.say("/lock");
    bob.wait_text(said, "Locked.");
    let said = bob.say("/unlock");
    bob.wait_text(said, "[not-an-admin]");
}

#[test]
fn strangers_and_what_is_nobodys_word_get_no_answer() {
    let bot = started();
    let (ada, eve) = (bot.ada(), bot.eve());
    for number in 0..300 {
        eve.say(&format!("/start {number}"));
    }
    eve.say("/pair ABCDEFGH");
    eve.upload("x.zip", "application/zip", b"PK", "open it");
    let group = bot.server.group(-1_001_234, "Group");
    bot.eve().in_chat(group).say("echo group > web/group");
    ada.in_chat(group).say("echo group > web/group");
    let chat = json!({"id": group, "type": "supergroup", "title": "Group"});
    let anonymous =
        json!({"id": 1_087_968_824, "is_bot": true, "first_name": "Group", "username": "GroupAnonymousBot"});
    let private = json!({"id": ADA, "type": "private", "first_name": "Ada"});
    let user = json!({"id": ADA, "is_bot": false, "first_name": "Ada"});
    for message in [
        json!({"message_id": 900, "date": 1, "chat": chat, "from": anonymous, "sender_chat": chat, "text": "echo x > web/anonymous"}),
        json!({"message_id": 901, "date": 1, "chat": private, "from": user, "sender_chat": chat, "text": "echo x > web/channel"}),
        json!({"message_id": 902, "date": 1, "chat": private, "text": "echo x > web/nobody"}),
        json!({"message_id": 903, "date": 1, "chat": private, "from": {"id": ADA, "is_bot": true, "first_name": "Ada"}, "text": "echo x > web/robot"}),
    ] {
        bot.server.push(json!({"message": message}));
    }
    bot.server.push(json!({"channel_post": {"message_id": 1, "date": 1, "chat": {"id": -1009, "type": "channel", "title": "C"}, "text": "echo x"}}));
    let said = ada.say("echo heard");
    ada.wait_text(said, "heard");
    bot.server.wait_confirmed();
    for name in ["group", "anonymous", "channel", "nobody", "robot"] {
        assert!(!bot.exists(&format!("web/{name}")), "{name}");
    }
    let to_others: Vec<_> = bot
        .server
        .calls()
        .into_iter()
        .filter(|call| call.params.get("chat_id").is_some_and(|chat| *chat != ADA.to_string()))
        .collect();
    assert!(to_others.is_empty(), "{to_others:#?}");
    let records = bot.records("authn_login_fail").len();
    assert!((1..50).contains(&records), "300 messages of a stranger left {records} records");
}

#[test]
fn forwards_edits_and_files_run_nothing() {
    let bot = started();
    let ada = bot.ada();
    let forward = ada.forward("Mallory", "echo x > web/forwarded");
    ada.wait("an answer to the forward", |message| message.id > forward);
    let said = ada.say("echo first >> web/edited");
    ada.wait("an answer", |message| {
        message.id > said && message.raw["reply_to_message"]["message_id"] == said
    });
    ada.edit(said, "echo second >> web/edited");
    ada.wait("an answer to the edit", |message| message.text.contains("edit changes nothing"));
    let file = ada.upload("run.sh", "text/x-sh", b"echo x > web/file", "");
    ada.wait_text(file, "Kept as uploads/run.sh");
    assert_eq!(bot.read("web/edited"), "first\n");
    for name in ["forwarded", "file"] {
        assert!(!bot.exists(&format!("web/{name}")), "{name}");
    }
}

#[test]
fn two_people_share_nothing_but_the_bot() {
    let bot = started();
    bot.write("web/wait.py", WAIT);
    let (ada, bob) = (bot.ada(), bot.bob());
    let said = ada.say(ENDLESS);
    ada.wait("a live message", |message| message.id > said && message.button("Stop").is_some());
    let asked = bob.say("echo for bob");
    bob.wait_text(asked, "for bob");
    let stop = bob.say("/stop");
    bob.wait_text(stop, "Nothing runs.");
    let status = ada.say("/status");
    ada.wait_text(status, "A run goes on");
    assert!(bob.messages().iter().all(|message| !message.text.contains("begun")));
}
