//! An evaluation on a phone: narrow lines, what matters first, nothing left out.

use std::fmt;

use super::evaluation::Evaluation;
use super::show::{Quoted, Visible};
use crate::Decision;

/// What a person has to know before they say yes, for a narrow screen; made by [`Evaluation::card`].
///
/// The decision and the risk, the text with every hidden character written as an escape, the directory, the commands as decoded
/// where that is not what the text says, what was found, and the effects. Nothing is shortened; whoever shows it splits it.
#[derive(Clone, Copy, Debug)]
pub struct Card<'e>(pub(super) &'e Evaluation);

impl fmt::Display for Card<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(evaluation) = self;
        let verdict = evaluation.verdict();
        writeln!(f, "{} · risk {}", verdict.decision(), verdict.risk())?;
        for (number, line) in evaluation.text().lines().enumerate() {
            writeln!(f, "{} {}", if number == 0 { "$" } else { ">" }, Visible(line))?;
        }
        let directory = evaluation.directory().to_string_lossy();
        if !directory.is_empty() {
            writeln!(f, "in {}", Visible(&directory))?;
        }
        let commands: Vec<String> = evaluation.commands().map(|argv| Quoted(argv).to_string()).collect();
        if commands.as_slice() != [evaluation.text().trim()] {
            writeln!(f, "\nwhat runs")?;
            let mut shown: Vec<&String> = Vec::new();
            for command in &commands {
                if !shown.contains(&command) {
                    writeln!(f, "{}. {command}", shown.len() + 1)?;
                    shown.push(command);
                }
            }
        }
        if !verdict.findings().is_empty() {
            writeln!(f, "\nwhy")?;
        }
        for finding in verdict.findings() {
            let rule = finding.rule();
            writeln!(f, "- {}", rule.message)?;
            if let Some(subject) = finding.subject().filter(|subject| !subject.is_empty()) {
                writeln!(f, "  {}", Visible(subject))?;
            }
            if let Some(alternative) = rule.alternative {
                writeln!(f, "  instead: {alternative}")?;
            }
        }
        self.effects(f)?;
        let requires: Vec<_> = verdict.requires().names().collect();
        if verdict.decision() != Decision::Deny && !requires.is_empty() {
            writeln!(f, "needs {}", requires.join(", "))?;
        }
        Ok(())
    }
}

impl Card<'_> {
    fn effects(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effects = self.0.effects();
        let mut is_first = true;
        let mut line = |f: &mut fmt::Formatter<'_>, text: &str| {
            if std::mem::take(&mut is_first) {
                writeln!(f, "\nwhat it does")?;
            }
            writeln!(f, "{text}")
        };
        let paths = |paths: &mut dyn Iterator<Item = &std::path::Path>| {
            paths
                .map(|path| {
                    let text = path.to_string_lossy();
                    Visible(if text.is_empty() { "." } else { &text }).to_string()
                })
                .collect::<Vec<_>>()
        };
        for (what, list) in [
            ("runs", paths(&mut effects.executes())),
            ("writes", paths(&mut effects.writes())),
            ("deletes", paths(&mut effects.deletes())),
            ("reads", paths(&mut effects.reads())),
        ] {
            for path in list {
                line(f, &format!("{what} {path}"))?;
            }
        }
        for (name, value) in effects.environment() {
            let value =
                value.map_or_else(|| "something not known".to_owned(), |value| Visible(value).to_string());
            line(f, &format!("sets {} to {value}", Visible(name)))?;
        }
        if effects.uses_network() {
            let hosts: Vec<_> = effects.hosts().map(|host| Visible(host).to_string()).collect();
            line(f, format!("uses the network {}", hosts.join(", ")).trim_end())?;
        }
        if effects.runs_project_code() {
            line(f, "runs code of the project")?;
        }
        for (program, reason) in self.0.relaxed() {
            line(f, &format!("the owner vouches for {}: {}", Visible(program), Visible(reason)))?;
        }
        Ok(())
    }
}
