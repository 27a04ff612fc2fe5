//! Collects the pieces of a word.

use crate::Span;
use crate::command::syntax::ast::{Part, PartKind, Word};

/// A place where an unquoted brace or comma stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Open,
    Comma,
    Close,
}

/// A word in the making. Places are origins.
#[derive(Default)]
pub(super) struct Builder {
    pub(super) parts: Vec<Part>,
    /// Braces and commas, each with the number of parts before it and its place.
    pub(super) marks: Vec<(Mark, usize, usize)>,
    text: String,
    text_start: usize,
    text_end: usize,
    quoted: bool,
}

impl Builder {
    /// Adds a character of a literal.
    pub(super) fn push(&mut self, character: char, quoted: bool, start: usize, end: usize) {
        self.text_at(quoted, start, end);
        self.text.push(character);
    }

    /// Adds a run of a literal.
    pub(super) fn push_str(&mut self, text: &str, quoted: bool, start: usize, end: usize) {
        self.text_at(quoted, start, end);
        self.text.push_str(text);
    }

    fn text_at(&mut self, quoted: bool, start: usize, end: usize) {
        if self.text.is_empty() || self.quoted != quoted {
            self.flush();
            self.text_start = start;
            self.quoted = quoted;
        }
        self.text_end = end;
    }

    /// Adds quotes around nothing, which make an argument where there would be none.
    pub(super) fn push_empty(&mut self, start: usize, end: usize) {
        self.flush();
        let kind = PartKind::Literal(String::new());
        self.parts.push(Part { kind, quoted: true, span: Span::new(start, end) });
    }

    /// Adds any other piece.
    pub(super) fn push_part(&mut self, kind: PartKind, quoted: bool, start: usize, end: usize) {
        self.flush();
        self.parts.push(Part { kind, quoted, span: Span::new(start, end) });
    }

    pub(super) fn mark(&mut self, mark: Mark, at: usize) {
        self.flush();
        self.marks.push((mark, self.parts.len(), at));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.text.is_empty() && self.marks.is_empty()
    }

    /// The unquoted literal that everything so far consists of.
    pub(super) fn plain(&self) -> Option<&str> {
        (self.parts.is_empty() && self.marks.is_empty() && !self.quoted).then_some(self.text.as_str())
    }

    /// The last character, if it is an unquoted one.
    pub(super) fn last_unquoted(&self) -> Option<char> {
        if self.quoted { None } else { self.text.chars().next_back() }
    }

    /// Takes back the last character.
    pub(super) fn pop(&mut self) {
        if self.text.pop().is_some() {
            self.text_end = self.text_end.saturating_sub(1);
        }
    }

    pub(super) fn flush(&mut self) {
        if !self.text.is_empty() {
            let kind = PartKind::Literal(std::mem::take(&mut self.text));
            self.parts.push(Part {
                kind,
                quoted: self.quoted,
                span: Span::new(self.text_start, self.text_end),
            });
        }
    }

    /// The word, where no braces were marked.
    pub(super) fn finish(mut self, start: usize, end: usize) -> Word {
        self.flush();
        Word { parts: self.parts, span: Span::new(start, end) }
    }
}
