//! Retention: whole old segments go, and a signed base stays.

use super::writer::{Writer, last_of};
use crate::dir::{Lock, segment_name};
use crate::verify::{Verification, verify_locked};
use crate::{AuditError, Timestamp};

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pruned {
    pub(super) segments: usize,
    pub(super) to: u64,
}

impl Writer {
    pub(super) fn prune(&mut self, before: Timestamp) -> Result<Pruned, AuditError> {
        self.dir.still_there()?;
        let _lock = self.dir.lock(Lock::Exclusive, self.config.lock_wait)?;
        verify_locked(&self.dir, &Verification::new().anchor_dir(self.config.anchors_at()))?;
        let base = self.anchors.base()?;
        let segments = self.dir.segments()?;
        let closed = segments.split_last().map_or(&[][..], |(_, closed)| closed);
        let mut new_base = base;
        for first in closed.iter().filter(|first| **first > base.seq) {
            // The time never goes back, so the last record of a segment is its newest.
            let Some(last) = last_of(self.dir.read(&segment_name(*first))?)? else { break };
            if last.time >= before {
                break;
            }
            new_base = last;
        }
        if new_base.seq > base.seq {
            self.anchors.set_base(new_base)?;
        }
        // Also those that an earlier call, cut short after its base, left behind.
        let mut pruned = Pruned { segments: 0, to: new_base.seq };
        for first in closed.iter().filter(|first| **first <= new_base.seq) {
            self.dir.remove(&segment_name(*first))?;
            pruned.segments += 1;
        }
        self.dir.sync()?;
        Ok(pruned)
    }
}
