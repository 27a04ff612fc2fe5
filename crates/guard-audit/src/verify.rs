//! Proves that a log is what was written, as far as that can be proven.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::anchor::{self, ANCHORS, Anchor, Kind, MAX_ANCHOR};
use crate::chain::{Frame, Head, MAX_LINE};
use crate::dir::{Dir, Lock, segment_name};
use crate::forward::{Forward, Step};
use crate::{Alteration, AnchorKey, AuditError, RecordHash};

const LOCK_WAIT: Duration = Duration::from_secs(5);

/// What a log is verified against.
#[derive(Clone, Debug, Default)]
pub struct Verification {
    anchor_dir: Option<PathBuf>,
    key: Option<AnchorKey>,
    witnessed: Vec<(u64, RecordHash)>,
}

impl Verification {
    /// Against the key and the anchors in the directory of the log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The key and the anchors are there instead; see [`Config::anchor_dir`](crate::Config::anchor_dir).
    #[must_use]
    pub fn anchor_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.anchor_dir = Some(dir.into());
        self
    }

    /// Trusts this key, kept elsewhere, instead of the `anchor.pub` beside the anchors.
    #[must_use]
    pub const fn key(mut self, key: AnchorKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Demands that the record `seq` has this hash: the witness, outside the machine, of a [`Receipt`](crate::Receipt).
    /// Only this finds a log that the holder of the key wrote anew, or set back together with its anchors.
    #[must_use]
    pub fn expect(mut self, seq: u64, hash: RecordHash) -> Self {
        self.witnessed.push((seq, hash));
        self
    }
}

/// A log in which every record that is there is as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The first record that is kept; greater than 1 where older ones were pruned.
    pub first: u64,
    /// The chain is unbroken up to this record.
    pub intact_to: u64,
    /// The hash of that record.
    pub hash: RecordHash,
    /// Up to here nobody without the key can have changed, removed or cut anything.
    pub anchored_to: u64,
    /// Records after that: they could have been cut, or written anew, without a trace.
    pub unprotected_tail: u64,
    /// Bytes after the last record: a write that was cut short. The next append puts them aside.
    pub torn_bytes: u64,
}

impl Report {
    /// Whether there is neither an unprotected nor a torn tail.
    #[must_use]
    pub const fn is_sealed(&self) -> bool {
        self.unprotected_tail == 0 && self.torn_bytes == 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { intact_to, anchored_to, unprotected_tail, .. } = self;
        write!(f, "intact to {intact_to}, anchored to {anchored_to}, unprotected tail {unprotected_tail}")?;
        if self.torn_bytes > 0 {
            write!(f, ", torn bytes {}", self.torn_bytes)?;
        }
        Ok(())
    }
}

/// Verifies the whole log in `dir` as it is at this moment; appending goes on meanwhile.
///
/// # Errors
/// [`AuditError::Altered`] with the first bad sequence number; [`AuditError::Key`] where there is no key to verify with;
/// [`AuditError::Unsafe`] where others can write; or the log cannot be read.
pub fn verify(dir: impl AsRef<Path>, against: &Verification) -> Result<Report, AuditError> {
    let dir = Dir::open(dir.as_ref())?;
    let lock = dir.lock(Lock::Shared, LOCK_WAIT)?;
    let walk = Walk::begin(&dir, against)?;
    drop(lock);
    walk.run(&dir)
}

/// Verifies under a lock that the caller holds.
pub(crate) fn verify_locked(dir: &Dir, against: &Verification) -> Result<Report, AuditError> {
    Walk::begin(dir, against)?.run(dir)
}

/// What was there at the beginning, and how far it is proven.
struct Walk {
    segments: Vec<(u64, u64)>,
    base: Head,
    marks: Marks,
    seq: u64,
    hash: RecordHash,
    time: Vec<u8>,
    torn: u64,
}

impl Walk {
    fn begin(dir: &Dir, against: &Verification) -> Result<Self, AuditError> {
        let separate = against.anchor_dir.as_deref().map(Dir::open).transpose()?;
        let anchors = separate.as_ref().unwrap_or(dir);
        let key = match against.key {
            Some(key) => key,
            None => AnchorKey::load(anchors)?,
        };
        let base = anchor::base(anchors, key.inner())?;
        let mut segments = Vec::new();
        // Pruning that was cut short leaves segments from before the base.
        for first in dir.segments()?.into_iter().filter(|first| *first > base.seq) {
            segments.push((first, dir.read(&segment_name(first))?.metadata()?.len()));
        }
        let marks = Marks::open(anchors, key, against, base)?;
        let time = base.time.to_string().into_bytes();
        Ok(Self { segments, base, marks, seq: base.seq, hash: base.hash, time, torn: 0 })
    }

    fn run(mut self, dir: &Dir) -> Result<Report, AuditError> {
        self.marks.reached(self.seq, &self.hash)?;
        let segments = std::mem::take(&mut self.segments);
        for (at, (first, len)) in segments.iter().enumerate() {
            if *first != self.seq + 1 {
                return Err(AuditError::altered(self.seq + 1, Alteration::SegmentMissing));
            }
            let mut lines = Forward::new(dir.read(&segment_name(*first))?, *len, MAX_LINE);
            self.segment(&mut lines, at + 1 == segments.len())?;
        }
        self.marks.finish(self.seq)?;
        let anchored_to = self.marks.anchored_to;
        Ok(Report {
            first: self.base.seq + 1,
            intact_to: self.seq,
            hash: self.hash,
            anchored_to,
            unprotected_tail: self.seq - anchored_to,
            torn_bytes: self.torn,
        })
    }

    fn segment(&mut self, lines: &mut Forward, is_last: bool) -> Result<(), AuditError> {
        loop {
            let expected = self.seq + 1;
            let line = match lines.step()? {
                Step::Line(line) => line,
                Step::End => return Ok(()),
                Step::Torn(bytes) if is_last => {
                    self.torn = bytes;
                    return Ok(());
                }
                Step::Torn(_) | Step::TooLong => {
                    return Err(AuditError::altered(expected, Alteration::Edited));
                }
            };
            let frame = Frame::parse(line).ok_or(AuditError::altered(expected, Alteration::Edited))?;
            if frame.seq != expected {
                let found = frame.seq;
                return Err(AuditError::altered(expected, misplaced(expected, found, lines)?));
            }
            if !frame.follows(&self.hash) || frame.time < self.time.as_slice() {
                return Err(AuditError::altered(expected, Alteration::Edited));
            }
            self.seq = frame.seq;
            self.hash = frame.hash;
            self.time.clear();
            self.time.extend_from_slice(frame.time);
            self.marks.reached(self.seq, &self.hash)?;
        }
    }
}

/// What happened where another record stands in the place of the expected one.
fn misplaced(expected: u64, found: u64, lines: &mut Forward) -> Result<Alteration, AuditError> {
    if found < expected {
        return Ok(Alteration::Repeated);
    }
    let next = match lines.step()? {
        Step::Line(line) => Frame::parse(line).map(|frame| frame.seq),
        Step::Torn(_) | Step::TooLong | Step::End => None,
    };
    Ok(if next == Some(expected) { Alteration::Reordered } else { Alteration::Removed })
}

/// The places whose hash is known: signed anchors, and witnesses.
struct Marks {
    anchors: Forward,
    key: AnchorKey,
    next: Option<Head>,
    anchored_to: u64,
    /// Descending, so that the next one is the last.
    witnessed: Vec<(u64, RecordHash)>,
}

impl Marks {
    fn open(dir: &Dir, key: AnchorKey, against: &Verification, base: Head) -> Result<Self, AuditError> {
        if dir.stat(ANCHORS)?.is_none() {
            return Err(AuditError::altered(1, Alteration::AnchorsMissing));
        }
        let file = dir.read(ANCHORS)?;
        let len = file.metadata()?.len();
        let mut witnessed = against.witnessed.clone();
        // What was pruned cannot be compared any more; the signed base stands for it.
        witnessed.retain(|(seq, _)| *seq >= base.seq);
        witnessed.sort_unstable_by_key(|(seq, _)| std::cmp::Reverse(*seq));
        let mut marks = Self {
            anchors: Forward::new(file, len, MAX_ANCHOR),
            key,
            next: None,
            anchored_to: base.seq,
            witnessed,
        };
        marks.advance()?;
        if marks.next.is_none() {
            return Err(AuditError::altered(1, Alteration::AnchorsMissing));
        }
        while marks.next.is_some_and(|next| next.seq < base.seq) {
            marks.advance()?;
        }
        Ok(marks)
    }

    fn advance(&mut self) -> Result<(), AuditError> {
        let last = self.next.map_or(0, |head| head.seq);
        let bad = AuditError::altered(last.max(1), Alteration::AnchorSignature);
        self.next = match self.anchors.step()? {
            Step::Line(line) => {
                let anchor =
                    Anchor::verify(line, self.key.inner()).filter(|anchor| anchor.kind == Kind::Anchor);
                Some(anchor.ok_or(bad)?.head)
            }
            Step::TooLong => return Err(bad),
            // A line that was cut short was never relied on.
            Step::Torn(_) | Step::End => None,
        };
        if self.next.is_some_and(|next| next.seq < last) {
            return Err(AuditError::altered(last, Alteration::AnchorMismatch));
        }
        Ok(())
    }

    fn reached(&mut self, seq: u64, hash: &RecordHash) -> Result<(), AuditError> {
        let mismatch = AuditError::altered(seq, Alteration::AnchorMismatch);
        while let Some(next) = self.next.filter(|next| next.seq == seq) {
            if next.hash != *hash {
                return Err(mismatch);
            }
            self.anchored_to = seq;
            self.advance()?;
        }
        while let Some((_, want)) = self.witnessed.pop_if(|(wanted, _)| *wanted == seq) {
            if want != *hash {
                return Err(mismatch);
            }
        }
        Ok(())
    }

    fn finish(&self, seq: u64) -> Result<(), AuditError> {
        if self.next.is_some() || !self.witnessed.is_empty() {
            return Err(AuditError::altered(seq + 1, Alteration::Cut));
        }
        Ok(())
    }
}
