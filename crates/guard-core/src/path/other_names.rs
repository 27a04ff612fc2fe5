//! Hard links: the other names of a file, which neither its path nor its handle tells.

use std::ffi::OsStr;
use std::path::PathBuf;

use rustix::fs::{Mode, OFlags, Stat};

use super::confined::read;
use super::place::Place;
use super::protect::rule_of;
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
    let mut left = ENTRIES_MAX;
    let mut found = 0;
    let mut todo = vec![PathBuf::new()];
    while let Some(dir) = todo.pop() {
        let Ok(handle) = place.open_beneath(&dir, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()) else {
            continue;
        };
        let listing = read(handle, left)?;
        left = left.saturating_sub(listing.entries.len());
        for entry in listing.entries {
            let path = dir.join(&entry.name);
            if entry.ino == stat.st_ino && entry.kind == Some(FileKind::File) {
                found += 1;
                if let Some(rule) = rule_of(place, &path).filter(|rule| rule.kind == Kind::Secret) {
                    return Err(PathError::Secret(rule));
                }
                if found == names {
                    return Ok(());
                }
            }
            if entry.kind == Some(FileKind::Directory) && (operation.is_change() || !is_bulk(&entry.name)) {
                todo.push(path);
            }
        }
        if left == 0 {
            break;
        }
    }
    if operation == Operation::Write { Err(PathError::HardLink) } else { Ok(()) }
}

fn is_bulk(name: &OsStr) -> bool {
    ["node_modules", ".git", "target"].iter().any(|bulk| name == *bulk)
}
