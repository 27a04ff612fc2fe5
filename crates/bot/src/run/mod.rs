//! The way of one admitted request, the same for every agent and every transport: run, shown, booked, recorded.

mod claude;
mod record;
mod shell;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use guard_agent::{Enforced, Shell};
use guard_core::command::Policy;
use guard_core::secret::Redactor;
use guard_ratelimit::Usd;

pub(crate) use claude::{Conversations, Engine};

use crate::gate::{Admitted, Gate, Request};
use crate::person::{Ending, Failure, Person, Shown};

/// What cannot be had back from a task that went wrong.
fn lost(_: tokio::task::JoinError) -> Failure {
    Failure::Internal
}

/// Everything between one person's request and one agent in one project.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) gate: Gate,
    pub(crate) agent: Agent,
    pub(crate) policy: Policy,
    pub(crate) redactor: Arc<Redactor>,
    /// How long a run may take; waiting for a person does not count.
    pub(crate) timeout: Duration,
    /// How long a question waits for its answer.
    pub(crate) approval: Duration,
}

/// Who acts on a request.
#[derive(Debug)]
pub(crate) enum Agent {
    /// Each request is a command line.
    Shell(Arc<Shell>),
    /// Each request is a prompt for Claude Code.
    Claude(Box<Engine>),
}

impl Agent {
    /// What the cell enforces around it.
    pub(crate) fn enforced(&self) -> &Enforced {
        match self {
            Self::Shell(shell) => shell.enforced(),
            Self::Claude(engine) => engine.enforced(),
        }
    }

    /// The most that one request may cost.
    const fn most(&self) -> Usd {
        match self {
            // There is no model behind it.
            Self::Shell(_) => Usd::ZERO,
            Self::Claude(engine) => engine.most,
        }
    }
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// A guard did not let it in.
    Refused,
    /// The policy, or the person, said no.
    Denied,
    /// Something failed, so it did not run or its end is unknown.
    Failed,
    /// It ran; where it leaves a shell, if that is known.
    Ran { ending: Ending, cwd: Option<PathBuf> },
}

impl Pipeline {
    /// Takes one request all the way. Every step is on record before the next one begins.
    pub(crate) async fn request(&self, person: &mut impl Person, request: Request) -> Done {
        let admitted = match self.gate.admit(request, self.agent.most()) {
            Ok(admitted) => {
                let (actor, seq) = (admitted.principal().actor(), admitted.intent().seq);
                person.show(Shown::Admitted { actor: &actor, seq });
                admitted
            }
            Err(refused) => {
                person.show(Shown::Refused(&refused));
                return Done::Refused;
            }
        };
        let done = match &self.agent {
            Agent::Shell(shell) => self.command(person, &admitted, shell).await,
            Agent::Claude(engine) => self.prompt(person, &admitted, engine).await,
        };
        let done = done.unwrap_or_else(|failure| self.failed(person, &admitted, &failure));
        self.settle(person, admitted);
        done
    }

    /// Begins another conversation with the next request; a shell has none.
    ///
    /// # Errors
    ///
    /// The name of the last one cannot be removed.
    pub(crate) fn forget_conversation(&self) -> Result<(), Failure> {
        match &self.agent {
            Agent::Shell(_) => Ok(()),
            Agent::Claude(engine) => engine.conversations.forget(),
        }
    }

    /// A stop that came before the agent began keeps it from beginning.
    fn not_begun(&self, person: &mut impl Person, admitted: &Admitted) -> Result<Ending, Failure> {
        let ending = Ending::Stopped;
        self.append(record::ended(&ending), admitted)?;
        person.show(Shown::Ended(&ending));
        Ok(ending)
    }

    fn settle(&self, person: &mut impl Person, admitted: Admitted) {
        let held = admitted.purse().held();
        match admitted.settle() {
            Ok(cost) if held == Usd::ZERO && cost == Usd::ZERO => {}
            Ok(cost) => person.show(Shown::Charged { cost, held }),
            Err(error) => person.show(Shown::Failed(&Failure::Hold(error))),
        }
    }
}
