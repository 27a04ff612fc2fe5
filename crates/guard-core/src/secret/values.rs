//! Secrets that are known by value: the caller's own tokens.

use std::fmt;

use aho_corasick::{AhoCorasick, Input, MatchKind};

use super::span::Span;

/// Known secrets in one automaton. Never prints them.
#[derive(Clone)]
pub(super) struct Values {
    automaton: AhoCorasick,
    longest: usize,
    has_line_break: bool,
}

/// Name of the rule, as it stands in redacted text.
const RULE: &str = "own-secret";

impl Values {
    /// Shorter values would take ordinary text, or the marks themselves, apart.
    const MIN: usize = 8;
    const MAX: usize = 16 * 1024;
    const MAX_TOTAL: usize = 1024 * 1024;

    pub(super) fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Option<Self>, ValueError> {
        let mut all: Vec<&str> = Vec::new();
        let (mut total, mut longest, mut has_line_break) = (0_usize, 0, false);
        for value in values {
            if value.len() < Self::MIN {
                return Err(ValueError::TooShort);
            }
            total = total.saturating_add(value.len());
            if value.len() > Self::MAX || total > Self::MAX_TOTAL {
                return Err(ValueError::TooLong);
            }
            longest = longest.max(value.len());
            has_line_break |= value.contains('\n');
            all.push(value);
        }
        if all.is_empty() {
            return Ok(None);
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(all)
            .map_err(|_| ValueError::TooLong)?;
        Ok(Some(Self { automaton, longest, has_line_break }))
    }

    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Whether one of them goes on after a line break.
    pub(super) fn has_line_break(&self) -> bool {
        self.has_line_break
    }

    /// Values that end after `from`.
    pub(super) fn spans(&self, text: &[u8], from: usize) -> impl Iterator<Item = Span> {
        let start = from.saturating_sub(self.longest).min(text.len());
        let found = self.automaton.find_overlapping_iter(Input::new(text).range(start..));
        found.filter(move |found| found.end() > from).map(|found| Span {
            range: found.range(),
            rule: RULE,
            keep: 0,
        })
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values").field("count", &self.automaton.patterns_len()).finish_non_exhaustive()
    }
}

/// Why a value cannot be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// Fewer than eight bytes: it would be found in ordinary text.
    #[error("a secret to look for has fewer than 8 bytes")]
    TooShort,
    /// More than 16 KiB, or 1 MiB all together.
    #[error("a secret to look for has more than 16 KiB, or all together more than 1 MiB")]
    TooLong,
}

impl ValueError {
    /// The stable kebab-case name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooShort => "secret-value-too-short",
            Self::TooLong => "secret-value-too-long",
        }
    }
}
