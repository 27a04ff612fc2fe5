//! Words outside quotes.

use super::builder::{Builder, Mark};
use super::quote::Quoting;
use super::{Parser, Result, is_break, is_name_byte, is_name_start};
use crate::command::syntax::ast::{PartKind, Word};
use crate::command::syntax::error::Problem;

/// Where a word stands, which decides what is special in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Braces expand.
    Argument,
    /// An argument of `declare` and its like, which may hold an array.
    Declaration,
    /// The right-hand side of an assignment: no braces, a tilde after each colon.
    Value,
    /// No braces: what is compared, and here-strings.
    Single,
}

impl Place {
    const fn has_braces(self) -> bool {
        matches!(self, Self::Argument | Self::Declaration)
    }
}

impl Parser<'_> {
    /// A word; empty where none can begin.
    pub(super) fn word(&mut self, place: Place) -> Result<Word> {
        self.add_node()?;
        self.peek();
        let (start_at, start) = (self.at, self.here());
        let mut builder = Builder::default();
        loop {
            let byte = self.peek();
            if is_break(byte) {
                if !self.parenthesis(&mut builder, byte, place)? {
                    break;
                }
            } else if !self.quoted_piece(&mut builder, byte)? && !self.mark(&mut builder, byte, place) {
                if byte == b'~' && tilde_may_begin(&builder, place) {
                    self.tilde(&mut builder, place)?;
                } else {
                    self.copy(&mut builder, false);
                }
            }
        }
        if !self.pending.is_empty() && self.source.slice(start_at, self.at).contains('\n') {
            // The body of the here-document begins after the line on which this word begins, or on which it ends.
            return Err(self.error_from(Problem::HereDocument, start));
        }
        let end = self.here();
        if builder.marks.is_empty() {
            Ok(builder.finish(start, end))
        } else {
            self.braces(builder, start, end)
        }
    }

    /// What can go on after a byte that ends most words: `<(…)`, `@(…)`, `name=(…)`.
    fn parenthesis(&mut self, builder: &mut Builder, byte: u8, place: Place) -> Result<bool> {
        match byte {
            b'<' | b'>' if self.second() == b'(' => self.process(builder)?,
            b'(' if is_glob_operator(builder.last_unquoted()) => self.extended_glob(builder)?,
            b'(' if place == Place::Declaration && builder.plain().is_some_and(is_assignment) => {
                let start = self.here();
                let elements = self.array()?;
                builder.push_part(PartKind::Array(elements), false, start, self.here());
                if !is_break(self.peek()) {
                    return Err(self.unexpected());
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// A piece that begins with a quote, a backslash, a dollar or a backtick.
    pub(super) fn quoted_piece(&mut self, builder: &mut Builder, byte: u8) -> Result<bool> {
        match byte {
            b'\'' => self.single_quotes(builder)?,
            b'"' => self.double_quotes(builder)?,
            b'\\' => self.escape(builder)?,
            b'$' => self.dollar(builder, Quoting::None)?,
            b'`' => self.backticks(builder, false)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn mark(&mut self, builder: &mut Builder, byte: u8, place: Place) -> bool {
        let mark = match byte {
            b'{' => Mark::Open,
            b'}' => Mark::Close,
            b',' if !builder.marks.is_empty() => Mark::Comma,
            _ => return false,
        };
        if place.has_braces() {
            builder.mark(mark, self.here());
            self.at += 1;
        }
        place.has_braces()
    }

    /// `~` and the name after it, if the shell would expand it.
    pub(super) fn tilde(&mut self, builder: &mut Builder, place: Place) -> Result<()> {
        let start = self.here();
        let mut name = String::new();
        let mut skip = 1;
        loop {
            let at = self.ahead(skip);
            let byte = self.source.byte(at);
            if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+') {
                name.push(char::from(byte));
                skip += 1;
                if skip > LONGEST_LOGIN {
                    return Err(self.error(Problem::Ambiguous));
                }
                continue;
            }
            let ends = byte == b'/'
                || is_break(byte)
                || byte == b':' && !matches!(place, Place::Argument)
                || byte == b'}' && !place.has_braces();
            if ends {
                self.at = at;
                builder.push_part(PartKind::Tilde(name), false, start, self.here());
            } else if matches!(byte, b'{' | b'}' | b',') {
                return Err(self.error(Problem::AmbiguousBrace));
            } else {
                self.copy(builder, false);
            }
            return Ok(());
        }
    }

    /// `@(a|b)` after its operator.
    fn extended_glob(&mut self, builder: &mut Builder) -> Result<()> {
        self.only_bash()?;
        self.enter()?;
        let operator = builder.last_unquoted().unwrap_or('@');
        builder.pop();
        let start = self.here().saturating_sub(1);
        let mut alternatives = Vec::new();
        loop {
            self.at += 1;
            alternatives.push(self.glob_alternative()?);
            match self.peek() {
                b'|' => {}
                b')' => break,
                _ => return Err(self.unexpected()),
            }
        }
        self.at += 1;
        builder.push_part(PartKind::ExtendedGlob { operator, alternatives }, false, start, self.here());
        self.leave();
        Ok(())
    }

    fn glob_alternative(&mut self) -> Result<Word> {
        let start = self.here();
        let mut builder = Builder::default();
        loop {
            match self.peek() {
                b'|' | b')' => break,
                0 => return Err(self.unexpected()),
                b'(' if is_glob_operator(builder.last_unquoted()) => self.extended_glob(&mut builder)?,
                // With `extglob` off these end the word, with it on they do not.
                byte if is_break(byte) || byte == b'{' => return Err(self.error(Problem::Ambiguous)),
                byte => {
                    if !self.quoted_piece(&mut builder, byte)? {
                        self.copy(&mut builder, false);
                    }
                }
            }
        }
        Ok(builder.finish(start, self.here()))
    }

    /// Copies one character, and what follows while nothing in it can be special anywhere.
    pub(super) fn copy(&mut self, builder: &mut Builder, quoted: bool) {
        let (from, start) = (self.at, self.here());
        self.take();
        while is_ordinary(self.source.byte(self.at)) {
            self.budget.steps += 1;
            self.at += 1;
        }
        builder.push_str(self.source.slice(from, self.at), quoted, start, self.here());
    }

    /// Copies one character.
    pub(super) fn copy_one(&mut self, builder: &mut Builder, quoted: bool) {
        let start = self.here();
        if let Some(character) = self.take() {
            builder.push(character, quoted, start, self.here());
        }
    }
}

/// Bytes of the longest login name; more is refused rather than scanned again and again.
const LONGEST_LOGIN: usize = 64;

const fn is_ordinary(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/') || !byte.is_ascii()
}

const fn is_glob_operator(character: Option<char>) -> bool {
    matches!(character, Some('?' | '*' | '+' | '@' | '!'))
}

/// Whether this is `name=` or `name+=`.
fn is_assignment(text: &str) -> bool {
    let Some(name) = text.strip_suffix('=') else { return false };
    let name = name.strip_suffix('+').unwrap_or(name);
    name.bytes().next().is_some_and(is_name_start) && name.bytes().all(is_name_byte)
}

/// At the start of a word, and where an assignment has one.
fn tilde_may_begin(builder: &Builder, place: Place) -> bool {
    if builder.is_empty() {
        return true;
    }
    match place {
        Place::Value => builder.last_unquoted() == Some(':'),
        Place::Declaration if builder.last_unquoted() == Some(':') => true,
        Place::Argument | Place::Declaration => builder.plain().is_some_and(is_assignment),
        Place::Single => false,
    }
}
