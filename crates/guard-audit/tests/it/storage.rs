//! Full, read-only, replaced, linked: refused, and nothing is promised.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use guard_audit::{AuditError, Config, Event, EventError, Log, Outcome, SystemClock, Verification, verify};

use crate::{Place, sample, segments};

const CHILD: &str = "GUARD_AUDIT_TEST_FULL";

/// The limit on file size is the disk that is full for an ordinary user too; its signal has to be ignored, which a
/// shell can do for a program that it starts.
#[test]
fn a_full_disk_refuses_and_later_appends_go_on() {
    if let Some(dir) = std::env::var_os(CHILD) {
        let log = Log::open(&dir).unwrap();
        let event = Event::new("order_refunded").detail("text", "x".repeat(30_000));
        let mut acknowledged = Vec::new();
        let refused = loop {
            match log.append(&event) {
                Ok(receipt) => acknowledged.push(receipt),
                Err(error) => break error,
            }
        };
        assert_eq!(refused, AuditError::Full);
        assert_eq!(log.append(&event), Err(AuditError::Full));
        assert!(acknowledged.len() > 1);
        let against = acknowledged.iter().fold(Verification::new(), |all, one| all.expect(one.seq, one.hash));
        let report = verify(&dir, &against).unwrap();
        assert_eq!((report.intact_to, report.torn_bytes), (acknowledged.len() as u64, 0));
        // What still fits is written.
        let next = log.append(&Event::new("sys_startup")).unwrap();
        assert_eq!(next.seq, acknowledged.len() as u64 + 1);
        return;
    }
    let place = Place::new();
    let child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 200; exec \"$0\" --exact storage::a_full_disk_refuses_and_later_appends_go_on"])
        .arg(std::env::current_exe().unwrap())
        .env(CHILD, place.log())
        .output()
        .unwrap();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    let log = Log::open(place.log()).unwrap();
    let seq = verify(place.log(), &Verification::new()).unwrap().intact_to;
    assert_eq!(log.append(&Event::new("sys_startup")).unwrap().seq, seq + 1);
}

#[test]
fn links_and_open_directories_are_refused() {
    let place = Place::new();
    sample(&place.log(), 1);
    let link = place.0.path().join("link");
    symlink(place.log(), &link).unwrap();
    assert_eq!(Log::open(&link).unwrap_err(), AuditError::Unsafe);
    assert_eq!(verify(&link, &Verification::new()), Err(AuditError::Unsafe));
    for end in ["", "."] {
        assert_eq!(Log::open(link.join(end)).unwrap_err(), AuditError::Unsafe);
    }
    let dangling = place.0.path().join("dangling");
    symlink(place.0.path().join("nowhere"), &dangling).unwrap();
    assert_eq!(Log::open(&dangling).unwrap_err(), AuditError::Unsafe);
    assert!(!place.0.path().join("nowhere").exists());
    fs::set_permissions(place.log(), fs::Permissions::from_mode(0o750)).unwrap();
    assert_eq!(Log::open(place.log()).unwrap_err(), AuditError::Unsafe);
    assert!(verify(place.log(), &Verification::new()).is_ok());
    fs::set_permissions(place.log(), fs::Permissions::from_mode(0o770)).unwrap();
    assert_eq!(verify(place.log(), &Verification::new()), Err(AuditError::Unsafe));
}

#[test]
fn files_that_are_links_or_open_to_others_are_refused() {
    for name in ["0000000000000001.jsonl", "anchors.jsonl", "anchor.key"] {
        let place = Place::new();
        sample(&place.log(), 1);
        let (file, moved) = (place.log().join(name), place.0.path().join("moved"));
        fs::rename(&file, &moved).unwrap();
        symlink(&moved, &file).unwrap();
        assert_eq!(Log::open(place.log()).unwrap_err(), AuditError::Unsafe, "{name}");
        fs::remove_file(&file).unwrap();
        fs::rename(&moved, &file).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o622)).unwrap();
        assert_eq!(Log::open(place.log()).unwrap_err(), AuditError::Unsafe, "{name}");
    }
}

#[test]
fn a_directory_that_was_replaced_or_removed_is_refused() {
    let place = Place::new();
    sample(&place.log(), 1);
    let log = Log::open(place.log()).unwrap();
    let moved = place.0.path().join("moved");
    fs::rename(place.log(), &moved).unwrap();
    assert_eq!(log.append(&Event::new("sys_startup")), Err(AuditError::Replaced));
    sample(&place.log(), 1);
    assert_eq!(log.append(&Event::new("sys_startup")), Err(AuditError::Replaced));
    assert_eq!(verify(&moved, &Verification::new()).unwrap().intact_to, 1);
}

#[test]
fn a_log_that_shrinks_while_open_is_refused() {
    let place = Place::new();
    let log = Log::open(place.log()).unwrap();
    for _ in 0..3 {
        log.append_relaxed(&Event::new("sys_startup")).unwrap();
    }
    let file = segments(&place.log()).remove(0);
    let text = fs::read_to_string(&file).unwrap();
    let kept: String = text.split_inclusive('\n').take(2).collect();
    fs::write(&file, kept).unwrap();
    assert_eq!(log.append(&Event::new("sys_startup")).unwrap_err().code(), "audit-altered");
    fs::write(&file, text).unwrap();
    assert_eq!(log.append(&Event::new("sys_startup")).unwrap().seq, 4);
    fs::remove_file(&file).unwrap();
    assert_eq!(log.append(&Event::new("sys_startup")).unwrap_err().code(), "audit-altered");
}

#[test]
fn a_place_that_cannot_be_written_is_refused() {
    // `/proc` takes no new directories from anybody, root included.
    let error = Log::open("/proc/guard-audit").unwrap_err();
    assert!(matches!(error, AuditError::Denied | AuditError::Missing), "{error:?}");
    let place = Place::new();
    fs::write(place.log(), "").unwrap();
    assert_eq!(Log::open(place.log()).unwrap_err(), AuditError::Unsafe);
}

#[test]
fn a_segment_that_cannot_be_written_is_refused() {
    let place = Place::new();
    let log = Log::open(place.log()).unwrap();
    fs::remove_file(segments(&place.log()).remove(0)).unwrap();
    fs::create_dir(place.log().join("0000000000000001.jsonl")).unwrap();
    assert!(log.append(&Event::new("sys_startup")).is_err());
}

#[test]
fn the_key_is_private_and_never_printed() {
    let place = Place::new();
    let log = Log::open(place.log()).unwrap();
    let file = place.log().join("anchor.key");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(place.log()).unwrap().permissions().mode() & 0o777, 0o700);
    let key = fs::read_to_string(&file).unwrap();
    assert_eq!(key.len(), 64);
    let bytes: Vec<u8> =
        (0..64).step_by(2).map(|at| u8::from_str_radix(&key[at..at + 2], 16).unwrap()).collect();
    let printed = format!("{log:?}");
    assert!(!printed.contains(&key) && !printed.contains(&format!("{bytes:?}")));
}

#[test]
fn an_oversized_event_is_refused_and_writes_nothing() {
    let place = Place::new();
    let log = Log::with_clock(Config::new(place.log()), SystemClock).unwrap();
    let event = Event::new("order_refunded").outcome(Outcome::Failure).object("x".repeat(10 * 1024 * 1024));
    assert_eq!(log.append(&event), Err(AuditError::Event(EventError::TooLarge)));
    assert_eq!(log.append(&Event::new("sys_startup")).unwrap().seq, 1);
}
