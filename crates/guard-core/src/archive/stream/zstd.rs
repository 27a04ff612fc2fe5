//! Zstandard (RFC 8878): frames one after the other, skippable ones among them, without dictionaries.

use std::io::{self, Read};

use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::super::budget::Weight;
use super::super::feed::{Feed, Pull};
use super::super::rules;
use super::super::stop::{Result, Stop, refuse};
use super::{guarded, zeros};

pub(in crate::archive) struct Zstd<'f, 'a> {
    feed: &'f mut Feed<'a>,
    state: Box<FrameDecoder>,
    is_in_frame: bool,
    is_done: bool,
    produced: u64,
    /// Of the frame at hand.
    frame: u64,
}

impl<'f, 'a> Zstd<'f, 'a> {
    pub(in crate::archive) fn new(feed: &'f mut Feed<'a>) -> Result<Self> {
        feed.reweigh(Weight::ZSTD);
        let mut state = Box::new(FrameDecoder::new());
        state.set_max_window_size(feed.budget().limits().memory_of_level());
        Ok(Self { feed, state, is_in_frame: false, is_done: false, produced: 0, frame: 0 })
    }

    /// Goes on to the next frame that holds data, or to the end.
    fn next_frame(&mut self) -> Result<()> {
        loop {
            self.feed.budget().decoder()?;
            match self.feed.peek(4)? {
                [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                    let state = &mut self.state;
                    with_reader(self.feed, |reader| state.reset(reader))?;
                    (self.is_in_frame, self.frame) = (true, 0);
                    return Ok(());
                }
                [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
                    let [_, _, _, _, length @ ..] = self.feed.take::<8>()?;
                    self.feed.skip(u32::from_le_bytes(length).into())?;
                }
                _ => {
                    self.is_done = true;
                    return zeros(self.feed);
                }
            }
        }
    }

    /// Compares the size and the checksum, where the frame has them.
    fn frame_end(&mut self) -> Result<()> {
        self.is_in_frame = false;
        let declared = self.state.content_size();
        let checksum = self.state.get_checksum_from_data();
        let is_wrong = (declared != 0 && declared != self.frame)
            || (checksum.is_some() && checksum != self.state.get_calculated_checksum());
        if is_wrong { refuse(&rules::DAMAGED) } else { Ok(()) }
    }
}

impl Pull for Zstd<'_, '_> {
    fn pull(&mut self, out: &mut [u8]) -> Result<usize> {
        while !self.is_done && !out.is_empty() {
            if !self.is_in_frame {
                self.next_frame()?;
                continue;
            }
            let state = &mut self.state;
            let made = guarded(|| state.read(out))?.map_err(|_| Stop::from(&rules::DAMAGED))?;
            if made > 0 {
                self.produced += made as u64;
                self.frame += made as u64;
                let budget = self.feed.budget();
                budget.bytes(made, Weight::ZSTD)?;
                budget.ratio(self.feed.used(), self.produced)?;
                return Ok(made);
            }
            if self.state.is_finished() {
                self.frame_end()?;
                continue;
            }
            // At most 128 KiB come of one block.
            let state = &mut self.state;
            with_reader(self.feed, |reader| {
                state.decode_blocks(reader, BlockDecodingStrategy::UptoBlocks(1))
            })?;
        }
        Ok(0)
    }
}

/// Lets the library read; what stops the reader comes before what the library makes of it.
fn with_reader<T>(
    feed: &mut Feed<'_>,
    call: impl FnOnce(&mut Reader<'_, '_>) -> std::result::Result<T, FrameDecoderError>,
) -> Result<T> {
    let mut reader = Reader { feed, stop: None };
    let answer = guarded(|| call(&mut reader))?;
    if let Some(stop) = reader.stop {
        return Err(stop);
    }
    answer.map_err(|error| {
        if matches!(error, FrameDecoderError::WindowSizeTooBig { .. }) {
            return Stop::from(&rules::MEMORY);
        }
        let wants_dictionary = matches!(error, FrameDecoderError::DictNotProvided { .. });
        Stop::from(if wants_dictionary { &rules::METHOD } else { &rules::DAMAGED })
    })
}

struct Reader<'r, 'a> {
    feed: &'r mut Feed<'a>,
    stop: Option<Stop>,
}

impl Read for Reader<'_, '_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.feed.pull(out) {
            Ok(0) if !out.is_empty() => self.stop = Some(Stop::from(&rules::TRUNCATED)),
            Ok(length) => return Ok(length),
            Err(stop) => self.stop = Some(stop),
        }
        Err(io::ErrorKind::Other.into())
    }
}
