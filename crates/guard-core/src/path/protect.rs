//! The rules on names, applied to a path without links.

use std::path::Path;

use super::place::Place;
use super::stand_in::{self as names, Kind, NameRule};
use super::{Access, Operation, PathError};

/// Refuses what no operation of this kind may touch; whatever only needs consent is returned.
pub(super) fn protect(
    place: &Place,
    path: &Path,
    operation: Operation,
) -> Result<Option<&'static NameRule>, PathError> {
    if operation.is_change() {
        if path.as_os_str().is_empty() {
            return Err(PathError::IsRoot);
        }
        if place.access == Access::ReadOnly {
            return Err(PathError::ReadOnly);
        }
    }
    let Some(rule) = rule_of(place, path) else { return Ok(None) };
    match rule.kind {
        Kind::Secret => Err(PathError::Secret(rule)),
        Kind::GuardedDeny if operation.is_change() => Err(PathError::Guarded(rule)),
        Kind::GuardedAsk if operation.is_change() => Ok(Some(rule)),
        Kind::GuardedDeny | Kind::GuardedAsk => Ok(None),
    }
}

/// The strictest rule on the path as seen from the root, from `/` where that says more, and as Windows reads it.
pub(super) fn rule_of(place: &Place, path: &Path) -> Option<&'static NameRule> {
    let relative = names::classify(path);
    if relative.is_some_and(|rule| rule.kind == Kind::Secret) {
        return relative;
    }
    let absolute = place.is_named_absolutely.then(|| names::classify(&place.path.join(path))).flatten();
    let text = path.to_string_lossy();
    let slashed = text.contains('\\').then(|| names::classify(Path::new(&text.replace('\\', "/")))).flatten();
    [relative, absolute, slashed].into_iter().flatten().max_by_key(|rule| rule.kind)
}
