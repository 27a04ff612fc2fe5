//! A disk that is full, where the bot's own complaints go too: what ends things works, nothing begins, nothing is lost.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::bot::Bot;

const WAIT: &str = "import time\nopen('state', 'w').write('begun\\n')\nwhile True:\n    open('pulse', 'a').write('.')\n    time.sleep(0.2)\n";

/// Runs the bot with its state on a small disk of its own, in a mount namespace, where a helper fills it and makes
/// room again when the test says so.
fn start_on_a_small_disk(bot: &mut Bot) {
    let script = "mount -t tmpfs -o size=4m,mode=0700 state \"$STATE\" || exit 9\n\
                  (while [ ! -e \"$SIGN\" ]; do sleep 0.05; done\n\
                  cat /dev/zero >\"$STATE/filler\" 2>/dev/null; : >\"$SIGN.full\"\n\
                  while [ -e \"$SIGN\" ]; do sleep 0.05; done\n\
                  rm \"$STATE/filler\"; : >\"$SIGN.free\") </dev/null >/dev/null 2>&1 &\n\
                  exec \"$@\" 2>\"$STATE/log\"";
    let state = bot.path().join("home/state");
    fs::create_dir_all(&state).unwrap();
    let run = bot.command(&["run"]);
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]);
    command.arg(run.get_program()).args(run.get_args()).env_clear().current_dir(bot.path());
    command.envs(run.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("STATE", &state).env("SIGN", bot.path().join("sign"));
    bot.launch_as(command);
    bot.wait_listening();
}

fn wait(what: &str, mut is: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until what runs has stopped.
fn wait_still(bot: &Bot) {
    let mut before = 0;
    wait("the run goes on", || {
        std::thread::sleep(Duration::from_millis(600));
        let now = bot.read("web/pulse").len();
        let is_still = now == before;
        before = now;
        is_still
    });
}

#[test]
fn on_a_full_disk_no_flood_keeps_a_lock_back() {
    let mut bot = Bot::new();
    bot.write("web/wait.py", WAIT);
    start_on_a_small_disk(&mut bot);
    let (ada, bob, eve, sign) = (bot.ada(), bot.bob(), bot.eve(), bot.path().join("sign"));
    let said = ada.say("cd web && python3 wait.py");
    ada.wait("a live message", |message| message.id > said && message.button("Stop").is_some());
    fs::write(&sign, "").unwrap();
    wait("a full disk", || bot.path().join("sign.full").exists());
    let lost = bob.say("echo x > web/refused");
    bob.wait_text(lost, "cannot be stored");
    // More than Telegram delivers at once stands between what cannot be stored and the lock.
    for number in 0..150 {
        eve.say(&format!("noise {number}"));
    }
    ada.say("/lock");
    wait_still(&bot);
    bob.wait_text(lost, "it will not run");
    fs::remove_file(&sign).unwrap();
    wait("room", || bot.path().join("sign.free").exists());
    ada.wait_text(said, "Locked. 0 stopped, 0 that waited");
    let late = bob.say("echo x > web/refused");
    bob.wait_text(late, "Locked: nothing runs");
    assert!(!bot.exists("web/refused"));
}

#[test]
fn on_a_full_disk_a_stop_counts_at_once_and_what_waited_never_runs() {
    let mut bot = Bot::new();
    bot.write("web/wait.py", WAIT);
    start_on_a_small_disk(&mut bot);
    let (ada, bob, sign) = (bot.ada(), bot.bob(), bot.path().join("sign"));
    bot.write("web/old/file", "");
    let asked = bob.say("rm -r web/old");
    let card = bob.wait("a card", |message| message.id > asked && message.button("Allow once").is_some());
    let said = ada.say("cd web && python3 wait.py");
    ada.wait("a live message", |message| message.id > said && message.button("Stop").is_some());
    let queued = ada.say("echo x > web/queued");
    ada.wait_text(queued, "Queued");
    fs::write(&sign, "").unwrap();
    wait("a full disk", || bot.path().join("sign.full").exists());
    let lost = ada.say("echo x > web/refused");
    ada.wait_text(lost, "cannot be stored");
    ada.say("/stop");
    wait_still(&bot);
    assert!(!bot.exists("web/refused") && !bot.exists("web/queued"));
    // A yes is no yes where it cannot be recorded. What room a file had left is used up before.
    let taps: Vec<_> = (0..24).map(|number| bob.tap_data(card.id, &format!("g1.{number:032x}"))).collect();
    for tap in taps {
        bob.wait_answer(&tap);
    }
    let tap = bob.tap(card.id, "Allow once");
    assert_eq!(bob.wait_answer(&tap).0, "It could not be recorded, so it is denied.");
    assert!(bot.exists("web/old"));
    fs::remove_file(&sign).unwrap();
    wait("room", || bot.path().join("sign.free").exists());
    ada.wait_text(queued, "that waited will not");
    std::thread::sleep(Duration::from_secs(2));
    assert!(!bot.exists("web/queued"));
}
