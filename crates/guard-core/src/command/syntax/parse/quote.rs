//! Quotes, backslashes and dollars.

use super::builder::Builder;
use super::{Parser, Result, is_name_start};
use crate::command::syntax::ast::{Operation, Parameter, PartKind, Prefix};
use crate::command::syntax::error::Problem;

/// What surrounds a dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    None,
    Double,
    Document,
    Arithmetic,
}

impl Quoting {
    pub(super) const fn is_quoted(self) -> bool {
        !matches!(self, Self::None)
    }
}

impl Parser<'_> {
    /// `'…'`
    pub(super) fn single_quotes(&mut self, builder: &mut Builder) -> Result<()> {
        let start = self.here();
        self.at += 1;
        let from = self.at;
        while self.source.byte(self.at) != b'\'' {
            if self.at >= self.source.len() {
                return Err(self.error_from(Problem::UnterminatedQuote, start));
            }
            self.budget.steps += 1;
            self.at += 1;
        }
        let text = self.source.slice(from, self.at);
        self.at += 1;
        if text.is_empty() {
            builder.push_empty(start, self.here());
        } else {
            builder.push_str(text, true, start, self.here());
        }
        Ok(())
    }

    /// `"…"`
    pub(super) fn double_quotes(&mut self, builder: &mut Builder) -> Result<()> {
        self.enter()?;
        let start = self.here();
        self.at += 1;
        let mut is_empty = true;
        loop {
            let byte = self.peek();
            match byte {
                0 => return Err(self.error_from(Problem::UnterminatedQuote, start)),
                b'"' => break,
                b'$' => self.dollar(builder, Quoting::Double)?,
                b'`' => self.backticks(builder, true)?,
                b'\\' => self.quoted_escape(builder, b"$`\"\\"),
                _ => self.copy(builder, true),
            }
            is_empty = false;
        }
        self.at += 1;
        if is_empty {
            builder.push_empty(start, self.here());
        }
        self.leave();
        Ok(())
    }

    /// A backslash where only some characters can be escaped; before others it stays.
    pub(super) fn quoted_escape(&mut self, builder: &mut Builder, escapable: &[u8]) {
        let start = self.here();
        self.at += 1;
        if escapable.contains(&self.source.byte(self.at)) {
            self.copy_one(builder, true);
        } else {
            builder.push('\\', true, start, self.here());
        }
    }

    /// A backslash outside quotes.
    pub(super) fn escape(&mut self, builder: &mut Builder) -> Result<()> {
        let start = self.here();
        self.at += 1;
        match self.take() {
            None => Err(self.error_from(Problem::BadEscape, start)),
            Some(character) => {
                builder.push(character, true, start, self.here());
                Ok(())
            }
        }
    }

    /// Whatever begins with a dollar.
    pub(super) fn dollar(&mut self, builder: &mut Builder, quoting: Quoting) -> Result<()> {
        let start = self.here();
        let quoted = quoting.is_quoted();
        let after = self.ahead(1);
        match self.source.byte(after) {
            b'(' if self.comes("$((") => self.arithmetic_expansion(builder, quoted),
            b'(' => self.command_substitution(builder, quoted),
            b'{' => {
                let parameter = self.braced(quoting)?;
                self.push_parameter(builder, parameter, quoted, start)
            }
            b'\'' if !quoted => self.ansi_quotes(builder),
            b'"' if !quoted => {
                self.only_bash()?;
                self.at = after;
                self.double_quotes(builder)
            }
            // The old form of arithmetic.
            b'[' => Err(self.error(Problem::Ambiguous)),
            byte => {
                let name = if is_name_start(byte) {
                    self.at = after;
                    self.variable_name().unwrap_or_default()
                } else if byte.is_ascii_digit() || b"@*#?-$!".contains(&byte) {
                    self.at = after + 1;
                    char::from(byte).to_string()
                } else {
                    self.at += 1;
                    builder.push('$', quoted, start, self.here());
                    return Ok(());
                };
                let parameter = Parameter {
                    name,
                    braced: false,
                    prefix: Prefix::None,
                    subscript: None,
                    operation: Operation::None,
                };
                self.push_parameter(builder, parameter, quoted, start)
            }
        }
    }

    fn push_parameter(
        &mut self,
        builder: &mut Builder,
        parameter: Parameter,
        quoted: bool,
        start: usize,
    ) -> Result<()> {
        self.add_node()?;
        builder.push_part(PartKind::Parameter(Box::new(parameter)), quoted, start, self.here());
        Ok(())
    }
}
