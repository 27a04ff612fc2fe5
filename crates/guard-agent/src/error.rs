//! Why an agent does not run.

use std::io;

use guard_sandbox::CellError;
use thiserror::Error;

/// A refusal to run, or what went wrong with the end of a run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AgentError {
    /// More entries than can be searched for secrets before every command.
    #[error("the project has too many entries to search for secrets; approve a smaller directory")]
    ProjectTooLarge,
    /// A part of the project cannot be searched for secrets.
    #[error("a part of the project cannot be searched for secrets: {0}")]
    Project(io::ErrorKind),
    /// Directories of the project vanish while it is searched for secrets.
    #[error(
        "the project changes while it is searched for secrets; try again when what removes directories has ended"
    )]
    ProjectChanging,
    /// The cell does not enforce what the approval requires.
    #[error("the cell does not enforce what the approval requires")]
    NotEnforced,
    /// Guarded files changed during the run and could not be moved away.
    #[error("guarded files changed and could not be moved away: {0}")]
    Quarantine(io::ErrorKind),
    /// The cell could not be built.
    #[error(transparent)]
    Cell(#[from] CellError),
}

impl AgentError {
    #[allow(clippy::needless_pass_by_value, reason = "it is mapped over results")]
    pub(crate) fn project(error: io::Error) -> Self {
        Self::Project(error.kind())
    }

    /// The stable kebab-case name of the refusal.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ProjectTooLarge => "project-too-large",
            Self::Project(_) => "project-unreadable",
            Self::ProjectChanging => "project-changing",
            Self::NotEnforced => "requires-not-enforced",
            Self::Quarantine(_) => "quarantine-failed",
            Self::Cell(error) => error.code(),
        }
    }
}
