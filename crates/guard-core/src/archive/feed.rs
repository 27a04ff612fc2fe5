//! Bytes on their way from one reader to the next.

use super::budget::{Budget, Weight};
use super::rules;
use super::stop::{Result, refuse};

/// What a reader asks for at once.
pub(super) const CHUNK: usize = 32 * 1024;

/// A source of bytes that are used up as they are read. Zero bytes mean the end, and only the end.
pub(super) trait Pull {
    fn pull(&mut self, out: &mut [u8]) -> Result<usize>;
}

impl Pull for &[u8] {
    fn pull(&mut self, out: &mut [u8]) -> Result<usize> {
        let length = self.len().min(out.len());
        let (now, later) = self.split_at(length);
        if let Some(out) = out.get_mut(..length) {
            out.copy_from_slice(now);
        }
        *self = later;
        Ok(length)
    }
}

/// A source with what was read from it and not used yet.
pub(super) struct Feed<'a> {
    source: &'a mut dyn Pull,
    budget: &'a Budget<'a>,
    weight: Weight,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    used: u64,
}

impl<'a> Feed<'a> {
    /// `weight`: what reading a byte costs.
    pub(super) fn new(source: &'a mut dyn Pull, budget: &'a Budget<'a>, weight: Weight) -> Self {
        Self { source, budget, weight, buffer: Vec::new(), start: 0, end: 0, used: 0 }
    }

    pub(super) const fn budget(&self) -> &'a Budget<'a> {
        self.budget
    }

    /// How many bytes were used up.
    pub(super) const fn used(&self) -> u64 {
        self.used
    }

    pub(super) fn reweigh(&mut self, weight: Weight) {
        self.weight = weight;
    }

    /// At least `wanted` bytes, unless the end comes before; `wanted` is at most [`CHUNK`].
    pub(super) fn peek(&mut self, wanted: usize) -> Result<&[u8]> {
        if self.end - self.start < wanted {
            if self.buffer.is_empty() {
                self.buffer = self.budget.spare().chunk();
            }
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            while self.end < wanted {
                let Some(free) = self.buffer.get_mut(self.end..) else { break };
                let length = self.source.pull(free)?;
                if length == 0 {
                    break;
                }
                self.budget.bytes(length, self.weight)?;
                self.end += length;
            }
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    /// What is at hand, at least a byte unless this is the end.
    pub(super) fn some(&mut self) -> Result<&[u8]> {
        self.peek(1)
    }

    pub(super) fn consume(&mut self, length: usize) {
        let length = length.min(self.end - self.start);
        self.start += length;
        self.used += length as u64;
    }

    pub(super) fn is_at_end(&mut self) -> Result<bool> {
        Ok(self.some()?.is_empty())
    }

    /// Exactly so many bytes.
    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let Some(bytes) = self.peek(N)?.first_chunk::<N>().copied() else { return refuse(&rules::TRUNCATED) };
        self.consume(N);
        Ok(bytes)
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        let [byte] = self.take::<1>()?;
        Ok(byte)
    }

    pub(super) fn skip(&mut self, mut length: u64) -> Result<()> {
        while length > 0 {
            let here = self.some()?.len() as u64;
            if here == 0 {
                return refuse(&rules::TRUNCATED);
            }
            let step = here.min(length);
            self.consume(usize::try_from(step).unwrap_or(usize::MAX));
            length -= step;
        }
        Ok(())
    }
}

impl Drop for Feed<'_> {
    fn drop(&mut self) {
        self.budget.spare().keep_chunk(std::mem::take(&mut self.buffer));
    }
}

impl Pull for Feed<'_> {
    fn pull(&mut self, out: &mut [u8]) -> Result<usize> {
        // What is large passes by the buffer.
        if self.start == self.end && out.len() >= CHUNK {
            let length = self.source.pull(out)?;
            self.budget.bytes(length, self.weight)?;
            self.used += length as u64;
            return Ok(length);
        }
        let here = self.some()?;
        let length = here.len().min(out.len());
        if let (Some(out), Some(here)) = (out.get_mut(..length), here.get(..length)) {
            out.copy_from_slice(here);
        }
        self.consume(length);
        Ok(length)
    }
}
