//! What is known of a run while it goes on, for the message that shows it and for the answer at its end.

use std::collections::VecDeque;

use tokio::time::Instant;

use super::line::Form;
use super::pages;
use crate::console::words;
use crate::person::{Ending, Shown};
use crate::render;

/// Output that is kept for the answer; a program may print without end.
const MAX_OUTPUT: usize = 1 << 20;
/// Lines of what happened that the message shows.
const MAX_LINES: usize = 6;
/// Refusals and failures that the answer tells of.
const MAX_NOTES: usize = 20;
/// Letters of such a line.
const MAX_LINE: usize = 200;
/// Letters of the output that is shown while it comes.
const SHOWN: usize = 3000;

/// A run so far.
#[derive(Debug)]
pub(crate) struct Progress {
    form: Form,
    verbosity: u8,
    place: String,
    started: Instant,
    lines: VecDeque<String>,
    /// Pieces as they come: of a program, or of what the agent is saying.
    output: String,
    dropped: usize,
    /// What the agent said, whole.
    said: Vec<String>,
    /// What the answer has to tell besides.
    notes: Vec<String>,
    ending: Option<Ending>,
    is_waiting: bool,
}

/// The end of a run in words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) form: Form,
    pub(crate) text: String,
    pub(crate) note: String,
}

impl Progress {
    pub(crate) fn new(form: Form, verbosity: u8, place: String, now: Instant) -> Self {
        Self {
            form,
            verbosity,
            place,
            started: now,
            lines: VecDeque::new(),
            output: String::new(),
            dropped: 0,
            said: Vec::new(),
            notes: Vec::new(),
            ending: None,
            is_waiting: false,
        }
    }

    /// Takes one event.
    pub(crate) fn take(&mut self, shown: &Shown<'_>) {
        match shown {
            Shown::Output(text) => self.push(text),
            Shown::Said { text, is_subagent: false } => {
                self.output.clear();
                self.say(text);
            }
            Shown::Tool { name, about } => match self.verbosity {
                0 => {}
                1 => self.line(&render::plain(name)),
                _ => self.line(&format!("{}: {}", render::plain(name), render::plain(about))),
            },
            Shown::ToolDone { .. } | Shown::Started(_) | Shown::Admitted { .. } if self.verbosity < 3 => {}
            Shown::Said { is_subagent: true, .. } if self.verbosity < 2 => {}
            Shown::Conversation { .. } | Shown::Answered(_) if self.verbosity < 2 => {}
            Shown::Judged { evaluation, .. } => {
                if evaluation.decision() == guard_core::Decision::Deny {
                    self.note(shown);
                } else if self.verbosity >= 2 {
                    self.event(shown);
                }
            }
            Shown::Ended(ending) => {
                self.ending = Some((*ending).clone());
                if !matches!(ending, Ending::Exit(0)) && !is_done(ending) {
                    self.note(shown);
                }
            }
            Shown::Refused(_)
            | Shown::ToolDenied { .. }
            | Shown::HostRefused(_)
            | Shown::RelayRefused(_)
            | Shown::Quarantined(_)
            | Shown::Failed(_) => self.note(shown),
            Shown::Charged { .. } => {
                if self.verbosity >= 1 {
                    self.note(shown);
                }
            }
            Shown::Said { .. }
            | Shown::ToolDone { .. }
            | Shown::Started(_)
            | Shown::Admitted { .. }
            | Shown::Conversation { .. }
            | Shown::Answered(_)
            | Shown::Retry
            | Shown::HostOpened(_) => self.event(shown),
        }
    }

    /// Whether a question waits for its answer.
    pub(crate) const fn wait(&mut self, is_waiting: bool) {
        self.is_waiting = is_waiting;
    }

    pub(crate) const fn is_waiting(&self) -> bool {
        self.is_waiting
    }

    /// What the message says while the run goes on; it changes with the time only now and then.
    pub(crate) fn status(&self, now: Instant) -> String {
        let seconds = now.saturating_duration_since(self.started).as_secs() / 10 * 10;
        let mut text = match (self.is_waiting, seconds) {
            (true, _) => format!("Waiting for your answer, in {}", self.place),
            (false, 0) => format!("Working in {}", self.place),
            (false, _) => format!("Working in {}, {seconds} s", self.place),
        };
        for line in &self.lines {
            text.push('\n');
            text.push_str(line);
        }
        text
    }

    /// The end of what came out so far; empty where there is nothing to see.
    pub(crate) fn preview(&self) -> &str {
        if self.verbosity == 0 { "" } else { pages::tail(&self.output, SHOWN) }
    }

    /// What the message says when it is over.
    pub(crate) fn over(&self, now: Instant) -> String {
        let seconds = now.saturating_duration_since(self.started).as_secs();
        let how = match &self.ending {
            Some(Ending::Stopped) => "Stopped",
            Some(Ending::TimedOut) => "Timed out",
            Some(Ending::Exit(_) | Ending::Signal(_) | Ending::Turn(_)) => "Done",
            None => "Not run",
        };
        let mut text = format!("{how} after {seconds} s, in {}", self.place);
        for line in &self.lines {
            text.push('\n');
            text.push_str(line);
        }
        text
    }

    /// The answer.
    pub(crate) fn report(&self) -> Report {
        let mut text = match self.form {
            Form::Output => String::new(),
            Form::Markdown => self.said.join("\n\n"),
        };
        // What an agent was saying when it was stopped counts as said.
        if !self.output.trim().is_empty() {
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(&self.output);
        }
        let mut notes = self.notes.clone();
        if self.dropped > 0 {
            notes.insert(0, format!("{} more bytes of output were not kept", self.dropped));
        }
        if text.trim().is_empty() && notes.is_empty() {
            notes.push(
                if self.ending.is_some() { "Done; it printed nothing." } else { "Not run." }.to_owned(),
            );
        }
        Report { form: self.form, text, note: notes.join("\n") }
    }

    fn push(&mut self, text: &str) {
        let (kept, dropped) = fitting(text, MAX_OUTPUT.saturating_sub(self.output.len()));
        self.output.push_str(kept);
        self.dropped += dropped;
    }

    fn say(&mut self, text: &str) {
        let there: usize = self.said.iter().map(|said| said.len() + 2).sum();
        let (kept, dropped) = fitting(text, MAX_OUTPUT.saturating_sub(there));
        if !kept.is_empty() {
            self.said.push(kept.to_owned());
        }
        self.dropped += dropped;
    }

    fn note(&mut self, shown: &Shown<'_>) {
        if let Some(text) = sentence(shown).filter(|_| self.notes.len() < MAX_NOTES) {
            self.notes.push(text);
        }
    }

    fn event(&mut self, shown: &Shown<'_>) {
        if let Some(text) = sentence(shown) {
            self.line(&text);
        }
    }

    fn line(&mut self, text: &str) {
        let text = text.replace('\n', " ");
        let cut = match text.char_indices().nth(MAX_LINE) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        };
        if self.lines.len() >= MAX_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(cut);
    }
}

/// The beginning of a text that has room, and how many bytes have none.
fn fitting(text: &str, room: usize) -> (&str, usize) {
    let mut end = text.len().min(room);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let (kept, dropped) = text.split_at(end);
    (kept, dropped.len())
}

const fn is_done(ending: &Ending) -> bool {
    matches!(ending, Ending::Turn(guard_agent::claude::Outcome::Done))
}

/// What the console says of it, without the console's columns.
fn sentence(shown: &Shown<'_>) -> Option<String> {
    let text = words(shown)?;
    let (head, rest) = text.split_at_checked(9)?;
    Some(format!("{}: {}", head.trim(), rest.replace("\n         ", "\n")))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn progress(form: Form, verbosity: u8) -> Progress {
        Progress::new(form, verbosity, "/web".to_owned(), Instant::now())
    }

    #[tokio::test]
    async fn output_is_bounded_and_says_what_is_missing() {
        let mut progress = progress(Form::Output, 1);
        for _ in 0..40 {
            progress.take(&Shown::Output(&"\u{e9}".repeat(20_000)));
        }
        progress.take(&Shown::Ended(&Ending::Exit(0)));
        let report = progress.report();
        assert_eq!(report.text.len(), MAX_OUTPUT);
        assert_eq!(report.note, format!("{} more bytes of output were not kept", 1_600_000 - MAX_OUTPUT));
    }

    #[tokio::test]
    async fn what_an_agent_says_is_bounded_too() {
        let mut progress = progress(Form::Markdown, 1);
        for _ in 0..40 {
            progress.take(&Shown::Said { text: &"\u{e9}".repeat(20_000), is_subagent: false });
        }
        progress.take(&Shown::Said { text: "", is_subagent: false });
        let report = progress.report();
        assert!(
            report.text.len() <= MAX_OUTPUT && report.text.len() > MAX_OUTPUT - 100,
            "{}",
            report.text.len()
        );
        assert!(report.note.ends_with("more bytes of output were not kept"), "{}", report.note);
    }

    #[tokio::test]
    async fn every_way_to_end_says_something() {
        #[track_caller]
        fn check(output: &str, ending: Option<Ending>, want: (&str, &str)) {
            let mut progress = progress(Form::Output, 1);
            if !output.is_empty() {
                progress.take(&Shown::Output(output));
            }
            if let Some(ending) = &ending {
                progress.take(&Shown::Ended(ending));
            }
            let Report { text, note, .. } = progress.report();
            assert_eq!((text.as_str(), note.as_str()), want);
        }
        check("hi\n", Some(Ending::Exit(0)), ("hi\n", ""));
        check("", Some(Ending::Exit(0)), ("", "Done; it printed nothing."));
        check("no\n", Some(Ending::Exit(1)), ("no\n", "ended: status 1"));
        check("", Some(Ending::Stopped), ("", "ended: stopped by you; nothing of it is left"));
        check("", None, ("", "Not run."));
    }

    #[tokio::test]
    async fn what_an_agent_says_is_kept_whole_and_shown_as_it_comes() {
        let mut progress = progress(Form::Markdown, 1);
        progress.take(&Shown::Output("I lo"));
        progress.take(&Shown::Output("ok."));
        assert_eq!(progress.preview(), "I look.");
        progress.take(&Shown::Said { text: "I look.", is_subagent: false });
        progress.take(&Shown::Tool { name: "Bash", about: "ls" });
        progress.take(&Shown::Output("It is fi"));
        assert_eq!(progress.report().text, "I look.\n\nIt is fi");
        assert_eq!(progress.status(Instant::now()), "Working in /web\nBash");
    }

    #[tokio::test]
    async fn the_status_follows_the_time_and_the_verbosity() {
        let now = Instant::now();
        let mut loud = progress(Form::Markdown, 2);
        for number in 0..9 {
            loud.take(&Shown::Tool { name: "Bash", about: &format!("ls {number}\n\u{202e}") });
        }
        let status = loud.status(now + Duration::from_secs(25));
        assert!(status.starts_with("Working in /web, 20 s\nBash: ls 3\\u{a}\\u{202e}"), "{status}");
        assert_eq!(status.lines().count(), 1 + MAX_LINES);
        loud.wait(true);
        assert!(loud.status(now).starts_with("Waiting for your answer"));
        let mut quiet = progress(Form::Markdown, 0);
        quiet.take(&Shown::Tool { name: "Bash", about: "ls" });
        quiet.take(&Shown::Output("text"));
        assert_eq!((quiet.status(now).lines().count(), quiet.preview()), (1, ""));
    }
}
