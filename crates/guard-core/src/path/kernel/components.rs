//! Name by name, where no call does it at once.
//!
//! Each directory is opened from the one before it and none may be a link: whoever renames things meanwhile changes which
//! directory is met under a name, as in one call, and never makes a link be followed.

use std::ffi::{CString, OsStr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::{Errno, Result};

/// What a handle is opened for that is only asked about: there is none that needs no right to read.
pub(in crate::path) const ASK: OFlags = OFlags::RDONLY;

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY);

/// Opens `path` beneath `dir`; a link anywhere in it is ELOOP, and a mount point EXDEV unless mounts may be crossed.
/// The empty path is `dir` itself.
///
/// O_NONBLOCK keeps a pipe that somebody put there from hanging us; O_NOCTTY keeps a terminal from becoming ours.
pub(in crate::path) fn open_beneath(
    dir: BorrowedFd<'_>,
    path: &Path,
    flags: OFlags,
    mode: Mode,
    crosses_mounts: bool,
) -> Result<OwnedFd> {
    let walk = Walk::begin(dir, crosses_mounts)?;
    let (parent, name) = walk.parent(path)?;
    walk.open(parent.as_fd(), name, flags, mode)
}

/// What `path` beneath `dir` is, a link at its end not followed; errors as [`open_beneath`].
pub(in crate::path) fn look_beneath(dir: BorrowedFd<'_>, path: &Path, crosses_mounts: bool) -> Result<Stat> {
    let walk = Walk::begin(dir, crosses_mounts)?;
    let (parent, name) = walk.parent(path)?;
    let stat = rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
    walk.stays(&stat).and(Ok(stat))
}

/// What the link `path` beneath `dir` holds; EINVAL where it is none, other errors as [`open_beneath`].
pub(in crate::path) fn read_link_beneath(
    dir: BorrowedFd<'_>,
    path: &Path,
    crosses_mounts: bool,
) -> Result<CString> {
    let walk = Walk::begin(dir, crosses_mounts)?;
    let (parent, name) = walk.parent(path)?;
    rustix::fs::readlinkat(parent, name, Vec::new())
}

/// Brings everything below `directory` to the disk.
#[cfg(feature = "archive")]
pub(in crate::path) fn sync_all(directory: &OwnedFd) -> Result<()> {
    for entry in rustix::fs::Dir::read_from(directory)? {
        let entry = entry?;
        if matches!(entry.file_name().to_bytes(), b"." | b"..") {
            continue;
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        match rustix::fs::openat(directory, entry.file_name(), flags, Mode::empty()) {
            Ok(inner)
                if FileType::from_raw_mode(rustix::fs::fstat(&inner)?.st_mode) == FileType::Directory =>
            {
                sync_all(&inner)?;
            }
            Ok(inner) => rustix::fs::fsync(&inner)?,
            // A link is part of its directory.
            Err(Errno::LOOP | Errno::MLINK) => {}
            Err(errno) => return Err(errno),
        }
    }
    rustix::fs::fsync(directory)
}

struct Walk<'a> {
    from: BorrowedFd<'a>,
    /// What is known of where it began, unless other file systems may be entered.
    file_system: Option<Stat>,
}

impl<'a> Walk<'a> {
    fn begin(from: BorrowedFd<'a>, crosses_mounts: bool) -> Result<Self> {
        let file_system = if crosses_mounts { None } else { Some(rustix::fs::fstat(from)?) };
        Ok(Self { from, file_system })
    }

    /// The directory that the last name of `path` is in, and that name.
    fn parent<'p>(&self, path: &'p Path) -> Result<(OwnedFd, &'p OsStr)> {
        let mut at = self.from.try_clone_to_owned().map_err(|_| Errno::MFILE)?;
        let mut last = OsStr::new(".");
        for component in path.components() {
            match component {
                Component::CurDir => {}
                Component::Normal(name) => {
                    if last != "." {
                        at = self.open(at.as_fd(), last, DIRECTORY, Mode::empty())?;
                    }
                    last = name;
                }
                // Nobody asks for these, and one call without links would refuse them too.
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => return Err(Errno::XDEV),
            }
        }
        Ok((at, last))
    }

    fn open(&self, parent: BorrowedFd<'_>, name: &OsStr, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let opened = loop {
            match rustix::fs::openat(parent, name, flags, mode) {
                Err(Errno::INTR) => {}
                // Systems disagree about how they say that it is a link.
                Err(errno @ (Errno::LOOP | Errno::MLINK | Errno::NOTDIR)) => {
                    let found = rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
                    let is_link = FileType::from_raw_mode(found.st_mode) == FileType::Symlink;
                    return Err(if is_link { Errno::LOOP } else { errno });
                }
                answer => break answer?,
            }
        };
        if self.file_system.is_some() {
            self.stays(&rustix::fs::fstat(&opened)?)?;
        }
        Ok(opened)
    }

    fn stays(&self, found: &Stat) -> Result<()> {
        match &self.file_system {
            Some(stat) if stat.st_dev != found.st_dev => Err(Errno::XDEV),
            Some(_) | None => Ok(()),
        }
    }
}
