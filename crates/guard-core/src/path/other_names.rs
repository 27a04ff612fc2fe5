//! Hard links: the other names of a file, which neither its path nor its handle tells.

use std::ops::ControlFlow;
use std::path::PathBuf;

use rustix::fs::Stat;

use super::place::Place;
use super::protect::rule_of;
use super::tree::{is_bulk, visit};
use super::{FileKind, Operation, PathError};
use crate::names::Kind;

/// Bounds the search to some 10 ms.
const ENTRIES_MAX: usize = 20_000;

/// Refuses a file that is a secret under another name, and a write in place that would reach a name outside.
///
/// Reading stays allowed where no other name is found, since package stores link what they share. The search is
/// bounded, and for reading it skips the directories that hold most of a project's files and none of its secrets.
pub(super) fn judge(place: &Place, stat: &Stat, operation: Operation) -> Result<(), PathError> {
    #[allow(clippy::useless_conversion, reason = "32 bits wide on some machines")]
    let names = u64::from(stat.st_nlink);
    let mut found = 0;
    let mut secret = None;
    let enter = |dir: &std::path::Path| operation.is_change() || !is_bulk(dir);
    visit(place, PathBuf::new(), ENTRIES_MAX, enter, |path, entry| {
        if entry.ino == stat.st_ino && entry.kind == Some(FileKind::File) {
            found += 1;
            secret = rule_of(place, path).filter(|rule| rule.kind == Kind::Secret);
        }
        if secret.is_some() || found == names { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    match secret {
        Some(rule) => Err(PathError::Secret(rule)),
        None if operation == Operation::Write && found < names => Err(PathError::HardLink),
        None => Ok(()),
    }
}
