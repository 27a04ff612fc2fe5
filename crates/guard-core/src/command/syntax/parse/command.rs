//! One command: which construct begins here, and simple commands.

use super::reserved::Reserved;
use super::word::Place;
use super::{Parser, Result, is_break};
use crate::Span;
use crate::command::syntax::ast::{Command, CommandKind, Redirection, Simple, Word};
use crate::command::syntax::error::Problem;

/// The commands after which `name=(…)` is an array and not a syntax error.
const DECLARATIONS: [&str; 5] = ["declare", "export", "local", "readonly", "typeset"];

impl Parser<'_> {
    /// A command with its redirections. After a pipe `time` is an ordinary program.
    pub(super) fn command(&mut self, after_pipe: bool) -> Result<Command> {
        self.add_node()?;
        self.skip_blanks();
        match self.reserved() {
            None | Some(Reserved::Time) if self.peek() != b'(' => self.simple(),
            Some(Reserved::Time) if after_pipe => self.simple(),
            Some(Reserved::Bang) => Err(self.unexpected()),
            reserved => self.compound(reserved),
        }
    }

    /// A compound command and the redirections after it.
    pub(super) fn compound(&mut self, reserved: Option<Reserved>) -> Result<Command> {
        let start = self.here();
        self.enter()?;
        let kind = self.construct(reserved)?;
        self.leave();
        let mut end = self.here();
        let mut redirections = Vec::new();
        // The redirections after a function's body belong to the body, those after a coprocess were taken by it.
        if !matches!(kind, CommandKind::Function { .. } | CommandKind::Coprocess { .. }) {
            loop {
                self.skip_blanks();
                let Some(redirection) = self.redirection()? else { break };
                end = redirection.span.end;
                redirections.push(redirection);
            }
        }
        Ok(Command { kind, redirections, span: Span::new(start, end) })
    }

    fn simple(&mut self) -> Result<Command> {
        let start = self.here();
        let mut end = start;
        let mut simple = Simple::default();
        let mut redirections: Vec<Redirection> = Vec::new();
        loop {
            self.skip_blanks();
            if let Some(redirection) = self.redirection()? {
                end = redirection.span.end;
                redirections.push(redirection);
                continue;
            }
            if self.peek() == b'(' {
                if let (true, true, [name]) =
                    (simple.assignments.is_empty(), redirections.is_empty(), simple.words.as_slice())
                {
                    let name = function_name(name).ok_or_else(|| self.unexpected())?;
                    return self.function(name, start);
                }
                return Err(self.unexpected());
            }
            if self.at_word_end() {
                break;
            }
            if simple.words.is_empty() {
                if let Some(assignment) = self.assignment()? {
                    end = assignment.span.end;
                    simple.assignments.push(assignment);
                    continue;
                }
            }
            let declares = simple
                .words
                .first()
                .and_then(Word::as_plain)
                .is_some_and(|name| DECLARATIONS.contains(&name));
            let word = self.word(if declares { Place::Declaration } else { Place::Argument })?;
            end = word.span.end;
            simple.words.push(word);
        }
        if simple.words.is_empty() && simple.assignments.is_empty() && redirections.is_empty() {
            return Err(self.unexpected());
        }
        Ok(Command { kind: CommandKind::Simple(simple), redirections, span: Span::new(start, end) })
    }

    /// Whether no word can begin here. `<(` and `>(` begin one.
    pub(super) fn at_word_end(&mut self) -> bool {
        let byte = self.peek();
        is_break(byte) && !(matches!(byte, b'<' | b'>') && self.second() == b'(')
    }

    /// `() body` after the name.
    fn function(&mut self, name: String, start: usize) -> Result<Command> {
        self.empty_parentheses()?;
        let body = self.function_body()?;
        let end = body.span.end;
        let kind = CommandKind::Function { name, body: Box::new(body) };
        Ok(Command { kind, redirections: Vec::new(), span: Span::new(start, end) })
    }

    pub(super) fn empty_parentheses(&mut self) -> Result<()> {
        for byte in [b'(', b')'] {
            self.skip_blanks();
            if self.peek() != byte {
                return Err(self.unexpected());
            }
            self.at += 1;
        }
        Ok(())
    }

    /// A compound command, the only thing that a function can be.
    pub(super) fn function_body(&mut self) -> Result<Command> {
        self.skip_newlines()?;
        let reserved = self.reserved();
        let is_compound = match reserved {
            None => self.peek() == b'(',
            Some(reserved) => {
                !matches!(reserved, Reserved::Bang | Reserved::Time | Reserved::Function | Reserved::Coproc)
            }
        };
        if !is_compound {
            return Err(self.unexpected());
        }
        self.enter()?;
        let body = self.compound(reserved)?;
        self.leave();
        Ok(body)
    }
}

/// The name of a function, if it is one that every reader takes for a name.
pub(super) fn function_name(word: &Word) -> Option<String> {
    let name = word.as_plain()?;
    let is_ordinary =
        |byte: u8| byte.is_ascii_alphanumeric() || b"_.:+@%,/-".contains(&byte) || !byte.is_ascii();
    name.bytes().all(is_ordinary).then(|| name.to_owned())
}

impl Word {
    /// Refuses a word that is missing.
    pub(super) fn require(self, parser: &Parser<'_>) -> Result<Self> {
        if self.parts.is_empty() {
            return Err(parser.error(Problem::UnexpectedToken));
        }
        Ok(self)
    }
}
