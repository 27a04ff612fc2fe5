//! Loops that do not end, and loops that start without waiting.

use super::Interpreter;
use crate::Span;
use crate::command::rules;
use crate::command::syntax::{Command, CommandKind, Script, Simple};
use crate::command::value::{Arg, Piece};

/// Rounds of a loop that may start something in the background.
const MAX_BACKGROUND: usize = 64;

impl Interpreter<'_> {
    /// A loop whose condition never changes, and whose body does not leave it.
    pub(super) fn endless_loop(
        &mut self,
        condition: Option<&Script>,
        until: bool,
        body: &Script,
        span: Span,
    ) {
        let is_constant = condition.is_none_or(|condition| is_constant(condition, until));
        if is_constant && !leaves(body) {
            self.find(&rules::ENDLESS, span, "");
        }
    }

    /// A loop of many rounds that puts each into the background.
    pub(super) fn many_jobs(&mut self, values: &[Arg], body: &Script, span: Span) {
        if !body.statements.iter().any(|statement| statement.background) {
            return;
        }
        if values.len() > MAX_BACKGROUND {
            self.find(&rules::FORKS, span, "");
        } else if values.iter().any(|value| value.pieces == [Piece::Plain]) {
            // A sequence whose length is not known.
            self.find(&rules::ENDLESS, span, "");
        }
    }
}

fn plain(simple: &Simple) -> Option<Vec<&str>> {
    simple.words.iter().map(|word| word.as_plain()).collect()
}

fn is_constant(condition: &Script, until: bool) -> bool {
    let Some(statement) = condition.statements.last() else { return false };
    let pipeline = &statement.list.first;
    let [command] = pipeline.commands.as_slice() else { return false };
    if !statement.list.rest.is_empty() {
        return false;
    }
    let holds = if let CommandKind::Simple(simple) = &command.kind {
        match plain(simple).as_deref() {
            Some(["true" | ":"]) => true,
            Some(["[", text, "]"] | ["test", text]) => !text.is_empty(),
            Some(["false"]) => false,
            _ => return false,
        }
    } else if let CommandKind::Arithmetic(expression) = &command.kind {
        match expression.as_static() {
            Some(text) if text.trim().bytes().all(|b| b.is_ascii_digit()) => {
                text.contains(|c: char| c != '0' && c != ' ')
            }
            _ => return false,
        }
    } else {
        return false;
    };
    holds != (until != pipeline.negated)
}

/// Whether something in a body can end the loop.
fn leaves(body: &Script) -> bool {
    let ends = |command: &&Command| {
        let CommandKind::Simple(simple) = &command.kind else { return false };
        let name = simple.words.first().and_then(|word| word.as_plain());
        matches!(name, Some("break" | "exit" | "return" | "exec" | "kill"))
    };
    body.commands().iter().any(ends)
}
