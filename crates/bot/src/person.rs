//! The surface through which a person follows a request and answers: the console now, a chat later.

use guard_agent::{AgentError, Enforced};
use guard_audit::AuditError;
use guard_core::command::Evaluation;
use guard_ratelimit::HoldError;
use thiserror::Error;

use crate::gate::Refused;

/// What a person is shown while a request goes its way.
#[derive(Debug)]
pub(crate) enum Shown<'a> {
    /// Every guard let the request in, and that is on record.
    Admitted {
        /// Who asked.
        actor: &'a str,
        /// The place of the record.
        seq: u64,
    },
    /// A guard refused the request before it was judged.
    Refused(&'a Refused),
    /// The request was judged.
    Judged {
        /// The decision and its reasons.
        evaluation: &'a Evaluation,
        /// Whether the cell enforces what an allow requires; otherwise the person is asked.
        is_enforced: bool,
    },
    /// The person answered, or the question expired.
    Answered(Answer),
    /// The cell stands and the program starts.
    Started(&'a Enforced),
    /// Output, redacted and made visible.
    Output(&'a str),
    /// The program ended or was stopped.
    Ended(&'a Ending),
    /// Something failed on the way.
    Failed(&'a Failure),
}

/// What a person said to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Run exactly what was shown, once.
    Once,
    /// Do not run it.
    Deny,
    /// Nobody answered in time, which is a no.
    Expired,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The program ended by itself with this status.
    Exit(i32),
    /// A signal ended the program.
    Signal(i32),
    /// The person stopped it.
    Stopped,
    /// It ran longer than a run may.
    TimedOut,
}

/// Why an admitted request did not run, or its end is unknown.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// A step could not be recorded, so the next one was not taken.
    #[error("a step could not be recorded: {0}")]
    Record(#[from] AuditError),
    /// The agent refused.
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// The evaluation did not yield an approval; its decision stands.
    #[error("the evaluation does not yield an approval")]
    NotApproved,
    /// The cost could not be booked.
    #[error("the cost could not be booked: {0}")]
    Hold(HoldError),
}

impl Failure {
    /// The stable kebab-case name.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Record(error) => error.code(),
            Self::Agent(error) => error.code(),
            Self::NotApproved => "not-approved",
            Self::Hold(error) => error.code(),
        }
    }
}

/// Someone who can be shown what happens, asked, and who can stop a run.
pub(crate) trait Person {
    /// Shows one event.
    fn show(&mut self, shown: Shown<'_>);

    /// Shows exactly what would run and waits for the answer; the caller bounds the time.
    async fn answer(&mut self, evaluation: &Evaluation) -> Answer;

    /// Resolves when the person wants the run stopped; never otherwise. Safe to drop and to call again.
    async fn stop(&mut self);
}
