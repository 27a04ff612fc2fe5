//! The lines of a file from the last to the first.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use crate::AuditError;

const BLOCK: u64 = 64 * 1024;

/// Reads backwards in blocks; holds one block and one line.
#[derive(Debug)]
pub(crate) struct Backward {
    file: File,
    /// Everything before this offset is unread.
    start: u64,
    /// What is read and not yet given out.
    held: Vec<u8>,
    longest: usize,
    finished: bool,
}

/// A line, or why there is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Line(Vec<u8>),
    TooLong,
    End,
}

impl Backward {
    /// Starts at `end`. Lines longer than `longest` end the walk.
    pub(crate) const fn new(file: File, end: u64, longest: usize) -> Self {
        Self { file, start: end, held: Vec::new(), longest, finished: false }
    }

    /// The line before the last one given, without its newline.
    ///
    /// The first is what stands after the last newline: empty unless a write was cut short.
    pub(crate) fn step(&mut self) -> Result<Step, AuditError> {
        loop {
            if let Some(at) = self.held.iter().rposition(|byte| *byte == b'\n') {
                let line = self.held.split_off(at + 1);
                self.held.truncate(at);
                return Ok(Step::Line(line));
            }
            if self.held.len() > self.longest {
                return Ok(Step::TooLong);
            }
            if self.start == 0 {
                let line = std::mem::take(&mut self.held);
                let given = std::mem::replace(&mut self.finished, true);
                return Ok(if given { Step::End } else { Step::Line(line) });
            }
            let size = self.start.min(BLOCK);
            let mut block = vec![0; usize::try_from(size).unwrap_or_default()];
            self.start -= size;
            self.file.read_exact_at(&mut block, self.start)?;
            block.append(&mut self.held);
            self.held = block;
        }
    }
}
