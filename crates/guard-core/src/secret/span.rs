//! Stretches of text to take out, and writing the text without them.

use std::ops::Range;

/// One secret in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) range: Range<usize>,
    pub(super) rule: &'static str,
    /// Bytes of it that may stay.
    pub(super) keep: usize,
}

impl Span {
    /// By start; of two with the same start the longer one first, and then by rule, so that order is total.
    pub(super) fn order(&self, other: &Self) -> std::cmp::Ordering {
        (self.range.start, other.range.end, self.rule, self.keep).cmp(&(
            other.range.start,
            self.range.end,
            other.rule,
            other.keep,
        ))
    }
}

/// Writes text without its spans, piece by piece; spans that overlap become one under the name of the first.
#[derive(Debug, Default)]
pub(super) struct Writer {
    /// Up to where the text is written or taken out.
    at: usize,
}

impl Writer {
    /// Up to where the text is written or taken out; can be beyond what there is of the text yet.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Takes out one span; they come in [`Span::order`], and what is before them is complete.
    pub(super) fn take_out(&mut self, span: &Span, text: &[u8], out: &mut Vec<u8>) {
        if span.range.start < self.at {
            self.at = self.at.max(span.range.end);
            return;
        }
        self.copy_to(span.range.start, text, out);
        let kept = span.range.start.saturating_add(span.keep).min(span.range.end);
        self.copy_to(kept, text, out);
        out.extend_from_slice("…[redacted ".as_bytes());
        out.extend_from_slice(span.rule.as_bytes());
        out.push(b']');
        self.at = span.range.end;
    }

    /// Writes what is up to `end` and not taken out.
    pub(super) fn copy_to(&mut self, end: usize, text: &[u8], out: &mut Vec<u8>) {
        if let Some(plain) = text.get(self.at..end) {
            out.extend_from_slice(plain);
            self.at = end;
        }
    }

    /// Forgets the first `count` bytes of the text.
    pub(super) fn shift(&mut self, count: usize) {
        self.at = self.at.saturating_sub(count);
    }
}
