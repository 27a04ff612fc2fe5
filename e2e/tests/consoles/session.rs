//! An ordinary session: what runs, what does not, what is on record.

use super::support::User;

#[test]
fn a_line_goes_through_every_guard_into_a_cell_and_back() {
    let user = User::new();
    let said = user.console(&[
        "cat README.md",
        "echo made > new.txt && cat new.txt",
        "cd src",
        "pwd",
        "/pwd",
        "cat ../README.md | wc -l",
    ]);
    assert_eq!(said.status, Some(0), "{said:?}");
    for text in ["second line", "made", "bubblewrap: sandbox", "status 0", "/src", "admitted, record 1"] {
        said.has(text);
    }
    said.has(&user.project().join("src").display().to_string());
    assert_eq!(user.read("new.txt"), "made\n");
    assert_eq!(user.events(), ["request_admitted", "command_allowed", "run_finished"].repeat(5),);
    let verified = user.run(["audit", "verify"]);
    assert_eq!(
        String::from_utf8(verified.stdout).unwrap(),
        "intact to 15, anchored to 15, unprotected tail 0\n"
    );
}

#[test]
fn refusals_name_their_reason_and_run_nothing() {
    let user = User::new();
    let said = user.console(&[
        "cat .env",
        "cat link/passwd",
        "cat ../../etc/passwd",
        "sudo id",
        "echo x > .git/hooks/pre-commit",
        "pwd",
    ]);
    for code in ["secret-file", "path-link-leaves-root", "path-outside-root"] {
        said.has(code);
    }
    said.lacks("canary-7d3e");
    said.lacks("root:x:");
    assert!(!user.project().join(".git/hooks/pre-commit").exists());
    assert_eq!(user.events().iter().filter(|event| *event == "command_denied").count(), 5);
    assert_eq!(user.events().iter().filter(|event| *event == "run_finished").count(), 1);
}

#[test]
fn what_is_asked_runs_only_after_yes() {
    let user = User::new();
    user.write("old/a", "x");
    user.write("older/a", "x");
    let said = user.console(&["rm -r old", "no", "rm -r older", "yes", "rm -r old", ""]);
    said.has("run exactly this, once?");
    assert!(user.project().join("old/a").exists() && !user.project().join("older").exists(), "{said:?}");
    let events = user.events();
    let count = |name: &str| events.iter().filter(|event| *event == name).count();
    assert_eq!((count("command_asked"), count("command_declined"), count("command_approved")), (3, 2, 1));
}

#[test]
fn nobody_there_to_say_yes_is_a_no() {
    let user = User::new();
    user.write("old/a", "x");
    user.console(&["rm -r old"]);
    assert!(user.project().join("old/a").exists());
}

#[test]
fn a_secret_in_the_output_is_redacted_and_control_characters_are_shown() {
    let user = User::new();
    user.write("log.txt", "token ghp_0123456789abcdefghijABCDEFGHIJ012345 \u{1b}[2J\u{202e}end\n");
    let said = user.console(&["cat log.txt"]);
    said.has("redacted");
    said.has("\\u{1b}[2J\\u{202e}end");
    said.lacks("ghijABCDEFGHIJ");
    said.lacks("\u{1b}");
}

#[test]
fn the_program_sees_nothing_of_the_guard() {
    let user = User::new();
    let said = user.console(&["python3 -c 'import os; print(sorted(os.environ))'", "make -s show"]);
    said.lacks("canary-of-the-environment");
    said.lacks("GUARD_");
    let state = user.home();
    user.write(
        "Makefile",
        &format!(
            "show:\n\t-cat .env\n\t-ls {0}\n\t-cat {0}/state/audit/*\n\t-ls /root /home\n",
            state.display()
        ),
    );
    let said = user.console(&["make show"]);
    said.has("status 0");
    said.lacks("canary");
    said.lacks("request_admitted\"");
}

#[test]
fn an_edit_of_the_record_is_found() {
    let user = User::new();
    user.console(&["pwd"]);
    let log = user.home().join("state/audit");
    let segment = std::fs::read_dir(&log)
        .unwrap()
        .flatten()
        .find(|entry| entry.path().extension().is_some_and(|e| e == "jsonl"))
        .unwrap()
        .path();
    let text = std::fs::read_to_string(&segment).unwrap();
    std::fs::write(&segment, text.replacen("command_allowed", "command_skipped", 1)).unwrap();
    let verified = user.run(["audit", "verify"]);
    assert_eq!(verified.status.code(), Some(1));
    assert!(String::from_utf8(verified.stdout).unwrap().contains("altered at 2"));
}

#[test]
fn more_requests_than_the_limit_wait() {
    let user = User::new();
    let said = user.console(&["pwd"; 25]);
    said.has("[rate-limited]; try again in");
    let events = user.events();
    assert!(events.iter().filter(|event| *event == "request_admitted").count() <= 22, "{events:?}");
    assert!(events.iter().any(|event| event == "excess_rate_limit_exceeded"));
}

#[test]
fn git_works_and_its_configuration_runs_nothing() {
    let user = User::new();
    std::fs::remove_dir_all(user.project().join(".git")).unwrap();
    let git = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.args(arguments).current_dir(user.project()).env("HOME", user.home());
        assert!(command.output().unwrap().status.success(), "{arguments:?}");
    };
    git(&["init", "-q"]);
    let marker = user.project().join("ran");
    git(&["config", "core.fsmonitor", &format!("touch {}", marker.display())]);
    git(&["config", "user.name", "A"]);
    git(&["config", "user.email", "a@example.com"]);
    std::fs::write(
        user.project().join(".git/hooks/pre-commit"),
        format!("#!/bin/sh\ntouch {}\n", marker.display()),
    )
    .unwrap();
    std::fs::set_permissions(
        user.project().join(".git/hooks/pre-commit"),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    let said = user.console(&[
        "git status --short",
        "git add README.md",
        "git commit -q -m 'fix: `rm -rf /` in $(x)'",
        "git log --oneline",
    ]);
    said.lacks("Read-only");
    let log = std::process::Command::new("git")
        .args(["log", "--format=%s"])
        .current_dir(user.project())
        .env("HOME", user.home())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(log.stdout).unwrap(), "fix: `rm -rf /` in $(x)\n", "{said:?}");
    assert!(!marker.exists(), "{said:?}");
}
