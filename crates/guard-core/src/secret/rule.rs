//! What a rule is, and the table of all of them.

/// The shape of one kind of secret.
#[derive(Debug, PartialEq, Eq)]
pub struct ContentRule {
    /// Stable kebab-case name.
    pub id: &'static str,
    /// Where the shape is documented.
    pub source: &'static str,
    pub(super) keywords: &'static [&'static str],
    pub(super) pattern: &'static str,
    pub(super) ends: Ends,
    pub(super) reach: usize,
    pub(super) back: usize,
    pub(super) boundary: Boundary,
    pub(super) keep: usize,
    pub(super) is_mixed: bool,
    pub(super) scattered: usize,
    pub(super) entropy: u32,
    pub(super) is_literal: bool,
}

/// How far a match can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// To the next white space.
    Space,
    /// To the end of the line.
    Line,
    /// Over lines.
    Reach,
}

/// What may not stand before a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Boundary {
    /// Anything may.
    None,
    /// A letter, digit or underscore.
    Word,
    /// Nor a dash: for shapes that dashes would let begin again and again.
    Token,
}

include!(concat!(env!("OUT_DIR"), "/contents.rs"));

/// Every rule, for listings and documentation.
#[must_use]
pub fn rules() -> &'static [ContentRule] {
    RULES
}

impl ContentRule {
    /// Where the window of a keyword at `at` ends; none if `text` goes on and the end is not in it yet. Bytes before
    /// `from` have been looked at before.
    pub(super) fn window_end(&self, text: &[u8], at: usize, from: usize, is_whole: bool) -> Option<usize> {
        let full = at.saturating_add(self.reach);
        let end = full.min(text.len());
        let from = from.max(at);
        let window = text.get(from..end).unwrap_or_default();
        let stop = match self.ends {
            Ends::Space => window.iter().position(u8::is_ascii_whitespace),
            Ends::Line => window.iter().position(|byte| matches!(byte, b'\n' | b'\r')),
            Ends::Reach => None,
        };
        match stop {
            Some(stop) => Some(from + stop),
            None => (is_whole || end == full).then_some(end),
        }
    }

    /// Whether the byte before `at` lets a match begin there.
    pub(super) fn may_start(&self, text: &[u8], at: usize) -> bool {
        let Some(before) = at.checked_sub(1).and_then(|before| text.get(before)) else { return true };
        let is_word = (before.is_ascii_alphanumeric() || *before == b'_')
            && !ends_in_escape(text.get(..at).unwrap_or_default());
        match self.boundary {
            Boundary::None => true,
            Boundary::Word => !is_word,
            Boundary::Token => !is_word && *before != b'-',
        }
    }
}

/// Whether the letters or digits at the end belong to an escape: `\n` in a string, `%3D` in an address, or a colour of
/// a terminal.
fn ends_in_escape(text: &[u8]) -> bool {
    let before_colour = || {
        let numbers =
            text.iter().rev().skip(1).take(16).take_while(|byte| byte.is_ascii_digit() || **byte == b';');
        text.len().checked_sub(2 + numbers.count()).and_then(|at| text.get(at))
    };
    match text {
        [.., b'\\', b'n' | b'r' | b't'] => true,
        [.., b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => true,
        [.., b'm'] => before_colour() == Some(&b'['),
        _ => false,
    }
}
