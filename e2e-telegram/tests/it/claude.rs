//! The whole way: Telegram, the gate, the real Claude Code in its cell, a scripted model, a tap, the answer, the bill
//! and the record.

use crate::bot::Bot;
use crate::claude_cli::cli;
use crate::stub::{Reply, Stub, bash};

const KEY: &str = "sk-ant-canary-key-51d0c7";

fn started(script: impl IntoIterator<Item = Reply>) -> (Bot, Stub) {
    let stub = Stub::new(script);
    let model = format!("http://{}", stub.listen_tcp());
    let mut bot = Bot::new()
        .with("GUARD_AGENT", "claude")
        .with("CLAUDE_CLI_PATH", &cli().to_string_lossy())
        .with("CLAUDE_MODEL", "claude-sonnet-4-5")
        .with("ANTHROPIC_BASE_URL", &model)
        .with("ANTHROPIC_API_KEY", KEY);
    bot.start();
    (bot, stub)
}

#[test]
fn a_prompt_from_the_phone_is_worked_on_asked_about_answered_billed_and_recorded() {
    let (bot, stub) = started([
        bash("cat .env; echo made > made.txt"),
        bash("echo made > made.txt"),
        bash("rm -r src"),
        Reply::Text("It is **done**: `src` is gone."),
        Reply::Text("Still here."),
    ]);
    let ada = bot.ada();
    let there = ada.say("/cd web");
    ada.wait_text(there, "/web");
    bot.write("web/src/main.rs", "fn main() {}\n");
    let said = ada.say("tidy up");
    let card = ada.wait("a card", |message| message.id > said && message.button("Allow once").is_some());
    assert!(card.text.contains("rm -r src"), "{card:#?}");
    assert!(bot.exists("web/src/main.rs") && bot.read("web/made.txt") == "made\n");
    let tap = ada.tap(card.id, "Allow once");
    assert_eq!(ada.wait_answer(&tap).0, "Allowed.");
    // The agent's markdown has become ranges, and the marks are gone.
    let answer = ada.wait_text(card.id, "It is done: src is gone.");
    let kinds: Vec<_> =
        answer.raw["entities"].as_array().unwrap().iter().map(|entity| entity["type"].clone()).collect();
    assert!(kinds.contains(&"bold".into()) && kinds.contains(&"code".into()), "{answer:#?}");
    assert!(!bot.exists("web/src"));
    bot.wait_idle(&ada);
    let cost = ada.say("/cost");
    ada.wait("a bill that is not nought", |message| message.id > cost && message.text.contains("0.00"));
    let events = bot.records("");
    for event in ["tool_denied", "approval_tapped", "tool_approved", "model_called", "run_finished"] {
        assert!(events.iter().any(|record| record.contains(event)), "{event} is not in {events:#?}");
    }
    // Neither the person, the model nor the record sees a secret.
    let everything = format!("{}{events:?}", bot.sent());
    for secret in ["canary-7d3e", KEY] {
        assert!(!everything.contains(secret), "{secret}");
    }
    assert!(!stub.heard().contains("canary-7d3e") && !stub.heard().contains(&bot.server.token()));
}

#[test]
fn the_stop_button_ends_the_agent_and_its_command() {
    let (bot, _stub) =
        started([bash("echo begun > state; sleep 300; echo over > state"), Reply::Text("Never said.")]);
    let ada = bot.ada();
    let there = ada.say("/cd web");
    ada.wait_text(there, "/web");
    let said = ada.say("wait for a while");
    let live = ada.wait("a live message", |message| message.id > said && message.button("Stop").is_some());
    while bot.read("web/state").is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(ada.wait_answer(&ada.tap(live.id, "Stop")).0, "Stopping.");
    ada.wait("no button", |message| message.id == live.id && message.buttons.is_empty());
    bot.wait_idle(&ada);
    assert_eq!(bot.read("web/state"), "begun\n");
    assert!(!bot.sent().contains("Never said."));
}

#[test]
fn a_question_shows_every_letter_of_what_would_be_written() {
    let command = "cat > tool.py <<'END'\nimport shutil\nshutil.rmtree('data')\nEND\nrm -r src";
    let (bot, _stub) = started([bash(command), Reply::Text("As you like.")]);
    let ada = bot.ada();
    let there = ada.say("/cd web");
    ada.wait_text(there, "/web");
    let said = ada.say("go on");
    let card = ada.wait("a card", |message| message.id > said && message.button("Deny").is_some());
    assert!(card.text.contains("shutil.rmtree('data')"), "{card:#?}");
    ada.tap(card.id, "Deny");
    ada.wait_text(card.id, "As you like.");
    assert!(!bot.exists("web/tool.py") && bot.exists("web/src"));
    let tapped = bot.records("approval_tapped");
    assert!(tapped.len() == 1 && !tapped[0].contains(r#""digest":"""#), "{tapped:?}");
}

#[test]
fn a_conversation_of_a_person_in_a_project_survives_a_restart_until_it_is_forgotten() {
    let replies = (0..8).map(|_| Reply::Text("Noted."));
    let (mut bot, stub) = started(replies);
    let say = |bot: &Bot, person: &guard_e2e_telegram::Person, text: &str| {
        let said = person.say(text);
        person.wait("an answer", |message| {
            message.raw["reply_to_message"]["message_id"] == said && message.text.contains("Noted.")
        });
        bot.wait_idle(person);
    };
    let times = |word: &str| stub.heard().matches(word).count();
    let (ada, bob) = (bot.ada(), bot.bob());
    for person in [&ada, &bob] {
        let there = person.say("/cd web");
        person.wait_text(there, "/web");
    }
    say(&bot, &ada, "remember the word porcupine");
    let once = times("porcupine");
    bot.kill();
    bot.start();
    say(&bot, &ada, "which word?");
    let twice = times("porcupine");
    assert!(once > 0 && twice > once, "the conversation goes on: {once}, {twice}");
    // Another person, another project, another conversation.
    say(&bot, &bob, "which word does he know?");
    let there = ada.say("/cd /notes");
    ada.wait_text(there, "/notes");
    say(&bot, &ada, "and here?");
    let there = ada.say("/cd /web");
    ada.wait_text(there, "/web");
    let new = ada.say("/new");
    ada.wait_text(new, "another conversation");
    say(&bot, &ada, "and now?");
    assert_eq!(times("porcupine"), twice, "nobody else hears of it");
}
