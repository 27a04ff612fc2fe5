//! Looks at every name below a directory, within bounds.

use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use super::confined::read;
use super::place::Place;
use super::protect::rule_of;
use super::{Confined, Entry, FileKind, PathError};
use crate::names::Kind;

/// Calls `look` on at most `limit` names below `start`, without following links, and says whether these were all.
///
/// Directories that cannot be opened, or that somebody moves away meanwhile, count as left out.
pub(super) fn visit(
    place: &Place,
    start: PathBuf,
    limit: usize,
    enter: impl Fn(&Path) -> bool,
    mut look: impl FnMut(&Path, &Entry) -> ControlFlow<()>,
) -> Result<bool, PathError> {
    let mut left = limit;
    let mut is_complete = true;
    let mut todo = vec![start];
    while let Some(dir) = todo.pop() {
        let Ok(handle) = place.open_beneath(&dir, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()) else {
            is_complete = false;
            continue;
        };
        let listing = read(handle, left)?;
        left = left.saturating_sub(listing.entries.len());
        is_complete &= listing.is_complete;
        for entry in &listing.entries {
            let path = dir.join(&entry.name);
            if look(&path, entry).is_break() {
                return Ok(is_complete);
            }
            if entry.kind == Some(FileKind::Directory) && enter(&path) {
                todo.push(path);
            }
        }
    }
    Ok(is_complete)
}

/// Directories of fetched and built things, which hold most of a project's files and none of its own secrets; package
/// managers link what is in them from a store outside.
pub(super) fn is_bulk(dir: &Path) -> bool {
    const BULK: [&str; 8] =
        [".git", ".pnpm-store", ".venv", ".yarn", "node_modules", "site-packages", "target", "venv"];
    BULK.iter().any(|bulk| dir.file_name() == Some(OsStr::new(bulk)))
}

impl Confined {
    /// Calls `each` with at most `limit` names below this directory, relative to the root, and says whether these were
    /// all. A directory comes before what is in it.
    ///
    /// Links are named and not followed, secret files and directories are neither named nor entered. What somebody moves
    /// away meanwhile, or closes to us, is left out, and then these were not all.
    ///
    /// # Errors
    ///
    /// Any [`PathError`] of resolving; [`PathError::Secret`], [`PathError::NotADirectory`].
    pub fn walk(
        &self,
        limit: usize,
        mut each: impl FnMut(&Path, &Entry) -> ControlFlow<()>,
    ) -> Result<bool, PathError> {
        let (place, start) = self.directory()?;
        let is_secret = |path: &Path| rule_of(&place, path).is_some_and(|rule| rule.kind == Kind::Secret);
        visit(
            &place,
            start,
            limit,
            |dir| !is_secret(dir),
            |path, entry| if is_secret(path) { ControlFlow::Continue(()) } else { each(path, entry) },
        )
    }

    /// Whether a program that reads everything below this directory could meet a secret file: one was found by its
    /// name, or there are too many names to know. Directories of fetched and built things (`.git`, `node_modules`,
    /// `target`, `.venv` and the like) are left out.
    ///
    /// # Errors
    ///
    /// Any [`PathError`] of resolving; [`PathError::NotADirectory`].
    pub fn may_hold_secrets(&self, limit: usize) -> Result<bool, PathError> {
        let (place, start) = self.directory()?;
        let mut found = false;
        let is_complete = visit(
            &place,
            start,
            limit,
            |dir| !is_bulk(dir),
            |path, _| {
                found = rule_of(&place, path).is_some_and(|rule| rule.kind == Kind::Secret);
                if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        )?;
        Ok(found || !is_complete)
    }
}
