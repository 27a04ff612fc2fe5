//! `guard-bot hook`: deny, ask or nothing; and 2 whenever it cannot tell.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{User, feed, lines, stderr, stdout, write_private};

fn question(user: &User, tool: &str, input: &Value) -> Vec<u8> {
    json!({
        "session_id": "s1", "transcript_path": "/x", "cwd": user.project(), "permission_mode": "default",
        "hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": input, "tool_use_id": "t1",
    })
    .to_string()
    .into_bytes()
}

#[track_caller]
fn check(tool: &str, input: Value, want: Option<&str>) {
    let user = User::new();
    let output = user.run_with(["hook"], &question(&user, tool, &input));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let got = lines(&output);
    match want {
        None => assert!(got.is_empty(), "{got:?}"),
        Some(decision) => {
            let answer = &got[0]["hookSpecificOutput"];
            assert_eq!((got.len(), answer["permissionDecision"].as_str()), (1, Some(decision)), "{answer}");
            assert_eq!(answer["hookEventName"], "PreToolUse");
            assert!(answer["permissionDecisionReason"].as_str().unwrap().len() > 10, "{answer}");
        }
    }
    let records = lines(&user.run(["audit", "query", "--json"]));
    assert_eq!(records.len(), 1, "every answer is on record");
}

#[test]
fn a_guard_denies_asks_or_has_no_objection() {
    check("Bash", json!({"command": "ls -la"}), None);
    check("Bash", json!({"command": "cat .env"}), Some("deny"));
    check("Bash", json!({"command": "curl https://example.com"}), Some("ask"));
    check("Read", json!({"file_path": "README.md"}), None);
    check("Read", json!({"file_path": "/etc/passwd"}), Some("deny"));
    check("Write", json!({"file_path": "src/new.rs", "content": "x"}), None);
    check("Write", json!({"file_path": ".git/hooks/pre-commit", "content": "x"}), Some("deny"));
    check(
        "Edit",
        json!({"file_path": ".github/workflows/ci.yml", "old_string": "a", "new_string": "b"}),
        Some("ask"),
    );
    check("WebFetch", json!({"url": "https://example.com", "prompt": "x"}), Some("ask"));
    check("mcp__server__tool", json!({}), Some("ask"));
    check("SomethingNew", json!({}), Some("ask"));
    check("Bash", json!({}), Some("deny"));
    check("Read", json!({"file_path": 3}), Some("deny"));
}

#[test]
fn whatever_goes_wrong_exits_with_2() {
    let user = User::new();
    let inputs: [&[u8]; 8] = [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"{\"tool_name\":\"Bash\"}",
        &b"[".repeat(100_000),
        &b" ".repeat(9 << 20),
    ];
    for input in inputs {
        let output = user.run_with(["hook"], input);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
        assert!(stderr(&output).contains("guard-bot: hook: "), "{}", stderr(&output));
    }
    let other = json!({"hook_event_name": "PostToolUse", "cwd": "/", "tool_name": "Bash", "tool_input": {}})
        .to_string();
    assert_eq!(user.run_with(["hook"], other.as_bytes()).status.code(), Some(2));
}

/// An answer that cannot be read would let the tool run.
#[test]
fn an_output_that_takes_no_answer_exits_with_2() {
    let user = User::new();
    let denied = question(&user, "Bash", &json!({"command": "cat .env"}));
    let allowed = question(&user, "Bash", &json!({"command": "ls"}));
    for (device, input, want) in
        [("/dev/full", &denied, 2), ("/dev/null", &denied, 2), ("/dev/full", &allowed, 0)]
    {
        let output = OpenOptions::new().write(true).open(device).unwrap();
        let mut command = user.command(["hook"]);
        command.stdin(Stdio::piped()).stdout(output).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(want), "{device}");
    }
    // Where the reason cannot be said either.
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = user.command(["hook"]);
    command.stdin(Stdio::null()).stdout(full()).stderr(full());
    assert_eq!(command.status().unwrap().code(), Some(2));
}

#[test]
fn without_a_state_directory_it_exits_with_2() {
    let user = User::new();
    let input = question(&user, "Bash", &json!({"command": "ls"}));
    let mut command = user.command(["hook"]);
    command.env_remove("HOME");
    assert_eq!(feed(command, &input).status.code(), Some(2));
    fs::create_dir_all(user.home().join(".local/state")).unwrap();
    fs::write(user.state(), "a file where the directory belongs").unwrap();
    assert_eq!(user.run_with(["hook"], &input).status.code(), Some(2));
}

#[test]
fn a_missing_root_is_denied() {
    let user = User::new();
    let input = question(&user, "Bash", &json!({"command": "ls"}));
    let output = user.run_with(["hook", "--approved", "/nonexistent-directory"], &input);
    assert_eq!(lines(&output)[0]["hookSpecificOutput"]["permissionDecision"], "deny");
}

#[test]
fn the_project_that_the_agent_names_is_the_root() {
    let user = User::new();
    let mut input: Value =
        serde_json::from_slice(&question(&user, "Read", &json!({"file_path": "../README.md"}))).unwrap();
    input["cwd"] = json!(user.project().join("src"));
    let mut command = user.command(["hook"]);
    command.env("CLAUDE_PROJECT_DIR", user.project());
    assert_eq!(feed(command, input.to_string().as_bytes()).stdout, b"");
    let output = user.run_with(["hook"], input.to_string().as_bytes());
    assert_eq!(lines(&output)[0]["hookSpecificOutput"]["permissionDecision"], "deny");
}

#[test]
fn install_keeps_other_settings_and_blocks_on_failure() {
    let user = User::new();
    let settings = user.home().join(".claude/settings.json");
    write_private(&settings, br#"{"model":"x","hooks":{"Stop":[]}}"#);
    for _ in 0..2 {
        let output = user.run(["hook", "install"]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stdout(&output).contains("onFailure"), "{}", stdout(&output));
    }
    let written: Value = serde_json::from_slice(&fs::read(&settings).unwrap()).unwrap();
    let groups = written["hooks"]["PreToolUse"].as_array().unwrap();
    assert_eq!((groups.len(), &written["model"], &written["hooks"]["Stop"]), (1, &json!("x"), &json!([])));
    assert_eq!(groups[0]["matcher"], "*");
    assert_eq!(groups[0]["hooks"][0]["onFailure"], "block");
    assert!(groups[0]["hooks"][0]["command"].as_str().unwrap().ends_with("guard-bot hook"));

    write_private(&settings, b"not json");
    assert_eq!(user.run(["hook", "install"]).status.code(), Some(2));
    assert_eq!(fs::read(&settings).unwrap(), b"not json");
}
