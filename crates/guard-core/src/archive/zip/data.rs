//! The data of an entry: decompressed, counted and compared with what the headers said.

use super::super::budget::{Budget, Weight};
use super::super::feed::{Feed, Pull};
use super::super::rules;
use super::super::stop::{Result, refuse};
use super::super::stream::Inflate;
use super::super::window::{Extent, Window};
use super::structure::Record;

/// Lets `read` have the data of an entry.
pub(in crate::archive) fn content<T>(
    window: &mut Window<'_>,
    record: &Record,
    budget: &Budget<'_>,
    read: impl FnOnce(&mut dyn Pull) -> Result<T>,
) -> Result<T> {
    let mut extent = Extent::new(window, record.data, record.packed);
    if record.method == 0 {
        let mut feed = Feed::new(&mut extent, budget, Weight::COPY);
        let mut data = Checked::new(Stored { feed: &mut feed, record, matched: 0 }, record);
        return read(&mut data);
    }
    let mut feed = Feed::new(&mut extent, budget, Weight::DEFLATE);
    let mut data = Checked::new(Whole(Inflate::new(&mut feed)?), record);
    read(&mut data)
}

/// Data as it is.
struct Stored<'f, 'a> {
    feed: &'f mut Feed<'a>,
    record: &'f Record,
    /// How many bytes of a descriptor's signature were seen last.
    matched: usize,
}

impl Pull for Stored<'_, '_> {
    fn pull(&mut self, out: &mut [u8]) -> Result<usize> {
        let length = self.feed.pull(out)?;
        if self.record.ends_at_signature {
            for byte in out.iter().take(length) {
                self.matched = match (self.matched, byte) {
                    (_, b'P') => 1,
                    (1, b'K') => 2,
                    (2, 7) => 3,
                    // A reader from front to back would end the entry here.
                    (3, 8) => return refuse(&rules::MISMATCH),
                    _ => 0,
                };
            }
        }
        Ok(length)
    }
}

/// A deflate stream that has to end where its data ends.
struct Whole<'f, 'a>(Inflate<'f, 'a>);

impl Pull for Whole<'_, '_> {
    fn pull(&mut self, out: &mut [u8]) -> Result<usize> {
        let length = self.0.pull(out)?;
        if length == 0 && !out.is_empty() && !self.0.feed().is_at_end()? {
            return refuse(&rules::MISMATCH);
        }
        Ok(length)
    }
}

/// Data with the promised size and checksum.
struct Checked<'r, P> {
    data: P,
    record: &'r Record,
    size: u64,
    crc: crc32fast::Hasher,
}

impl<'r, P> Checked<'r, P> {
    fn new(data: P, record: &'r Record) -> Self {
        Self { data, record, size: 0, crc: crc32fast::Hasher::new() }
    }
}

impl<P: Pull> Pull for Checked<'_, P> {
    fn pull(&mut self, out: &mut [u8]) -> Result<usize> {
        let length = self.data.pull(out)?;
        self.crc.update(out.get(..length).unwrap_or_default());
        self.size += length as u64;
        let is_over = self.size > self.record.size;
        let is_end = length == 0 && !out.is_empty();
        if is_over || (is_end && self.size != self.record.size) {
            return refuse(&rules::MISMATCH);
        }
        if is_end && self.crc.clone().finalize() != self.record.crc {
            return refuse(&rules::DAMAGED);
        }
        Ok(length)
    }
}
