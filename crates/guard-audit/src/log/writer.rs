//! Writes batches under the lock of the log.

use std::fs::{File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use sha2::{Digest as _, Sha256};

use super::group::Entry;
use super::{Config, Receipt};
use crate::anchor::Anchors;
use crate::backward::{Backward, Step};
use crate::chain::{Frame, Head, MAX_LINE, to_hex};
use crate::dir::{Dir, Lock, segment_name};
use crate::forward::MAX_TORN;
use crate::verify::{Verification, verify_locked};
use crate::{Alteration, AuditError, Clock, Event, Timestamp};

/// A closed segment is read-only, which tells every process that has it open to look for the next.
const CLOSED: u32 = 0o400;
const MAX_SEQ: u64 = 9_999_999_999_999_999;

#[derive(Debug)]
pub(super) struct Writer {
    pub(super) dir: Dir,
    pub(super) anchors: Anchors,
    pub(super) config: Config,
    clock: Box<dyn Clock>,
    /// The segment that is written, as it was left; `None` where it has to be read anew.
    open: Option<Open>,
    /// The newest record that was seen: the log can never again be shorter.
    seen: Head,
    /// A sync failed: the kernel may hold pages that the disk does not, so the segment is proven before it is used.
    doubted: bool,
    #[cfg(test)]
    pub(super) fail_next_sync: bool,
}

#[derive(Debug)]
struct Open {
    file: File,
    len: u64,
    head: Head,
}

impl Writer {
    pub(super) fn open(config: Config, clock: Box<dyn Clock>) -> Result<Self, AuditError> {
        let dir = Dir::create(&config.dir)?;
        let lock = dir.lock(Lock::Exclusive, config.lock_wait)?;
        let anchors = Anchors::open(Dir::create(config.anchors_at())?, dir.segments()?.is_empty())?;
        let mut writer = Self {
            dir,
            anchors,
            config,
            clock,
            open: None,
            seen: Head::GENESIS,
            doubted: false,
            #[cfg(test)]
            fail_next_sync: false,
        };
        writer.open = Some(writer.current()?);
        drop(lock);
        Ok(writer)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Writes the records of a batch at once, syncs if one of them asks for it, and anchors if that is due.
    pub(super) fn commit(&mut self, batch: &[Entry]) -> Result<Vec<Receipt>, AuditError> {
        self.dir.still_there()?;
        let _lock = self.dir.lock(Lock::Exclusive, self.config.lock_wait)?;
        let open = self.current()?;
        let mut open = self.roomy(open)?;
        let anchored = self.anchors.newest()?.seq;
        let now = self.clock.now();
        let mut lines = Vec::with_capacity(batch.iter().map(|entry| entry.event.len() + 160).sum());
        let mut head = open.head;
        if let Some(gap) = self.gap(&head)? {
            head.append(&mut lines, now, &gap);
        }
        let mut receipts = Vec::with_capacity(batch.len());
        for entry in batch {
            head.append(&mut lines, now, &entry.event);
            receipts.push(Receipt {
                seq: head.seq,
                hash: head.hash,
                unanchored: head.seq.saturating_sub(anchored),
            });
        }
        if head.seq > MAX_SEQ {
            return Err(AuditError::Full);
        }
        if let Err(error) = open.file.write_all(&lines) {
            // Lines that stay after a failed cut are whole records that nobody was promised, or a torn one.
            open.file.set_len(open.len)?;
            return Err(error.into());
        }
        let is_due = head.seq.saturating_sub(anchored) >= self.config.anchor_every;
        if (is_due || batch.iter().any(|entry| entry.durable))
            && let Err(error) = self.sync(&open.file)
        {
            // The kernel may call these pages clean although the disk never took them: nothing may build on them.
            open.file.set_len(open.len)?;
            return Err(error);
        }
        open.len += lines.len() as u64;
        open.head = head;
        self.seen = head;
        self.open = Some(open);
        // The records are safe, so they are acknowledged; `unanchored` grows where anchors fail.
        if is_due && self.anchors.write(head).is_ok() {
            receipts.iter_mut().for_each(|receipt| receipt.unanchored = 0);
        }
        Ok(receipts)
    }

    pub(super) fn anchor(&mut self) -> Result<Receipt, AuditError> {
        self.dir.still_there()?;
        let _lock = self.dir.lock(Lock::Exclusive, self.config.lock_wait)?;
        let open = self.current()?;
        self.sync(&open.file)?;
        self.anchors.write(open.head)?;
        let Head { seq, hash, .. } = open.head;
        self.open = Some(open);
        Ok(Receipt { seq, hash, unanchored: 0 })
    }

    /// The segment to write, under the lock. It is taken out, so that after any error it is read anew.
    fn current(&mut self) -> Result<Open, AuditError> {
        match self.open.take() {
            Some(open) if is_as_left(&open)? => Ok(open),
            Some(_) | None => self.reopen(),
        }
    }

    /// The segment for the next batch: a new one where this one is full, or was closed just before a crash.
    fn roomy(&self, open: Open) -> Result<Open, AuditError> {
        if open.len < self.config.segment_bytes && open.file.metadata()?.mode() & 0o200 != 0 {
            return Ok(open);
        }
        open.file.sync_all()?;
        open.file.set_permissions(Permissions::from_mode(CLOSED))?;
        let file = self.dir.create_new(&segment_name(open.head.seq + 1))?;
        Ok(Open { file, len: 0, head: open.head })
    }

    fn reopen(&mut self) -> Result<Open, AuditError> {
        if self.doubted {
            verify_locked(&self.dir, &Verification::new().anchor_dir(self.config.anchors_at()))?;
        }
        let base = self.anchors.base()?;
        let segments: Vec<u64> = self.dir.segments()?.into_iter().filter(|first| *first > base.seq).collect();
        let open = match segments.split_last() {
            None => Open { file: self.dir.create_new(&segment_name(base.seq + 1))?, len: 0, head: base },
            Some((last, before)) => {
                let name = segment_name(*last);
                // A crash can leave a closed segment as the last one; it opens for reading only, and suffices.
                let file = match self.dir.append(&name) {
                    Err(AuditError::Denied) => self.dir.read(&name)?,
                    opened => opened?,
                };
                let (head, len) = self.end_of(&file, *last, before, base)?;
                Open { file, len, head }
            }
        };
        let anchored = self.anchors.newest()?;
        for known in [self.seen, anchored] {
            if open.head.seq < known.seq {
                return Err(AuditError::altered(open.head.seq + 1, Alteration::Cut));
            }
            if open.head.seq == known.seq && open.head.hash != known.hash {
                return Err(AuditError::altered(known.seq, Alteration::AnchorMismatch));
            }
        }
        self.seen = open.head;
        self.doubted = false;
        Ok(open)
    }

    /// The newest record of the last segment, proven against the one before it, and the length up to its end. What a
    /// cut-short write left after it is put aside.
    fn end_of(&self, file: &File, first: u64, before: &[u64], base: Head) -> Result<(Head, u64), AuditError> {
        let mut len = file.metadata()?.len();
        let mut lines = Backward::new(file.try_clone()?, len, MAX_TORN);
        let torn = match lines.step()? {
            Step::Line(torn) => torn,
            Step::TooLong | Step::End => return Err(AuditError::altered(first, Alteration::Edited)),
        };
        len -= torn.len() as u64;
        let last = lines.step()?;
        let head = match &last {
            Step::End => self.before(first, before, base)?,
            Step::TooLong => return Err(AuditError::altered(first, Alteration::Edited)),
            Step::Line(line) => {
                let frame = Frame::parse(line).ok_or(AuditError::altered(first, Alteration::Edited))?;
                let previous = match lines.step()? {
                    Step::Line(line) => Frame::parse(&line).and_then(|frame| frame.head()),
                    Step::End => Some(self.before(first, before, base)?),
                    Step::TooLong => None,
                };
                previous
                    .filter(|previous| previous.seq + 1 == frame.seq && frame.follows(&previous.hash))
                    .and_then(|_| frame.head())
                    .ok_or(AuditError::altered(frame.seq, Alteration::Edited))?
            }
        };
        if !torn.is_empty() {
            self.put_aside(file, len, &torn, head.seq + 1)?;
        }
        Ok((head, len))
    }

    /// The record that the first one of a segment follows.
    fn before(&self, first: u64, before: &[u64], base: Head) -> Result<Head, AuditError> {
        let missing = AuditError::altered(base.seq + 1, Alteration::SegmentMissing);
        let Some(last) = before.last() else {
            return if first == base.seq + 1 { Ok(base) } else { Err(missing) };
        };
        let file = self.dir.read(&segment_name(*last))?;
        let head = last_of(file)?.ok_or(AuditError::altered(*last, Alteration::Edited))?;
        if head.seq + 1 == first {
            Ok(head)
        } else {
            Err(AuditError::altered(head.seq + 1, Alteration::Removed))
        }
    }

    /// Keeps the bytes of a torn write in a file of their own, then cuts them off. Its name tells the next batch,
    /// of whichever process, that a gap has to be recorded at `seq`.
    fn put_aside(&self, file: &File, len: u64, torn: &[u8], seq: u64) -> Result<(), AuditError> {
        self.dir.replace(&torn_name(seq), torn)?;
        file.set_len(len)?;
        Ok(file.sync_all()?)
    }

    /// The record of a torn write that was put aside and not yet recorded.
    fn gap(&self, head: &Head) -> Result<Option<Vec<u8>>, AuditError> {
        let Some(torn) = self.dir.read_small(&torn_name(head.seq + 1), MAX_TORN as u64)? else {
            return Ok(None);
        };
        let event = Event::new("audit_gap")
            .detail("bytes", torn.len() as u64)
            .detail("sha256", to_hex(&Sha256::digest(&torn)));
        Ok(Some(event.encode()?))
    }

    fn sync(&mut self, file: &File) -> Result<(), AuditError> {
        #[cfg(test)]
        if std::mem::take(&mut self.fail_next_sync) {
            self.doubted = true;
            return Err(AuditError::Io(std::io::ErrorKind::Other));
        }
        file.sync_data().map_err(|error| {
            self.doubted = true;
            error.into()
        })
    }
}

/// Whether nobody wrote, closed, cut or removed the segment since.
fn is_as_left(open: &Open) -> Result<bool, AuditError> {
    let now = open.file.metadata()?;
    Ok(now.len() == open.len && now.nlink() == 1 && now.mode() & 0o200 != 0)
}

fn torn_name(seq: u64) -> String {
    format!("{seq:016}.torn")
}

/// The newest record of a segment, taken at its word; `None` where there is none or it is none.
pub(super) fn last_of(file: File) -> Result<Option<Head>, AuditError> {
    let len = file.metadata()?.len();
    let mut lines = Backward::new(file, len, MAX_LINE);
    lines.step()?;
    Ok(match lines.step()? {
        Step::Line(line) => Frame::parse(&line).and_then(|frame| frame.head()),
        Step::TooLong | Step::End => None,
    })
}
