//! What has been spent, over all levels of one archive.

use std::cell::Cell;

use super::spare::Spare;
use super::stop::{Result, Stop, refuse};
use super::{Limits, rules};

/// What one byte costs, read or produced, in units of work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weight(pub(super) u64);

impl Weight {
    pub(super) const COPY: Self = Self(1);
    pub(super) const DEFLATE: Self = Self(4);
    pub(super) const ZSTD: Self = Self(4);
    pub(super) const XZ: Self = Self(16);
    pub(super) const BZIP2: Self = Self(32);
}

/// What setting up a decoder costs, in units of work.
const DECODER: u64 = 4_096;

#[derive(Debug)]
pub(super) struct Budget<'a> {
    limits: &'a Limits,
    /// Size of the outermost file.
    input: u64,
    output: Cell<u64>,
    entries: Cell<u64>,
    work: Cell<u64>,
    spare: Spare,
}

impl<'a> Budget<'a> {
    pub(super) fn new(limits: &'a Limits, input: u64) -> Self {
        let (output, entries, work) = (Cell::new(0), Cell::new(0), Cell::new(0));
        Self { limits, input, output, entries, work, spare: Spare::default() }
    }

    pub(super) const fn spare(&self) -> &Spare {
        &self.spare
    }

    pub(super) const fn limits(&self) -> &'a Limits {
        self.limits
    }

    pub(super) fn output_bytes(&self) -> u64 {
        self.output.get()
    }

    pub(super) fn entries(&self) -> u64 {
        self.entries.get()
    }

    pub(super) fn spent_work(&self) -> u64 {
        self.work.get()
    }

    /// One more entry.
    pub(super) fn entry(&self) -> Result<()> {
        spend(&self.entries, 1, self.limits.entries).ok_or_else(|| Stop::from(&rules::ENTRIES))
    }

    /// So many bytes of content came out.
    pub(super) fn content(&self, bytes: usize) -> Result<()> {
        let limit = self.limits.output_bytes;
        spend(&self.output, bytes as u64, limit).ok_or_else(|| Stop::from(&rules::OUTPUT))?;
        self.ratio(self.input, self.output.get())
    }

    /// A decoder made `produced` bytes of `consumed` so far.
    pub(super) fn ratio(&self, consumed: u64, produced: u64) -> Result<()> {
        if produced > self.limits.ratio_from && produced / self.limits.ratio.max(1) > consumed {
            return refuse(&rules::RATIO);
        }
        Ok(())
    }

    pub(super) fn bytes(&self, bytes: usize, weight: Weight) -> Result<()> {
        self.work((bytes as u64).saturating_mul(weight.0))
    }

    /// A decoder is set up, or set back to begin another stream.
    pub(super) fn decoder(&self) -> Result<()> {
        self.work(DECODER)
    }

    pub(super) fn work(&self, units: u64) -> Result<()> {
        spend(&self.work, units, self.limits.work).ok_or_else(|| Stop::from(&rules::WORK))
    }

    /// Whether one level may hold so many bytes.
    pub(super) fn memory(&self, bytes: u64) -> Result<()> {
        if bytes > self.limits.memory_of_level() { refuse(&rules::MEMORY) } else { Ok(()) }
    }
}

/// `None` where the sum passes the limit; what was spent counts all the same.
fn spend(cell: &Cell<u64>, amount: u64, limit: u64) -> Option<()> {
    let sum = cell.get().saturating_add(amount);
    cell.set(sum);
    (sum <= limit).then_some(())
}
