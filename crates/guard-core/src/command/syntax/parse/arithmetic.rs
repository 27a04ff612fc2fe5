//! Arithmetic, and the text between brackets, which is arithmetic or a key.

use super::builder::Builder;
use super::quote::Quoting;
use super::{Parser, Result};
use crate::command::syntax::ast::{Arithmetic, CommandKind, PartKind};
use crate::command::syntax::error::Problem;

/// What ends an expression. The ending itself is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// `)`, which has to be followed by another.
    Parentheses,
    /// `;`, or the end of the whole `for ((…))`.
    Semicolon,
    /// `]`
    Bracket,
    /// `}`
    Brace,
}

impl Parser<'_> {
    /// `((…))` as a command.
    pub(super) fn arithmetic_command(&mut self) -> Result<CommandKind> {
        self.only_bash()?;
        self.at = self.ahead(2);
        let expression = self.arithmetic(Ending::Parentheses)?;
        self.closing_parentheses()?;
        Ok(CommandKind::Arithmetic(expression))
    }

    /// `$((…))`
    pub(super) fn arithmetic_expansion(&mut self, builder: &mut Builder, quoted: bool) -> Result<()> {
        let start = self.here();
        self.at = self.ahead(3);
        let expression = self.arithmetic(Ending::Parentheses)?;
        self.closing_parentheses()?;
        builder.push_part(PartKind::Arithmetic(expression), quoted, start, self.here());
        Ok(())
    }

    /// The three expressions of `for ((…; …; …))` and the closing parentheses.
    pub(super) fn arithmetic_triple(&mut self) -> Result<Vec<Arithmetic>> {
        let mut expressions = Vec::new();
        for _ in 0..2 {
            expressions.push(self.arithmetic(Ending::Semicolon)?);
            if self.peek() != b';' {
                return Err(self.error(Problem::BadArithmetic));
            }
            self.at += 1;
        }
        expressions.push(self.arithmetic(Ending::Parentheses)?);
        self.closing_parentheses()?;
        Ok(expressions)
    }

    fn closing_parentheses(&mut self) -> Result<()> {
        // Otherwise it was `( (` without the blank: two subshells.
        if self.eat("))") { Ok(()) } else { Err(self.error(Problem::BadArithmetic)) }
    }

    pub(super) fn arithmetic(&mut self, ending: Ending) -> Result<Arithmetic> {
        self.enter()?;
        self.add_node()?;
        self.peek();
        let (start_at, start) = (self.at, self.here());
        let mut builder = Builder::default();
        let mut open = Vec::new();
        let mut previous = 0;
        loop {
            let byte = self.peek();
            match byte {
                0 => return Err(self.error_from(Problem::BadArithmetic, start)),
                b')' | b']' if open.last() == Some(&byte) => {
                    open.pop();
                    self.copy_one(&mut builder, true);
                }
                b')' if open.is_empty() && ending == Ending::Parentheses => break,
                b']' if open.is_empty() && ending == Ending::Bracket => break,
                b'}' if open.is_empty() && ending == Ending::Brace => break,
                b';' if open.is_empty() && ending == Ending::Semicolon => break,
                b'(' if matches!(previous, b'<' | b'>') => return Err(self.error(Problem::BadArithmetic)),
                b'(' | b'[' => {
                    open.push(if byte == b'(' { b')' } else { b']' });
                    self.copy_one(&mut builder, true);
                }
                b'$' => self.dollar(&mut builder, Quoting::Arithmetic)?,
                b'`' => self.backticks(&mut builder, true)?,
                b'"' => self.double_quotes(&mut builder)?,
                b'\'' if ending == Ending::Bracket => self.quoted_key(&mut builder)?,
                // A number's base, never the beginning of a comment.
                b'#' if previous.is_ascii_digit() => self.copy_one(&mut builder, true),
                _ if is_arithmetic(byte) => self.copy_one(&mut builder, true),
                _ => return Err(self.error(Problem::BadArithmetic)),
            }
            previous = byte;
        }
        if !self.pending.is_empty() && self.source.slice(start_at, self.at).contains('\n') {
            return Err(self.error_from(Problem::HereDocument, start));
        }
        self.leave();
        Ok(Arithmetic { word: builder.finish(start, self.here()) })
    }

    /// `'key'` with nothing in it that arithmetic, if it is arithmetic, would expand.
    fn quoted_key(&mut self, builder: &mut Builder) -> Result<()> {
        let before = self.at;
        self.single_quotes(builder)?;
        let text = self.source.slice(before + 1, self.at.saturating_sub(1));
        let is_harmless =
            |byte: u8| byte.is_ascii_alphanumeric() || b" _-./:@%+,=".contains(&byte) || !byte.is_ascii();
        if text.bytes().all(is_harmless) { Ok(()) } else { Err(self.error(Problem::BadArithmetic)) }
    }
}

const fn is_arithmetic(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b' ' | b'\t'
                | b'\n'
                | b'_'
                | b'+'
                | b'-'
                | b'*'
                | b'/'
                | b'%'
                | b'<'
                | b'>'
                | b'='
                | b'!'
                | b'&'
                | b'|'
        )
        || matches!(byte, b'^' | b'~' | b'?' | b':' | b',' | b'.' | b'@')
}
