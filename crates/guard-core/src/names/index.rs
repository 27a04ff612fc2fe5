//! Which rule protects a concrete path.

use std::path::Path;
use std::sync::OnceLock;

use super::fold::fold_path;
use super::rule::{NameRule, RULES, Shape, matches_name};

/// The strictest rule that protects `path`, a relative or absolute path as written or as resolved.
///
/// Looks at every component and at every parent: `.ssh` is protected, and so is everything below it. `.` and repeated
/// slashes do not matter, a backslash counts as a slash, bytes that are not UTF-8 match nothing but `*`.
/// Time is linear in the length of the path.
#[must_use]
pub fn classify(path: &Path) -> Option<&'static NameRule> {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| Index::new(shapes())).classify(path)
}

/// Every pattern of every rule.
pub(super) fn shapes() -> impl Iterator<Item = Shape> {
    RULES.iter().flat_map(NameRule::shapes)
}

/// The patterns, found by two bytes of the last component, so that an ordinary name is compared with a handful.
pub(super) struct Index {
    entries: Vec<Entry>,
    /// By the first two bytes, where they are no wildcards.
    by_start: Vec<Vec<Hint>>,
    /// By the last two bytes, where the first ones are wild.
    by_end: Vec<Vec<Hint>>,
    /// Wild at both ends.
    others: Vec<Hint>,
}

/// A pattern, and as much of its beginning as one comparison takes; that rejects nearly all without a look at the rest.
struct Hint {
    number: u16,
    mask: u64,
    head: u64,
}

impl Hint {
    fn new(number: u16, entry: &Entry) -> Self {
        let is_whole = entry.prefix.len() == entry.name.len();
        // Of a short name without wildcards also its end counts.
        let len = (entry.prefix.len() + usize::from(is_whole)).min(8);
        let mask = u64::MAX.checked_shl(64 - 8 * u32::try_from(len).unwrap_or(8)).unwrap_or(0);
        Self { number, mask, head: head(entry.prefix) & mask }
    }
}

/// The first eight bytes, with zeros behind a shorter name; a name holds none.
fn head(name: &str) -> u64 {
    let name = name.as_bytes();
    match name.first_chunk() {
        Some(bytes) => u64::from_be_bytes(*bytes),
        None => {
            name.iter().fold(0, |head, byte| head << 8 | u64::from(*byte)) << (64 - 8 * name.len().max(1))
        }
    }
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
        let prefix = name.split('*').next().unwrap_or_default();
        let suffix = name.rsplit('*').next().unwrap_or_default();
        let parent = parents.rsplit('/').next().filter(|parent| !parent.contains('*')).unwrap_or_default();
        Self { shape, parents, parent, name, prefix, suffix }
    }
}

impl Index {
    pub(super) fn new(shapes: impl Iterator<Item = Shape>) -> Self {
        let mut index = Self {
            entries: shapes.map(Entry::new).collect(),
            by_start: (0..BUCKETS).map(|_| Vec::new()).collect(),
            by_end: (0..BUCKETS).map(|_| Vec::new()).collect(),
            others: Vec::new(),
        };
        for (number, entry) in (0_u16..).zip(&index.entries) {
            let list = match (start_key(entry.prefix), end_key(entry.suffix)) {
                (Some(start), _) => index.by_start.get_mut(start),
                (None, Some(end)) => index.by_end.get_mut(end),
                (None, None) => None,
            };
            list.unwrap_or(&mut index.others).push(Hint::new(number, entry));
        }
        index
    }

    pub(super) fn classify(&self, path: &Path) -> Option<&'static NameRule> {
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
        let start = start_key(name).and_then(|key| self.by_start.get(key));
        let end = end_key(name).and_then(|key| self.by_end.get(key));
        let hints = start.into_iter().flatten().chain(end.into_iter().flatten()).chain(&self.others);
        let head = head(name);
        let entries = hints
            .filter(move |hint| head & hint.mask == hint.head)
            .filter_map(|hint| self.entries.get(usize::from(hint.number)));
        entries.filter(move |entry| {
            name.ends_with(entry.suffix) && name.starts_with(entry.prefix) && matches_name(entry.name, name)
        })
    }
}

/// More than there are patterns, so that unlike names rarely meet.
const BUCKETS: usize = 1024;

fn start_key(name: &str) -> Option<usize> {
    name.as_bytes().first_chunk().map(bucket)
}

fn end_key(name: &str) -> Option<usize> {
    name.as_bytes().last_chunk().map(bucket)
}

/// Different for any two letters, digits or signs, but for the remainder.
fn bucket(&[a, b]: &[u8; 2]) -> usize {
    (usize::from(a) * 79 + usize::from(b)) % BUCKETS
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
