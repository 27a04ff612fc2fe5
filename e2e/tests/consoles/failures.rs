//! What breaks underneath: a clear refusal, and nothing runs without its record.

use std::fs;

use super::support::{Live, User};

#[test]
fn a_missing_or_unfit_root_is_refused() {
    let user = User::new();
    for (directory, code) in
        [("/nonexistent-directory", "root-missing"), ("README.md", "root-"), ("/etc", "root-is-system")]
    {
        let output = user.run(["console", "--approved", directory]);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{errors}");
        assert!(errors.contains(code), "{directory}: {errors}");
    }
}

#[test]
fn a_state_directory_that_cannot_be_written_is_refused() {
    let user = User::new();
    // Nobody can make a directory there, not even root.
    for (directory, code) in [("/proc/guard", "state-not-created"), ("/proc/self", "state-not-private")] {
        let mut command = user.command(["console"]);
        let output = command.env("GUARD_STATE_DIR", directory).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{directory}: {errors}");
        assert!(errors.contains(code), "{directory}: {errors}");
    }
}

#[test]
fn a_root_that_is_replaced_while_the_console_runs_is_refused() {
    let user = User::new();
    let mut live = Live::start(user.command(["console"]));
    live.say("cat README.md");
    live.until("status 0");
    let elsewhere = user.home().join("moved");
    fs::rename(user.project(), &elsewhere).unwrap();
    fs::create_dir(user.project()).unwrap();
    fs::write(user.project().join("README.md"), "planted\n").unwrap();
    live.say("cat README.md");
    live.until("root-replaced");
    fs::remove_dir_all(user.project()).unwrap();
    fs::rename(&elsewhere, user.project()).unwrap();
    live.say("cat README.md");
    live.until("status 0");
    assert!(!live.seen.contains("planted"));
}

#[test]
fn a_directory_that_goes_away_is_refused_and_the_root_still_works() {
    let user = User::new();
    let mut live = Live::start(user.command(["console"]));
    live.say("/cd src");
    live.say("pwd");
    live.until("status 0");
    fs::remove_dir(user.project().join("src")).unwrap();
    live.say("pwd");
    live.until("refused");
    live.say("/cd /");
    live.say("/cd ..");
    live.say("pwd");
    live.until("status 0");
}

#[test]
fn a_log_that_was_altered_stops_everything() {
    let user = User::new();
    user.console(&["pwd"]);
    let log = user.home().join("state/audit");
    let segment = fs::read_dir(&log)
        .unwrap()
        .flatten()
        .find(|entry| entry.path().extension().is_some_and(|e| e == "jsonl"))
        .unwrap()
        .path();
    let text = fs::read_to_string(&segment).unwrap();
    let changed =
        text.trim_end().rsplit_once("\"status\":0").map(|(a, b)| format!("{a}\"status\":1{b}\n")).unwrap();
    fs::write(&segment, changed).unwrap();
    let output = user.run(["console"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("audit-altered"));
}

#[test]
fn a_full_disk_runs_nothing_and_the_console_goes_on() {
    let user = User::new();
    user.console(&["pwd"]);
    let events: String = (0..400)
        .map(|number| format!("{{\"event\":\"filler_{number}\",\"object\":\"{}\"}}\n", "x".repeat(1_000)))
        .collect();
    let mut append = user.command(["audit", "append"]);
    let mut child =
        append.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), events.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    let log = user.home().join("state/audit");
    let segment = fs::read_dir(&log)
        .unwrap()
        .flatten()
        .find(|entry| entry.path().extension().is_some_and(|e| e == "jsonl"))
        .unwrap()
        .path();
    // What every user can set: no file grows past this size, a few records from here. Ignored, the signal leaves the error.
    let blocks = fs::metadata(&segment).unwrap().len() / 1024 + 2;
    let mut command = std::process::Command::new("bash");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" console");
    command.args(["-c", &script, super::support::guard_bot().to_str().unwrap()]);
    user.prepare(&mut command);
    let mut live = Live::start(command);
    for number in 0..8 {
        live.say(&format!("touch made-{number}"));
    }
    live.until("audit-full");
    live.say("/pwd");
    live.say("/exit");
    live.child.wait().unwrap();
    drop(live);
    let verified = user.run(["audit", "verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    let allowed = user.events().iter().filter(|event| *event == "command_allowed").count() - 1;
    let made = (0..8).filter(|number| user.project().join(format!("made-{number}")).exists()).count();
    assert!(made <= allowed && allowed < 8, "{made} ran, {allowed} on record");
}

#[test]
fn a_program_that_is_killed_is_reported() {
    let user = User::new();
    user.write("die.py", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n");
    let said = user.console(&["python3 die.py", "cat README.md"]);
    said.has("signal 9");
    said.has("second line");
    let said = user.console(&["sleep"]);
    said.has("status 1");
}

#[test]
fn a_run_ends_and_nothing_is_approved_where_nobody_sees_it() {
    let user = User::new();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut console =
        user.command(["console"]).stdin(std::process::Stdio::piped()).stdout(writer).spawn().unwrap();
    let mut stdin = console.stdin.take().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(reader));
    let mark = "301";
    std::io::Write::write_all(
        &mut stdin,
        format!("for i in $(seq 600); do echo step; sleep 0.05; done; sleep {mark}\n").as_bytes(),
    )
    .unwrap();
    assert!(lines.any(|line| line.unwrap() == "step"), "nothing was started");
    drop(lines);
    std::io::Write::write_all(&mut stdin, b"rm -r src\nyes\n").unwrap();
    assert!(console.wait().unwrap().success());
    super::support::nothing_survives(mark);
    assert!(user.project().join("src").exists());
    let events = user.events();
    assert!(
        events.contains(&"run_stopped".to_owned()) && !events.contains(&"command_approved".to_owned()),
        "{events:?}"
    );
}
