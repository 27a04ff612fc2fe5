//! The audit log from outside.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper that fails fails its test")]

mod altering;
mod concurrent;
mod crash;
mod event;
mod query;
mod risk;
mod storage;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use guard_audit::{Clock, Config, Event, Log, Timestamp};

/// A directory for one test, gone at its end.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn log(&self) -> PathBuf {
        self.0.path().join("log")
    }

    fn anchors(&self) -> PathBuf {
        self.0.path().join("anchors")
    }
}

/// A clock that the test sets.
#[derive(Debug, Default)]
struct Manual(AtomicU64);

impl Clock for &'static Manual {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.0.load(Ordering::Relaxed))
    }
}

/// A closed log of `count` small records.
fn sample(dir: &Path, count: u64) {
    let log = Log::with_clock(Config::new(dir), guard_audit::SystemClock).unwrap();
    for at in 1..=count {
        log.append_relaxed(&Event::new("order_refunded").actor("user:7").object(format!("order:{at}")))
            .unwrap();
    }
    log.close().unwrap();
}

/// Writes a file of the log as an attacker with the rights of its owner would, closed segments included.
fn overwrite(file: &Path, content: impl AsRef<[u8]>) {
    if file.exists() {
        std::fs::remove_file(file).unwrap();
    }
    std::fs::write(file, content).unwrap();
    std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with('0'))
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    found.sort();
    found
}
