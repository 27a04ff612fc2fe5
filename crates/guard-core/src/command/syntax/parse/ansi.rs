//! `$'…'`

use super::builder::Builder;
use super::{Parser, Result};
use crate::command::syntax::error::Problem;

impl Parser<'_> {
    /// `$'…'`, decoded.
    pub(super) fn ansi_quotes(&mut self, builder: &mut Builder) -> Result<()> {
        self.only_bash()?;
        let start = self.here();
        self.at = self.ahead(2);
        let mut bytes = Vec::new();
        loop {
            match self.take() {
                None => return Err(self.error_from(Problem::UnterminatedQuote, start)),
                Some('\'') => break,
                Some('\\') => self.ansi_escape(&mut bytes)?,
                Some(character) => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        let text = String::from_utf8(bytes).map_err(|_| self.error_from(Problem::BadEscape, start))?;
        if text.is_empty() {
            builder.push_empty(start, self.here());
        } else {
            builder.push_str(&text, true, start, self.here());
        }
        Ok(())
    }

    fn ansi_escape(&mut self, bytes: &mut Vec<u8>) -> Result<()> {
        let Some(escaped) = self.take() else { return Err(self.error(Problem::UnterminatedQuote)) };
        bytes.push(match escaped {
            'a' => 7,
            'b' => 8,
            'e' | 'E' => 27,
            'f' => 12,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'v' => 11,
            '\\' | '\'' | '"' | '?' => u8::try_from(escaped).unwrap_or(b'?'),
            '0'..='7' => {
                self.at -= 1;
                let code = self.number(8, 3)?;
                u8::try_from(code & 0xff).unwrap_or(0)
            }
            'x' => u8::try_from(self.number(16, 2)?).unwrap_or(0),
            'u' | 'U' => {
                let code = self.number(16, if escaped == 'u' { 4 } else { 8 })?;
                let character = char::from_u32(code).ok_or_else(|| self.error(Problem::BadEscape))?;
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                return self.refuse_nul(bytes);
            }
            // Control characters, other letters and a newline: shells and versions differ.
            _ => return Err(self.error(Problem::BadEscape)),
        });
        self.refuse_nul(bytes)
    }

    /// A NUL ends the text in bash, and nobody else sees that.
    fn refuse_nul(&self, bytes: &[u8]) -> Result<()> {
        if bytes.last() == Some(&0) { Err(self.error(Problem::BadEscape)) } else { Ok(()) }
    }

    fn number(&mut self, radix: u32, digits: usize) -> Result<u32> {
        let mut number = 0_u32;
        let mut count = 0;
        while count < digits {
            let Some(digit) = char::from(self.source.byte(self.at)).to_digit(radix) else { break };
            number = number.wrapping_mul(radix).wrapping_add(digit);
            self.at += 1;
            count += 1;
        }
        if count == 0 { Err(self.error(Problem::BadEscape)) } else { Ok(number) }
    }
}
