//! The person at the terminal.

use std::io::Write as _;
use std::time::SystemTime;

use guard_core::command::Evaluation;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::input::{Input, Line};
use crate::person::{Answer, Ending, Person, Shown};
use crate::render;

/// Reads answers from standard input and shows everything on standard output.
#[derive(Debug)]
pub(super) struct Terminal {
    pub(super) input: Input,
    interrupt: Signal,
    /// Whether the last output ended its line.
    is_line_start: bool,
}

impl Terminal {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self { input: Input::start(), interrupt: signal(SignalKind::interrupt())?, is_line_start: true })
    }

    /// The next line; `None` at the end of the input. An interrupt at the prompt only drops what was typed.
    pub(super) async fn line(&mut self, prompt: &str) -> Option<Line> {
        loop {
            self.prompt(prompt);
            tokio::select! {
                line = self.input.next() => return line,
                _ = self.interrupt.recv() => self.say("\n/exit or Ctrl-D ends the console"),
            }
        }
    }

    /// A line for the person.
    #[allow(clippy::unused_self, reason = "whoever speaks has the terminal")]
    pub(super) fn say(&mut self, text: &str) {
        self.end_line();
        println!("{text}");
    }

    fn prompt(&mut self, prompt: &str) {
        if self.input.is_terminal() {
            self.end_line();
            print!("{prompt}");
            // A terminal that is gone shows at the next read.
            std::io::stdout().flush().ok();
        }
    }

    fn end_line(&mut self) {
        if !self.is_line_start {
            println!();
            self.is_line_start = true;
        }
    }
}

impl Person for Terminal {
    fn show(&mut self, shown: Shown<'_>) {
        if let Shown::Output(text) = shown {
            print!("{text}");
            std::io::stdout().flush().ok();
            self.is_line_start = text.ends_with('\n');
        } else if let Some(text) = words(&shown) {
            self.say(&text);
        }
    }

    async fn answer(&mut self, _: &Evaluation) -> Answer {
        self.input.forget_typed();
        self.say("run exactly this, once? [yes/no]");
        // Whatever is not a yes is a no, also the end of the input: nobody is there to say yes.
        match self.line("> ").await {
            Some(Line::Text(text)) if matches!(text.trim().to_ascii_lowercase().as_str(), "y" | "yes") => {
                Answer::Once
            }
            Some(Line::Text(_) | Line::TooLong | Line::NotUtf8) | None => Answer::Deny,
        }
    }

    async fn stop(&mut self) {
        tokio::select! {
            () = self.input.stop() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// What the console says of an event; output is not words.
#[allow(clippy::disallowed_methods, reason = "how long to wait is told in the person's time")]
pub(crate) fn words(shown: &Shown<'_>) -> Option<String> {
    Some(match shown {
        Shown::Admitted { actor, seq } => format!("gate     {actor} admitted, record {seq}"),
        Shown::Refused(refused) => {
            let advice =
                refused.advice(SystemTime::now()).map(|advice| format!("; {advice}")).unwrap_or_default();
            format!("refused  {refused} [{}]{advice}", refused.code())
        }
        Shown::Judged { evaluation, is_enforced } => {
            let mut text = format!("judged   {}", indented(&evaluation.to_string()));
            if !is_enforced {
                text.push_str("\n         this machine does not enforce what that needs, so you are asked");
            }
            text
        }
        Shown::Answered(Answer::Once) => "answer   run once, approved".to_owned(),
        Shown::Answered(Answer::Deny) => "answer   no, nothing was run".to_owned(),
        Shown::Answered(Answer::Expired) => "answer   none in time, nothing was run".to_owned(),
        Shown::Started(enforced) => format!("cell     {}", enforcement(enforced)),
        Shown::Output(_) => return None,
        Shown::Ended(ending) => format!("ended    {}", ended(**ending)),
        Shown::Failed(failure) => format!("failed   {failure} [{}]", failure.code()),
    })
}

/// What is enforced, in one line.
pub(crate) fn enforcement(enforced: &guard_agent::Enforced) -> String {
    let held = [
        (enforced.sandbox, "sandbox"),
        (enforced.no_network, "no network"),
        (enforced.secrets_masked, "secrets masked"),
        (enforced.guarded, "guarded files held"),
        (enforced.processes_hidden, "processes hidden"),
    ];
    let names = |want: bool| {
        let names: Vec<_> = held.iter().filter(|(is, _)| *is == want).map(|(_, name)| *name).collect();
        names.join(", ")
    };
    let missing = names(false);
    let backend = match enforced.backend {
        guard_agent::Backend::Bubblewrap => "bubblewrap",
        guard_agent::Backend::Degraded => "degraded",
    };
    if missing.is_empty() {
        format!("{backend}: {}", names(true))
    } else {
        format!("{backend}: {}; NOT: {missing}", names(true))
    }
}

fn ended(ending: Ending) -> String {
    match ending {
        Ending::Exit(status) => format!("status {status}"),
        Ending::Signal(signal) => format!("signal {signal}"),
        Ending::Stopped => "stopped by you; nothing of it is left".to_owned(),
        Ending::TimedOut => "stopped: it ran longer than a run may; nothing of it is left".to_owned(),
    }
}

fn indented(text: &str) -> String {
    render::output(text).trim_end().replace('\n', "\n         ")
}
