//! A file that is read here and there, through buffers.

use std::io::{ErrorKind, Read, Seek, SeekFrom};

use super::feed::Pull;
use super::rules;
use super::stop::{Result, refuse_at};

/// More than the largest record of a zip directory, which is 46 bytes and three fields of 65,535.
const SIZE: usize = 256 * 1024;

/// What an archive is read from.
pub(super) trait Source: Read + Seek {}

impl<T: Read + Seek> Source for T {}

/// The file, read through one buffer; another one is a [`View`] of its own.
pub(super) struct Window<'a> {
    file: File<'a>,
    view: View,
}

impl<'a> Window<'a> {
    pub(super) fn new(source: &'a mut dyn Source, size: u64) -> Self {
        Self { file: File { source, size, position: None }, view: View::default() }
    }

    pub(super) const fn size(&self) -> u64 {
        self.file.size
    }

    pub(super) const fn file(&mut self) -> &mut File<'a> {
        &mut self.file
    }

    /// Exactly so many bytes from `offset` on; at most 256 KiB.
    #[inline]
    pub(super) fn bytes(&mut self, offset: u64, length: usize) -> Result<&[u8]> {
        self.view.bytes(&mut self.file, offset, length)
    }
}

pub(super) struct File<'a> {
    source: &'a mut dyn Source,
    size: u64,
    /// Where the source stands, so that reading on needs no seek.
    position: Option<u64>,
}

/// A part of the file that is held.
#[derive(Default)]
pub(super) struct View {
    buffer: Vec<u8>,
    start: u64,
}

impl View {
    /// Exactly so many bytes from `offset` on; at most 256 KiB.
    #[inline]
    pub(super) fn bytes(&mut self, file: &mut File<'_>, offset: u64, length: usize) -> Result<&[u8]> {
        let is_inside = |start: u64, held: usize| {
            offset >= start && offset.saturating_add(length as u64) <= start.saturating_add(held as u64)
        };
        if !is_inside(self.start, self.buffer.len()) {
            self.fill(file, offset)?;
            if !is_inside(self.start, self.buffer.len()) {
                return refuse_at(&rules::TRUNCATED, file.size, 0);
            }
        }
        let from = usize::try_from(offset - self.start).unwrap_or(usize::MAX);
        Ok(self.buffer.get(from..from.saturating_add(length)).unwrap_or_default())
    }

    fn fill(&mut self, file: &mut File<'_>, offset: u64) -> Result<()> {
        let wanted = file.size.saturating_sub(offset).min(SIZE as u64);
        let wanted = usize::try_from(wanted).unwrap_or(SIZE);
        self.buffer.resize(wanted, 0);
        self.start = offset;
        if file.position != Some(offset) {
            file.source.seek(SeekFrom::Start(offset))?;
        }
        file.position = None;
        match file.source.read_exact(&mut self.buffer) {
            Ok(()) => file.position = Some(offset + wanted as u64),
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
