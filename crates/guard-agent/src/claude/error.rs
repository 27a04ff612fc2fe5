//! Why a run of the agent is refused or ended.

use std::io;

use guard_sandbox::CellError;
use thiserror::Error;

use super::Version;
use crate::AgentError;

/// A refusal to start, or the reason for which a run was killed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClaudeError {
    /// The executable is not there, or did not say its version.
    #[error("the agent's executable did not say its version")]
    NoVersion,
    /// The version lacks hooks that block when they fail.
    #[error("the agent's version {0} is older than {minimum}", minimum = Version::MINIMUM)]
    TooOld(Version),
    /// An option that cannot be passed on.
    #[error("the option {0} is not one that the agent can be given")]
    BadOption(&'static str),
    /// A prompt that is empty or over its bound.
    #[error("the prompt is empty or too long")]
    BadPrompt,
    /// The answer to the first request lacks the support that the guard builds on.
    #[error("the agent does not block a tool when its guard fails")]
    NoBlockingHooks,
    /// The agent reports something at work that was not asked for.
    #[error("the agent reports {0} that were not asked for")]
    NotHermetic(&'static str),
    /// The agent let a hook pass without a verdict.
    #[error("the agent went on without the verdict of the guard")]
    NoVerdict,
    /// A message that is not one, or is over its bound.
    #[error("the agent sent a message that cannot be read")]
    Malformed,
    /// The agent neither answers nor reads.
    #[error("the agent does not respond")]
    Unresponsive,
    /// The agent ended in the middle of a turn.
    #[error("the agent ended in the middle of a turn with status {0}")]
    Died(i32),
    /// The time of the run is used up; waiting for a person did not count.
    #[error("the time of the run is used up")]
    TimedOut,
    /// Stopped by the caller.
    #[error("the run was stopped")]
    Stopped,
    /// Guarded files changed and could not be moved away.
    #[error("guarded files changed and could not be moved away: {0}")]
    Quarantine(io::ErrorKind),
    /// The project cannot be searched or the cell cannot be built.
    #[error(transparent)]
    Agent(#[from] AgentError),
}

impl From<CellError> for ClaudeError {
    fn from(error: CellError) -> Self {
        Self::Agent(error.into())
    }
}

impl ClaudeError {
    /// The stable kebab-case name of the refusal.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoVersion => "claude-no-version",
            Self::TooOld(_) => "claude-too-old",
            Self::BadOption(_) => "claude-bad-option",
            Self::BadPrompt => "claude-bad-prompt",
            Self::NoBlockingHooks => "claude-no-blocking-hooks",
            Self::NotHermetic(_) => "claude-not-hermetic",
            Self::NoVerdict => "claude-no-verdict",
            Self::Malformed => "claude-malformed",
            Self::Unresponsive => "claude-unresponsive",
            Self::Died(_) => "claude-died",
            Self::TimedOut => "claude-timed-out",
            Self::Stopped => "claude-stopped",
            Self::Quarantine(_) => "claude-quarantine-failed",
            Self::Agent(error) => error.code(),
        }
    }
}
