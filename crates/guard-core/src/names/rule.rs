//! What a rule is, and the table of all of them.

use std::fmt;

/// What a protected name is protected from; ordered by strictness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Holds other files, secret ones too, in a form that hides their names: reading is refused, the rest is free.
    Opaque,
    /// Reading is free; writing and deleting need a person's consent.
    GuardedAsk,
    /// Reading is free; writing and deleting are refused.
    GuardedDeny,
    /// Holds a secret: reading, listing, writing and deleting are refused.
    Secret,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Opaque => "opaque",
            Self::GuardedAsk => "guarded-ask",
            Self::GuardedDeny => "guarded-deny",
            Self::Secret => "secret",
        })
    }
}

/// One reason to protect a set of names.
#[derive(Debug, PartialEq, Eq)]
pub struct NameRule {
    /// Stable kebab-case name.
    pub id: &'static str,
    /// What the names are protected from.
    pub kind: Kind,
    /// Plain words for a person, lower case, without a full stop.
    pub reason: &'static str,
    pub(super) patterns: &'static [&'static str],
    pub(super) except: &'static [&'static str],
}

impl NameRule {
    pub(super) fn shapes(&'static self) -> impl Iterator<Item = Shape> {
        self.patterns.iter().map(move |pattern| Shape::new(self, pattern))
    }
}

include!(concat!(env!("OUT_DIR"), "/names.rs"));

/// Every rule, for listings and documentation.
#[must_use]
pub fn rules() -> &'static [NameRule] {
    RULES
}

/// One pattern of a rule, taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Components, without the marks at either end.
    pub(super) body: &'static str,
    /// Only from the root of the file system.
    pub(super) is_anchored: bool,
    /// Covers everything below as well.
    pub(super) is_tree: bool,
    pub(super) rule: &'static NameRule,
}

impl Shape {
    pub(super) fn new(rule: &'static NameRule, pattern: &'static str) -> Self {
        let body = pattern.trim_matches('/');
        Self { body, is_anchored: pattern.starts_with('/'), is_tree: pattern.ends_with('/'), rule }
    }

    /// Whether the rule leaves alone every name with this beginning and this end.
    pub(super) fn is_always_excepted(&self, beginning: &str, end: &str) -> bool {
        self.rule.except.iter().any(|exception| covers(exception, beginning, end))
    }

    /// Whether the rule leaves this single name alone.
    pub(super) fn is_excepted(&self, name: &str) -> bool {
        self.rule.except.iter().any(|exception| matches_name(exception, name))
    }
}

/// Whether a pattern of one component matches every name with this beginning and this end.
pub(super) fn covers(pattern: &str, beginning: &str, end: &str) -> bool {
    pattern.split_once('*').is_some_and(|(prefix, suffix)| {
        !suffix.contains('*') && beginning.starts_with(prefix) && end.ends_with(suffix)
    })
}

/// Whether a pattern of one component, in which `*` is any run of characters, matches all of `name`.
pub(super) fn matches_name(pattern: &str, name: &str) -> bool {
    let Some((prefix, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(prefix) else { return false };
    let mut rest = rest;
    // Leftmost is as good as any other place for the runs in the middle; the last one has to reach the end.
    while let Some((middle, after)) = rest.split_once('*') {
        let Some((_, tail)) = name.split_once(middle) else { return false };
        (name, rest) = (tail, after);
    }
    name.ends_with(rest)
}
