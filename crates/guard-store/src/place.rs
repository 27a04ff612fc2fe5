//! Makes sure that the file of a store, and the directory it lies in, are ours alone.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::StoreError;

/// Permission bits of the group and of others.
const NOT_OURS: u32 = 0o077;

/// Creates the directory (its last component only) and the file where they are missing, and returns the path of the
/// file without links. What exists is never changed: permissions that are too wide are refused, not repaired,
/// because whoever could reach the file may have read or opened it already.
pub(crate) fn prepare(path: &Path) -> Result<PathBuf, StoreError> {
    let name = path.file_name().ok_or(StoreError::NotAFile)?;
    let parent = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    match DirBuilder::new().mode(0o700).create(parent) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error.into()),
        _ => {}
    }
    let parent = fs::canonicalize(parent)?;
    let directory = fs::symlink_metadata(&parent)?;
    let us = rustix::process::geteuid().as_raw();
    if !directory.is_dir() || directory.uid() != us || directory.mode() & NOT_OURS != 0 {
        return Err(StoreError::DirectoryNotPrivate);
    }

    let file = parent.join(name);
    // Exclusive creation does not follow a link. An existing file is never opened here: closing it would drop the
    // POSIX locks of another store of this process.
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file) {
        Ok(created) => {
            drop(created);
            File::open(&parent)?.sync_all()?;
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error.into()),
    }
    let found = fs::symlink_metadata(&file)?;
    if !found.is_file() {
        return Err(StoreError::NotAFile);
    }
    if found.uid() != us || found.mode() & NOT_OURS != 0 || found.nlink() != 1 {
        return Err(StoreError::FileNotPrivate);
    }
    Ok(file)
}
