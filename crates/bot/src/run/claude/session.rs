//! Follows one run of the agent: shows what happens, asks, stops, keeps the money reserved.

use std::collections::VecDeque;
use std::time::Duration;

use guard_agent::claude::{Ask, ClaudeError, Closed, Event, Outcome, Session, Turn};
use guard_agent::relay::Relay;
use guard_audit::Event as Record;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::question::{Asked, about};
use super::watch::News;
use super::{Engine, now};
use crate::gate::Admitted;
use crate::output::Output;
use crate::person::{Answer, Ending, Failure, Person, Question, Shown, ToolQuestion};
use crate::render;
use crate::run::{Pipeline, record};

/// For the agent to end its turn after an interrupt; then everything is killed.
const GRACE: Duration = Duration::from_secs(5);
/// Events that are read on while a person is asked; then the agent waits too.
const BACKLOG: usize = 1_000;

/// What following a run needs.
pub(super) struct Following<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) engine: &'a Engine,
    pub(super) admitted: &'a Admitted,
    pub(super) relay: &'a Relay,
    pub(super) heard: mpsc::Receiver<News>,
}

/// What is known of a run so far.
struct Course {
    /// The agent's text as it comes.
    output: Output,
    /// Whether the text that comes next as a whole was shown in pieces.
    has_pieces: bool,
    turn: Option<Turn>,
    is_stopped: bool,
    /// Why the run was ended from here.
    failure: Option<Failure>,
}

impl Following<'_> {
    pub(super) async fn run(
        mut self,
        person: &mut impl Person,
        mut session: Session,
    ) -> Result<Ending, Failure> {
        session.control().finish();
        let mut course = Course {
            output: Output::new(&self.pipeline.redactor),
            has_pieces: false,
            turn: None,
            is_stopped: false,
            failure: None,
        };
        let mut pulse = tokio::time::interval(self.engine.pulse);
        let grace = tokio::time::sleep(Duration::MAX);
        tokio::pin!(grace);
        let mut backlog = VecDeque::new();
        let mut is_counting = false;
        let ended = loop {
            if course.is_stopped && !is_counting {
                is_counting = true;
                grace.as_mut().reset(Instant::now() + GRACE);
            }
            let event = match backlog.pop_front() {
                Some(event) => Some(event),
                None => tokio::select! {
                    event = session.next() => event,
                    Some(news) = self.heard.recv() => {
                        tell(person, &news);
                        continue;
                    }
                    () = person.stop(), if !course.is_stopped => {
                        course.is_stopped = true;
                        session.control().interrupt();
                        continue;
                    }
                    () = &mut grace, if is_counting => {
                        session.control().stop();
                        grace.as_mut().reset(Instant::now() + 10 * GRACE);
                        continue;
                    }
                    _ = pulse.tick() => {
                        // A hold whose lease is over counts as spent; nothing more may be spent from it.
                        if let Err(error) = self.admitted.purse().extend() {
                            course.end(&session, Failure::Hold(error));
                        }
                        continue;
                    }
                },
            };
            match event {
                None => break Err(ClaudeError::Stopped),
                Some(Event::Ended(ended)) => break ended,
                Some(Event::Ask(ask)) => {
                    if let Err(failure) = self.ask(person, ask, &mut session, &mut backlog, &mut course).await
                    {
                        course.end(&session, failure);
                    }
                }
                Some(event) => {
                    if let Err(failure) = self.event(person, event, &mut course) {
                        course.end(&session, failure);
                    }
                }
            }
        };
        while let Ok(news) = self.heard.try_recv() {
            tell(person, &news);
        }
        self.over(person, course, ended)
    }

    /// What happened is shown; what matters later is kept.
    #[allow(clippy::wildcard_enum_match_arm, reason = "what is new to the agent is nothing to act on")]
    fn event(&self, person: &mut impl Person, event: Event, course: &mut Course) -> Result<(), Failure> {
        let redacted = |text: &str| render::output(&self.pipeline.redactor.redact(text));
        match event {
            Event::Started { session, .. } => self.engine.conversations.keep(&session, now())?,
            Event::PartialText(text) => {
                course.has_pieces = true;
                show(person, &course.output.push(text.as_bytes()));
            }
            Event::Text { text, is_subagent: true } => {
                person.show(Shown::Said { text: &redacted(&text), is_subagent: true });
            }
            Event::Text { text, is_subagent: false } => {
                course.flush(person, self.pipeline);
                let text = redacted(&text);
                if !std::mem::take(&mut course.has_pieces) {
                    show(person, &text);
                }
                person.show(Shown::Said { text: &text, is_subagent: false });
            }
            Event::ToolUse { name, input, .. } => {
                course.flush(person, self.pipeline);
                let about = render::clip(&redacted(&about(&input)));
                person.show(Shown::Tool { name: &render::plain(&name), about: &about });
            }
            Event::ToolResult { text, is_error, .. } => {
                person.show(Shown::ToolDone { text: &redacted(&text), is_error });
            }
            Event::Denied { name, verdict, .. } => {
                person.show(Shown::ToolDenied { name: &render::plain(&name), verdict: &verdict });
            }
            Event::Retry => person.show(Shown::Retry),
            Event::Quarantined(moved) => self.pipeline.quarantined(person, self.admitted, &moved)?,
            Event::Turn(turn) => course.turn = Some(turn),
            // A question that was closed is told where it was asked; the rest is handled by the caller.
            _ => {}
        }
        Ok(())
    }

    /// Brings a question to the person and the answer to the agent, with both on record.
    async fn ask(
        &self,
        person: &mut impl Person,
        ask: Ask,
        session: &mut Session,
        backlog: &mut VecDeque<Event>,
        course: &mut Course,
    ) -> Result<(), Failure> {
        course.flush(person, self.pipeline);
        if course.is_stopped {
            ask.deny_and_stop();
            return Ok(());
        }
        let asked = Asked::of(self.pipeline, &ask);
        let name = render::plain(ask.name());
        let hosts = match &asked {
            Asked::Tool { hosts, .. } => hosts.as_slice(),
            Asked::Choices(_) | Asked::Plan(_) => &[],
        };
        let question = match &asked {
            Asked::Tool { text, hosts } => Question::Tool(ToolQuestion {
                name: &name,
                text,
                verdict: ask.verdict(),
                agent_reason: ask.agent_reason(),
                hosts,
            }),
            Asked::Choices(choices) => Question::Choices(choices),
            Asked::Plan(plan) => Question::Plan(plan),
        };
        let id = ask.id().to_owned();
        let answer = match was_closed(backlog, &id) {
            // While the person was asked about another one; a yes would open hosts for a call that does not run.
            Some(closed) => nobodys(closed),
            None => tokio::select! {
                answer = person.answer(&question) => answer,
                closed = closed(session, &id, backlog) => nobodys(closed),
                () = tokio::time::sleep(ask.expires_in()) => Answer::Expired,
                failure = self.keep_alive() => return Err(failure),
            },
        };
        // Words answer questions, and a yes does not.
        let answer = match (&question, answer) {
            (Question::Choices(_), Answer::Once) => Answer::Deny,
            (Question::Choices(_), answer) => answer,
            (_, answer) => answer.without_words(),
        };
        let (name, outcome) = record::answered(&answer);
        let event = Record::new(format!("tool_{name}"))
            .object(render::clip(&self.pipeline.redactor.redact(&format!(
                "{} {}",
                ask.name(),
                about(ask.input())
            ))))
            .outcome(outcome)
            .risk(ask.verdict().risk())
            .detail("tool_use", render::clip(ask.call()));
        // Where this fails the question is dropped, which denies it.
        self.pipeline.append(event, self.admitted)?;
        person.show(Shown::Answered(&answer));
        match answer {
            Answer::Once => {
                for host in hosts {
                    self.relay.allow(host.clone())?;
                    person.show(Shown::HostOpened(host));
                }
                ask.allow();
            }
            Answer::Chosen(answers) => ask.answer(answers),
            Answer::Deny => ask.deny("a person said no"),
            Answer::DenyAndStop => {
                course.is_stopped = true;
                ask.deny_and_stop();
            }
            Answer::Expired => ask.deny("nobody answered in time"),
            Answer::Withdrawn => drop(ask),
        }
        Ok(())
    }

    /// Keeps the money reserved while a person thinks; returns only where that fails.
    async fn keep_alive(&self) -> Failure {
        let mut pulse = tokio::time::interval(self.engine.pulse);
        loop {
            pulse.tick().await;
            if let Err(error) = self.admitted.purse().extend() {
                return Failure::Hold(error);
            }
        }
    }

    /// The end of the run, on record.
    fn over(
        &self,
        person: &mut impl Person,
        mut course: Course,
        ended: Result<guard_agent::Exit, ClaudeError>,
    ) -> Result<Ending, Failure> {
        course.flush(person, self.pipeline);
        if let Some(failure) = course.failure {
            return Err(failure);
        }
        let ending = match (ended, &course.turn) {
            (Err(ClaudeError::TimedOut), _) => Ending::TimedOut,
            (Err(ClaudeError::Stopped), _) if course.is_stopped => Ending::Stopped,
            (Err(error), _) => return Err(error.into()),
            (Ok(_), Some(Turn { outcome: Outcome::Interrupted, .. })) if course.is_stopped => Ending::Stopped,
            (Ok(_), Some(turn)) => Ending::Turn(turn.outcome.clone()),
            (Ok(exit), None) => return Err(ClaudeError::Died(exit.code()).into()),
        };
        if ending == Ending::Turn(Outcome::UnknownSession) {
            self.engine.conversations.forget()?;
        }
        let mut event = record::ended(&ending);
        if let Some(turn) = &course.turn {
            event = event.detail("outcome", format!("{:?}", turn.outcome)).detail("calls", turn.calls);
        }
        self.pipeline.append(event, self.admitted)?;
        Ok(ending)
    }
}

impl Course {
    /// Ends the run for a reason of our own; the first one counts.
    fn end(&mut self, session: &Session, failure: Failure) {
        self.failure.get_or_insert(failure);
        session.control().stop();
    }

    /// Shows what the redactor kept back, at a place where the text is over.
    fn flush(&mut self, person: &mut impl Person, pipeline: &Pipeline) {
        let output = std::mem::replace(&mut self.output, Output::new(&pipeline.redactor));
        show(person, &output.finish());
    }
}

fn show(person: &mut impl Person, text: &str) {
    if !text.is_empty() {
        person.show(Shown::Output(text));
    }
}

fn tell(person: &mut impl Person, news: &News) {
    match news {
        News::Refused(refusal) => person.show(Shown::RelayRefused(*refusal)),
        News::HostRefused(host) => person.show(Shown::HostRefused(host)),
    }
}

/// The answer to a question that was closed without one.
const fn nobodys(closed: Closed) -> Answer {
    match closed {
        Closed::Expired => Answer::Expired,
        Closed::Allowed | Closed::Denied | Closed::Withdrawn => Answer::Withdrawn,
    }
}

/// What became of a question that has waited behind another one.
#[allow(clippy::wildcard_enum_match_arm, reason = "only the end of a question is looked for")]
fn was_closed(backlog: &VecDeque<Event>, id: &str) -> Option<Closed> {
    backlog.iter().find_map(|event| match event {
        Event::AskClosed { id: closed, closed: how } if closed == id => Some(*how),
        _ => None,
    })
}

/// Resolves when the question does not stand any more; everything else that comes meanwhile waits in the backlog.
async fn closed(session: &mut Session, id: &str, backlog: &mut VecDeque<Event>) -> Closed {
    while backlog.len() < BACKLOG {
        match session.next().await {
            Some(Event::AskClosed { id: closed, closed: how }) if closed == id => return how,
            Some(event @ Event::Ended(_)) => {
                backlog.push_back(event);
                return Closed::Withdrawn;
            }
            Some(event) => backlog.push_back(event),
            None => return Closed::Withdrawn,
        }
    }
    std::future::pending().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_that_was_closed_while_it_waited_is_found() {
        let closed = |id: &str, closed| Event::AskClosed { id: id.to_owned(), closed };
        let backlog =
            VecDeque::from([Event::Retry, closed("1", Closed::Withdrawn), closed("2", Closed::Expired)]);
        assert_eq!(was_closed(&backlog, "1").map(nobodys), Some(Answer::Withdrawn));
        assert_eq!(was_closed(&backlog, "2").map(nobodys), Some(Answer::Expired));
        assert_eq!(was_closed(&backlog, "3"), None);
    }
}
