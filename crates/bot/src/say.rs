//! Words on standard output and standard error. A reader that went away is an error there, and never a panic.

use std::fmt::Display;
use std::io::{self, Write as _};

/// What was to be printed could not be.
#[derive(Debug, thiserror::Error)]
#[error("standard output cannot be written: {}", .0.kind())]
pub(crate) struct Unsaid(#[from] io::Error);

impl Unsaid {
    /// Whether the reader had enough, as `head` has.
    pub(crate) fn is_unread(&self) -> bool {
        self.0.kind() == io::ErrorKind::BrokenPipe
    }
}

/// Prints a line on standard output.
pub(crate) fn line(text: impl Display) -> Result<(), Unsaid> {
    piece(format_args!("{text}\n"))
}

/// Prints a part of a line on standard output.
pub(crate) fn piece(text: impl Display) -> Result<(), Unsaid> {
    let mut output = io::stdout().lock();
    write!(output, "{text}")?;
    Ok(output.flush()?)
}

/// Tells whoever runs this program, on standard error. Nothing depends on it: what counts is in the record.
pub(crate) fn log(text: impl Display) {
    // There is nobody else to tell.
    writeln!(io::stderr().lock(), "guard-bot: {text}").ok();
}
