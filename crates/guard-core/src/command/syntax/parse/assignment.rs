//! Assignments and array values.

use super::arithmetic::Ending;
use super::word::Place;
use super::{Parser, Result, is_break};
use crate::Span;
use crate::command::syntax::ast::{Arithmetic, Assignment, Element, Value, Word};
use crate::command::syntax::error::Problem;

impl Parser<'_> {
    /// An assignment, if one comes next; else nothing is taken.
    pub(super) fn assignment(&mut self) -> Result<Option<Assignment>> {
        let (at, start) = (self.at, self.here());
        let Some(name) = self.variable_name() else { return Ok(None) };
        let subscript = if self.peek() == b'[' { Some(self.subscript()?) } else { None };
        let append = self.comes("+=");
        if append || subscript.is_some() {
            self.only_bash()?;
        }
        if !append && self.peek() != b'=' {
            if subscript.is_some() {
                // `a[…]` where a command is expected: a glob, or a slip. The brackets may hold anything.
                return Err(self.error(Problem::Ambiguous));
            }
            self.at = at;
            return Ok(None);
        }
        self.at = self.ahead(if append { 2 } else { 1 });
        self.add_node()?;
        let value = if self.peek() == b'(' {
            if subscript.is_some() {
                return Err(self.unexpected());
            }
            let elements = self.array()?;
            if !is_break(self.peek()) {
                // `a=(b)c` is a text with parentheses in it.
                return Err(self.unexpected());
            }
            Value::Array(elements)
        } else {
            Value::Scalar(self.word(Place::Value)?)
        };
        Ok(Some(Assignment { name, subscript, append, value, span: Span::new(start, self.here()) }))
    }

    /// `[…]`
    pub(super) fn subscript(&mut self) -> Result<Arithmetic> {
        self.at += 1;
        let subscript = self.arithmetic(Ending::Bracket)?;
        if subscript.word.parts.is_empty() {
            return Err(self.error(Problem::BadArithmetic));
        }
        self.at += 1;
        Ok(subscript)
    }

    /// `( … )` after `name=`.
    pub(super) fn array(&mut self) -> Result<Vec<Element>> {
        if !self.pending.is_empty() {
            return Err(self.error(Problem::HereDocument));
        }
        self.only_bash()?;
        self.enter()?;
        self.at += 1;
        let mut elements = Vec::new();
        loop {
            self.skip_newlines()?;
            match self.peek() {
                b')' => break,
                b'[' => elements.push(self.keyed_element()?),
                _ if self.at_word_end() => return Err(self.unexpected()),
                _ => elements.push(Element { subscript: None, word: self.word(Place::Argument)? }),
            }
        }
        self.at += 1;
        self.leave();
        Ok(elements)
    }

    fn keyed_element(&mut self) -> Result<Element> {
        let subscript = self.subscript()?;
        if !(self.eat("=") || self.eat("+=")) {
            return Err(self.error(Problem::Ambiguous));
        }
        let word = if self.at_word_end() {
            let here = self.here();
            Word { parts: Vec::new(), span: Span::new(here, here) }
        } else {
            self.word(Place::Value)?
        };
        Ok(Element { subscript: Some(subscript), word })
    }
}
