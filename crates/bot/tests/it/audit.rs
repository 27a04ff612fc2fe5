//! `guard-bot audit`: acknowledged means durable, and altered means found.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::support::{User, feed, lines, stderr, stdout};

/// Changes the text of a log.
type Change = fn(&str) -> String;

fn segments(user: &User) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(user.state().join("audit"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    files.sort();
    files
}

fn append(user: &User, count: u32) {
    let events: String =
        (0..count).map(|number| format!("{{\"event\":\"order_{number}\",\"actor\":\"user:7\"}}\n")).collect();
    let output = user.run_with(["audit", "append"], events.as_bytes());
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn each_event_is_acknowledged_in_order_and_can_be_read_back() {
    let user = User::new();
    let events = "{\"event\":\"authn_login_fail\",\"actor\":\"user:7\",\"outcome\":\"failure\",\"object\":\"\\u001b[31m\",\"detail\":{\"a\":[1,null]}}\n\
                  \n{\"event\":\"order_refunded\"}";
    let output = user.run_with(["audit", "append"], events.as_bytes());
    let acknowledged = lines(&output);
    assert_eq!(acknowledged.iter().map(|line| line["seq"].clone()).collect::<Vec<_>>(), [json!(1), json!(2)]);
    assert!(acknowledged.iter().all(|line| line["hash"].as_str().unwrap().len() == 64));

    let records = lines(&user.run(["audit", "query", "--json"]));
    assert_eq!(records[0]["detail"], json!({"a": [1, null]}));
    assert_eq!((records[1]["seq"].clone(), records[1]["event"].clone()), (json!(2), json!("order_refunded")));
    assert_eq!(records[0]["hash"], acknowledged[0]["hash"]);
    assert_eq!(lines(&user.run(["audit", "query", "--json", "--limit", "1", "--actor", "user:7"])).len(), 1);
    assert_eq!(lines(&user.run(["audit", "query", "--json", "--event", "nothing"])).len(), 0);
    let text = stdout(&user.run(["audit", "tail", "1"]));
    assert!(text.contains("order_refunded") && text.lines().count() == 1, "{text}");
    assert!(!stdout(&user.run(["audit", "tail"])).contains('\u{1b}'));
}

#[test]
fn a_line_that_is_no_event_is_answered_and_the_others_are_kept() {
    let user = User::new();
    let lines_in = [
        b"{\"event\":\"one\"}".to_vec(),
        b"nonsense".to_vec(),
        b"\xff\xfe".to_vec(),
        b"{\"event\":\"Bad Name\"}".to_vec(),
        b"{\"event\":\"two\",\"unknown\":1}".to_vec(),
        format!("{{\"event\":\"big\",\"object\":\"{}\"}}", "x".repeat(1 << 20)).into_bytes(),
        b"{\"event\":\"three\"}".to_vec(),
    ];
    let output = user.run_with(["audit", "append"], &lines_in.join(&b'\n'));
    let answers = lines(&output);
    let shape: Vec<_> = answers.iter().map(|answer| answer["seq"].as_u64()).collect();
    assert_eq!(shape, [Some(1), None, None, None, None, None, Some(2)]);
    assert!(answers.iter().all(|answer| answer["seq"].is_u64() || answer["error"].is_string()));
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(lines(&user.run(["audit", "query", "--json"])).len(), 2);
}

#[test]
fn verify_says_what_is_proven() {
    let user = User::new();
    assert_eq!(user.run(["audit", "verify"]).status.code(), Some(1));
    append(&user, 5);
    let output = user.run(["audit", "verify"]);
    assert_eq!(stdout(&output), "intact to 5, anchored to 5, unprotected tail 0\n");
    assert!(output.status.success());
    let hash = lines(&user.run(["audit", "query", "--json", "--after-seq", "4"]))[0]["hash"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(user.run(["audit", "verify", "--expect", &format!("5:{hash}")]).status.success());
    assert_eq!(user.run(["audit", "verify", "--expect", &format!("4:{hash}")]).status.code(), Some(1));
    assert_eq!(user.run(["audit", "verify", "--expect", &format!("6:{hash}")]).status.code(), Some(1));
}

#[test]
fn an_altered_log_is_found_with_the_first_bad_record() {
    let changes: [(&str, Change, u64); 4] = [
        ("edited", |text| text.replacen("order_2", "order_9", 1), 3),
        (
            "removed",
            |text| {
                text.lines()
                    .filter(|line| !line.contains("order_1"))
                    .map(|line| format!("{line}\n"))
                    .collect()
            },
            2,
        ),
        ("cut", |text| text.lines().take(4).map(|line| format!("{line}\n")).collect(), 5),
        ("repeated", |text| format!("{text}{}\n", text.lines().last().unwrap()), 7),
    ];
    for (name, change, seq) in changes {
        let user = User::new();
        append(&user, 6);
        let file = segments(&user).pop().unwrap();
        fs::write(&file, change(&fs::read_to_string(&file).unwrap())).unwrap();
        let output = user.run(["audit", "verify", "--json"]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert_eq!(lines(&output)[0]["seq"], json!(seq), "{name}: {}", stdout(&output));
        assert!(stdout(&user.run(["audit", "verify"])).contains(&seq.to_string()), "{name}");
    }
}

#[test]
fn an_altered_log_takes_no_records() {
    let user = User::new();
    append(&user, 3);
    let file = segments(&user).pop().unwrap();
    fs::write(&file, fs::read_to_string(&file).unwrap().replacen("order_2", "order_9", 1)).unwrap();
    let output = user.run_with(["audit", "append"], b"{\"event\":\"later\"}\n");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{}", stderr(&output));
    assert!(stderr(&output).contains("audit-altered"), "{}", stderr(&output));
}

#[test]
fn several_processes_append_at_once() {
    let user = User::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| append(&user, 25));
        }
    });
    assert_eq!(
        stdout(&user.run(["audit", "verify"])),
        "intact to 100, anchored to 100, unprotected tail 0\n"
    );
    let seqs: Vec<_> = lines(&user.run(["audit", "query", "--json"]))
        .iter()
        .map(|record| record["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(seqs, (1..=100).collect::<Vec<_>>());
}

#[test]
fn a_full_disk_acknowledges_nothing() {
    let user = User::new();
    append(&user, 1);
    // The limit on file size is what every user can set; the shell ignores the signal that comes with it.
    let events: String = (0..2_000)
        .map(|number| format!("{{\"event\":\"order_{number}\",\"object\":\"{}\"}}\n", "x".repeat(200)))
        .collect();
    let mut command = std::process::Command::new("bash");
    let script = "trap '' XFSZ; ulimit -f 64; exec \"$0\" audit append";
    command.args(["-c", script, env!("CARGO_BIN_EXE_guard-bot")]);
    command.env_clear().env("HOME", user.home()).env("PATH", "/usr/bin:/bin").current_dir(user.project());
    let output = feed(command, events.as_bytes());
    assert!(!output.status.success());
    assert!(stderr(&output).contains("audit-full"), "{}", stderr(&output));
    let acknowledged = stdout(&output).lines().count() as u64;
    assert!(acknowledged < 2_000);
    append(&user, 1);
    let report = lines(&user.run(["audit", "verify", "--json"]));
    assert!(report[0]["intact_to"].as_u64().unwrap() >= acknowledged + 2, "{report:?}");
}
