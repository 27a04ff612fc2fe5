//! The surface through which a person follows a request and answers: the console now, a chat later.

use std::collections::BTreeMap;

use guard_agent::claude::{ClaudeError, Moved, Outcome};
use guard_agent::relay::{Host, Refusal, RelayError};
use guard_agent::{AgentError, Enforced};
use guard_audit::AuditError;
use guard_core::Verdict;
use guard_core::command::Evaluation;
use guard_ratelimit::{HoldError, Usd};
use thiserror::Error;

use crate::gate::Refused;
use crate::model::CredentialFault;

/// What a person is shown while a request goes its way. Every text is redacted, and nothing in it is active.
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
    /// The command was judged.
    Judged {
        /// The decision and its reasons.
        evaluation: &'a Evaluation,
        /// Whether the cell enforces what an allow requires; otherwise the person is asked.
        is_enforced: bool,
    },
    /// The person answered, or the question does not stand any more.
    Answered(&'a Answer),
    /// The cell stands and the program starts.
    Started(&'a Enforced),
    /// The agent takes up the conversation, or begins one.
    Conversation {
        /// Whether it remembers earlier requests.
        is_resumed: bool,
    },
    /// Output of a program, or what the agent says, piece by piece.
    Output(&'a str),
    /// What the agent said as a whole, after its pieces; `is_subagent` where a helper of the agent speaks, which
    /// comes without pieces.
    Said {
        /// The text.
        text: &'a str,
        /// Whether a helper speaks.
        is_subagent: bool,
    },
    /// The agent wants to use a tool; it has not run.
    Tool {
        /// Its name.
        name: &'a str,
        /// What it is about, in a line or two.
        about: &'a str,
    },
    /// A tool ran, or was kept from it.
    ToolDone {
        /// What the agent is told.
        text: &'a str,
        /// Whether it failed or was refused.
        is_error: bool,
    },
    /// The guard refused a tool call.
    ToolDenied {
        /// The tool.
        name: &'a str,
        /// Why.
        verdict: &'a Verdict,
    },
    /// A call of the model failed and is tried again.
    Retry,
    /// The person's consent opened this host, for this run.
    HostOpened(&'a Host),
    /// A program in the cell tried to reach a host that nobody approved.
    HostRefused(&'a Host),
    /// The relay refused a call of the agent.
    RelayRefused(Refusal),
    /// Files that make other programs run code changed during the run and were moved away.
    Quarantined(&'a [Moved]),
    /// The program ended or was stopped.
    Ended(&'a Ending),
    /// What the run cost was booked.
    Charged {
        /// The cost.
        cost: Usd,
        /// What was held for it.
        held: Usd,
    },
    /// Something failed on the way.
    Failed(&'a Failure),
}

/// What a person has to decide.
#[derive(Debug)]
pub(crate) enum Question<'a> {
    /// Whether a command of the person's own, which was shown as judged, runs.
    Command(#[allow(dead_code, reason = "for a transport that shows the question apart")] &'a Evaluation),
    /// Whether the agent may use a tool.
    Tool(ToolQuestion<'a>),
    /// Which of some answers the agent gets; [`Answer::Chosen`] answers it.
    Choices(&'a [Choice]),
    /// Whether the agent may begin with what it plans.
    Plan(&'a str),
    /// Whether a file that a person sent is kept.
    Upload {
        /// What it is and what is doubtful about it.
        text: &'a str,
        /// Which file exactly.
        digest: &'a str,
    },
}

/// A tool call before a person.
#[derive(Debug)]
pub(crate) struct ToolQuestion<'a> {
    /// The tool.
    pub(crate) name: &'a str,
    /// Exactly what would run, complete.
    pub(crate) text: &'a str,
    /// Why a person is asked.
    pub(crate) verdict: &'a Verdict,
    /// The agent's own reason, its words.
    pub(crate) agent_reason: Option<&'a str>,
    /// Hosts that a yes opens for this run.
    pub(crate) hosts: &'a [Host],
}

/// One thing that the agent wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// The question, by which the answer is named.
    pub(crate) question: String,
    /// What can be chosen, with an explanation each.
    pub(crate) options: Vec<(String, String)>,
    /// Whether several may be chosen.
    pub(crate) is_multiple: bool,
}

/// What a person said to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Run exactly what was shown, once.
    Once,
    /// The answers to [`Question::Choices`], by question.
    Chosen(BTreeMap<String, String>),
    /// Do not run it.
    Deny,
    /// Do not run it, and end the run.
    DenyAndStop,
    /// Nobody answered in time, which is a no.
    Expired,
    /// Whoever asked does not want to know any more.
    Withdrawn,
}

impl Answer {
    /// The answer where only yes or no make sense.
    pub(crate) fn without_words(self) -> Self {
        if matches!(self, Self::Chosen(_)) { Self::Deny } else { self }
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The program ended by itself with this status.
    Exit(i32),
    /// A signal ended the program.
    Signal(i32),
    /// The agent ended its turn so.
    Turn(Outcome),
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
    /// Claude Code refused, or the run was ended.
    #[error(transparent)]
    Claude(#[from] ClaudeError),
    /// The relay to the model could not be had.
    #[error(transparent)]
    Relay(#[from] RelayError),
    /// There is no credential for the model.
    #[error(transparent)]
    Credential(#[from] CredentialFault),
    /// The name of the conversation could not be kept or read.
    #[error("the name of the conversation cannot be kept: {0}")]
    Conversation(std::io::ErrorKind),
    /// A task of the bot itself went wrong.
    #[error("a part of the bot failed")]
    Internal,
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
            Self::Claude(error) => error.code(),
            Self::Relay(error) => error.code(),
            Self::Credential(fault) => fault.code(),
            Self::Conversation(_) => "conversation-unkept",
            Self::Internal => "internal-failure",
            Self::NotApproved => "not-approved",
            Self::Hold(error) => error.code(),
        }
    }
}

/// Someone who can be shown what happens, asked, and who can stop a run.
pub(crate) trait Person: Send {
    /// Shows one event.
    fn show(&mut self, shown: Shown<'_>);

    /// Shows exactly what would run and waits for the answer; the caller bounds the time, and drops the future where the
    /// question does not stand any more.
    fn answer(&mut self, question: &Question<'_>) -> impl Future<Output = Answer> + Send;

    /// Whether the person is known to want the run stopped already, so that the next step is not taken.
    fn is_stopped(&self) -> bool {
        false
    }

    /// Resolves when the person wants the run stopped; never otherwise. Safe to drop and to call again.
    fn stop(&mut self) -> impl Future<Output = ()> + Send;
}
