//! The same agent from a phone: `guard-bot run` between a Bot API server of ours and a scripted model.

use std::process::{Child, Stdio};

use guard_e2e_telegram::{Limits, Person, Server};

use crate::person::Bot;
use crate::stand::{CANARY, KEY};
use crate::stub::{Reply, bash};

/// A bot that runs; it is killed where a test ends early.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn phone(script: impl IntoIterator<Item = Reply>) -> (Server, Person, Bot) {
    let server = Server::start();
    server.set_limits(Limits::NONE);
    let ada = server.person(7, "Ada");
    let bot = Bot::new(script);
    let path = |name: &str| bot.stand.path(name).to_string_lossy().into_owned();
    let (project, config) = (path("project"), path("owner/config"));
    let bot = bot
        .env("TELEGRAM_API_URL", server.url())
        .env("TELEGRAM_BOT_TOKEN", server.token())
        .env("ALLOWED_USERS", "7")
        .env("APPROVED_DIRECTORY", project)
        .env("XDG_CONFIG_HOME", config);
    (server, ada, bot)
}

fn run(bot: &Bot) -> Running {
    let mut command = bot.command(&["run", "--agent", "claude"]);
    command.current_dir(bot.stand.path("owner")).stdin(Stdio::null());
    Running(command.spawn().unwrap())
}

#[test]
fn a_prompt_from_a_phone_is_worked_on_asked_about_and_answered() {
    let script =
        [bash("echo made > made.txt"), bash("rm -r src"), bash("cat .env"), Reply::Text("All **done**.")];
    let (server, ada, bot) = phone(script);
    let running = run(&bot);
    let said = ada.say("tidy up");
    let card = ada.wait("a card", |message| message.id > said && message.button("Allow once").is_some());
    assert!(card.text.contains("rm -r src"), "{}", card.text);
    assert!(bot.stand.exists("project/made.txt") && bot.stand.exists("project/src"));
    ada.tap(card.id, "Allow once");
    // Bold is an entity, not a pair of stars.
    ada.wait_text(card.id, "All done.");
    ada.wait("the outcome", |message| message.id == card.id && message.text.contains("Allowed once."));
    assert!(!bot.stand.exists("project/src"));
    let asked = ada.say("/cost");
    // Four calls of 100 tokens in and 20 out, at 3 and 15 dollars a million.
    ada.wait_text(asked, "0.0024");
    drop(running);
    let events = bot.events();
    let place = |name: &str| events.iter().position(|event| event == name);
    let order =
        ["request_admitted", "tool_asked", "approval_tapped", "tool_approved", "tool_denied", "run_finished"]
            .map(|name| place(name).unwrap_or_else(|| panic!("{name} is not in {events:?}")));
    assert!(order.is_sorted(), "{events:?}");
    let sent = format!("{:?}", server.calls());
    assert!(!sent.contains(CANARY) && !sent.contains(KEY));
    let verified = bot.command(&["audit", "verify"]).output().unwrap();
    assert!(verified.status.success(), "{verified:?}");
}

#[test]
fn a_conversation_from_a_phone_goes_on_after_a_crash_until_another_begins() {
    let script = [Reply::Text("The word is plum."), Reply::Text("Plum it was."), Reply::Text("What word?")];
    let (_server, ada, bot) = phone(script);
    let first = run(&bot);
    let said = ada.say("say a word");
    ada.wait_text(said, "The word is plum.");
    drop(first);
    let _second = run(&bot);
    let said = ada.say("which word?");
    ada.wait_text(said, "Plum it was.");
    let said = ada.say("/new");
    ada.wait_text(said, "begins another conversation");
    let said = ada.say("which word?");
    ada.wait_text(said, "What word?");
    let with_word: Vec<bool> =
        bot.stub.conversations().iter().map(|body| body.to_string().contains("The word is plum.")).collect();
    assert_eq!(with_word, [false, true, false]);
}

#[test]
fn each_person_has_a_home_of_their_own_which_stays() {
    let (server, ada, bot) = phone([]);
    let bob = server.person(8, "Bob");
    let bot = bot.env("ALLOWED_USERS", "7,8");
    let note =
        "import os\np = os.path.expanduser('~/.note')\nprint('before', os.path.exists(p))\nopen(p, 'w')\n";
    bot.stand.write("project/note.py", note);
    let _running = run(&bot);
    for (person, was_there) in [(&ada, false), (&bob, false), (&ada, true), (&bob, true)] {
        bot.stub.restart([bash("python3 note.py"), Reply::Text("Noted.")]);
        // No conversation goes on: the transcript is not what is looked for.
        let said = person.say("/new");
        person.wait_text(said, "begins another conversation");
        let said = person.say("look");
        person.wait_text(said, "Noted.");
        let told = bot.stub.heard();
        assert!(told.contains(if was_there { "before True" } else { "before False" }), "{told}");
    }
}
