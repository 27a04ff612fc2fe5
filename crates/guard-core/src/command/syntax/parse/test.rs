//! `[[ … ]]`

use super::builder::Builder;
use super::word::Place;
use super::{Parser, Result, is_break};
use crate::Span;
use crate::command::syntax::ast::{CommandKind, Test, TestKind, Word};
use crate::command::syntax::error::Problem;

const BINARY: [&str; 13] =
    ["=", "==", "!=", "=~", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"];
const UNARY: &str = "abcdefghknoprstuvwxzGLNORS";

impl Parser<'_> {
    /// The expression after `[[`, and `]]`.
    pub(super) fn test_command(&mut self) -> Result<CommandKind> {
        if !self.pending.is_empty() {
            return Err(self.error(Problem::HereDocument));
        }
        let test = self.any_of()?;
        if !self.at_test_end() {
            return Err(self.unexpected());
        }
        self.at = self.ahead(2);
        Ok(CommandKind::Test(test))
    }

    fn at_test_end(&mut self) -> bool {
        if !self.comes("]]") {
            return false;
        }
        let after = self.ahead(2);
        is_break(self.source.byte(after))
    }

    fn any_of(&mut self) -> Result<Test> {
        let mut tests = vec![self.all_of()?];
        while self.eat("||") {
            tests.push(self.all_of()?);
        }
        Ok(combine(tests, TestKind::Any))
    }

    fn all_of(&mut self) -> Result<Test> {
        let mut tests = vec![self.term()?];
        while self.eat("&&") {
            tests.push(self.term()?);
        }
        Ok(combine(tests, TestKind::All))
    }

    fn term(&mut self) -> Result<Test> {
        self.skip_newlines()?;
        let start = self.here();
        let mut is_negated = false;
        let mut has_bang = false;
        while self.peek() == b'!' && is_break(self.second()) {
            if self.second() == b'(' {
                return Err(self.error(Problem::Ambiguous));
            }
            self.at += 1;
            has_bang = true;
            is_negated = !is_negated;
            self.skip_newlines()?;
        }
        let test = if self.peek() == b'(' {
            self.enter()?;
            self.at += 1;
            let test = self.any_of()?;
            if self.peek() != b')' {
                return Err(self.unexpected());
            }
            self.at += 1;
            self.leave();
            test
        } else {
            self.primary()?
        };
        self.skip_newlines()?;
        let span = Span::new(start, test.span.end.max(start));
        let test = if is_negated { Test { kind: TestKind::Not(Box::new(test)), span } } else { test };
        Ok(if has_bang { Test { span, ..test } } else { test })
    }

    fn primary(&mut self) -> Result<Test> {
        let start = self.here();
        if self.at_test_end() {
            return Err(self.unexpected());
        }
        let left = self.word(Place::Single)?.require(self)?;
        self.skip_newlines()?;
        let ends = self.at_test_end() || matches!(self.peek(), b')' | b'&' | b'|');
        let unary = left.as_plain().filter(|text| is_unary(text)).map(str::to_owned);
        let kind = match (unary, ends) {
            (Some(_), true) => return Err(self.error(Problem::Ambiguous)),
            (Some(operator), false) => {
                TestKind::Unary { operator, operand: self.word(Place::Single)?.require(self)? }
            }
            (None, true) => TestKind::Word(left),
            (None, false) => {
                let operator = self.test_operator()?;
                self.skip_blanks();
                let right = if operator == "=~" { self.regex()? } else { self.word(Place::Single)? };
                TestKind::Binary { operator, left, right: right.require(self)? }
            }
        };
        Ok(Test { kind, span: Span::new(start, self.here()) })
    }

    fn test_operator(&mut self) -> Result<String> {
        if let byte @ (b'<' | b'>') = self.peek() {
            if self.second() != b'(' {
                self.at += 1;
                return Ok(char::from(byte).to_string());
            }
        }
        let word = self.word(Place::Single)?;
        match word.as_plain() {
            Some(operator) if BINARY.contains(&operator) => Ok(operator.to_owned()),
            _ => Err(self.unexpected()),
        }
    }

    /// A regular expression: parentheses and bars belong to it, and blanks within parentheses.
    fn regex(&mut self) -> Result<Word> {
        let start = self.here();
        let mut builder = Builder::default();
        let mut depth = 0_usize;
        loop {
            let byte = self.peek();
            match byte {
                b'(' => depth += 1,
                b')' if depth > 0 => depth -= 1,
                b'|' | b' ' | b'\t' if depth > 0 => {}
                b'|' if self.second() != b'|' => {}
                0 | b' ' | b'\t' | b'\n' | b')' | b'|' | b'&' if depth == 0 => break,
                _ if is_break(byte) => return Err(self.unexpected()),
                _ => {
                    if !self.quoted_piece(&mut builder, byte)? {
                        self.copy(&mut builder, false);
                    }
                    continue;
                }
            }
            self.copy(&mut builder, false);
        }
        Ok(builder.finish(start, self.here()))
    }
}

fn is_unary(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|letter| letter.len() == 1 && UNARY.contains(letter))
}

fn combine(mut tests: Vec<Test>, kind: fn(Vec<Test>) -> TestKind) -> Test {
    let span = tests.iter().map(|test| test.span).reduce(Span::join).unwrap_or_default();
    match tests.pop() {
        Some(test) if tests.is_empty() => test,
        last => {
            tests.extend(last);
            Test { kind: kind(tests), span }
        }
    }
}
