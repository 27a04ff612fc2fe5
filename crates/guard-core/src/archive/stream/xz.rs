//! xz: one stream or several, with their checks and indexes.

use std::io::ErrorKind;

use lzma_rust2::{Action, Status, XzStream};

use super::super::budget::Weight;
use super::super::feed::{Feed, Pull};
use super::super::rules;
use super::super::stop::{Result, refuse};
use super::guarded;

pub(in crate::archive) struct Xz<'f, 'a> {
    feed: &'f mut Feed<'a>,
    state: Box<XzStream>,
    produced: u64,
    is_done: bool,
}

impl<'f, 'a> Xz<'f, 'a> {
    pub(in crate::archive) fn new(feed: &'f mut Feed<'a>) -> Result<Self> {
        feed.reweigh(Weight::XZ);
        feed.budget().decoder()?;
        // The library compares the dictionary of every block with the limit before it takes any memory.
        let limit = u32::try_from(feed.budget().limits().memory_of_level() / 1_024).unwrap_or(u32::MAX - 1);
        Ok(Self { feed, state: Box::new(XzStream::new_mem_limit(true, limit)), produced: 0, is_done: false })
    }
}

impl Pull for Xz<'_, '_> {
    fn pull(&mut self, out: &mut [u8]) -> Result<usize> {
        while !self.is_done && !out.is_empty() {
            let input = self.feed.some()?;
            let is_end = input.is_empty();
            let action = if is_end { Action::Finish } else { Action::Run };
            let state = &mut self.state;
            let step = match guarded(|| state.process(input, out, action))? {
                Ok(step) => step,
                Err(error) if error.kind() == ErrorKind::OutOfMemory => return refuse(&rules::MEMORY),
                Err(_) if is_end => return refuse(&rules::TRUNCATED),
                Err(_) => return refuse(&rules::DAMAGED),
            };
            self.feed.consume(step.bytes_consumed);
            self.is_done = step.status == Status::StreamEnd;
            if step.bytes_produced > 0 {
                self.produced += step.bytes_produced as u64;
                let budget = self.feed.budget();
                budget.bytes(step.bytes_produced, Weight::XZ)?;
                budget.ratio(self.feed.used(), self.produced)?;
                return Ok(step.bytes_produced);
            }
            if !self.is_done && step.bytes_consumed == 0 {
                return refuse(if is_end { &rules::TRUNCATED } else { &rules::DAMAGED });
            }
        }
        if self.is_done && !out.is_empty() && !self.feed.is_at_end()? {
            return refuse(&rules::GAP);
        }
        Ok(0)
    }
}
