//! `guard-bot extract`: all or nothing, inside the approved directory, on record.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::support::{User, codes, lines, stdout};

/// A tar with these files, each of them holding `x`.
fn tar(names: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    for name in names {
        let mut block = [0; 512];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[100..107].copy_from_slice(b"0000644");
        block[124..135].copy_from_slice(b"00000000001");
        block[148..156].copy_from_slice(b"        ");
        block[156] = b'0';
        block[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        write!(&mut block[148..155], "{sum:06o}\0").unwrap();
        out.extend(block);
        out.push(b'x');
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1_024, 0);
    out
}

#[track_caller]
fn check(names: &[&str], options: &[&str], want: (i32, Option<&str>)) -> User {
    let user = User::new();
    fs::write(user.project().join("upload.tar"), tar(names)).unwrap();
    let arguments = ["extract", "--json", "upload.tar", "--into", "new"];
    let output = user.command(arguments.iter().chain(options)).output().unwrap();
    let answer = &lines(&output)[0];
    assert_eq!(
        (output.status.code(), codes(answer).first().map(String::as_str)),
        (Some(want.0), want.1),
        "{answer}"
    );
    assert_eq!(user.project().join("new").exists(), want.0 == 0);
    let left: Vec<_> =
        fs::read_dir(user.project()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".guard-")), "{left:?}");
    user
}

#[test]
fn a_sound_archive_appears() {
    let user = check(&["a.txt", "d/b.txt"], &[], (0, None));
    assert_eq!(fs::read_to_string(user.project().join("new/d/b.txt")).unwrap(), "x");
    let again = user.run(["extract", "upload.tar", "--into", "new"]);
    assert_eq!(again.status.code(), Some(20));
    assert!(stdout(&again).contains("path-exists") && stdout(&again).contains("nothing was written"));
}

#[test]
fn a_bad_one_leaves_nothing() {
    check(&["a.txt", "../b.txt"], &[], (20, Some("path-outside-root")));
    check(&["a.txt", "a.txt"], &[], (20, Some("archive-duplicate-name")));
    check(&["a.txt", ".git/config"], &[], (20, Some("archive-git-directory")));
    check(&["a.txt", ".git/config"], &["--allow-git"], (0, None));
    check(&["a.txt", ".envrc"], &["--allow-git"], (20, Some("archive-guarded-name")));
}

#[test]
fn the_place_is_confined() {
    let user = check(&["a.txt"], &[], (0, None));
    for (into, code) in
        [("../out", "path-outside-root"), (".git/hooks/x", "guarded-file"), ("/tmp/x", "path-outside-root")]
    {
        let output = user.run(["extract", "--json", "upload.tar", "--into", into]);
        assert_eq!(
            (output.status.code(), codes(&lines(&output)[0])),
            (Some(20), vec![code.to_owned()]),
            "{into}"
        );
    }
    assert_eq!(user.run(["extract", "missing.tar", "--into", "y"]).status.code(), Some(2));
}

#[test]
fn both_ends_are_on_record() {
    let user = check(&["../a"], &[], (20, Some("path-outside-root")));
    let records = stdout(&user.run(["audit", "query", "--json"]));
    let events: Vec<serde_json::Value> =
        records.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<_> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(names, ["extract_started", "extract_finished"]);
    assert_eq!(events[1]["detail"]["code"], "path-outside-root");
}

/// Killed at one moment after the other, from the first file on: the directory is there as a whole or not at all, and what
/// is left beside it goes with the next extraction.
#[test]
fn a_killed_extraction_leaves_no_half() {
    const FILES: usize = 2_000;
    let user = User::new();
    let names: Vec<String> = (0..FILES).map(|number| format!("d{}/f{number}", number % 7)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    fs::write(user.project().join("upload.tar"), tar(&names)).unwrap();
    let left = || -> Vec<_> {
        let found = fs::read_dir(user.project()).unwrap().map(|entry| entry.unwrap().file_name());
        found.filter(|name| name.to_string_lossy().starts_with(".guard-extract-")).collect()
    };
    let written = |directory: &Path| -> usize {
        let Ok(found) = fs::read_dir(directory) else { return 0 };
        found.map(|one| fs::read_dir(one.unwrap().path()).map_or(0, Iterator::count)).sum()
    };
    let mut halves = 0;
    for round in 0..8_u64 {
        let mut child = user.command(["extract", "upload.tar", "--into", "new"]).spawn().unwrap();
        for _ in 0..30_000 {
            if !left().is_empty() {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(round * 6));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        let is_there = user.project().join("new").exists();
        halves += usize::from(!left().is_empty());
        assert_eq!(
            written(&user.project().join("new")),
            if is_there { FILES } else { 0 },
            "{round}: {status}"
        );
        fs::remove_dir_all(user.project().join("new")).ok();
    }
    assert!(halves > 0, "nothing was killed half-way");
    assert_eq!(user.run(["extract", "upload.tar", "--into", "new"]).status.code(), Some(0));
    assert_eq!((written(&user.project().join("new")), left().len()), (FILES, 0));
}
