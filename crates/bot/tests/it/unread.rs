//! An answer that cannot be written is an error of the program, with its status, and never a panic.

use std::fs::File;
use std::process::{Command, Stdio};

use crate::support::{User, stderr};

const QUESTION: &str = r#"{"hook_event_name":"PreToolUse","cwd":"PROJECT","tool_name":"Read","tool_input":{"file_path":".env"}}"#;

fn commands(user: &User) -> Vec<Command> {
    let lines: [&[&str]; 11] = [
        &["check", "command", "ls"],
        &["check", "--json", "command", "ls"],
        &["check", "batch"],
        &["check", "text"],
        &["hook"],
        &["hook", "install", "--print"],
        &["config", "show"],
        &["limits", "explain"],
        &["limits", "show"],
        &["audit", "verify"],
        &["doctor"],
    ];
    user.run_with(["audit", "append"], b"{\"event\":\"sys_startup\"}\n");
    let question = user.home().join("question");
    std::fs::write(&question, QUESTION.replace("PROJECT", user.project().to_str().unwrap())).unwrap();
    let with_input = |line: &&[&str]| {
        let mut command = user.command(*line);
        command.stdin(File::open(&question).unwrap());
        command
    };
    lines.iter().map(with_input).collect()
}

#[test]
fn a_full_disk_is_told_and_exits_with_2() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let user = User::new();
    for mut command in commands(&user) {
        let output = command.stdout(full()).stderr(Stdio::piped()).output().unwrap();
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{command:?}: {said}");
        assert!(said.contains("standard output") && !said.contains("panicked"), "{command:?}: {said}");
    }
    // And where not even that can be told.
    for mut command in commands(&user) {
        let status = command.stdout(full()).stderr(full()).status().unwrap();
        assert_eq!(status.code(), Some(2), "{command:?}");
    }
}

#[test]
fn a_reader_that_went_away_gets_no_complaint() {
    for mut command in commands(&User::new()) {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command.stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!((output.status.code(), stderr(&output)), (Some(2), String::new()), "{command:?}");
    }
}
