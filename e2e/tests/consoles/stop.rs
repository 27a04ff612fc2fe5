//! Stop means dead.

use std::time::Duration;

use super::support::{Live, User, nothing_survives, survivors};

fn wait_for(mark: &str) {
    let end = std::time::Instant::now() + Duration::from_secs(20);
    while survivors(mark).is_empty() {
        assert!(std::time::Instant::now() < end, "{mark} never started");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A project whose build leaves processes behind in every way: in its own session, forked twice, deaf to signals.
fn project(mark: &str) -> User {
    let user = User::new();
    user.write(
        "linger.py",
        &format!(
            "import os, signal, sys, time\n\
             for kind in range(3):\n\
             \x20   if os.fork() == 0:\n\
             \x20       if kind > 0: os.setsid()\n\
             \x20       if kind > 1 and os.fork() != 0: os._exit(0)\n\
             \x20       signal.signal(signal.SIGTERM, signal.SIG_IGN)\n\
             \x20       signal.signal(signal.SIGINT, signal.SIG_IGN)\n\
             \x20       os.execvp('sleep', ['sleep', '{mark}'])\n\
             print('lingering', flush=True)\n\
             time.sleep(300)\n"
        ),
    );
    user
}

#[test]
fn by_a_word() {
    let user = project("301.0001");
    let mut live = Live::start(user.command(["console"]));
    live.say("python3 linger.py");
    live.until("lingering");
    wait_for("301.0001");
    live.say("/stop");
    live.until("stopped by you");
    nothing_survives("301.0001");
    live.say("cat README.md");
    live.until("second line");
    assert!(user.events().contains(&"run_stopped".to_owned()));
}

#[test]
fn by_an_interrupt() {
    let user = project("301.0002");
    let mut live = Live::start(user.command(["console"]));
    live.say("python3 linger.py");
    live.until("lingering");
    wait_for("301.0002");
    let id = rustix::process::Pid::from_child(&live.child);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    live.until("stopped by you");
    nothing_survives("301.0002");
}

#[test]
fn with_the_program_that_waits() {
    let user = project("301.0003");
    let mut live = Live::start(user.command(["console"]));
    live.say("python3 linger.py");
    live.until("lingering");
    wait_for("301.0003");
    live.child.kill().unwrap();
    nothing_survives("301.0003");
    // What was acknowledged before the kill is still on record, and the next console starts.
    assert_eq!(user.events(), ["request_admitted", "command_allowed"]);
    user.console(&["pwd"]).has("status 0");
}

#[test]
fn what_a_finished_command_leaves_behind_is_gone() {
    let user = User::new();
    user.write(
        "leave.py",
        "import os\nif os.fork() == 0:\n    os.setsid()\n    os.execvp('sleep', ['sleep', '301.0005'])\n",
    );
    user.console(&["python3 leave.py"]).has("status 0");
    nothing_survives("301.0005");
}
