//! Which rule protects a concrete path.

use std::path::Path;
use std::sync::OnceLock;

use super::fold::fold_path;
use super::hint::{Ends, Hint, Hints, literal_ends};
use super::rule::{NameRule, RULES, Shape, matches_name};

/// The strictest rule that protects `path`, a relative or absolute path as written or as resolved.
///
/// Looks at every component and at every parent: `.ssh` is protected, and so is everything below it. `.` and repeated
/// slashes do not matter, a backslash counts as a slash, bytes that are not UTF-8 match nothing but `*`.
/// Time is linear in the length of the path.
#[must_use]
pub fn classify(path: &Path) -> Option<&'static NameRule> {
    Index::get().classify(path)
}

/// Whether every name in `path` is plain ASCII and unlike all that the rules are about, as in nearly every path.
///
/// No rule protects such a path, nor two of them joined. The answer takes some nanoseconds a name and no memory.
#[cfg(any(feature = "path", test))]
#[must_use]
pub(crate) fn is_ordinary(path: &Path) -> bool {
    Index::get().is_ordinary(path)
}

/// Every pattern of every rule.
pub(super) fn shapes() -> impl Iterator<Item = Shape> {
    RULES.iter().flat_map(NameRule::shapes)
}

/// The patterns, found by their last component.
pub(super) struct Index {
    entries: Vec<Entry>,
    names: Hints,
    /// Patterns of which the last component may be anything, found by the one before it.
    below: Vec<Hint>,
}

struct Entry {
    shape: Shape,
    /// What has to stand before the last component, and the last component with what surrounds its wildcards.
    parents: &'static str,
    /// The last of the parents, where it has no wildcard: one look at it rejects nearly all.
    parent: &'static str,
    name: &'static str,
    prefix: &'static str,
    suffix: &'static str,
}

impl Entry {
    fn new(shape: Shape) -> Self {
        let (parents, name) = shape.body.rsplit_once('/').unwrap_or(("", shape.body));
        let (prefix, suffix) = literal_ends(name);
        let parent = parents.rsplit('/').next().filter(|parent| !parent.contains('*')).unwrap_or_default();
        Self { shape, parents, parent, name, prefix, suffix }
    }
}

impl Index {
    fn get() -> &'static Self {
        static INDEX: OnceLock<Index> = OnceLock::new();
        INDEX.get_or_init(|| Self::new(shapes()))
    }

    pub(super) fn new(shapes: impl Iterator<Item = Shape>) -> Self {
        let entries: Vec<_> = shapes.map(Entry::new).collect();
        let (below, named): (Vec<_>, Vec<_>) = (0..).zip(&entries).partition(|(_, entry)| entry.name == "*");
        let hint = |number, entry: &Entry, pattern| Hint::new(number, entry.shape.is_tree, pattern);
        let names = Hints::new(named.into_iter().map(|(number, entry)| hint(number, entry, entry.name)));
        let any = |entry: &Entry| if entry.parent.is_empty() { "*" } else { entry.parent };
        let below = below.into_iter().map(|(number, entry)| hint(number, entry, any(entry))).collect();
        Self { entries, names, below }
    }

    pub(super) fn classify(&self, path: &Path) -> Option<&'static NameRule> {
        if self.is_ordinary(path) { None } else { self.find(path) }
    }

    pub(super) fn is_ordinary(&self, path: &Path) -> bool {
        let text = path.as_os_str().as_encoded_bytes();
        if !text.is_ascii() || text.contains(&b'\\') {
            return false;
        }
        let mut names = text.split(|byte| *byte == b'/').filter(|name| !name.is_empty()).peekable();
        let mut parent = None;
        while let Some(name) = names.next() {
            if !self.is_ordinary_name(parent, name, names.peek().is_none()) {
                return false;
            }
            parent = Some(name);
        }
        true
    }

    fn is_ordinary_name(&self, parent: Option<&[u8]>, name: &[u8], is_last: bool) -> bool {
        // Folding may make it another name, or none.
        if matches!(name.last(), Some(b'.' | b' ')) {
            return false;
        }
        let ends = Ends::of(name);
        let is_hit =
            |hint: &Hint| hint.fits(ends) && (is_last || hint.is_tree) && self.is_meant(hint, parent, name);
        !self.names.near(ends).into_iter().any(|hints| hints.iter().any(is_hit))
            && !self.below.iter().any(|hint| hint.fits(ends))
    }

    /// Whether the pattern matches the name and the one before, which is unknown at the start of a path.
    #[cold]
    fn is_meant(&self, hint: &Hint, parent: Option<&[u8]>, name: &[u8]) -> bool {
        let lower = |name: &[u8]| String::from_utf8_lossy(name).to_ascii_lowercase();
        self.entry(hint, &lower(name)).is_some_and(|entry| {
            let wanted = entry.parents.rsplit('/').next().filter(|wanted| !matches!(*wanted, "" | "**"));
            wanted.zip(parent).is_none_or(|(wanted, parent)| matches_name(wanted, &lower(parent)))
        })
    }

    /// The answer for any path, ordinary or not.
    pub(super) fn find(&self, path: &Path) -> Option<&'static NameRule> {
        let path = fold_path(path);
        let mut best: Option<&'static NameRule> = None;
        let mut start = usize::from(path.starts_with('/'));
        while let Some(rest) = path.get(start..).filter(|rest| !rest.is_empty()) {
            let (name, is_final) = rest.split_once('/').map_or((rest, true), |(name, _)| (name, false));
            let before = path.get(..start).unwrap_or_default();
            let directory = before.strip_suffix('/').unwrap_or_default();
            for Entry { shape, parents, parent, .. } in self.candidates(name) {
                if directory.ends_with(parent)
                    && best.is_none_or(|best| best.kind < shape.rule.kind)
                    && (is_final || shape.is_tree)
                    && stands_after(shape, parents, before)
                    && !shape.is_excepted(name)
                {
                    best = Some(shape.rule);
                }
            }
            start += name.len() + 1;
        }
        best
    }

    /// The patterns whose last component matches `name`.
    fn candidates<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Entry> {
        let ends = Ends::of(name.as_bytes());
        let named = self.names.near(ends).into_iter().flatten().filter(move |hint| hint.fits(ends));
        named.chain(&self.below).filter_map(move |hint| self.entry(hint, name))
    }

    /// What is hinted at, if its last component matches `name` after all.
    fn entry(&self, hint: &Hint, name: &str) -> Option<&Entry> {
        let entry = self.entries.get(usize::from(hint.number))?;
        (name.ends_with(entry.suffix) && name.starts_with(entry.prefix) && matches_name(entry.name, name))
            .then_some(entry)
    }
}

/// Whether `parents`, the components of `shape` before its last one, are the last ones of `before`.
fn stands_after(shape: &Shape, parents: &str, before: &str) -> bool {
    match parents.split_once("**") {
        None => parents_match(shape, parents, before),
        Some((head, tail)) => {
            let (head, tail) = (head.trim_end_matches('/'), tail.trim_start_matches('/'));
            let Some(mut before) = strip_parents(tail, before) else { return false };
            while let Some((_, parent)) = strip_component(before) {
                if parents_match(shape, head, parent) {
                    return true;
                }
                before = parent;
            }
            false
        }
    }
}

fn parents_match(shape: &Shape, parents: &str, before: &str) -> bool {
    strip_parents(parents, before).is_some_and(|rest| !shape.is_anchored || rest == "/")
}

/// What is before the components that match `parents`, the last ones of `before`.
fn strip_parents<'a>(parents: &str, mut before: &'a str) -> Option<&'a str> {
    for pattern in parents.rsplit('/').filter(|part| !part.is_empty()) {
        let (name, rest) = strip_component(before)?;
        if !matches_name(pattern, name) {
            return None;
        }
        before = rest;
    }
    Some(before)
}

/// The last component of a path that ends in a slash, and what is before it.
fn strip_component(before: &str) -> Option<(&str, &str)> {
    let path = before.strip_suffix('/').filter(|path| !path.is_empty())?;
    let start = path.rfind('/').map_or(0, |slash| slash + 1);
    Some((path.get(start..)?, path.get(..start)?))
}
