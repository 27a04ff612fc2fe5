//! Brace expansion: which braces expand.

use super::builder::{Builder, Mark};
use super::{Parser, Result};
use crate::Span;
use crate::command::syntax::ast::{Part, PartKind, Sequence, Word};
use crate::command::syntax::error::{Problem, SyntaxError};

/// An open brace, or the word itself.
struct Frame {
    start: usize,
    alternatives: Vec<Word>,
    /// Where the current alternative begins.
    from: usize,
    parts: Vec<Part>,
}

impl Frame {
    const fn new(start: usize, from: usize) -> Self {
        Self { start, alternatives: Vec::new(), from, parts: Vec::new() }
    }

    fn end_alternative(&mut self, end: usize, next: usize) {
        let parts = std::mem::take(&mut self.parts);
        self.alternatives.push(Word { parts, span: Span::new(self.from, end) });
        self.from = next;
    }

    fn push_literal(&mut self, text: &str, at: usize) {
        let span = Span::new(at, at + text.len());
        match self.parts.last_mut() {
            Some(Part { kind: PartKind::Literal(before), quoted: false, span: before_span }) => {
                before.push_str(text);
                *before_span = before_span.join(span);
            }
            _ => self.parts.push(Part { kind: PartKind::Literal(text.to_owned()), quoted: false, span }),
        }
    }

    fn push(&mut self, part: Part) {
        let Some(text) = part.as_plain() else { return self.parts.push(part) };
        self.push_literal(text, part.span.start);
        if let Some(last) = self.parts.last_mut() {
            last.span.end = last.span.end.max(part.span.end);
        }
    }
}

impl Parser<'_> {
    /// The word with its braces resolved.
    pub(super) fn braces(&self, mut builder: Builder, start: usize, end: usize) -> Result<Word> {
        builder.flush();
        let ambiguous = SyntaxError::new(Problem::AmbiguousBrace, start, end);
        let mut frames: Vec<Frame> = Vec::new();
        let mut top = Frame::new(start, start);
        let (mut expands, mut unbalanced) = (false, false);
        let mut marks = builder.marks.into_iter().peekable();
        let mut parts = builder.parts.into_iter();
        let mut taken = 0;
        loop {
            let until = marks.peek().map_or(usize::MAX, |(_, before, _)| *before);
            while taken < until {
                let Some(part) = parts.next() else { break };
                top.push(part);
                taken += 1;
            }
            let Some((mark, _, at)) = marks.next() else { break };
            match mark {
                Mark::Open => {
                    if frames.len() >= super::super::budget::MAX_DEPTH {
                        return Err(SyntaxError { problem: Problem::TooDeep, ..ambiguous });
                    }
                    frames.push(std::mem::replace(&mut top, Frame::new(at, at + 1)));
                }
                Mark::Comma if frames.is_empty() => top.push_literal(",", at),
                Mark::Comma => top.end_alternative(at, at + 1),
                Mark::Close => match frames.pop() {
                    None => {
                        unbalanced = true;
                        top.push_literal("}", at);
                    }
                    Some(outer) => {
                        let inner = std::mem::replace(&mut top, outer);
                        expands |= close(&mut top, inner, at);
                    }
                },
            }
        }
        while let Some(outer) = frames.pop() {
            unbalanced = true;
            // A comma within makes what bash does with it hard to see.
            expands |= !top.alternatives.is_empty();
            let inner = std::mem::replace(&mut top, outer);
            top.push_literal("{", inner.start);
            inner.parts.into_iter().for_each(|part| top.push(part));
        }
        if expands && self.budget.portable {
            return Err(SyntaxError { problem: Problem::NotPortable, ..ambiguous });
        }
        if expands && (unbalanced || joins(&top.parts, false) || has_leading_tilde(&top.parts)) {
            return Err(ambiguous);
        }
        Ok(Word { parts: top.parts, span: Span::new(start, end) })
    }
}

/// Puts a closed brace into what surrounds it, and says whether it expands.
fn close(outer: &mut Frame, mut inner: Frame, at: usize) -> bool {
    let span = Span::new(inner.start, at + 1);
    if !inner.alternatives.is_empty() {
        inner.end_alternative(at, at + 1);
        outer.parts.push(Part { kind: PartKind::Alternatives(inner.alternatives), quoted: false, span });
        return true;
    }
    if let [Part { kind: PartKind::Literal(text), quoted: false, .. }] = inner.parts.as_slice() {
        if let Some(sequence) = sequence(text) {
            outer.parts.push(Part { kind: PartKind::Sequence(sequence), quoted: false, span });
            return true;
        }
    }
    outer.push_literal("{", inner.start);
    inner.parts.into_iter().for_each(|part| outer.push(part));
    outer.push_literal("}", at);
    false
}

/// `1..9`, `a..z`, `1..9..2`
fn sequence(text: &str) -> Option<Sequence> {
    let mut ends = text.split("..");
    let (from, to, step) = (ends.next()?, ends.next()?, ends.next());
    let is_number = |text: &str| {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_letter = |text: &str| text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_sequence = ends.next().is_none()
        && (is_number(from) && is_number(to) || is_letter(from) && is_letter(to))
        && step.is_none_or(is_number);
    is_sequence.then(|| Sequence { from: from.to_owned(), to: to.to_owned(), step: step.map(str::to_owned) })
}

const fn expands(part: &Part) -> bool {
    matches!(part.kind, PartKind::Alternatives(_) | PartKind::Sequence(_))
}

/// Whether expanding braces, which bash does first and on the text, puts other text behind a dollar: `$x{a,b}` is `$xa $xb`.
fn joins(parts: &[Part], is_followed: bool) -> bool {
    parts.iter().enumerate().any(|(index, part)| {
        let next = parts.get(index + 1);
        let meets_brace = next.map_or(is_followed, expands);
        if let PartKind::Alternatives(words) = &part.kind {
            let is_followed = is_followed || next.is_some();
            return words.iter().any(|word| joins(&word.parts, is_followed));
        }
        let is_open = if let PartKind::Parameter(parameter) = &part.kind {
            !part.quoted && !parameter.braced
        } else {
            part.as_plain().is_some_and(|text| text.ends_with('$'))
        };
        is_open && meets_brace
    })
}

/// Whether an alternative at the beginning of the word begins with a tilde.
fn has_leading_tilde(parts: &[Part]) -> bool {
    let Some(Part { kind: PartKind::Alternatives(words), .. }) = parts.first() else { return false };
    words.iter().any(|word| {
        let is_tilde = |part: &Part| part.as_plain().is_some_and(|text| text.starts_with('~'));
        word.parts.first().is_some_and(is_tilde) || has_leading_tilde(&word.parts)
    })
}
