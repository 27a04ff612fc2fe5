//! An evaluation for a person to read.

use std::fmt;

use super::evaluation::Evaluation;
use super::interpret::Step;
use super::syntax;
use crate::{Decision, Finding};

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = self.verdict();
        writeln!(f, "{} (risk {})", verdict.decision(), verdict.risk())?;
        let mut shown = vec![false; verdict.findings().len()];
        let steps = &self.0.steps;
        for (number, step) in steps.iter().enumerate() {
            let indent = "  ".repeat(step.depth.clamp(1, 12));
            write!(f, "{indent}{}", Quoted(&step.argv))?;
            match &step.cwd {
                Some(cwd) if cwd.as_os_str().is_empty() => writeln!(f)?,
                Some(cwd) => writeln!(f, "   in {}", Visible(&cwd.to_string_lossy()))?,
                None => writeln!(f, "   in an unknown directory")?,
            }
            for (finding, shown) in verdict.findings().iter().zip(&mut shown) {
                if !*shown && belongs(finding, number, steps) {
                    *shown = true;
                    line(f, &indent, finding)?;
                }
            }
        }
        for (finding, shown) in verdict.findings().iter().zip(&shown) {
            if !*shown {
                line(f, "", finding)?;
            }
        }
        let effects = self.effects();
        paths(f, "runs", effects.executes())?;
        paths(f, "reads", effects.reads())?;
        paths(f, "writes", effects.writes())?;
        paths(f, "deletes", effects.deletes())?;
        for (program, reason) in self.relaxed() {
            writeln!(f, "  the owner vouches for {}: {}", Visible(program), Visible(reason))?;
        }
        if effects.uses_network() {
            writeln!(f, "  uses the network")?;
        }
        if effects.runs_project_code() {
            writeln!(f, "  runs code of the project")?;
        }
        let requires: Vec<_> = verdict.requires().names().collect();
        if verdict.decision() != Decision::Deny && !requires.is_empty() {
            writeln!(f, "  requires {}", requires.join(", "))?;
        }
        Ok(())
    }
}

/// Whether a finding is about this step: the last one whose place holds its place.
fn belongs(finding: &Finding, number: usize, steps: &[Step]) -> bool {
    let Some(span) = finding.span() else { return false };
    let holds = |step: &Step| step.span.start <= span.start && span.end <= step.span.end;
    steps.iter().rposition(holds) == Some(number)
}

fn line(f: &mut fmt::Formatter<'_>, indent: &str, finding: &Finding) -> fmt::Result {
    let rule = finding.rule();
    write!(f, "{indent}  {} {}: {}", rule.decision, rule.code, rule.message)?;
    if let Some(subject) = finding.subject().filter(|subject| !subject.is_empty()) {
        write!(f, ": {}", Visible(subject))?;
    }
    writeln!(f)?;
    if let Some(alternative) = rule.alternative {
        writeln!(f, "{indent}    instead: {alternative}")?;
    }
    Ok(())
}

fn paths<'p>(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    paths: impl Iterator<Item = &'p std::path::Path>,
) -> fmt::Result {
    for path in paths {
        let text = path.to_string_lossy();
        writeln!(f, "  {what} {}", Visible(if text.is_empty() { "." } else { &text }))?;
    }
    Ok(())
}

/// Text with every character that is not shown written as an escape.
pub(super) struct Visible<'a>(pub(super) &'a str);

impl fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            let mut bytes = [0; 4];
            let is_hidden =
                character.is_control() || !syntax::hidden(character.encode_utf8(&mut bytes)).is_empty();
            if is_hidden {
                write!(f, "{}", character.escape_default())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        Ok(())
    }
}

/// Arguments as one would write them.
pub(super) struct Quoted<'a>(pub(super) &'a [String]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, arg) in self.0.iter().enumerate() {
            if number > 0 {
                write!(f, " ")?;
            }
            let is_plain = |c: char| c.is_alphanumeric() || "-_./=:,@%+<>*?".contains(c);
            if !arg.is_empty() && arg.chars().all(is_plain) {
                write!(f, "{}", Visible(arg))?;
            } else {
                write!(f, "'{}'", Visible(&arg.replace('\'', "'\\''")))?;
            }
        }
        Ok(())
    }
}
