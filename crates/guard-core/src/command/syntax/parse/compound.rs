//! Groups, conditions, loops, cases, functions and coprocesses.

use super::command::function_name;
use super::reserved::Reserved;
use super::word::Place;
use super::{Parser, Result, is_break, is_name_byte, is_name_start};
use crate::Span;
use crate::command::syntax::ast::{Arm, Branch, CommandKind, Script, Terminator, Word};
use crate::command::syntax::error::Problem;

impl Parser<'_> {
    /// The construct that begins with this reserved word, or with a parenthesis.
    pub(super) fn construct(&mut self, reserved: Option<Reserved>) -> Result<CommandKind> {
        let Some(reserved) = reserved else {
            return if self.comes("((") { self.arithmetic_command() } else { self.subshell() };
        };
        if matches!(reserved, Reserved::Select | Reserved::Function | Reserved::Coproc | Reserved::Test) {
            self.only_bash()?;
        }
        if !reserved.is_closer() {
            self.eat_reserved(reserved);
        }
        match reserved {
            Reserved::Open => self.group(),
            Reserved::If => self.condition(),
            Reserved::While => self.repetition(false),
            Reserved::Until => self.repetition(true),
            Reserved::For => self.for_loop(),
            Reserved::Select => self.for_each(true),
            Reserved::Case => self.case(),
            Reserved::Function => self.function_keyword(),
            Reserved::Coproc => self.coprocess(),
            Reserved::Test => self.test_command(),
            Reserved::Bang
            | Reserved::Time
            | Reserved::Close
            | Reserved::Do
            | Reserved::Done
            | Reserved::Elif
            | Reserved::Else
            | Reserved::Esac
            | Reserved::Fi
            | Reserved::In
            | Reserved::Then => Err(self.unexpected()),
        }
    }

    fn subshell(&mut self) -> Result<CommandKind> {
        self.at += 1;
        let script = self.block()?;
        if self.peek() != b')' {
            return Err(self.unexpected());
        }
        self.at += 1;
        Ok(CommandKind::Subshell(script))
    }

    fn group(&mut self) -> Result<CommandKind> {
        let script = self.block()?;
        self.expect_reserved(Reserved::Close)?;
        Ok(CommandKind::Group(script))
    }

    fn condition(&mut self) -> Result<CommandKind> {
        let mut branches = Vec::new();
        loop {
            let condition = self.block()?;
            self.expect_reserved(Reserved::Then)?;
            branches.push(Branch { condition, body: self.block()? });
            if !self.eat_reserved(Reserved::Elif) {
                break;
            }
        }
        let otherwise = if self.eat_reserved(Reserved::Else) { Some(self.block()?) } else { None };
        self.expect_reserved(Reserved::Fi)?;
        Ok(CommandKind::If { branches, otherwise })
    }

    fn repetition(&mut self, until: bool) -> Result<CommandKind> {
        let condition = self.block()?;
        Ok(CommandKind::Loop { until, condition, body: self.do_group()? })
    }

    fn do_group(&mut self) -> Result<Script> {
        self.expect_reserved(Reserved::Do)?;
        let body = self.block()?;
        self.expect_reserved(Reserved::Done)?;
        Ok(body)
    }

    /// The body of a `for`, which bash also takes in braces.
    fn for_body(&mut self) -> Result<Script> {
        self.skip_newlines()?;
        if self.reserved() == Some(Reserved::Open) {
            self.only_bash()?;
            self.eat_reserved(Reserved::Open);
            let body = self.block()?;
            self.expect_reserved(Reserved::Close)?;
            return Ok(body);
        }
        self.do_group()
    }

    fn for_loop(&mut self) -> Result<CommandKind> {
        self.skip_blanks();
        if !self.comes("((") {
            return self.for_each(false);
        }
        self.only_bash()?;
        self.at = self.ahead(2);
        let expressions = self.arithmetic_triple()?;
        self.skip_blanks();
        self.eat_one_semicolon()?;
        Ok(CommandKind::ArithmeticFor { expressions, body: self.for_body()? })
    }

    fn eat_one_semicolon(&mut self) -> Result<()> {
        if self.peek() == b';' {
            if matches!(self.second(), b';' | b'&') {
                return Err(self.unexpected());
            }
            self.at += 1;
        }
        Ok(())
    }

    fn for_each(&mut self, select: bool) -> Result<CommandKind> {
        self.skip_blanks();
        let name = self.variable_name().ok_or_else(|| self.unexpected())?;
        if !is_break(self.peek()) {
            return Err(self.unexpected());
        }
        self.skip_newlines()?;
        let words = if self.eat_reserved(Reserved::In) {
            let mut words = Vec::new();
            loop {
                self.skip_blanks();
                if self.at_word_end() {
                    break;
                }
                words.push(self.word(Place::Argument)?);
            }
            if !matches!(self.peek(), b';' | b'\n') {
                return Err(self.unexpected());
            }
            Some(words)
        } else {
            None
        };
        self.eat_one_semicolon()?;
        Ok(CommandKind::For { name, words, select, body: self.for_body()? })
    }

    /// A variable's name, if one comes next.
    pub(super) fn variable_name(&mut self) -> Option<String> {
        if !is_name_start(self.peek()) {
            return None;
        }
        let mut name = String::new();
        while is_name_byte(self.peek()) {
            name.push(char::from(self.source.byte(self.at)));
            self.at += 1;
        }
        Some(name)
    }

    fn case(&mut self) -> Result<CommandKind> {
        self.skip_blanks();
        let subject = self.word(Place::Single)?.require(self)?;
        self.expect_reserved(Reserved::In)?;
        let mut arms = Vec::new();
        loop {
            self.skip_newlines()?;
            if self.eat_reserved(Reserved::Esac) {
                return Ok(CommandKind::Case { subject, arms });
            }
            arms.push(self.arm()?);
        }
    }

    fn arm(&mut self) -> Result<Arm> {
        let start = self.here();
        if self.peek() == b'(' {
            self.at += 1;
            self.skip_blanks();
            if self.reserved() == Some(Reserved::Esac) {
                return Err(self.error(Problem::Ambiguous));
            }
        }
        let patterns = self.patterns()?;
        let body = self.script()?;
        if self.comes(";&") || self.comes(";;&") {
            self.only_bash()?;
        }
        let terminator = if self.eat(";;&") {
            Terminator::Continue
        } else if self.eat(";;") {
            Terminator::Break
        } else if self.eat(";&") {
            Terminator::FallThrough
        } else if self.reserved() == Some(Reserved::Esac) {
            Terminator::Break
        } else {
            return Err(self.unexpected());
        };
        Ok(Arm { patterns, body, terminator, span: Span::new(start, self.here()) })
    }

    fn patterns(&mut self) -> Result<Vec<Word>> {
        let mut patterns = Vec::new();
        loop {
            self.skip_blanks();
            patterns.push(self.word(Place::Single)?.require(self)?);
            self.skip_blanks();
            let byte = self.peek();
            if !matches!(byte, b'|' | b')') {
                return Err(self.unexpected());
            }
            self.at += 1;
            if byte == b')' {
                return Ok(patterns);
            }
        }
    }

    fn function_keyword(&mut self) -> Result<CommandKind> {
        self.skip_blanks();
        let word = self.word(Place::Single)?;
        let name = function_name(&word).ok_or_else(|| self.unexpected())?;
        self.skip_blanks();
        if self.peek() == b'(' {
            self.empty_parentheses()?;
        }
        let body = self.function_body()?;
        Ok(CommandKind::Function { name, body: Box::new(body) })
    }

    fn coprocess(&mut self) -> Result<CommandKind> {
        self.skip_blanks();
        self.enter()?;
        let start = self.at;
        let mut name = None;
        if self.reserved().is_none() {
            let candidate = self.variable_name();
            if candidate.is_some() && is_break(self.peek()) {
                self.skip_blanks();
                match self.reserved() {
                    None if self.comes("((") => return Err(self.error(Problem::Ambiguous)),
                    None if self.peek() != b'(' => {}
                    None | Some(Reserved::Open) => name = candidate,
                    Some(_) => return Err(self.error(Problem::Ambiguous)),
                }
            }
            if name.is_none() {
                self.at = start;
            }
        }
        if matches!(self.reserved(), Some(Reserved::Coproc | Reserved::Time | Reserved::Function)) {
            return Err(self.unexpected());
        }
        let body = self.command(false)?;
        if matches!(body.kind, CommandKind::Function { .. }) {
            return Err(self.error(Problem::Ambiguous));
        }
        self.leave();
        Ok(CommandKind::Coprocess { name, body: Box::new(body) })
    }
}
