use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

use rustix::fs::{Dir, OFlags};

use super::metadata::FileKind;
use super::{Confined, Reached};
use crate::path::{Operation, PathError};

/// Names in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// In the order of their bytes, without `.` and `..`; untrusted text.
    pub entries: Vec<Entry>,
    /// Whether these are all: the limit did not cut the list.
    pub is_complete: bool,
}

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The name; untrusted text.
    pub name: OsString,
    /// What it is, a link not followed; `None` where the file system does not say without another look.
    pub kind: Option<FileKind>,
    pub(in crate::path) ino: u64,
}

impl Confined {
    /// Lists at most `limit` names of a directory.
    ///
    /// Listing an ordinary directory names the secret files in it; listing a directory that is itself secret is
    /// refused.
    ///
    /// # Errors
    ///
    /// Any [`PathError`] of resolving; [`PathError::Secret`], [`PathError::Missing`], [`PathError::NotADirectory`].
    pub fn list(&self, limit: usize) -> Result<Listing, PathError> {
        let Reached { handle, .. } = self.reach(Operation::List, OFlags::RDONLY | OFlags::DIRECTORY)?;
        read(handle, limit)
    }
}

/// Reads at most `limit` names from an open directory.
pub(in crate::path) fn read(handle: std::os::fd::OwnedFd, limit: usize) -> Result<Listing, PathError> {
    let mut entries = Vec::new();
    let mut is_complete = true;
    for entry in Dir::new(handle)? {
        let entry = entry?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if name == "." || name == ".." {
            continue;
        }
        if entries.len() == limit {
            is_complete = false;
            break;
        }
        let kind = FileKind::of(entry.file_type());
        entries.push(Entry { name: name.to_owned(), kind, ino: entry.ino() });
    }
    entries.sort_unstable();
    Ok(Listing { entries, is_complete })
}
