//! The agent without a model: the request is a command line, judged, asked about where needed, run in its cell.

use std::path::Path;
use std::sync::Arc;

use guard_agent::{Chunk, Shell};
use guard_audit::Outcome;
use guard_core::Decision;
use guard_core::command::{Approved, Consent, Context, Evaluation};

use super::{Done, Pipeline, lost, record};
use crate::gate::Admitted;
use crate::output::Output;
use crate::person::{Answer, Ending, Failure, Person, Question, Shown};

impl Pipeline {
    /// Judges a command line, asks where needed, runs it.
    pub(super) async fn command(
        &self,
        person: &mut impl Person,
        admitted: &Admitted,
        shell: &Arc<Shell>,
    ) -> Result<Done, Failure> {
        let context = Context::new(self.gate.root()).cwd(admitted.cwd());
        let evaluation = self.policy.evaluate(admitted.text(), &context);
        let is_enforced = shell.meets(evaluation.verdict().requires());
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
        let ending = self.run(person, admitted, shell, approved).await?;
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
        let question = Question::Command(&evaluation);
        let answer = tokio::time::timeout(self.approval, person.answer(&question)).await;
        // Words answer another kind of question.
        let answer = answer.unwrap_or(Answer::Expired).without_words();
        let (name, outcome) = record::answered(&answer);
        self.record(admitted, &format!("command_{name}"), outcome, &evaluation)?;
        person.show(Shown::Answered(&answer));
        if answer != Answer::Once {
            return Ok(None);
        }
        let consent = Consent::new(evaluation.digest(), admitted.principal().actor());
        // What the command runs may have changed while the person read; then the consent is to something else.
        let context = Context::new(self.gate.root()).cwd(admitted.cwd());
        self.policy
            .evaluate(admitted.text(), &context)
            .approve(consent)
            .map(Some)
            .map_err(|_| Failure::NotApproved)
    }

    async fn run(
        &self,
        person: &mut impl Person,
        admitted: &Admitted,
        shell: &Arc<Shell>,
        approved: Approved,
    ) -> Result<Ending, Failure> {
        if person.is_stopped() {
            return self.not_begun(person, admitted);
        }
        let shell = Arc::clone(shell);
        // The project is searched, which takes as long as it is large.
        let mut running =
            tokio::task::spawn_blocking(move || shell.start(approved)).await.map_err(lost)??;
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
        self.quarantined(person, admitted, running.moved())?;
        let ending =
            cut_short.unwrap_or_else(|| exit.signal().map_or(Ending::Exit(exit.code()), Ending::Signal));
        self.append(record::ended(&ending).detail("status", exit.code()), admitted)?;
        person.show(Shown::Ended(&ending));
        Ok(ending)
    }
}
