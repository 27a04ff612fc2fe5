//! Redirections.

use super::word::Place;
use super::{Parser, Result, is_name_byte, is_name_start};
use crate::Span;
use crate::command::syntax::ast::{RedirectOperator, RedirectSource, Redirection};
use crate::command::syntax::error::Problem;

/// Longest first, so that the first match is the right one.
const OPERATORS: [(&str, RedirectOperator); 12] = [
    ("&>>", RedirectOperator::AppendBoth),
    ("<<<", RedirectOperator::HereString),
    ("<<-", RedirectOperator::HereDocument),
    ("&>", RedirectOperator::WriteBoth),
    ("<<", RedirectOperator::HereDocument),
    ("<>", RedirectOperator::ReadWrite),
    ("<&", RedirectOperator::DuplicateInput),
    (">>", RedirectOperator::Append),
    (">|", RedirectOperator::Clobber),
    (">&", RedirectOperator::DuplicateOutput),
    ("<", RedirectOperator::Read),
    (">", RedirectOperator::Write),
];

/// Digits of the longest descriptor; bash takes a number that does not fit as an argument.
const LONGEST_DESCRIPTOR: usize = 4;

impl Parser<'_> {
    /// A redirection, if one comes next; else nothing is taken.
    pub(super) fn redirection(&mut self) -> Result<Option<Redirection>> {
        let (at, start) = (self.at, self.here());
        let source = match self.peek() {
            b'<' | b'>' => RedirectSource::Default,
            b'&' if self.second() == b'>' => RedirectSource::Default,
            b'0'..=b'9' => match self.descriptor()? {
                Some(number) => RedirectSource::Descriptor(number),
                None => return Ok(None),
            },
            b'{' => match self.descriptor_variable() {
                Some(name) => RedirectSource::Variable(name),
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        if matches!(self.peek(), b'<' | b'>') && self.second() == b'(' {
            // A process substitution is a word.
            self.at = at;
            return Ok(None);
        }
        let Some((text, operator)) = OPERATORS.into_iter().find(|(text, _)| self.comes(text)) else {
            return Err(self.unexpected());
        };
        let only_bash =
            [RedirectOperator::WriteBoth, RedirectOperator::AppendBoth, RedirectOperator::HereString];
        if only_bash.contains(&operator)
            || matches!(source, RedirectSource::Variable(_))
            || matches!(source, RedirectSource::Descriptor(10..))
        {
            self.only_bash()?;
        }
        self.at = self.ahead(text.len());
        self.add_node()?;
        self.skip_blanks();
        if self.at_word_end() {
            return Err(self.unexpected());
        }
        let closes = self.peek() == b'-'
            && matches!(operator, RedirectOperator::DuplicateInput | RedirectOperator::DuplicateOutput);
        let (target, document) = if operator == RedirectOperator::HereDocument {
            let (delimiter, document) = self.delimiter(text == "<<-")?;
            (delimiter, Some(document))
        } else if operator == RedirectOperator::HereString {
            (self.word(Place::Single)?, None)
        } else {
            (self.word(Place::Argument)?, None)
        };
        if closes && target.as_plain() != Some("-") {
            // bash takes the dash alone, and what stands behind it for a word of its own.
            return Err(self.error_from(Problem::Ambiguous, start));
        }
        let span = Span::new(start, target.span.end);
        Ok(Some(Redirection { source, operator, target, document, span }))
    }

    /// Digits directly before an operator; else nothing is taken.
    fn descriptor(&mut self) -> Result<Option<u32>> {
        let at = self.at;
        let (mut number, mut digits) = (0_u32, 0_usize);
        while let byte @ b'0'..=b'9' = self.peek() {
            digits += 1;
            if digits <= LONGEST_DESCRIPTOR {
                number = number * 10 + u32::from(byte - b'0');
            }
            self.at += 1;
        }
        if !matches!(self.peek(), b'<' | b'>') {
            self.at = at;
            return Ok(None);
        }
        if digits > LONGEST_DESCRIPTOR {
            return Err(self.error(Problem::Ambiguous));
        }
        Ok(Some(number))
    }

    /// `{name}` directly before an operator; else nothing is taken.
    fn descriptor_variable(&mut self) -> Option<String> {
        let at = self.at;
        self.at += 1;
        let mut name = String::new();
        if is_name_start(self.peek()) {
            while is_name_byte(self.peek()) {
                name.push(char::from(self.source.byte(self.at)));
                self.at += 1;
            }
        }
        let is_closed = !name.is_empty() && self.peek() == b'}';
        if is_closed {
            self.at += 1;
        }
        if is_closed && matches!(self.peek(), b'<' | b'>') {
            return Some(name);
        }
        self.at = at;
        None
    }
}
