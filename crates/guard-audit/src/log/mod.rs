//! The log as its writers see it.

mod group;
mod prune;
mod writer;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::{AuditError, Clock, Event, RecordHash, Risk, SystemClock, Timestamp};

use group::Group;
use writer::Writer;

/// Where a log lives and how it is kept.
#[derive(Clone, Debug)]
pub struct Config {
    dir: PathBuf,
    anchor_dir: Option<PathBuf>,
    anchor_every: u64,
    segment_bytes: u64,
    lock_wait: Duration,
}

impl Config {
    /// A log in `dir` with its key and anchors in the same place, an anchor every 1,024 records, segments of 16 MiB,
    /// and at most 5 s of waiting for other processes.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            anchor_dir: None,
            anchor_every: 1024,
            segment_bytes: 16 * 1024 * 1024,
            lock_wait: Duration::from_secs(5),
        }
    }

    /// Keeps the key and the anchors in a private directory of their own, one for each log. Whoever can write the
    /// log but not this directory cannot cut or rewrite what was anchored.
    #[must_use]
    pub fn anchor_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.anchor_dir = Some(dir.into());
        self
    }

    /// Writes an anchor at the latest after so many records; at least 1.
    #[must_use]
    pub fn anchor_every(mut self, records: u64) -> Self {
        self.anchor_every = records.max(1);
        self
    }

    /// Begins a new segment file once one has this size.
    #[must_use]
    pub const fn segment_bytes(mut self, bytes: u64) -> Self {
        self.segment_bytes = bytes;
        self
    }

    /// How long to wait for other processes before refusing with [`AuditError::Busy`].
    #[must_use]
    pub const fn lock_wait(mut self, wait: Duration) -> Self {
        self.lock_wait = wait;
        self
    }

    fn anchors_at(&self) -> &Path {
        self.anchor_dir.as_deref().unwrap_or(&self.dir)
    }
}

/// The acknowledgement of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// The place of the record: 1, 2, 3 and so on, over all processes.
    pub seq: u64,
    /// The hash of the record and of all before it. Kept outside the machine, it is a witness.
    pub hash: RecordHash,
    /// Records after the newest anchor. It stays far above the configured interval only where anchors cannot be
    /// written; [`Log::anchor`] then says why.
    pub unanchored: u64,
}

/// An open log. Threads share one by reference; processes each open their own.
#[derive(Debug)]
pub struct Log {
    group: Group,
    dir: PathBuf,
}

impl Log {
    /// Opens the log in the private directory `dir`, or makes both.
    ///
    /// # Errors
    /// As [`with_clock`](Self::with_clock).
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self, AuditError> {
        Self::with_clock(Config::new(dir), SystemClock)
    }

    /// Opens a log as configured; `clock` gives the time of each record.
    ///
    /// # Errors
    /// [`AuditError`]: the directory is not private, the key is missing though there are records, the log ends before
    /// its newest anchor or its last record is not what was written, another process holds the lock too long, or the
    /// disk fails.
    pub fn with_clock(config: Config, clock: impl Clock + 'static) -> Result<Self, AuditError> {
        let dir = config.dir.clone();
        Ok(Self { group: Group::new(Writer::open(config, Box::new(clock))?), dir })
    }

    /// Appends a record and returns once it survives the loss of power. Records of threads that wait at the same
    /// time share one `fdatasync`.
    ///
    /// # Errors
    /// [`AuditError`]: nothing was acknowledged, and what the record stands for must not be done.
    pub fn append(&self, event: &Event) -> Result<Receipt, AuditError> {
        self.group.append(event.encode()?, true)
    }

    /// Appends a record and returns once the kernel has it: it survives the end of this process, even by `kill -9`,
    /// but the last seconds may be lost with the power.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    pub fn append_relaxed(&self, event: &Event) -> Result<Receipt, AuditError> {
        self.group.append(event.encode()?, false)
    }

    /// Makes every record durable, signs an anchor at the newest one and returns its place, to be shown to a witness.
    ///
    /// # Errors
    /// [`AuditError`]: the records stay, unanchored.
    pub fn anchor(&self) -> Result<Receipt, AuditError> {
        self.group.writer(Writer::anchor)
    }

    /// Anchors the newest record and closes the log. A log that is only dropped keeps its records and leaves the last
    /// ones unanchored.
    ///
    /// # Errors
    /// As [`anchor`](Self::anchor).
    pub fn close(self) -> Result<Receipt, AuditError> {
        self.anchor()
    }

    /// Removes whole segments whose records are all older than `before`, and leaves a signed base in their place, so
    /// that the rest still verifies. The newest segment always stays. Returns how many segments were removed; where
    /// some were, an `audit_pruned` record says so.
    ///
    /// # Errors
    /// [`AuditError::Altered`] where the log does not verify: pruning never removes evidence. Otherwise as
    /// [`append`](Self::append).
    pub fn prune(&self, before: Timestamp) -> Result<usize, AuditError> {
        let pruned = self.group.writer(|writer| writer.prune(before))?;
        if pruned.segments > 0 {
            self.append(&Event::new("audit_pruned").detail("to", pruned.to))?;
        }
        Ok(pruned.segments)
    }

    /// The risk of an actor, computed from the records of the last 30 days, which are read from the end.
    ///
    /// # Errors
    /// As [`query`](crate::query()).
    pub fn risk(&self, actor: &str) -> Result<Risk, AuditError> {
        Risk::of(&self.dir, actor, self.group.writer(|writer| Ok(writer.now()))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Verification, verify};

    #[test]
    fn after_a_failed_sync_nothing_is_acknowledged_and_the_log_is_proven_again() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("log");
        let log = Log::open(&dir).unwrap();
        let event = Event::new("sys_startup");
        let first = log.append(&event).unwrap();
        let fail = |log: &Log| {
            log.group.writer(|writer| {
                writer.fail_next_sync = true;
                Ok(())
            })
        };

        fail(&log).unwrap();
        assert_eq!(log.append(&event).unwrap_err().code(), "audit-io");
        assert_eq!(verify(&dir, &Verification::new()).unwrap().intact_to, 1);
        assert_eq!(log.append(&event).unwrap().seq, 2);

        log.append(&event).unwrap();
        log.append(&event).unwrap();
        fail(&log).unwrap();
        assert!(log.append(&event).is_err());
        // Further back than the last two records: only proving the whole log looks there.
        let file = dir.join("0000000000000001.jsonl");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replacen("sys_startup", "sys_restart", 1)).unwrap();
        let altered = AuditError::altered(first.seq, crate::Alteration::Edited);
        assert_eq!(log.append(&event), Err(altered));
        assert_eq!(log.append(&event), Err(altered));
    }
}
