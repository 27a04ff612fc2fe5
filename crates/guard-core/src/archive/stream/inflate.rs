use flate2::{Decompress, FlushDecompress, Status};

use super::super::budget::Weight;
use super::super::feed::{Feed, Pull};
use super::super::rules;
use super::super::stop::{Result, refuse};
use super::guarded;

/// A deflate stream without a wrapper, up to its own end.
pub(in crate::archive) struct Inflate<'f, 'a> {
    feed: &'f mut Feed<'a>,
    /// Until a panic leaves it in doubt.
    state: Option<Decompress>,
    is_done: bool,
    began_at: u64,
    produced: u64,
}

impl<'f, 'a> Inflate<'f, 'a> {
    pub(in crate::archive) fn new(feed: &'f mut Feed<'a>) -> Result<Self> {
        feed.reweigh(Weight::DEFLATE);
        feed.budget().decoder()?;
        let began_at = feed.used();
        let state = Some(feed.budget().spare().inflater());
        Ok(Self { feed, state, is_done: false, began_at, produced: 0 })
    }

    /// What is behind the stream, once it is done.
    pub(in crate::archive) fn feed(&mut self) -> &mut Feed<'a> {
        self.feed
    }

    /// Begins another stream where the last one ended; the ratio is taken over both.
    pub(super) fn again(&mut self) -> Result<()> {
        self.feed.budget().decoder()?;
        self.state.get_or_insert_with(|| Decompress::new(false)).reset(false);
        self.is_done = false;
        Ok(())
    }
}

impl Drop for Inflate<'_, '_> {
    fn drop(&mut self) {
        if let Some(state) = self.state.take() {
            self.feed.budget().spare().keep_inflater(state);
        }
    }
}

impl Pull for Inflate<'_, '_> {
    fn pull(&mut self, out: &mut [u8]) -> Result<usize> {
        while !self.is_done && !out.is_empty() {
            let Some(mut state) = self.state.take() else { return refuse(&rules::DAMAGED) };
            let (read_before, made_before) = (state.total_in(), state.total_out());
            let input = self.feed.some()?;
            let is_end = input.is_empty();
            let status = guarded(|| state.decompress(input, out, FlushDecompress::None))?;
            let read = usize::try_from(state.total_in() - read_before).unwrap_or(usize::MAX);
            let made = usize::try_from(state.total_out() - made_before).unwrap_or(usize::MAX);
            self.state = Some(state);
            self.feed.consume(read);
            match status {
                Ok(Status::StreamEnd) => self.is_done = true,
                Ok(Status::Ok | Status::BufError) if is_end && made == 0 => return refuse(&rules::TRUNCATED),
                Ok(Status::Ok | Status::BufError) if read == 0 && made == 0 => {
                    return refuse(&rules::DAMAGED);
                }
                Ok(Status::Ok | Status::BufError) => {}
                Err(_) => return refuse(&rules::DAMAGED),
            }
            if made > 0 {
                self.produced += made as u64;
                let budget = self.feed.budget();
                budget.bytes(made, Weight::DEFLATE)?;
                budget.ratio(self.feed.used() - self.began_at, self.produced)?;
                return Ok(made);
            }
        }
        Ok(0)
    }
}
