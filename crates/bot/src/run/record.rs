//! What is written down about a request, under its one id.

use guard_agent::Moved;
use guard_audit::{Event, Outcome};
use guard_core::Finding;
use guard_core::command::Evaluation;

use super::{Done, Pipeline};
use crate::gate::Admitted;
use crate::person::{Answer, Ending, Failure, Person, Shown};
use crate::render;

impl Pipeline {
    /// Durable when this returns.
    pub(super) fn append(&self, event: Event, admitted: &Admitted) -> Result<(), Failure> {
        self.gate.log().append(&event.actor(admitted.principal().actor()).id(admitted.id()))?;
        Ok(())
    }

    /// What was decided about a command.
    pub(super) fn record(
        &self,
        admitted: &Admitted,
        name: &str,
        outcome: Outcome,
        evaluation: &Evaluation,
    ) -> Result<(), Failure> {
        let verdict = evaluation.verdict();
        let codes: Vec<&str> = verdict.findings().iter().map(Finding::code).collect();
        let event = Event::new(name)
            .object(render::clip(&self.redactor.redact(admitted.text())))
            .outcome(outcome)
            .risk(verdict.risk())
            .detail("codes", codes)
            .detail("digest", evaluation.digest().to_string())
            .detail("cwd", admitted.cwd().to_string_lossy());
        self.append(event, admitted)
    }

    /// Guarded files that were moved away, on record and before the person.
    pub(super) fn quarantined(
        &self,
        person: &mut impl Person,
        admitted: &Admitted,
        moved: &[Moved],
    ) -> Result<(), Failure> {
        for one in moved {
            let event = Event::new("guarded_file_quarantined")
                .object(one.path.to_string_lossy())
                .outcome(Outcome::Success)
                .risk(70)
                .detail("new", one.is_new);
            self.append(event, admitted)?;
        }
        if !moved.is_empty() {
            person.show(Shown::Quarantined(moved));
        }
        Ok(())
    }

    /// A failure is shown, and recorded where records are what works.
    pub(super) fn failed(&self, person: &mut impl Person, admitted: &Admitted, failure: &Failure) -> Done {
        person.show(Shown::Failed(failure));
        if !matches!(failure, Failure::Record(_)) {
            let event = Event::new("run_failed").outcome(Outcome::Failure).detail("code", failure.code());
            if let Err(failure) = self.append(event, admitted) {
                person.show(Shown::Failed(&failure));
            }
        }
        Done::Failed
    }
}

/// The end of the record's name of an answer, and whether it let something happen.
pub(super) const fn answered(answer: &Answer) -> (&'static str, Outcome) {
    match answer {
        Answer::Once | Answer::Chosen(_) => ("approved", Outcome::Success),
        Answer::Deny | Answer::DenyAndStop => ("declined", Outcome::Failure),
        Answer::Expired => ("expired", Outcome::Failure),
        Answer::Withdrawn => ("withdrawn", Outcome::Failure),
    }
}

/// The record of an ending.
pub(super) fn ended(ending: &Ending) -> Event {
    let (name, outcome) = match ending {
        Ending::Exit(0) | Ending::Turn(guard_agent::claude::Outcome::Done) => {
            ("run_finished", Outcome::Success)
        }
        Ending::Exit(_) | Ending::Signal(_) | Ending::Turn(_) => ("run_finished", Outcome::Failure),
        Ending::Stopped => ("run_stopped", Outcome::Success),
        Ending::TimedOut => ("run_timed_out", Outcome::Failure),
    };
    Event::new(name).outcome(outcome)
}
