//! `$(…)`, backticks, `<(…)` and `>(…)`.

use super::builder::Builder;
use super::source::Rewritten;
use super::{Parser, Result};
use crate::command::syntax::ast::{Direction, PartKind, Script};
use crate::command::syntax::error::Problem;

impl Parser<'_> {
    /// `$(…)`
    pub(super) fn command_substitution(&mut self, builder: &mut Builder, quoted: bool) -> Result<()> {
        let start = self.here();
        self.at = self.ahead(2);
        let script = self.substituted()?;
        builder.push_part(PartKind::Command(script), quoted, start, self.here());
        Ok(())
    }

    /// `<(…)` or `>(…)`
    pub(super) fn process(&mut self, builder: &mut Builder) -> Result<()> {
        let start = self.here();
        self.only_bash()?;
        let direction = if self.peek() == b'<' { Direction::Input } else { Direction::Output };
        self.at = self.ahead(2);
        let script = self.substituted()?;
        builder.push_part(PartKind::Process { direction, script }, false, start, self.here());
        Ok(())
    }

    /// The inside of a substitution and its closing parenthesis.
    fn substituted(&mut self) -> Result<Script> {
        self.add_node()?;
        self.enter()?;
        let start = self.here();
        // Here-documents of the line outside are read after it, those inside must end inside.
        let outer = std::mem::take(&mut self.pending);
        self.substitutions += 1;
        let script = self.script()?;
        self.substitutions -= 1;
        match self.peek() {
            b')' if self.pending.is_empty() => self.at += 1,
            b')' => return Err(self.error_from(Problem::HereDocument, start)),
            0 => return Err(self.error_from(Problem::UnterminatedSubstitution, start)),
            _ => return Err(self.unexpected()),
        }
        self.pending = outer;
        self.leave();
        Ok(script)
    }

    /// `` `…` ``, whose text loses one level of backslashes before it is read.
    pub(super) fn backticks(&mut self, builder: &mut Builder, quoted: bool) -> Result<()> {
        self.add_node()?;
        self.enter()?;
        let start = self.here();
        self.at += 1;
        let mut inside = Rewritten::default();
        loop {
            let origin = self.here();
            match self.take() {
                None => return Err(self.error_from(Problem::UnterminatedSubstitution, start)),
                Some('`') => {
                    inside.finish(origin);
                    break;
                }
                Some('\\') => {
                    let next = self.here();
                    match self.take() {
                        None => return Err(self.error_from(Problem::UnterminatedSubstitution, start)),
                        Some(character @ ('$' | '`' | '\\')) => inside.push(character, next),
                        // Within double quotes shells disagree about this one.
                        Some('"') if quoted => return Err(self.error_from(Problem::BadEscape, start)),
                        Some(character) => {
                            inside.push('\\', origin);
                            inside.push(character, next);
                        }
                    }
                }
                Some(character) => inside.push(character, origin),
            }
        }
        let script = Parser::new(inside.source(), self.budget).whole()?;
        builder.push_part(PartKind::Command(script), quoted, start, self.here());
        self.leave();
        Ok(())
    }
}
