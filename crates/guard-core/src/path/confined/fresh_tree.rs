//! A new directory that is filled out of sight and then appears as a whole.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use super::{Confined, FileKind, read};
use crate::path::{PathError, kernel};

const PREFIX: &str = ".guard-extract-";
/// What the tree is called while it grows, inside a directory that nobody else can enter.
const TREE: &str = "tree";
const NAMES_TRIED: usize = 64;
/// Names of the directory around it that are searched for leftovers.
const NEIGHBOURS: usize = 10_000;
/// Deeper than anything that is written here.
const DEPTH_MAX: usize = 300;

/// A tree below a name that was free; gone when it is dropped without [`commit`](Self::commit).
#[derive(Debug)]
pub(crate) struct FreshTree {
    parent: OwnedFd,
    name: OsString,
    temporary: OsString,
    /// Locked, so that others can tell a tree that grows from one that was left behind.
    around: OwnedFd,
    tree: OwnedFd,
    path: PathBuf,
    /// The directory that was written to last.
    last: Option<(PathBuf, OwnedFd)>,
    is_committed: bool,
}

impl Confined {
    /// Starts a tree at this name, whose parent has to exist. What killed processes left beside it is removed first.
    pub(crate) fn fresh_tree(&self) -> Result<FreshTree, PathError> {
        let slot = self.new_slot()?;
        match slot.place.look(&slot.path) {
            Ok(_) => return Err(PathError::Exists),
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(errno.into()),
        }
        let parent = enter(&slot.parent, Path::new(""))?;
        remove_leftovers(&parent)?;
        let (temporary, around) = create_locked(&parent)?;
        let path = if slot.place.is_named_absolutely { slot.place.path.join(&slot.path) } else { slot.path };
        let make = || {
            rustix::fs::mkdirat(&around, TREE, Mode::from_raw_mode(0o777))?;
            enter(&around, Path::new(TREE))
        };
        let tree = match make() {
            Ok(tree) => tree,
            Err(errno) => {
                remove(&parent, &temporary, 0).ok();
                return Err(errno.into());
            }
        };
        let name = slot.name;
        Ok(FreshTree { parent, name, temporary, around, tree, path, last: None, is_committed: false })
    }
}

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW);

/// Opens a directory without leaving the file system of `dir`; the empty path is `dir` itself.
fn enter(dir: &OwnedFd, path: &Path) -> rustix::io::Result<OwnedFd> {
    kernel::open_beneath(dir.as_fd(), path, DIRECTORY, Mode::empty(), false)
}

/// A directory of our own that is locked and still there.
fn create_locked(parent: &OwnedFd) -> Result<(OsString, OwnedFd), PathError> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    for _ in 0..NAMES_TRIED {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = OsString::from(format!("{PREFIX}{}-{number}", std::process::id()));
        match rustix::fs::mkdirat(parent, &name, Mode::from_raw_mode(0o700)) {
            Ok(()) => {}
            Err(Errno::EXIST) => continue,
            Err(errno) => return Err(errno.into()),
        }
        let Ok(handle) = enter(parent, Path::new(&name)) else {
            continue;
        };
        // Whoever removes leftovers may have come in between.
        let is_ours = rustix::fs::flock(&handle, FlockOperation::NonBlockingLockExclusive).is_ok();
        if is_ours && rustix::fs::fstat(&handle)?.st_nlink > 0 {
            return Ok((name, handle));
        }
    }
    Err(PathError::Contended)
}

/// Removes trees of processes that are gone.
fn remove_leftovers(parent: &OwnedFd) -> Result<(), PathError> {
    let handle = enter(parent, Path::new(""))?;
    for entry in read(handle, NEIGHBOURS)?.entries {
        if !entry.name.as_bytes().starts_with(PREFIX.as_bytes()) {
            continue;
        }
        let Ok(left) = enter(parent, Path::new(&entry.name)) else {
            continue;
        };
        let is_ours = rustix::fs::fstat(&left)?.st_uid == rustix::process::geteuid().as_raw();
        if is_ours && rustix::fs::flock(&left, FlockOperation::NonBlockingLockExclusive).is_ok() {
            remove(parent, &entry.name, 0)?;
        }
    }
    Ok(())
}

/// Removes a name and all below it, without following links.
fn remove(parent: &OwnedFd, name: &OsStr, depth: usize) -> Result<(), PathError> {
    if depth > DEPTH_MAX {
        return Err(PathError::TooLong);
    }
    match rustix::fs::unlinkat(parent, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => return Ok(()),
        Err(Errno::ISDIR | Errno::PERM) => {}
        Err(errno) => return Err(errno.into()),
    }
    let directory = enter(parent, Path::new(name))?;
    let listed = enter(&directory, Path::new(""))?;
    for entry in read(listed, usize::MAX)?.entries {
        match entry.kind {
            Some(FileKind::Directory) | None => remove(&directory, &entry.name, depth + 1)?,
            Some(FileKind::File | FileKind::Link | FileKind::Special) => {
                rustix::fs::unlinkat(&directory, &entry.name, AtFlags::empty())?;
            }
        }
    }
    match rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

impl FreshTree {
    /// Where the tree will be, as rules on names see it.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a directory and those above it; one that is there is fine.
    pub(crate) fn create_dir(&mut self, path: &Path) -> Result<(), PathError> {
        self.directory(path).map(drop)
    }

    /// Makes a file that was not there, for writing; nobody may execute it.
    pub(crate) fn create(&mut self, path: &Path) -> Result<File, PathError> {
        let (directory, name) = self.split(path)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
        let mode = Mode::from_raw_mode(0o666);
        Ok(File::from(kernel::open_beneath(directory.as_fd(), name, flags, mode, false)?))
    }

    /// Makes a symbolic link. Whoever calls knows that it leads to a place inside.
    pub(crate) fn symbolic_link(&mut self, path: &Path, target: &str) -> Result<(), PathError> {
        let (directory, name) = self.split(path)?;
        Ok(rustix::fs::symlinkat(target, directory, name)?)
    }

    /// Gives a file of this tree another name.
    pub(crate) fn hard_link(&mut self, path: &Path, target: &Path) -> Result<(), PathError> {
        let (old, old_name) = match target.parent().zip(target.file_name()) {
            Some((parent, name)) => (enter(&self.tree, parent)?, name),
            None => return Err(PathError::IsRoot),
        };
        let (directory, name) = self.split(path)?;
        Ok(rustix::fs::linkat(old, old_name, directory, name, AtFlags::empty())?)
    }

    /// Writes everything to disk and lets the tree appear under its name.
    pub(crate) fn commit(mut self) -> Result<(), PathError> {
        kernel::sync_all(&self.tree)?;
        rustix::fs::renameat_with(&self.around, TREE, &self.parent, &self.name, RenameFlags::NOREPLACE)?;
        self.is_committed = true;
        // The empty directory around it is untidy at worst, and the next extraction removes it.
        rustix::fs::unlinkat(&self.parent, &self.temporary, AtFlags::REMOVEDIR).ok();
        File::from(self.parent.try_clone().map_err(PathError::Io)?).sync_all().map_err(PathError::Io)
    }

    fn split<'p>(&mut self, path: &'p Path) -> Result<(&OwnedFd, &'p Path), PathError> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(PathError::IsRoot);
        };
        Ok((self.directory(parent)?, Path::new(name)))
    }

    /// Opens a directory of the tree, and makes what is missing on the way.
    fn directory(&mut self, path: &Path) -> Result<&OwnedFd, PathError> {
        if self.last.as_ref().is_none_or(|(last, _)| last != path) {
            let mut at = enter(&self.tree, Path::new(""))?;
            for part in path.components() {
                match rustix::fs::mkdirat(&at, part.as_os_str(), Mode::from_raw_mode(0o777)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(errno) => return Err(errno.into()),
                }
                at = enter(&at, Path::new(part.as_os_str()))?;
            }
            self.last = Some((path.to_owned(), at));
        }
        self.last
            .as_ref()
            .map(|(_, handle)| handle)
            .ok_or_else(|| PathError::Io(io::ErrorKind::NotFound.into()))
    }
}

impl Drop for FreshTree {
    fn drop(&mut self) {
        if !self.is_committed {
            // What cannot be removed now is removed by the next extraction.
            remove(&self.parent, &self.temporary, 0).ok();
        }
    }
}
