//! The parser: one pass over the characters, recursive with a depth limit.

mod ansi;
mod arithmetic;
mod assignment;
mod brace;
mod builder;
mod command;
mod compound;
mod document;
mod list;
mod parameter;
mod quote;
mod redirect;
mod reserved;
mod source;
mod substitution;
mod test;
mod word;

use self::document::Pending;
use self::source::Source;
use super::ast::Script;
use super::budget::{Budget, MAX_LENGTH};
use super::error::{Problem, SyntaxError};

type Result<T> = std::result::Result<T, SyntaxError>;

/// Reads a text as bash reads `bash -c text`, completely or not at all.
///
/// Work and memory are linear in the length. What bash accepts but shells, versions or options read differently is refused
/// too, so a tree that is returned shows every command that the text can run by itself.
///
/// # Errors
/// [`SyntaxError`] with the place of the first problem.
///
/// # Examples
/// ```
/// use guard_core::command::syntax::{CommandKind, parse};
/// let script = parse("cd sub && cargo test | tail -n 3").unwrap();
/// assert_eq!(script.statements[0].list.rest[0].1.commands.len(), 2);
/// assert_eq!(parse("echo 'unfinished").unwrap_err().code(), "syntax-unterminated-quote");
/// ```
pub fn parse(text: &str) -> Result<Script> {
    parse_counted(text).0
}

/// Reads a text for a shell that may not be bash (`sh -c`): like [`parse`], but refuses what only bash reads.
///
/// `((a))` is arithmetic for bash and two subshells for others, `a &>f` is one command for bash and two for others.
///
/// # Errors
/// [`SyntaxError`] with the place of the first problem.
pub fn parse_portable(text: &str) -> Result<Script> {
    parse_within(text, &mut Budget::portable())
}

/// [`parse`] with the number of characters it looked at.
#[doc(hidden)]
pub fn parse_counted(text: &str) -> (Result<Script>, usize) {
    let mut budget = Budget::default();
    let result = parse_within(text, &mut budget);
    (result, budget.steps)
}

fn parse_within(text: &str, budget: &mut Budget) -> Result<Script> {
    if text.len() > MAX_LENGTH {
        return Err(SyntaxError::new(Problem::TooLong, MAX_LENGTH, text.len()));
    }
    if let Some(at) = text.bytes().position(|byte| byte == 0) {
        return Err(SyntaxError::new(Problem::Nul, at, at + 1));
    }
    Parser::new(Source::plain(text), budget).whole()
}

/// A place in one text. Texts within it (backticks, bodies of here-documents) get a parser of their own.
struct Parser<'a> {
    source: Source<'a>,
    at: usize,
    budget: &'a mut Budget,
    /// Here-documents whose bodies begin after the current line.
    pending: Vec<Pending>,
    /// How many `$(…)` and `<(…)` of this text are open.
    substitutions: usize,
}

impl<'a> Parser<'a> {
    fn new(source: Source<'a>, budget: &'a mut Budget) -> Self {
        Self { source, at: 0, budget, pending: Vec::new(), substitutions: 0 }
    }

    /// The whole text as a script.
    fn whole(&mut self) -> Result<Script> {
        let script = self.script()?;
        if self.peek() != 0 {
            return Err(self.unexpected());
        }
        if !self.pending.is_empty() {
            return Err(self.error(Problem::HereDocument));
        }
        Ok(script)
    }

    /// The next byte, 0 at the end. Skips line continuations, which the shell removes before it looks.
    fn peek(&mut self) -> u8 {
        self.budget.steps += 1;
        let mut byte = self.source.byte(self.at);
        while byte == b'\\' && self.source.byte(self.at + 1) == b'\n' {
            self.budget.steps += 1;
            self.at += 2;
            byte = self.source.byte(self.at);
        }
        byte
    }

    /// The place `skip` bytes after the current one, line continuations not counted.
    fn ahead(&mut self, skip: usize) -> usize {
        let mut at = self.at;
        for _ in 0..skip {
            at = self.after_continuations(at) + 1;
        }
        self.after_continuations(at)
    }

    fn after_continuations(&mut self, mut at: usize) -> usize {
        self.budget.steps += 1;
        while self.source.byte(at) == b'\\' && self.source.byte(at + 1) == b'\n' {
            self.budget.steps += 1;
            at += 2;
        }
        at
    }

    /// The byte after the next one.
    fn second(&mut self) -> u8 {
        let at = self.ahead(1);
        self.source.byte(at)
    }

    /// Whether this ASCII text comes next.
    fn comes(&mut self, text: &str) -> bool {
        let mut at = self.at;
        for byte in text.bytes() {
            at = self.after_continuations(at);
            if self.source.byte(at) != byte {
                return false;
            }
            at += 1;
        }
        true
    }

    /// Goes past this ASCII text if it comes next.
    fn eat(&mut self, text: &str) -> bool {
        let comes = self.comes(text);
        if comes {
            self.at = self.ahead(text.len());
        }
        comes
    }

    /// Takes the next character as it is, also a line continuation.
    fn take(&mut self) -> Option<char> {
        self.budget.steps += 1;
        let character = self.source.character(self.at)?;
        self.at += character.len_utf8();
        Some(character)
    }

    /// The current place in the text that was given to [`parse`].
    fn here(&self) -> usize {
        self.source.origin(self.at)
    }

    fn enter(&mut self) -> Result<()> {
        self.budget.enter().map_err(|problem| self.error(problem))
    }

    fn leave(&mut self) {
        self.budget.leave();
    }

    /// Refuses what comes next in a text for another shell.
    fn only_bash(&self) -> Result<()> {
        if self.budget.portable { Err(self.error(Problem::NotPortable)) } else { Ok(()) }
    }

    fn add_node(&mut self) -> Result<()> {
        self.budget.add_node().map_err(|problem| self.error(problem))
    }

    /// A problem with what comes next.
    fn error(&self, problem: Problem) -> SyntaxError {
        let length = self.source.character(self.at).map_or(0, char::len_utf8);
        SyntaxError::new(problem, self.here(), self.source.origin(self.at + length))
    }

    /// A problem with what stands between `start` (an origin) and here.
    fn error_from(&self, problem: Problem, start: usize) -> SyntaxError {
        SyntaxError::new(problem, start, self.here().max(start))
    }

    fn unexpected(&self) -> SyntaxError {
        let at_end = self.source.byte(self.at) == 0;
        self.error(if at_end { Problem::UnterminatedConstruct } else { Problem::UnexpectedToken })
    }

    /// Goes past blanks and a comment, which can only begin where a token can.
    fn skip_blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\t') {
            self.at += 1;
        }
        if self.peek() == b'#' {
            // No continuation in a comment: a backslash before its end is part of it.
            while !matches!(self.source.byte(self.at), 0 | b'\n') {
                self.budget.steps += 1;
                self.at += 1;
            }
        }
    }

    /// Goes past blanks, comments and newlines, reading the here-documents that begin after a newline.
    fn skip_newlines(&mut self) -> Result<()> {
        self.skip_blanks();
        while self.peek() == b'\n' {
            self.at += 1;
            self.read_documents()?;
            self.skip_blanks();
        }
        Ok(())
    }
}

/// Whether this byte ends a word, as the end of the text does.
const fn is_break(byte: u8) -> bool {
    matches!(byte, 0 | b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>')
}

const fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
