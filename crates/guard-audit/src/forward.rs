//! The lines of a file from the first to the last.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Take};

use crate::AuditError;

/// More bytes without a newline than one batch can leave are no torn write.
pub(crate) const MAX_TORN: usize = 2 * 1024 * 1024;

/// Reads in blocks; holds one block and one line.
#[derive(Debug)]
pub(crate) struct Forward {
    file: Take<BufReader<File>>,
    longest: usize,
    line: Vec<u8>,
}

/// A line without its newline, or why there is none.
#[derive(Debug)]
pub(crate) enum Step<'a> {
    Line(&'a [u8]),
    /// The file ends without a newline after so many bytes: a write was cut short, or is not finished.
    Torn(u64),
    TooLong,
    End,
}

impl Forward {
    /// Reads up to the offset `end`. A line longer than `longest` ends the walk.
    pub(crate) fn new(file: File, end: u64, longest: usize) -> Self {
        Self { file: BufReader::with_capacity(256 * 1024, file).take(end), longest, line: Vec::new() }
    }

    pub(crate) fn step(&mut self) -> Result<Step<'_>, AuditError> {
        self.line.clear();
        self.file.by_ref().take(MAX_TORN as u64).read_until(b'\n', &mut self.line)?;
        Ok(match self.line.strip_suffix(b"\n") {
            Some(line) if line.len() <= self.longest => Step::Line(line),
            Some(_) => Step::TooLong,
            None if self.line.is_empty() => Step::End,
            None if self.line.len() >= MAX_TORN => Step::TooLong,
            None => Step::Torn(self.line.len() as u64),
        })
    }
}
