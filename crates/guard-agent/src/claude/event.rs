//! What a run tells its caller.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::Duration;

use guard_core::{Requires, Verdict};
use guard_sandbox::Exit;
use serde_json::Value;

use super::session::Input;
use super::{ClaudeError, MicroUsd, SessionId};
use crate::Moved;

/// Something that happened in a run. Texts are the agent's: untrusted, and not redacted.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A turn begins; what the agent says of itself was looked at.
    Started {
        /// The conversation, for taking it up again.
        session: SessionId,
        /// The model that the agent names.
        model: String,
    },
    /// A complete piece of text.
    Text {
        /// The text.
        text: String,
        /// Whether a sub-agent says it.
        is_subagent: bool,
    },
    /// A few characters of the text that will follow as a whole.
    PartialText(String),
    /// The model wants a tool. It has not run.
    ToolUse {
        /// Names the call.
        id: String,
        /// The tool.
        name: String,
        /// What it is given.
        input: Value,
        /// The call of the sub-agent that wants it.
        parent: Option<String>,
    },
    /// A tool ran, or was kept from it. A result of many megabytes, such as a document, is passed over.
    ToolResult {
        /// Names the call.
        id: String,
        /// What the model is told.
        text: String,
        /// Whether it failed or was refused.
        is_error: bool,
    },
    /// The guard refused a call.
    Denied {
        /// Names the call.
        id: String,
        /// The tool.
        name: String,
        /// Why.
        verdict: Verdict,
    },
    /// A person has to decide; the agent waits.
    Ask(Ask),
    /// A question needs no answer any more.
    AskClosed {
        /// [`Ask::id`].
        id: String,
        /// What became of it.
        closed: Closed,
    },
    /// A call of the model failed and is tried again.
    Retry,
    /// The turn has ended; the run waits for the next prompt.
    Turn(Turn),
    /// Guarded files that changed or appeared during the run, moved out of the project; and what acts when a program starts,
    /// moved out of HOME.
    Quarantined(Vec<Moved>),
    /// The cell is dead. The last event.
    Ended(Result<Exit, ClaudeError>),
}

/// The end of a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// How it ended.
    pub outcome: Outcome,
    /// The last text, if there is one.
    pub text: Option<String>,
    /// What the turn cost by the agent's own count; `None` where that cannot be known, so that the caller books the
    /// most it can have been. The first turn of a conversation that was taken up again counts the earlier ones once more,
    /// where the agent remembers them; the relay's count is the exact one.
    pub cost: Option<MicroUsd>,
    /// Calls of the model.
    pub calls: u64,
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The agent is done.
    Done,
    /// The model could not be called.
    ApiError {
        /// The status of HTTP, if there was an answer.
        status: Option<u16>,
    },
    /// The bound on calls of the model was reached.
    MaxTurns,
    /// The budget is used up: the agent's own count, or the relay's hold.
    BudgetUsedUp,
    /// Interrupted by the caller or by a refusal that ends the turn.
    Interrupted,
    /// There is no such conversation.
    UnknownSession,
    /// Anything else.
    Failed,
}

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// A person allowed the call, once.
    Allowed,
    /// A person denied it, or dropped the question.
    Denied,
    /// Nobody answered in time: denied.
    Expired,
    /// The agent does not ask any more.
    Withdrawn,
}

/// A question to a person. It is answered once; one that is dropped is denied.
#[derive(Debug)]
pub struct Ask {
    pub(super) id: String,
    pub(super) call: String,
    pub(super) name: String,
    pub(super) input: Value,
    pub(super) cwd: PathBuf,
    pub(super) verdict: Verdict,
    pub(super) agent_reason: Option<String>,
    pub(super) unmet: Requires,
    pub(super) expires_in: Duration,
    pub(super) reply: Option<Sender<Input>>,
}

/// What a person says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Allow,
    Answers(BTreeMap<String, String>),
    Deny(String),
    DenyAndStop,
}

impl Ask {
    /// Names the question.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Names the tool call.
    #[must_use]
    pub fn call(&self) -> &str {
        &self.call
    }

    /// The tool.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the tool will be given, exactly.
    #[must_use]
    pub const fn input(&self) -> &Value {
        &self.input
    }

    /// Where the call is made; empty where the agent did not say.
    #[must_use]
    pub fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// Why a person is asked.
    #[must_use]
    pub const fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// The agent's own reason, its words.
    #[must_use]
    pub fn agent_reason(&self) -> Option<&str> {
        self.agent_reason.as_deref()
    }

    /// What the call should have around it and does not.
    #[must_use]
    pub const fn unmet(&self) -> Requires {
        self.unmet
    }

    /// How long the question stands.
    #[must_use]
    pub const fn expires_in(&self) -> Duration {
        self.expires_in
    }

    /// Allows this call, once, with the input as shown.
    pub fn allow(mut self) {
        self.say(Answer::Allow);
    }

    /// Answers the questions of `AskUserQuestion`, by their texts.
    pub fn answer(mut self, answers: BTreeMap<String, String>) {
        self.say(Answer::Answers(answers));
    }

    /// Denies the call; the agent goes on and is told `message`.
    pub fn deny(mut self, message: impl Into<String>) {
        self.say(Answer::Deny(message.into()));
    }

    /// Denies the call and ends the turn.
    pub fn deny_and_stop(mut self) {
        self.say(Answer::DenyAndStop);
    }

    fn say(&mut self, answer: Answer) {
        if let Some(reply) = self.reply.take() {
            // A run that has ended needs no answer.
            reply.send(Input::Answer { id: self.id.clone(), answer }).ok();
        }
    }
}

impl Drop for Ask {
    fn drop(&mut self) {
        self.say(Answer::Deny("nobody answered".to_owned()));
    }
}
