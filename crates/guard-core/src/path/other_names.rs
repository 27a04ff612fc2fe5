//! Hard links: the other names of a file, which neither its path nor its handle tells.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::Stat;

use super::place::Place;
use super::protect::rule_of;
use super::tree::{is_bulk, visit};
use super::{Access, FileKind, Operation, PathError, Root};
use crate::names::{Kind, NameRule};

/// Bounds a search to some 10 ms.
const ENTRIES_MAX: usize = 20_000;

/// Refuses a file that is a secret under another name, a write in place that would reach a name outside, and the reading
/// of a file that may be anything, because one of its names was not found inside.
///
/// Package managers link what they share from a store outside, so what lies among fetched and built things is read all
/// the same. The search is bounded; for reading it leaves out first the directories that hold most of a project's files
/// and none of its secrets.
pub(super) fn judge(root: &Root, path: &Path, stat: &Stat, operation: Operation) -> Result<(), PathError> {
    let is_shared = path.ancestors().skip(1).any(is_bulk);
    let is_change = operation.is_change();
    let mut found = Names::look(root, stat, operation, |dir| is_change || !is_bulk(dir))?;
    if operation == Operation::Read && !is_shared && !found.is_settled() {
        found = Names::look(root, stat, operation, |_| true)?;
    }
    match found.secret {
        Some(rule) => Err(PathError::Secret(rule)),
        None if found.is_settled() => Ok(()),
        None if operation == Operation::Write || (operation == Operation::Read && !is_shared) => {
            Err(PathError::HardLink)
        }
        None => Ok(()),
    }
}

/// What was found of the names of a file.
struct Names {
    missing: u64,
    secret: Option<&'static NameRule>,
}

impl Names {
    /// Looks in every place where the operation would be allowed.
    fn look(
        root: &Root,
        stat: &Stat,
        operation: Operation,
        enter: impl Fn(&Path) -> bool,
    ) -> Result<Self, PathError> {
        #[allow(clippy::useless_conversion, reason = "32 bits wide on some machines")]
        let mut names = Self { missing: u64::from(stat.st_nlink), secret: None };
        for place in root.places() {
            if names.is_settled() || (operation.is_change() && place.access == Access::ReadOnly) {
                continue;
            }
            visit(place, PathBuf::new(), ENTRIES_MAX, &enter, |path, entry| {
                if entry.ino == stat.st_ino
                    && entry.kind == Some(FileKind::File)
                    && is_same(place, path, stat)
                {
                    names.missing = names.missing.saturating_sub(1);
                    names.secret = rule_of(place, path).filter(|rule| rule.kind == Kind::Secret);
                }
                if names.is_settled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
        }
        Ok(names)
    }

    fn is_settled(&self) -> bool {
        self.secret.is_some() || self.missing == 0
    }
}

/// Whether the name is one of the same file; numbers of files repeat on other file systems.
fn is_same(place: &Arc<Place>, path: &Path, stat: &Stat) -> bool {
    place.look(path).is_ok_and(|other| (other.st_dev, other.st_ino) == (stat.st_dev, stat.st_ino))
}
