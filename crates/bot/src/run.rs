//! What happens to an admitted request: judged, asked about where needed, run in its cell, shown, booked, recorded.

use std::path::{Path, PathBuf};
use std::time::Duration;

use guard_agent::{Chunk, Shell};
use guard_audit::{Event, Log, Outcome};
use guard_core::command::{Approved, Consent, Context, Evaluation, Policy};
use guard_core::secret::Redactor;
use guard_core::{Decision, Finding};
use guard_ratelimit::Usd;

use crate::gate::{Admitted, Gate, Request};
use crate::output::Output;
use crate::person::{Answer, Ending, Failure, Person, Shown};
use crate::render;

/// What every request needs on its way.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) gate: Gate,
    pub(crate) shell: Shell,
    pub(crate) policy: Policy,
    pub(crate) redactor: Redactor,
    /// How long a run may take; waiting for a person does not count.
    pub(crate) timeout: Duration,
    /// How long a question waits for its answer.
    pub(crate) approval: Duration,
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
        let admitted = match self.gate.admit(request) {
            Ok(admitted) => {
                person.show(Shown::Admitted {
                    actor: &admitted.principal().actor(),
                    seq: admitted.intent().seq,
                });
                admitted
            }
            Err(refused) => {
                person.show(Shown::Refused(&refused));
                return Done::Refused;
            }
        };
        let done = self.judge(person, &admitted).await;
        let done = match done {
            Ok(done) => done,
            Err(failure) => self.failed(person, &admitted, failure),
        };
        // Nothing was spent: there is no model behind this agent.
        if let Err(error) = admitted.settle(Usd::ZERO) {
            person.show(Shown::Failed(&Failure::Hold(error)));
        }
        done
    }

    async fn judge(&self, person: &mut impl Person, admitted: &Admitted) -> Result<Done, Failure> {
        let context = Context::new(self.gate.root()).cwd(admitted.cwd());
        let evaluation = self.policy.evaluate(admitted.text(), &context);
        let is_enforced = self.shell.meets(evaluation.verdict().requires());
        person.show(Shown::Judged { evaluation: &evaluation, is_enforced });
        let after = if is_enforced { evaluation.final_cwd().map(Path::to_owned) } else { None };
        let approved = match evaluation.verdict().decision() {
            Decision::Deny => {
                self.record(admitted, "command_denied", Outcome::Failure, &evaluation)?;
                return Ok(Done::Denied);
            }
            Decision::Allow if is_enforced => {
                self.record(admitted, "command_allowed", Outcome::Success, &evaluation)?;
                evaluation.into_approved().map_err(|_| Failure::NotApproved)?
            }
            // An allow counts only where what it requires is enforced.
            Decision::Allow | Decision::Ask => match self.ask(person, admitted, evaluation).await? {
                Some(approved) => approved,
                None => return Ok(Done::Denied),
            },
        };
        let ending = self.run(person, admitted, approved).await?;
        let cwd = if ending == Ending::Exit(0) { after } else { None };
        Ok(Done::Ran { ending, cwd })
    }

    async fn ask(
        &self,
        person: &mut impl Person,
        admitted: &Admitted,
        evaluation: Evaluation,
    ) -> Result<Option<Approved>, Failure> {
        self.record(admitted, "command_asked", Outcome::Unknown, &evaluation)?;
        let answer =
            tokio::time::timeout(self.approval, person.answer(&evaluation)).await.unwrap_or(Answer::Expired);
        let (name, outcome) = match answer {
            Answer::Once => ("command_approved", Outcome::Success),
            Answer::Deny => ("command_declined", Outcome::Failure),
            Answer::Expired => ("command_expired", Outcome::Failure),
        };
        self.record(admitted, name, outcome, &evaluation)?;
        person.show(Shown::Answered(answer));
        if answer != Answer::Once {
            return Ok(None);
        }
        let consent = Consent::new(evaluation.digest(), admitted.principal().actor());
        evaluation.approve(consent).map(Some).map_err(|_| Failure::NotApproved)
    }

    async fn run(
        &self,
        person: &mut impl Person,
        admitted: &Admitted,
        approved: Approved,
    ) -> Result<Ending, Failure> {
        let mut running = self.shell.start(approved)?;
        person.show(Shown::Started(running.enforced()));
        let mut outputs = [Output::new(&self.redactor), Output::new(&self.redactor)];
        let deadline = tokio::time::sleep(self.timeout);
        tokio::pin!(deadline);
        let mut cut_short = None;
        loop {
            let chunk = tokio::select! {
                chunk = running.next() => chunk,
                () = person.stop(), if cut_short.is_none() => {
                    cut_short = Some(Ending::Stopped);
                    running.stopper().begin();
                    continue;
                }
                () = &mut deadline, if cut_short.is_none() => {
                    cut_short = Some(Ending::TimedOut);
                    running.stopper().begin();
                    continue;
                }
            };
            let [output, error] = &mut outputs;
            let text = match chunk {
                None => break,
                Some(Chunk::Output(bytes)) => output.push(&bytes),
                Some(Chunk::Error(bytes)) => error.push(&bytes),
            };
            if !text.is_empty() {
                person.show(Shown::Output(&text));
            }
        }
        for output in outputs {
            let text = output.finish();
            if !text.is_empty() {
                person.show(Shown::Output(&text));
            }
        }
        let exit = running.exit().await?;
        let ending =
            cut_short.unwrap_or_else(|| exit.signal().map_or(Ending::Exit(exit.code()), Ending::Signal));
        let (name, outcome) = match ending {
            Ending::Exit(0) => ("run_finished", Outcome::Success),
            Ending::Exit(_) | Ending::Signal(_) => ("run_finished", Outcome::Failure),
            Ending::Stopped => ("run_stopped", Outcome::Success),
            Ending::TimedOut => ("run_timed_out", Outcome::Failure),
        };
        let event = Event::new(name).outcome(outcome).detail("status", exit.code());
        append(self.gate.log(), event, admitted)?;
        person.show(Shown::Ended(&ending));
        Ok(ending)
    }

    fn record(
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
        append(self.gate.log(), event, admitted)
    }

    fn failed(&self, person: &mut impl Person, admitted: &Admitted, failure: Failure) -> Done {
        person.show(Shown::Failed(&failure));
        if !matches!(failure, Failure::Record(_)) {
            let event = Event::new("run_failed").outcome(Outcome::Failure).detail("code", failure.code());
            if let Err(failure) = append(self.gate.log(), event, admitted) {
                person.show(Shown::Failed(&failure));
            }
        }
        Done::Failed
    }
}

fn append(log: &Log, event: Event, admitted: &Admitted) -> Result<(), Failure> {
    log.append(&event.actor(admitted.principal().actor()).id(admitted.id()))?;
    Ok(())
}
