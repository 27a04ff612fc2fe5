//! bzip2: one stream or several. The library checks every block; its memory is bounded by the format.

use bzip2::{Decompress, Status};

use super::super::budget::Weight;
use super::super::feed::{Feed, Pull};
use super::super::rules;
use super::super::stop::{Result, refuse};
use super::{guarded, zeros};

/// What a decoder holds for blocks of the largest size.
const MEMORY: u64 = 4 << 20;
/// Setting that up for each of a million empty streams would be the work.
const STREAM: u64 = 1 << 19;

pub(in crate::archive) struct Bzip2<'f, 'a> {
    feed: &'f mut Feed<'a>,
    state: Decompress,
    produced: u64,
    is_done: bool,
}

impl<'f, 'a> Bzip2<'f, 'a> {
    pub(in crate::archive) fn new(feed: &'f mut Feed<'a>) -> Result<Self> {
        feed.reweigh(Weight::BZIP2);
        feed.budget().memory(MEMORY)?;
        Ok(Self { feed, state: Decompress::new(false), produced: 0, is_done: false })
    }

    fn stream_end(&mut self) -> Result<()> {
        if self.feed.peek(3)?.starts_with(b"BZh") {
            self.feed.budget().work(STREAM)?;
            self.state = Decompress::new(false);
            return Ok(());
        }
        self.is_done = true;
        zeros(self.feed)
    }
}

impl Pull for Bzip2<'_, '_> {
    fn pull(&mut self, out: &mut [u8]) -> Result<usize> {
        while !self.is_done && !out.is_empty() {
            let state = &mut self.state;
            let (read_before, made_before) = (state.total_in(), state.total_out());
            let input = self.feed.some()?;
            let is_end = input.is_empty();
            let status = guarded(|| state.decompress(input, out))?;
            let read = usize::try_from(state.total_in() - read_before).unwrap_or(usize::MAX);
            let made = usize::try_from(state.total_out() - made_before).unwrap_or(usize::MAX);
            self.feed.consume(read);
            match status {
                Ok(Status::StreamEnd) => self.stream_end()?,
                Ok(_) if is_end && made == 0 => return refuse(&rules::TRUNCATED),
                Ok(_) if read == 0 && made == 0 => return refuse(&rules::DAMAGED),
                Ok(_) => {}
                Err(_) => return refuse(&rules::DAMAGED),
            }
            if made > 0 {
                self.produced += made as u64;
                let budget = self.feed.budget();
                budget.bytes(made, Weight::BZIP2)?;
                budget.ratio(self.feed.used(), self.produced)?;
                return Ok(made);
            }
        }
        Ok(0)
    }
}
