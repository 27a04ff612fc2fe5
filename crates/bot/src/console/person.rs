//! The person at the terminal.

use std::collections::BTreeMap;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::input::{Input, Line};
use super::words::{question, words};
use crate::person::{Answer, Choice, Person, Question, Shown};
use crate::say::Unsaid;
use crate::{render, say};

/// Reads answers from standard input and shows everything on standard output.
#[derive(Debug)]
pub(super) struct Terminal {
    pub(super) input: Input,
    interrupt: Signal,
    /// Whether the last output ended its line.
    is_line_start: bool,
    /// Nobody can see anything any more; then nobody can be asked, and nothing is begun or goes on.
    is_gone: bool,
}

impl Terminal {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self {
            input: Input::start(),
            interrupt: signal(SignalKind::interrupt())?,
            is_line_start: true,
            is_gone: false,
        })
    }

    /// The next line; `None` at the end of the input. An interrupt at the prompt only drops what was typed.
    pub(super) async fn line(&mut self, prompt: &str) -> Option<Line> {
        loop {
            self.prompt(prompt);
            if self.is_gone {
                return None;
            }
            tokio::select! {
                line = self.input.next() => return line,
                _ = self.interrupt.recv() => self.say("\n/exit or Ctrl-D ends the console"),
            }
        }
    }

    /// A line for the person.
    pub(super) fn say(&mut self, text: &str) {
        self.end_line();
        self.shown(say::line(text));
    }

    fn shown(&mut self, said: Result<(), Unsaid>) {
        self.is_gone |= said.is_err();
    }

    /// A line that answers a question; `None` for an interrupt, and for what is no line of text.
    async fn reply(&mut self) -> Option<String> {
        self.prompt("> ");
        if self.is_gone {
            return None;
        }
        tokio::select! {
            line = self.input.next() => match line {
                Some(Line::Text(text)) => Some(text),
                Some(Line::TooLong | Line::NotUtf8) | None => None,
            },
            _ = self.interrupt.recv() => None,
        }
    }

    /// One answer for each question: numbers of options, or words of the person's own.
    async fn choose(&mut self, choices: &[Choice]) -> Answer {
        let mut answers = BTreeMap::new();
        for choice in choices {
            self.say(&format!(
                "{} [{}]",
                render::plain(&choice.question),
                if choice.is_multiple {
                    "numbers with commas between them, your own words, or stop"
                } else {
                    "a number, your own words, or stop"
                }
            ));
            match self.reply().await.as_deref().map(str::trim) {
                None | Some("stop" | "/stop") => return Answer::DenyAndStop,
                Some("") => return Answer::Deny,
                Some(text) => answers.insert(choice.question.clone(), chosen(choice, text)),
            };
        }
        Answer::Chosen(answers)
    }

    fn prompt(&mut self, prompt: &str) {
        if self.input.is_terminal() {
            self.end_line();
            self.shown(say::piece(prompt));
        }
    }

    fn end_line(&mut self) {
        if !self.is_line_start {
            self.shown(say::line(""));
            self.is_line_start = true;
        }
    }
}

impl Person for Terminal {
    fn show(&mut self, shown: Shown<'_>) {
        if let Shown::Output(text) = shown {
            self.shown(say::piece(text));
            self.is_line_start = text.ends_with('\n');
        } else if let Some(text) = words(&shown) {
            self.say(&text);
        }
    }

    async fn answer(&mut self, asked: &Question<'_>) -> Answer {
        self.input.forget_typed();
        if let Some(text) = question(asked) {
            self.say(&text);
        }
        if let Question::Choices(choices) = asked {
            return self.choose(choices).await;
        }
        self.say(match asked {
            Question::Command(_) | Question::Choices(_) => "run exactly this, once? [yes/no]",
            Question::Tool(_) => "run exactly this, once? [yes/no/stop]",
            Question::Upload { .. } => "keep this file? [yes/no]",
            Question::Plan(_) => "begin with this plan? [yes/no/stop]",
        });
        // Whatever is not a yes is a no, also the end of the input: nobody is there to say yes.
        match self.reply().await.as_deref().map(str::trim).map(str::to_ascii_lowercase).as_deref() {
            Some("y" | "yes") => Answer::Once,
            Some("stop" | "/stop") => Answer::DenyAndStop,
            Some(_) => Answer::Deny,
            None => Answer::DenyAndStop,
        }
    }

    async fn stop(&mut self) {
        if self.is_gone {
            return;
        }
        tokio::select! {
            () = self.input.stop() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// The options that the numbers in `text` mean, or the text itself where it is anything else.
fn chosen(choice: &Choice, text: &str) -> String {
    let option = |number: &str| {
        let place = number.trim().parse::<usize>().ok()?.checked_sub(1)?;
        choice.options.get(place).map(|(label, _)| label.clone())
    };
    let numbers: Vec<&str> = if choice.is_multiple { text.split(',').collect() } else { vec![text] };
    let labels: Option<Vec<String>> = numbers.into_iter().map(option).collect();
    labels.map_or_else(|| text.to_owned(), |labels| labels.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(is_multiple: bool, text: &str, want: &str) {
        let options = ["red", "green"].map(|label| (label.to_owned(), String::new())).to_vec();
        let choice = Choice { question: "which?".to_owned(), options, is_multiple };
        assert_eq!(chosen(&choice, text), want);
    }

    #[test]
    fn numbers_mean_options_and_anything_else_means_itself() {
        check(false, "2", "green");
        check(false, "3", "3");
        check(false, "0", "0");
        check(false, "1,2", "1,2");
        check(true, "1, 2", "red, green");
        check(true, "1, 7", "1, 7");
        check(true, "blue", "blue");
    }
}
