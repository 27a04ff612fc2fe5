//! The audit log beside what it cannot do without: one `fdatasync`, and SHA-256 over the same bytes.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark that fails has to stop")]

use std::fs::File;
use std::io::Write as _;
use std::thread;

use guard_audit::{Config, Event, Log, Outcome, SystemClock, Verification, verify};
use guard_benches::{Case, compare};
use sha2::{Digest as _, Sha256};

const CALLERS: usize = 64;
const EACH: usize = 20;

fn main() {
    let place = tempfile::tempdir().unwrap();
    let log = Log::open(place.path().join("log")).unwrap();
    let event = Event::new("authz_fail")
        .actor("telegram:123456789")
        .object("/srv/project/src/main.rs")
        .outcome(Outcome::Failure)
        .id("7f3a9c21")
        .detail("codes", vec!["path-outside-root", "secret-file"]);

    let mut file = File::create(place.path().join("floor")).unwrap();
    let mut write_and_sync = || {
        file.write_all(&[b'x'; 400]).unwrap();
        file.sync_data().unwrap();
    };
    compare(
        "one caller",
        60,
        vec![
            Case::new("write and fdatasync", &mut write_and_sync),
            Case::new("append", || log.append(&event).unwrap()),
            Case::new("append_relaxed", || log.append_relaxed(&event).unwrap()),
        ],
    );
    compare(
        "64 callers, 20 records each; the goal is 2x: half of (callers / fdatasync)",
        20,
        vec![
            Case::new("20 times write and fdatasync", || (0..EACH).for_each(|_| write_and_sync())),
            Case::new("append", || {
                thread::scope(|scope| {
                    for _ in 0..CALLERS {
                        scope.spawn(|| (0..EACH).for_each(|_| assert!(log.append(&event).is_ok())));
                    }
                });
            }),
        ],
    );

    let dir = place.path().join("read");
    let log = Log::with_clock(Config::new(&dir).segment_bytes(u64::MAX), SystemClock).unwrap();
    let records: usize = 100_000;
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..records / 8).for_each(|_| assert!(log.append_relaxed(&event).is_ok())));
        }
    });
    log.close().unwrap();
    let text = std::fs::read(dir.join("0000000000000001.jsonl")).unwrap();
    println!("\n{records} records, {} bytes", text.len());
    let chain = || {
        text.split(|byte| *byte == b'\n').fold([0_u8; 32], |before, line| {
            Sha256::new().chain_update(before).chain_update(line).finalize().into()
        })
    };
    compare(
        "verify, for 1 M records/s at most 100 ms",
        30,
        vec![
            Case::new("chained SHA-256 over the lines in memory", chain),
            Case::new("verify", || verify(&dir, &Verification::new()).unwrap()),
        ],
    );
}
