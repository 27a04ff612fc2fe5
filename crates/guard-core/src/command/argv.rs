//! One program with its arguments, without a shell.

use std::ops::Deref;

use super::syntax::{self, CommandKind, PartKind, Script};
use crate::Span;

/// A program and its arguments, read from text that no shell would change but for quotes.
///
/// ```
/// use guard_core::command::Argv;
/// assert_eq!(*Argv::parse("grep -rn 'a b' src").unwrap(), ["grep", "-rn", "a b", "src"]);
/// assert_eq!(Argv::parse("ls; id").unwrap_err().code(), "argv-operator");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argv(Vec<String>);

/// Why a text is not one program with its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArgvError {
    /// The shell would not read it either, or not with certainty.
    #[error("the text could not be read with certainty")]
    Syntax(#[from] syntax::SyntaxError),
    /// Characters that are not shown.
    #[error("the text holds characters that are not shown")]
    Hidden(Span),
    /// No word at all.
    #[error("there is no program")]
    Empty,
    /// `;`, `&&`, `|`, `&`, a newline or a construct of the shell.
    #[error("an operator of the shell")]
    Operator(Span),
    /// A variable, a substitution, a pattern, braces or a tilde.
    #[error("an expansion of the shell")]
    Expansion(Span),
    /// `<`, `>` and their like.
    #[error("a redirection")]
    Redirection(Span),
    /// `NAME=value` before the program.
    #[error("an assignment")]
    Assignment(Span),
}

impl ArgvError {
    /// The stable kebab-case name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax(error) => error.code(),
            Self::Hidden(_) => "argv-hidden-character",
            Self::Empty => "argv-empty",
            Self::Operator(_) => "argv-operator",
            Self::Expansion(_) => "argv-expansion",
            Self::Redirection(_) => "argv-redirection",
            Self::Assignment(_) => "argv-assignment",
        }
    }
}

impl Argv {
    /// Reads `text` as words with quotes; everything else of the shell is refused, not rewritten.
    ///
    /// # Errors
    ///
    /// An operator, an expansion, a redirection, an assignment, hidden characters, nothing at all, or what the parser refuses.
    pub fn parse(text: &str) -> Result<Self, ArgvError> {
        let script = syntax::parse(text)?;
        if let Some((span, _)) = syntax::hidden(text).first() {
            return Err(ArgvError::Hidden(*span));
        }
        Self::of(&script)
    }

    fn of(script: &Script) -> Result<Self, ArgvError> {
        let [statement] = script.statements.as_slice() else {
            return Err(script
                .statements
                .get(1)
                .map_or(ArgvError::Empty, |more| ArgvError::Operator(more.span)));
        };
        let list = &statement.list;
        let [command] = list.first.commands.as_slice() else {
            return Err(ArgvError::Operator(statement.span));
        };
        if statement.background || !list.rest.is_empty() || list.first.negated || list.first.timed {
            return Err(ArgvError::Operator(statement.span));
        }
        let CommandKind::Simple(simple) = &command.kind else {
            return Err(ArgvError::Operator(command.span));
        };
        if let Some(redirection) = command.redirections.first() {
            return Err(ArgvError::Redirection(redirection.span));
        }
        if let Some(assignment) = simple.assignments.first() {
            return Err(ArgvError::Assignment(assignment.span));
        }
        let mut argv = Vec::with_capacity(simple.words.len());
        for word in &simple.words {
            let mut arg = String::new();
            for part in &word.parts {
                let PartKind::Literal(text) = &part.kind else { return Err(ArgvError::Expansion(part.span)) };
                if !part.quoted && text.contains(['*', '?', '[']) {
                    return Err(ArgvError::Expansion(part.span));
                }
                arg.push_str(text);
            }
            argv.push(arg);
        }
        if argv.first().is_none_or(String::is_empty) {
            return Err(ArgvError::Empty);
        }
        Ok(Self(argv))
    }
}

impl Deref for Argv {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl From<Argv> for Vec<String> {
    fn from(argv: Argv) -> Self {
        argv.0
    }
}
