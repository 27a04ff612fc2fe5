//! The policy on the agent's tool calls, with a durable record of each decision before the agent hears of it.

use std::path::Path;
use std::sync::Arc;

use guard_agent::claude::{Judge, Noted};
use guard_audit::{Event, Outcome};
use guard_core::command::{Context, Policy};
use guard_core::path::Root;
use guard_core::secret::Redactor;
use guard_core::tool::{Surroundings, ToolCall, evaluate};
use guard_core::{Decision, Finding, Rule, Verdict};

use super::question::about;
use crate::gate::{Admitted, Books};
use crate::render;
use crate::run::Pipeline;

static UNRECORDED: Rule = Rule::deny("call-unrecorded", 40, "the decision cannot be put on record");

/// Judges what the agent of one request wants.
pub(super) struct Guard {
    root: Root,
    policy: Policy,
    redactor: Arc<Redactor>,
    books: Arc<Books>,
    actor: String,
    id: String,
}

impl Guard {
    pub(super) fn new(pipeline: &Pipeline, admitted: &Admitted) -> Self {
        Self {
            root: pipeline.gate.root().clone(),
            policy: pipeline.policy.clone(),
            redactor: Arc::clone(&pipeline.redactor),
            books: pipeline.gate.books(),
            actor: admitted.principal().actor(),
            id: admitted.id().to_owned(),
        }
    }
}

impl Judge for Guard {
    fn judge(&mut self, call: &ToolCall, cwd: &Path) -> Verdict {
        let context = Context::new(&self.root).cwd(cwd);
        let commands = |text: &str| self.policy.evaluate(text, &context).verdict().clone();
        evaluate(call, &Surroundings::new(&self.root).cwd(cwd), commands)
    }

    fn note(&mut self, noted: &Noted<'_>) -> Result<(), &'static Rule> {
        let (name, outcome) = match noted.verdict.decision() {
            Decision::Allow => ("tool_not_objected", Outcome::Success),
            Decision::Ask => ("tool_asked", Outcome::Unknown),
            Decision::Deny => ("tool_denied", Outcome::Failure),
        };
        let codes: Vec<&str> = noted.verdict.findings().iter().map(Finding::code).collect();
        let object = format!("{} {}", noted.name, about(noted.input));
        let event = Event::new(name)
            .actor(&self.actor)
            .id(&self.id)
            .object(render::clip(&self.redactor.redact(&object)))
            .outcome(outcome)
            .risk(noted.verdict.risk())
            .detail("codes", codes)
            .detail("tool_use", render::clip(noted.id));
        self.books.log().append(&event).map(drop).map_err(|_| &UNRECORDED)
    }
}
