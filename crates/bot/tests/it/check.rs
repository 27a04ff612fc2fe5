//! `guard-bot check`: the contract that scripts rely on.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::support::{User, codes, feed, lines, stderr, stdout, write_private};

#[track_caller]
fn check<const N: usize>(arguments: [&str; N], want: (i32, &str, Option<&str>)) {
    let user = User::new();
    let output = feed(user.command(["check", "--json"].iter().chain(&arguments)), b"");
    let (status, decision, code) = want;
    let answers = lines(&output);
    assert_eq!(answers.len(), 1, "{}", stderr(&output));
    let answer = &answers[0];
    assert_eq!(
        (output.status.code(), answer["decision"].as_str()),
        (Some(status), Some(decision)),
        "{answer}"
    );
    assert!(answer["risk"].as_u64().unwrap() <= 100);
    if let Some(code) = code {
        assert!(codes(answer).iter().any(|found| found == code), "{answer}");
    }
}

#[test]
fn commands() {
    check(["command", "cat README.md"], (0, "allow", None));
    check(["command", "some-unknown-program --x"], (10, "ask", None));
    check(["command", "cat ../../etc/passwd"], (20, "deny", Some("path-outside-root")));
    check(["command", "cat .env"], (20, "deny", Some("secret-file")));
    check(["command", ""], (10, "ask", Some("command-empty")));
    check(["--profile", "strict", "command", "cat README.md | wc"], (20, "deny", None));
    check(["--profile", "readonly", "command", "touch x"], (20, "deny", None));
    check(["--cwd", "src", "command", "cat ../README.md"], (0, "allow", None));
    check(["--cwd", "src", "command", "cat ../../README.md"], (20, "deny", Some("path-outside-root")));
}

#[test]
fn the_owner_adds_rules() {
    let user = User::new();
    let rules = "[commands]\nask = ['make']\ndeny = ['git push']\n[[commands.allow]]\nprogram = 'frob'\nreason = 'our formatter'\n";
    let directory = user.home().join(".config/guard");
    write_private(&directory.join("guard.toml"), rules.as_bytes());
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).unwrap();
    for (command, status) in [
        ("frob README.md", 0),
        ("frobnicate README.md", 10),
        ("frob .env", 20),
        ("frob $(cat ../x)", 20),
        ("make test", 10),
        ("git push origin main", 20),
    ] {
        assert_eq!(user.run(["check", "command", command]).status.code(), Some(status), "{command}");
    }
}

#[test]
fn paths() {
    check(["path", "README.md", "--op", "read"], (0, "allow", None));
    check(["path", "../x", "--op", "read"], (20, "deny", Some("path-outside-root")));
    check(["path", ".env", "--op", "read"], (20, "deny", Some("secret-file")));
    check(["path", ".git/hooks/pre-commit", "--op", "write"], (20, "deny", None));
    check(["path", ".github/workflows/ci.yml", "--op", "write"], (10, "ask", None));
    check(["path", "new.txt", "--op", "write"], (0, "allow", None));
    check(["path", "src", "--op", "list"], (0, "allow", None));
    check(["path", ".", "--op", "delete"], (20, "deny", None));
}

#[test]
fn file_names() {
    check(["filename", "report 2026.pdf"], (0, "allow", None));
    for name in ["a/b", "..", "", "CON.txt", "a\u{202e}txt.exe", "x\n", "nul", "a:b"] {
        check(["filename", name], (20, "deny", None));
    }
}

/// A zip with one empty file of this name.
fn zip(name: &str) -> Vec<u8> {
    let length = u16::try_from(name.len()).unwrap().to_le_bytes();
    let head = [&[0; 16][..], &[0; 4], &length, &[0; 2]].concat();
    let local = [b"PK\x03\x04\x14\0", &head[..], name.as_bytes()].concat();
    let record = [b"PK\x01\x02\x14\0\x14\0", &head[..], &[0; 14], name.as_bytes()].concat();
    let number = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    let end = [b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &number(record.len())[..], &number(local.len()), &[0; 2]]
        .concat();
    [local, record, end].concat()
}

#[test]
fn archives() {
    let user = User::new();
    for (name, bytes, status, decision, code) in [
        ("sound.zip", zip("a.txt"), 0, "allow", None),
        ("secret.zip", zip("app/.env"), 0, "allow", Some("archive-secret-name")),
        ("slip.zip", zip("../a.txt"), 20, "deny", Some("path-outside-root")),
        ("git.zip", zip(".git/config"), 20, "deny", Some("archive-git-directory")),
        ("old.rar", b"Rar!\x1a\x07\x01\0".to_vec(), 20, "deny", Some("archive-format-refused")),
        ("text.zip", b"hello".to_vec(), 20, "deny", Some("archive-unknown")),
    ] {
        std::fs::write(user.project().join(name), bytes).unwrap();
        let output = user.run(["check", "--json", "archive", name]);
        let answer = &lines(&output)[0];
        assert_eq!(
            (output.status.code(), answer["decision"].as_str()),
            (Some(status), Some(decision)),
            "{answer}"
        );
        assert_eq!(codes(answer).first().map(String::as_str), code, "{name}");
        assert!(answer["archive"]["entries"].as_u64().is_some(), "{answer}");
        let question = json!({"id": 1, "kind": "archive", "file": user.project().join(name)}).to_string();
        let batch = user.run_with(["check", "batch"], question.as_bytes());
        assert_eq!(lines(&batch)[0]["decision"], decision);
    }
    let text = stdout(&user.run(["check", "archive", "slip.zip"]));
    assert!(text.contains("leaves the approved directory (../a.txt)"), "{text}");
    assert_eq!(user.run(["check", "archive", "missing.zip"]).status.code(), Some(2));
    check(["archive", "src"], (20, "deny", Some("file-unreadable")));
}

#[test]
fn uploads() {
    let user = User::new();
    for (file, name, bytes, status, decision, code) in [
        ("a.txt", None, &b"hello\n"[..], 0, "allow", None),
        ("b.sh", None, b"#!/bin/sh\n", 0, "allow", None),
        ("c", Some("c.png"), b"<!DOCTYPE html>", 20, "deny", Some("upload-kind-mismatch")),
        ("d.txt", None, b"MZ\x90\0", 20, "deny", Some("upload-kind-mismatch")),
        ("e.svg", None, b"<svg><script/></svg>", 20, "deny", Some("upload-xml-script")),
        ("f", Some("../f.txt"), b"text", 20, "deny", Some("path-outside-root")),
        ("g.doc", None, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 10, "ask", Some("upload-asked-kind")),
    ] {
        std::fs::write(user.project().join(file), bytes).unwrap();
        let output = user.run(["check", "--json", "upload", file, "--name", name.unwrap_or(file)]);
        let answer = &lines(&output)[0];
        assert_eq!(
            (output.status.code(), answer["decision"].as_str()),
            (Some(status), Some(decision)),
            "{answer}"
        );
        assert_eq!(codes(answer).first().map(String::as_str), code, "{answer}");
        assert_eq!(answer["findings"][0]["sentence"].is_string(), code.is_some(), "{answer}");
        let question = json!({"id": 1, "kind": "upload", "file": user.project().join(file), "name": name});
        let batch = user.run_with(["check", "batch"], question.to_string().as_bytes());
        assert_eq!(lines(&batch)[0]["findings"], answer["findings"]);
    }
    let text = stdout(&user.run(["check", "upload", "c", "--name", "c.png"]));
    assert_eq!(
        text,
        "deny\n  The file is a web page.\n  The content is not what the name says: called a PNG picture, but it is a web page. Send it under a name that fits its content.\n"
    );
    assert_eq!(user.run(["check", "upload", "missing"]).status.code(), Some(2));
    check(["upload", "src"], (20, "deny", Some("file-unreadable")));
}

#[test]
fn bad_input_is_refused_with_a_code() {
    let user = User::new();
    let not_utf8 = OsStr::from_bytes(b"cat \xff");
    let output =
        feed(user.command([OsStr::new("check"), OsStr::new("--json"), OsStr::new("command"), not_utf8]), b"");
    assert_eq!((output.status.code(), codes(&lines(&output)[0])), (Some(20), vec!["not-utf8".to_owned()]));
    let long = format!("echo {}", "x".repeat(100_000));
    check(["command", &long], (20, "deny", None));
    check(["command", "echo a\u{200b}b"], (20, "deny", None));
    check(["command", "echo \u{202e}a"], (20, "deny", None));
    check(["--approved", "/nonexistent-directory", "command", "ls"], (20, "deny", Some("root-missing")));
    check(["--approved", "README.md", "command", "ls"], (20, "deny", None));
}

#[test]
fn usage_errors_exit_with_2() {
    let user = User::new();
    for arguments in
        [vec!["check"], vec!["check", "path", "x"], vec!["check", "nonsense"], vec!["nonsense"], vec![]]
    {
        assert_eq!(feed(user.command(&arguments), b"").status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn a_person_reads_why() {
    let user = User::new();
    let output = user.run(["check", "command", "cat .env | wc -l"]);
    let text = stdout(&output);
    assert!(text.contains("deny") && text.contains("secret-file") && text.contains("cat"), "{text}");
}

#[test]
fn text_is_redacted_and_bytes_pass() {
    let user = User::new();
    let token = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    let output = user.run_with(["check", "text"], format!("a {token} b\n").as_bytes());
    let text = stdout(&output);
    assert!(text.starts_with("a ") && text.ends_with(" b\n") && !text.contains("0123456789"), "{text}");
    assert_eq!(user.run_with(["check", "text"], b"\xff\x00 plain\n").stdout, b"\xff\x00 plain\n");
}

#[test]
fn a_batch_answers_every_line_in_order() {
    let user = User::new();
    let approved = user.project();
    let questions = [
        json!({"id": 1, "kind": "command", "command": "ls", "approved": approved}).to_string(),
        json!({"id": "b", "kind": "path", "path": "../x", "op": "write", "cwd": "src"}).to_string(),
        json!({"id": 3, "kind": "path", "path": "../../x", "op": "write", "cwd": "src"}).to_string(),
        json!({"id": 4, "kind": "archive", "file": "x.zip"}).to_string(),
        json!({"id": 5, "kind": "upload", "file": "x.png", "name": "x.png"}).to_string(),
        json!({"id": 6, "kind": "filename", "name": "ok.txt", "class": "further fields are ignored"})
            .to_string(),
        json!({"id": 7, "kind": "nonsense"}).to_string(),
        json!({"id": 8, "kind": "command"}).to_string(),
        "{".to_owned(),
        "[]".to_owned(),
        String::new(),
        json!({"id": 9, "kind": "path", "path": "a\u{0}b", "op": "read"}).to_string(),
        "[".repeat(10_000),
        json!({"id": 10, "kind": "command", "command": "x".repeat(2 << 20)}).to_string(),
        json!({"id": 11, "kind": "command", "command": "pwd"}).to_string(),
    ];
    let output = user.run_with(["check", "batch"], questions.join("\n").as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let got: Vec<_> = lines(&output)
        .iter()
        .map(|answer| (answer["id"].clone(), answer["decision"].as_str().unwrap().to_owned()))
        .collect();
    let want = [
        (json!(1), "allow"),
        (json!("b"), "allow"),
        (json!(3), "deny"),
        (json!(4), "deny"),
        (json!(5), "deny"),
        (json!(6), "allow"),
        (json!(7), "deny"),
        (json!(8), "deny"),
        (json!(null), "deny"),
        (json!(null), "deny"),
        (json!(9), "deny"),
        (json!(null), "deny"),
        (json!(null), "deny"),
        (json!(11), "allow"),
    ];
    assert_eq!(got, want.map(|(id, decision)| (id, decision.to_owned())));
}

#[test]
fn ten_thousand_mixed_lines_are_answered() {
    let user = User::new();
    let mut questions = Vec::new();
    for number in 0..10_000_u32 {
        let line = match number % 10 {
            0 => json!({"id": number, "kind": "command", "command": format!("grep -n 'x{number}' src/main.rs | head -{number}")}).to_string(),
            1 => json!({"id": number, "kind": "command", "command": format!("$(echo {number} | base64 -d) && ${{x@P}}")}).to_string(),
            2 => json!({"id": number, "kind": "path", "path": format!("src/../{number}"), "op": "write"}).to_string(),
            3 => json!({"id": number, "kind": "path", "path": "../".repeat(number as usize % 40), "op": "list"}).to_string(),
            4 => json!({"id": number, "kind": "filename", "name": char::from_u32(number).unwrap_or('x').to_string()}).to_string(),
            5 => format!("{{\"id\":{number},\"kind\":\"command\",\"command\":\"{}\"}}", "(".repeat(number as usize % 500)),
            6 => format!("{{\"id\":{number}, broken"),
            7 => json!({"id": number, "kind": "archive", "file": "/dev/zero"}).to_string(),
            8 => json!({"id": number, "kind": "path", "path": "\u{202e}x", "op": "write", "approved": "/nonexistent"}).to_string(),
            _ => json!({"id": number, "kind": "command", "command": format!("cat <<E\n{number} rm -rf /\nE")}).to_string(),
        };
        questions.push(line);
    }
    let output = user.run_with(["check", "batch"], questions.join("\n").as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answers = lines(&output);
    assert_eq!(answers.len(), 10_000);
    for (number, answer) in answers.iter().enumerate() {
        if number % 10 != 6 {
            assert_eq!(answer["id"], json!(number));
        }
    }
}
