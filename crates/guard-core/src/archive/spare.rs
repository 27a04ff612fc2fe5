//! Buffers and decoders that were used and will be again: setting them up costs more than reading a small entry.

use std::cell::RefCell;

use flate2::Decompress;

use super::feed::CHUNK;

/// As many of each as were ever in use at one time, which the depth bounds.
#[derive(Debug, Default)]
pub(super) struct Spare {
    chunks: RefCell<Vec<Vec<u8>>>,
    inflaters: RefCell<Vec<Decompress>>,
}

impl Spare {
    /// A buffer of [`CHUNK`] bytes; what they are is left from before.
    pub(super) fn chunk(&self) -> Vec<u8> {
        self.chunks.borrow_mut().pop().unwrap_or_else(|| vec![0; CHUNK])
    }

    pub(super) fn keep_chunk(&self, chunk: Vec<u8>) {
        if chunk.len() == CHUNK {
            self.chunks.borrow_mut().push(chunk);
        }
    }

    /// A decoder at the beginning of a stream.
    pub(super) fn inflater(&self) -> Decompress {
        match self.inflaters.borrow_mut().pop() {
            Some(mut used) => {
                used.reset(false);
                used
            }
            None => Decompress::new(false),
        }
    }

    pub(super) fn keep_inflater(&self, inflater: Decompress) {
        self.inflaters.borrow_mut().push(inflater);
    }
}
