//! `${…}`

use super::arithmetic::Ending;
use super::builder::Builder;
use super::quote::Quoting;
use super::word::Place;
use super::{Parser, Result, is_name_start};
use crate::command::syntax::ast::{Operation, Parameter, Prefix, Side, Word};
use crate::command::syntax::error::Problem;

impl Parser<'_> {
    pub(super) fn braced(&mut self, quoting: Quoting) -> Result<Parameter> {
        self.enter()?;
        self.at = self.ahead(2);
        let prefix = self.parameter_prefix()?;
        let byte = self.peek();
        let name = if is_name_start(byte) {
            self.variable_name().unwrap_or_default()
        } else if byte.is_ascii_digit() {
            let mut digits = String::new();
            while self.peek().is_ascii_digit() {
                digits.extend(self.take());
            }
            digits
        } else if b"@*#?-$!".contains(&byte) {
            self.at += 1;
            char::from(byte).to_string()
        } else {
            return Err(self.error(Problem::BadParameter));
        };
        let subscript =
            if is_name_start(byte) && self.peek() == b'[' { Some(self.subscript()?) } else { None };
        if subscript.is_some() || prefix == Prefix::Indirect {
            self.only_bash()?;
        }
        let operation = self.operation(prefix, subscript.is_some(), quoting)?;
        if self.peek() != b'}' {
            return Err(self.error(Problem::BadParameter));
        }
        self.at += 1;
        self.leave();
        Ok(Parameter { name, braced: true, prefix, subscript, operation })
    }

    /// `#` or `!` before a name; either alone is the name of a parameter.
    fn parameter_prefix(&mut self) -> Result<Prefix> {
        let second = self.second();
        let prefix = match self.peek() {
            _ if second == b'}' => return Ok(Prefix::None),
            b'#' if is_name_start(second) || second.is_ascii_digit() || matches!(second, b'@' | b'*') => {
                Prefix::Length
            }
            b'!' if is_name_start(second) || second.is_ascii_digit() || second == b'#' => Prefix::Indirect,
            b'#' | b'!' => return Err(self.error(Problem::BadParameter)),
            _ => return Ok(Prefix::None),
        };
        self.at += 1;
        Ok(prefix)
    }

    fn operation(&mut self, prefix: Prefix, has_subscript: bool, quoting: Quoting) -> Result<Operation> {
        let byte = self.peek();
        if byte == b'}' {
            return Ok(Operation::None);
        }
        if prefix == Prefix::Length {
            return Err(self.error(Problem::BadParameter));
        }
        let second = self.second();
        if prefix == Prefix::Indirect && !has_subscript && matches!(byte, b'*' | b'@') && second == b'}' {
            self.at += 1;
            return Ok(Operation::Names);
        }
        match byte {
            b':' if matches!(second, b'-' | b'=' | b'?' | b'+') => {
                self.at += 1;
                self.peek();
                self.conditional(second, true, quoting)
            }
            b'-' | b'=' | b'?' | b'+' => self.conditional(byte, false, quoting),
            b':' => {
                self.only_bash()?;
                self.at += 1;
                Ok(Operation::Substring(self.arithmetic(Ending::Brace)?))
            }
            b'#' | b'%' => {
                let longest = self.doubled(byte);
                let side = if byte == b'#' { Side::Prefix } else { Side::Suffix };
                Ok(Operation::Remove { side, longest, pattern: self.parameter_word(quoting, false)? })
            }
            b'/' => self.replacement(quoting),
            b'^' | b',' | b'~' => {
                self.only_bash()?;
                self.doubled(byte);
                Ok(Operation::Case { pattern: self.parameter_word(quoting, false)? })
            }
            b'@' if second.is_ascii_alphabetic() => {
                self.only_bash()?;
                self.at = self.ahead(1) + 1;
                Ok(Operation::Transform(char::from(second)))
            }
            _ => Err(self.error(Problem::BadParameter)),
        }
    }

    /// Goes past an operator of one byte or twice that byte.
    fn doubled(&mut self, byte: u8) -> bool {
        let doubled = self.second() == byte;
        self.at = self.ahead(usize::from(doubled)) + 1;
        doubled
    }

    fn conditional(&mut self, operator: u8, colon: bool, quoting: Quoting) -> Result<Operation> {
        self.at += 1;
        let word = self.parameter_word(quoting, false)?;
        Ok(match operator {
            b'-' => Operation::Default { colon, word },
            b'=' => Operation::Assign { colon, word },
            b'?' => Operation::Require { colon, word },
            _ => Operation::Alternative { colon, word },
        })
    }

    fn replacement(&mut self, quoting: Quoting) -> Result<Operation> {
        self.only_bash()?;
        self.at += 1;
        if matches!(self.peek(), b'/' | b'#' | b'%') {
            self.at += 1;
        }
        let pattern = self.parameter_word(quoting, true)?;
        let replacement = if self.peek() == b'/' {
            self.at += 1;
            Some(self.parameter_word(quoting, false)?)
        } else {
            None
        };
        Ok(Operation::Replace { pattern, replacement })
    }

    /// The word after an operator, up to the closing brace, or to a slash.
    fn parameter_word(&mut self, quoting: Quoting, stops_at_slash: bool) -> Result<Word> {
        self.add_node()?;
        self.peek();
        let start = self.here();
        let quoted = quoting.is_quoted();
        let mut builder = Builder::default();
        loop {
            let byte = self.peek();
            match byte {
                b'}' => break,
                b'/' if stops_at_slash => break,
                0 => return Err(self.error_from(Problem::UnterminatedSubstitution, start)),
                // Shells disagree about quotes in here, and about braces everywhere.
                b'\'' if quoted => return Err(self.error(Problem::BadParameter)),
                b'"' if matches!(quoting, Quoting::Document | Quoting::Arithmetic) => {
                    return Err(self.error(Problem::BadParameter));
                }
                b'{' => return Err(self.error(Problem::AmbiguousBrace)),
                b'<' | b'>' if self.second() == b'(' => return Err(self.error(Problem::BadParameter)),
                b'"' => self.double_quotes(&mut builder)?,
                b'$' if quoting == Quoting::Double && self.has_plain_ansi_quotes() => {
                    self.ansi_quotes(&mut builder)?
                }
                b'$' => self.dollar(&mut builder, quoting)?,
                b'`' => self.backticks(&mut builder, quoted)?,
                b'\\' if quoted => self.quoted_escape(&mut builder, b"$`\"\\}"),
                b'~' if !quoted && builder.is_empty() => self.tilde(&mut builder, Place::Single)?,
                _ if self.quoted_piece(&mut builder, byte)? => {}
                _ => self.copy_one(&mut builder, quoted),
            }
        }
        Ok(builder.finish(start, self.here()))
    }

    /// Whether `$'…'` comes next with nothing in it that could be read differently, as in `"${x//:/$'\n'}"`.
    fn has_plain_ansi_quotes(&mut self) -> bool {
        let at = self.ahead(1);
        if self.source.byte(at) != b'\'' {
            return false;
        }
        let is_plain = |byte: u8| byte == b'\\' || byte.is_ascii_alphanumeric();
        let end = (at + 1..=at + LONGEST_PLAIN_ESCAPE).find(|at| !is_plain(self.source.byte(*at)));
        end.is_some_and(|end| end > at + 1 && self.source.byte(end) == b'\'')
    }
}

/// Bytes within which a short escape such as `$'\n'` has to end.
const LONGEST_PLAIN_ESCAPE: usize = 8;
