//! Why reading ends before its end.

use std::io;

use crate::path::PathError;
use crate::{Finding, Rule, Span};

pub(super) type Result<T, E = Stop> = std::result::Result<T, E>;

#[derive(Debug)]
pub(super) enum Stop {
    /// A rule refuses the archive.
    Refused(Finding),
    /// The file cannot be read.
    Io(#[allow(dead_code, reason = "for debuggers")] io::Error),
    /// What comes out cannot be written.
    Path(PathError),
}

impl Stop {
    /// Adds where, unless it is known more exactly already.
    pub(super) fn at(self, offset: u64, length: u64) -> Self {
        match self {
            Self::Refused(finding) if finding.span().is_none() => {
                Self::Refused(finding.at(span(offset, length)))
            }
            Self::Refused(_) | Self::Io(_) | Self::Path(_) => self,
        }
    }

    /// Adds what it is about, unless that is known already.
    pub(super) fn about(self, subject: &str) -> Self {
        match self {
            Self::Refused(finding) if finding.subject().is_none() => Self::Refused(finding.about(subject)),
            Self::Refused(_) | Self::Io(_) | Self::Path(_) => self,
        }
    }
}

impl From<&'static Rule> for Stop {
    fn from(rule: &'static Rule) -> Self {
        Self::Refused(Finding::new(rule))
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<PathError> for Stop {
    fn from(error: PathError) -> Self {
        Self::Path(error)
    }
}

pub(super) fn refuse<T>(rule: &'static Rule) -> Result<T> {
    Err(Stop::from(rule))
}

/// Refuses because of some bytes at a place.
pub(super) fn refuse_at<T>(rule: &'static Rule, offset: u64, length: u64) -> Result<T> {
    Err(Stop::Refused(Finding::new(rule).at(span(offset, length))))
}

pub(super) fn span(offset: u64, length: u64) -> Span {
    let index = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Span::new(index(offset), index(offset.saturating_add(length)))
}
