//! What comes at the wrong moment, from the wrong place, in the wrong order, or not at all.

use std::fs;
use std::time::{Duration, Instant};

use guard_e2e_telegram::Fault;
use serde_json::json;

use crate::bot::{ADA, Bot};

/// Something that goes on until it is stopped.
const ENDLESS: &str = "cd web && python3 wait.py";
const WAIT: &str = "import time\nopen('state', 'w').write('begun\\n')\nfor number in range(600):\n    print('line', number, flush=True)\n    time.sleep(0.5)\n";

fn started() -> Bot {
    let mut bot = Bot::new();
    bot.write("web/wait.py", WAIT);
    bot.start();
    bot
}

/// Looks until it is so.
#[track_caller]
fn wait(what: &str, seconds: u64, is: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(seconds), "not within {seconds} s: {what}");
        std::thread::sleep(Duration::from_millis(30));
    }
}

#[test]
fn a_stop_does_not_wait_for_a_question_that_telegram_holds_up() {
    let bot = started();
    let ada = bot.ada();
    bot.write("web/old/file", "");
    bot.server.fault("sendMessage", 4, Fault::TooMany { retry_after: 90 });
    ada.say("cd web && rm -r old");
    bot.server.wait_call("a question held up", |call| call.method == "sendMessage" && call.status == 429);
    ada.say("/stop");
    // Long before the ninety seconds.
    wait("the no on record", 20, || !bot.records("command_declined").is_empty());
    assert!(bot.exists("web/old"));
}

#[test]
fn what_comes_once_more_after_a_restart_neither_locks_nor_stops() {
    let mut bot = started();
    let ada = bot.ada();
    for command in ["/lock", "/unlock", "/stop"] {
        let said = ada.say(command);
        ada.wait("an answer", |message| message.id > said);
    }
    bot.server.wait_confirmed();
    bot.kill();
    bot.start();
    let said = ada.say(ENDLESS);
    ada.wait("a live message", |message| message.id > said && message.button("Stop").is_some());
    assert!(bot.server.redeliver(100) >= 4);
    let status = ada.say("/status");
    let status = ada.wait_text(status, "Waiting:");
    assert!(status.text.contains("A run goes on") && !status.text.contains("Locked"), "{}", status.text);
    // A real one does.
    let stop = ada.say("/stop");
    ada.wait_text(stop, "Stopping.");
}

#[test]
fn what_was_written_while_the_bot_was_away_is_read_before_anything_begins() {
    let mut bot = started();
    let (ada, bob) = (bot.ada(), bot.bob());
    let mut queued = Vec::new();
    for (person, name) in [(&ada, "ada"), (&bob, "bob")] {
        let said = person.say(ENDLESS);
        person.wait("a live message", |message| message.id > said && message.button("Stop").is_some());
        let said = person.say(&format!("echo x > web/{name}"));
        person.wait_text(said, "Queued");
        queued.push(said);
    }
    bot.kill();
    // More than one answer's worth of noise stands before it.
    for number in 0..150 {
        bot.eve().say(&format!("noise {number}"));
    }
    let stop = ada.say("/stop");
    bot.start();
    ada.wait_text(stop, "1 that waited will not");
    bob.wait("the queued one", |message| {
        message.id > queued[1] && message.raw["reply_to_message"]["message_id"] == queued[1]
    });
    bot.wait_idle(&bob);
    assert_eq!((bot.exists("web/ada"), bot.exists("web/bob")), (false, true));
}

#[test]
fn a_change_of_directory_moves_nothing_that_was_sent_before_it() {
    let bot = started();
    let ada = bot.ada();
    let said = ada.say("/cd web");
    ada.wait_text(said, "/web");
    let first = ada.say("sleep 3 && touch first");
    ada.wait("a live message", |message| message.id > first && message.button("Stop").is_some());
    let second = ada.say("touch second && echo ran second");
    let change = ada.say("/cd /notes");
    ada.wait_text(change, "stays where it was sent");
    let third = ada.say("touch third && echo ran third");
    ada.wait_text(second, "ran second");
    ada.wait_text(third, "ran third");
    let place = ada.say("/pwd");
    assert_eq!(ada.wait("a place", |message| message.id > place).text.trim(), "/notes");
    for name in ["web/first", "web/second", "notes/third"] {
        assert!(bot.exists(name), "{name}");
    }
    // Words typed ahead without `/cd` follow each other as at a terminal.
    let fourth = ada.say("sleep 1 && cd sub 2>/dev/null || mkdir sub && cd sub");
    bot.wait_idle(&ada);
    assert!(fourth > 0 && bot.exists("notes/sub"));
}

#[test]
fn a_directory_that_is_gone_is_told_and_the_root_is_not_used_for_it() {
    let bot = started();
    let ada = bot.ada();
    let said = ada.say("/cd web/src");
    ada.wait_text(said, "/web/src");
    fs::remove_dir(bot.approved().join("web/src")).unwrap();
    let said = ada.say("touch here");
    ada.wait_text(said, "/web/src is not there any more");
    bot.wait_idle(&ada);
    assert!(!bot.exists("here") && !bot.exists("web/here"));
    let said = ada.say("ls");
    ada.wait_text(said, "notes");
}

#[test]
fn the_stop_of_a_draft_ends_only_the_run_that_it_shows() {
    let bot = started();
    let ada = bot.ada();
    let said = ada.say(ENDLESS);
    wait("a draft", 30, || ada.draft().is_some());
    let chat = json!({"id": ADA, "type": "private", "first_name": "Ada"});
    bot.server.push(json!({"stopped_message_generation": {"chat": chat, "draft_id": 1}}));
    bot.server.wait_confirmed();
    let status = ada.say("/status");
    ada.wait_text(status, "A run goes on");
    wait("the draft once more", 10, || ada.stop_draft());
    ada.wait("the end", |message| message.id > said && message.text.contains("stopped by you"));
}

#[test]
fn a_message_in_a_form_of_tomorrow_is_told_and_still_stops() {
    let bot = started();
    let ada = bot.ada();
    let message = |number: i64, from: i64, text: &str| {
        json!({"message": {
            "message_id": number, "date": 1, "text": text, "entities": "of another form",
            "chat": {"id": from, "type": "private", "first_name": "A"},
            "from": {"id": from, "is_bot": false, "first_name": "A"},
        }})
    };
    let said = ada.say(ENDLESS);
    ada.wait("a live message", |message| message.id > said && message.button("Stop").is_some());
    bot.server.push(message(9001, ADA, "echo x > web/tomorrow"));
    ada.wait_text(said, "newer than this bot");
    bot.server.push(message(9002, 66, "/stop"));
    bot.server.push(message(9003, 66, "echo x > web/eve"));
    bot.server.wait_confirmed();
    let status = ada.say("/status");
    ada.wait_text(status, "A run goes on");
    bot.server.push(message(9004, ADA, "/stop"));
    ada.wait_text(status, "stopped by you");
    assert!(!bot.exists("web/tomorrow") && !bot.exists("web/eve"));
    assert!(bot.server.calls().iter().all(|call| call.params.get("chat_id").is_none_or(|chat| chat != "66")));
}

#[test]
fn a_group_that_becomes_another_one_is_told_to_the_owner_of_the_machine() {
    let (old, new) = (-1_001_234, -1_005_678);
    let mut bot = Bot::new().with("GUARD_ALLOWED_CHATS", &old.to_string());
    for group in [old, new] {
        bot.server.group(group, "Group");
    }
    bot.start();
    let ada = bot.ada().in_chat(old);
    let said = ada.say("echo here");
    ada.wait_text(said, "here");
    let user = json!({"id": ADA, "is_bot": false, "first_name": "Ada"});
    bot.server.push(json!({"message": {
        "message_id": 77, "date": 1, "chat": {"id": old, "type": "supergroup", "title": "Group"},
        "from": user, "migrate_to_chat_id": new,
    }}));
    bot.ada().in_chat(new).say("echo x > web/moved");
    bot.server.wait_confirmed();
    wait("the note", 10, || bot.said().contains(&new.to_string()));
    assert!(!bot.exists("web/moved"));
    assert!(!bot.records("chat_moved").is_empty());
}

#[test]
fn a_status_message_that_was_deleted_comes_back_with_a_button() {
    let bot = started();
    let ada = bot.ada();
    let said = ada.say(ENDLESS);
    let live = ada.wait("a live message", |message| message.id > said && message.button("Stop").is_some());
    ada.delete(live.id);
    let again = ada.wait("another one", |message| message.id > live.id && message.button("Stop").is_some());
    assert_eq!(ada.wait_answer(&ada.tap(again.id, "Stop")).0, "Stopping.");
    ada.wait_text(again.id, "stopped by you");
}

#[test]
fn in_a_group_the_message_shows_what_is_written() {
    let group = -1_001_234;
    let mut bot = Bot::new().with("GUARD_ALLOWED_CHATS", &group.to_string());
    bot.write("web/wait.py", WAIT);
    bot.server.group(group, "Group");
    bot.start();
    let ada = bot.ada().in_chat(group);
    let said = ada.say(ENDLESS);
    let live = ada.wait("a live message", |message| message.id > said && message.button("Stop").is_some());
    ada.wait("its output", |message| message.id == live.id && message.text.contains("line 1"));
    ada.tap(live.id, "Stop");
    ada.wait_text(live.id, "stopped by you");
    assert!(bot.server.calls().iter().all(|call| call.method != "sendMessageDraft"));
}

#[test]
fn somebody_who_blocks_the_bot_keeps_nobody_waiting() {
    let bot = started();
    let (ada, bob) = (bot.ada(), bot.bob());
    bot.write("web/old/file", "");
    let said = ada.say("sleep 1 && rm -r web/old");
    ada.block();
    let asked = bob.say("echo for bob");
    bob.wait_text(asked, "for bob");
    // A question that cannot be asked is a no, and at once.
    wait("the record", 20, || !bot.records("answer_undelivered").is_empty());
    assert!(said > 0 && bot.exists("web/old"));
    let said = ada.say("echo unblocked");
    ada.wait_text(said, "unblocked");
}

#[test]
fn an_answer_outlasts_a_server_that_is_away() {
    let bot = started();
    let ada = bot.ada();
    // More than one round of tries.
    bot.server.fault("sendMessage", 7, Fault::Status(502));
    let said = ada.say("echo x >> web/once && echo after all");
    wait("the outage", 60, || {
        bot.server.calls().iter().filter(|call| call.method == "sendMessage").count() >= 7
    });
    ada.wait_text(said, "after all");
    bot.wait_idle(&ada);
    assert_eq!(bot.read("web/once"), "x\n");
    assert!(bot.records("answer_undelivered").is_empty());
}

#[test]
fn a_server_that_does_not_wait_is_not_asked_without_pause() {
    let bot = started();
    for _ in 0..40 {
        bot.server.answer_with("getUpdates", json!({"ok": true, "result": []}));
    }
    // Ends the poll that waits.
    bot.eve().say("x");
    std::thread::sleep(Duration::from_secs(3));
    let polls = bot.server.calls().iter().filter(|call| call.method == "getUpdates").count();
    assert!(polls < 12, "{polls} polls");
}

#[test]
fn a_flood_of_strangers_hides_no_tap_of_a_known_person() {
    let group = -1_001_234;
    let mut bot = Bot::new().with("GUARD_ALLOWED_CHATS", &group.to_string());
    bot.server.group(group, "Group");
    bot.start();
    let bob = bot.bob().in_chat(group);
    for id in 2000..2040 {
        bot.server.person(id, "Stranger").in_chat(group).say("hello");
    }
    let message = bob.say("/pwd");
    bob.wait("a place", |answer| answer.id > message);
    for number in 0..5 {
        let tap = bob.tap_data(message, &format!("g1.{number:032x}"));
        assert!(bob.wait_answer(&tap).0.contains("not known any more"));
    }
    assert_eq!(bot.records("tap-unknown").len(), 5);
    assert!(bot.records("auth-unknown-user").len() < 30);
}

#[test]
fn files_that_never_end_are_not_waited_for() {
    let bot = started();
    let ada = bot.ada();
    let made = std::process::Command::new("mkfifo").arg(bot.approved().join("web/pipe")).status().unwrap();
    assert!(made.success());
    std::os::unix::fs::symlink("/dev/zero", bot.approved().join("web/zero")).unwrap();
    for command in ["/cat web/pipe", "/cat web/zero", "/ls web/pipe", "/cd web/pipe"] {
        let said = ada.say(command);
        let answer = ada.wait("an answer", |message| message.id > said);
        assert!(answer.text.contains('['), "{command}: {}", answer.text);
    }
}

#[test]
fn names_that_look_like_commands_cannot_be_tapped() {
    let bot = started();
    let ada = bot.ada();
    fs::create_dir_all(bot.approved().join("lock")).unwrap();
    bot.write("lock/wait.py", WAIT);
    let said = ada.say("/cd lock");
    ada.wait("a place", |message| message.id > said);
    let said = ada.say("python3 wait.py");
    let live = ada.wait("a live message", |message| message.id > said && message.button("Stop").is_some());
    assert!(live.text.contains("/lock"), "{}", live.text);
    let entities = live.raw["entities"].as_array().cloned().unwrap_or_default();
    let at = live.text.find("/lock").unwrap();
    let is_it = |entity: &serde_json::Value| {
        entity["type"] == "code" && entity["offset"] == at && entity["length"] == "/lock".len()
    };
    assert!(entities.iter().any(is_it), "{entities:?}");
    ada.tap(live.id, "Stop");
}

#[test]
fn settings_are_read_anew_as_a_whole_or_not_at_all() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut bot = Bot::new().without("ALLOWED_USERS").without("GUARD_AGENT");
    bot.write("web/wait.py", WAIT);
    let file = bot.path().join("home/config/guard/guard.env");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let write = |text: &str| {
        let agent = if text.contains("GUARD_AGENT") { "" } else { "GUARD_AGENT=shell\n" };
        fs::write(&file, format!("{agent}{text}")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    };
    write("ALLOWED_USERS='7'\n");
    bot.start();
    let (ada, bob) = (bot.ada(), bot.bob());
    let reload = |text: &str, want: &str| {
        let before = bot.said().matches(want).count();
        write(text);
        let sent =
            std::process::Command::new("kill").args(["-HUP", &bot.pid().to_string()]).status().unwrap();
        assert!(sent.success());
        wait(want, 20, || bot.said().matches(want).count() > before);
    };
    bob.say("echo too early > web/bob");
    bot.server.wait_confirmed();
    reload("ALLOWED_USERS='7,8'\nRATE_LIMIT_BURST=1000\n", "were read anew");
    let said = bob.say("echo heard");
    bob.wait_text(said, "heard");
    assert!(!bot.exists("web/bob"));
    // Whatever is wrong with the new ones, the old ones stay.
    for (wrong, code) in [
        ("ALLOWED_USERS=''\n", "[allowlist-empty]"),
        ("ALLOWED_USERS='7'\nALLOWED_USERS='8'\n", "[duplicate-setting]"),
        (
            "ALLOWED_USERS='7'\nENABLE_TOKEN_AUTH=true\nAUTH_TOKEN_SECRET=0123456789012345678901234567890123\n",
            "[not-supported-yet]",
        ),
        ("ALLOWED_USERS='7'\nGUARD_AGENT=claude\n", "[reload-needs-restart]"),
    ] {
        reload(wrong, code);
        assert!(bot.said().contains("stay as they were"));
    }
    let said = bob.say(ENDLESS);
    bob.wait("a live message", |message| message.id > said && message.button("Stop").is_some());
    let queued = bob.say("echo x > web/queued");
    bob.wait_text(queued, "Queued");
    // Taken from the list: what runs is ended, what waits does not run, and nothing more is heard.
    reload("ALLOWED_USERS='7'\n", "were read anew");
    bob.wait("the end", |message| message.id > said && message.text.contains("stopped by you"));
    bob.say("echo x > web/late");
    let said = ada.say("echo still here");
    ada.wait_text(said, "still here");
    bot.server.wait_confirmed();
    assert!(!bot.exists("web/queued") && !bot.exists("web/late"));
    assert_eq!(bot.records("config_reloaded").len(), 2);
}
