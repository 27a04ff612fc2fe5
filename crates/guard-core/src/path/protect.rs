//! The rules on names, applied to a path without links.

use std::path::Path;

use super::place::Place;
use super::{Access, Operation, PathError};
use crate::names::{self, Kind, NameRule};

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
        Kind::Opaque if operation == Operation::Read => Err(PathError::Secret(rule)),
        Kind::GuardedDeny if operation.is_change() => Err(PathError::Guarded(rule)),
        Kind::GuardedAsk if operation.is_change() => Ok(Some(rule)),
        Kind::GuardedDeny | Kind::GuardedAsk | Kind::Opaque => Ok(None),
    }
}

/// The strictest rule on the path as seen from `/`, or from the root if that lies inside something protected itself.
pub(super) fn rule_of(place: &Place, path: &Path) -> Option<&'static NameRule> {
    if place.is_ordinary && names::is_ordinary(path) {
        return None;
    }
    if place.is_named_absolutely { names::classify(&place.path.join(path)) } else { names::classify(path) }
}
