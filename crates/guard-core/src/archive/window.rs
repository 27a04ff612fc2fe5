//! A file that is read here and there, through one buffer.

use std::io::{ErrorKind, Read, Seek, SeekFrom};

use super::feed::Pull;
use super::rules;
use super::stop::{Result, refuse_at};

/// More than the largest record of a zip directory, which is 46 bytes and three fields of 65,535.
const SIZE: usize = 256 * 1024;

/// What an archive is read from.
pub(super) trait Source: Read + Seek {}

impl<T: Read + Seek> Source for T {}

pub(super) struct Window<'a> {
    source: &'a mut dyn Source,
    size: u64,
    buffer: Vec<u8>,
    start: u64,
    /// Where the source stands, so that reading on needs no seek.
    position: Option<u64>,
}

impl<'a> Window<'a> {
    pub(super) fn new(source: &'a mut dyn Source, size: u64) -> Self {
        Self { source, size, buffer: Vec::new(), start: 0, position: None }
    }

    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// Exactly so many bytes from `offset` on; at most 256 KiB.
    #[inline]
    pub(super) fn bytes(&mut self, offset: u64, length: usize) -> Result<&[u8]> {
        let is_inside = |start: u64, held: usize| {
            offset >= start && offset.saturating_add(length as u64) <= start.saturating_add(held as u64)
        };
        if !is_inside(self.start, self.buffer.len()) {
            self.fill(offset)?;
            if !is_inside(self.start, self.buffer.len()) {
                return refuse_at(&rules::TRUNCATED, self.size, 0);
            }
        }
        let from = usize::try_from(offset - self.start).unwrap_or(usize::MAX);
        Ok(self.buffer.get(from..from.saturating_add(length)).unwrap_or_default())
    }

    fn fill(&mut self, offset: u64) -> Result<()> {
        let wanted = self.size.saturating_sub(offset).min(SIZE as u64);
        let wanted = usize::try_from(wanted).unwrap_or(SIZE);
        self.buffer.resize(wanted, 0);
        self.start = offset;
        if self.position != Some(offset) {
            self.source.seek(SeekFrom::Start(offset))?;
        }
        self.position = None;
        match self.source.read_exact(&mut self.buffer) {
            Ok(()) => self.position = Some(offset + wanted as u64),
            // It was cut short while it was read.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => self.buffer.clear(),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

/// A stretch of the file, from front to back.
pub(super) struct Extent<'w, 'a> {
    window: &'w mut Window<'a>,
    offset: u64,
    left: u64,
}

impl<'w, 'a> Extent<'w, 'a> {
    pub(super) fn new(window: &'w mut Window<'a>, offset: u64, length: u64) -> Self {
        Self { window, offset, left: length }
    }
}

impl Pull for Extent<'_, '_> {
    fn pull(&mut self, out: &mut [u8]) -> Result<usize> {
        let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(out.len()).min(SIZE / 8);
        if length == 0 {
            return Ok(0);
        }
        let bytes = self.window.bytes(self.offset, length)?;
        if let Some(out) = out.get_mut(..length) {
            out.copy_from_slice(bytes);
        }
        self.offset += length as u64;
        self.left -= length as u64;
        Ok(length)
    }
}
