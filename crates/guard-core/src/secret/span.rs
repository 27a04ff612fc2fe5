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

/// What a mark begins with; a rule's name and a bracket follow.
const MARK: &[u8] = "…[redacted ".as_bytes();

/// The longest mark.
pub(super) const MAX_MARK: usize = 64;

/// Whether a mark ends where `before` ends, or stands at the start of `after`. What touches a mark touched a secret
/// when that was taken out, and was no secret itself then; so redacting again changes nothing.
pub(super) fn touches_mark(before: &[u8], after: &[u8]) -> bool {
    let recent = before.get(before.len().saturating_sub(MAX_MARK)..).unwrap_or_default();
    let name = recent.strip_suffix(b"]").and_then(|rest| {
        let start = rest.windows(MARK.len()).rposition(|part| part == MARK)?;
        rest.get(start + MARK.len()..)
    });
    let is_name = |name: &[u8]| name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    name.is_some_and(is_name) || after.starts_with(MARK.trim_ascii_end())
}

/// Whether a mark stands in what would be taken out: then it is what is left of other secrets, and of text between them.
pub(super) fn holds_mark(secret: &[u8]) -> bool {
    secret.windows(MARK.len()).any(|part| part == MARK)
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
        out.extend_from_slice(MARK);
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
