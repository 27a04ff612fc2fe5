//! Words on standard output and standard error. A reader that went away is an error there, and never a panic.

use std::fmt::Display;
use std::io::{self, Write as _};

use guard_core::secret::Redactor;

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

/// Tells whoever runs this program, on standard error, without the secrets that are in it. Nothing depends on it: what
/// counts is in the record.
pub(crate) fn log(text: impl Display) {
    // There is nobody else to tell.
    writeln!(io::stderr().lock(), "{}", told(text)).ok();
}

fn told(text: impl Display) -> String {
    format!("guard-bot: {}", Redactor::new().redact(&text.to_string()))
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn no_secret_is_told() {
        let token = format!("ghp_{}", "0123456789abcdefghijABCDEFGHIJ012345");
        let said = told(format_args!("{token} cannot be opened"));
        assert!(said.starts_with("guard-bot: ghp_") && !said.contains(&token), "{said}");
        assert_eq!(told("the archive: No such file"), "guard-bot: the archive: No such file");
    }
}
