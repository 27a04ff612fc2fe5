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

/// The patterns, found by one byte of the last component, so that an ordinary name is compared with a handful.
pub(super) struct Index {
    shapes: Vec<Shape>,
    /// By the first byte after an optional leading dot, where that is no wildcard.
    by_first: Vec<Vec<u16>>,
    /// By the last byte, where that is no wildcard and the first one is.
    by_last: Vec<Vec<u16>>,
    /// Wild at both ends.
    others: Vec<u16>,
}

impl Index {
    pub(super) fn new(shapes: impl Iterator<Item = Shape>) -> Self {
        let mut index = Self {
            shapes: shapes.collect(),
            by_first: vec![Vec::new(); 256],
            by_last: vec![Vec::new(); 256],
            others: Vec::new(),
        };
        for (number, shape) in (0_u16..).zip(&index.shapes) {
            let last_part = shape.body.rsplit('/').next().unwrap_or_default();
            let list = match (first_byte(last_part), last_part.bytes().next_back()) {
                (Some(first), _) if first != b'*' => index.by_first.get_mut(usize::from(first)),
                (_, Some(last)) if last != b'*' => index.by_last.get_mut(usize::from(last)),
                _ => None,
            };
            list.unwrap_or(&mut index.others).push(number);
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
            for shape in self.candidates(name) {
                if best.is_none_or(|best| best.kind < shape.rule.kind)
                    && (is_final || shape.is_tree)
                    && ends_with(shape, before, name)
                    && !shape.is_excepted(name)
                {
                    best = Some(shape.rule);
                }
            }
            start += name.len() + 1;
        }
        best
    }

    fn candidates(&self, name: &str) -> impl Iterator<Item = &Shape> {
        let first = first_byte(name).and_then(|byte| self.by_first.get(usize::from(byte)));
        let last = name.bytes().next_back().and_then(|byte| self.by_last.get(usize::from(byte)));
        let numbers = first.into_iter().flatten().chain(last.into_iter().flatten()).chain(&self.others);
        numbers.filter_map(|number| self.shapes.get(usize::from(*number)))
    }
}

fn first_byte(name: &str) -> Option<u8> {
    name.strip_prefix('.').unwrap_or(name).bytes().next()
}

/// Whether the components of `shape` are the last ones of `before` followed by `name`.
fn ends_with(shape: &Shape, before: &str, name: &str) -> bool {
    let (parents, last) =
        shape.body.rsplit_once('/').map_or(("", shape.body), |(parents, last)| (parents, last));
    if !matches_name(last, name) {
        return false;
    }
    match parents.split_once("**") {
        None => parents_match(shape, parents, before),
        Some((head, tail)) => {
            let (head, tail) = (head.trim_end_matches('/'), tail.trim_start_matches('/'));
            let Some(mut before) = strip_parents(tail, before) else { return false };
            while let Some(parent) = strip_component(before).map(|(_, parent)| parent) {
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
