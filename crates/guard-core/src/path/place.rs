//! One opened directory with what is needed to recognise it again.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, Stat};

use super::{Access, PathError, kernel};
use crate::names;

#[derive(Debug)]
pub(super) struct Place {
    pub(super) handle: OwnedFd,
    pub(super) access: Access,
    /// The name of an extra root.
    pub(super) name: Option<String>,
    /// Without links; what rules are applied to.
    pub(super) path: PathBuf,
    /// Absolute, but as the caller spelt it.
    given: PathBuf,
    dev: u64,
    ino: u64,
    /// Absolute names say more (`/etc/shadow` below `/`), unless the place itself lies inside something protected.
    pub(super) is_named_absolutely: bool,
    /// Whether no rule begins in the path of the place, so that ordinary names below it need no look at it.
    pub(super) is_ordinary: bool,
    /// Whether other file systems below belong to it too.
    crosses_mounts: bool,
}

impl Place {
    pub(super) fn open(dir: &Path, access: Access, name: Option<String>) -> Result<Self, PathError> {
        let given = std::path::absolute(dir).map_err(|_| PathError::RootMissing)?;
        let flags = kernel::ASK | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = rustix::fs::open(&given, flags, Mode::empty()).map_err(|errno| match errno {
            rustix::io::Errno::NOTDIR => PathError::RootNotDirectory,
            _ => PathError::RootMissing,
        })?;
        let handle = File::from(handle);
        let metadata = handle.metadata().map_err(PathError::Io)?;
        let path = given.canonicalize().map_err(|_| PathError::RootMissing)?;
        let is_named_absolutely = names::classify(&path).is_none();
        let is_ordinary = names::is_ordinary(&path);
        let (dev, ino) = (metadata.dev(), metadata.ino());
        let place = Self {
            handle: handle.into(),
            access,
            name,
            path,
            given,
            dev,
            ino,
            is_named_absolutely,
            is_ordinary,
            crosses_mounts: false,
        };
        // The path was read after the handle was opened: they have to be of the same directory.
        place.is_still_there().and(Ok(place))
    }

    /// The same place with the other file systems mounted below it.
    pub(super) fn with_mounts(&self) -> Result<Self, PathError> {
        Ok(Self {
            handle: self.handle.try_clone().map_err(PathError::Io)?,
            access: self.access,
            name: self.name.clone(),
            path: self.path.clone(),
            given: self.given.clone(),
            crosses_mounts: true,
            ..*self
        })
    }

    /// `Ok` while the directory at the path is the one that was opened.
    pub(super) fn is_still_there(&self) -> Result<(), PathError> {
        match std::fs::metadata(&self.path) {
            Ok(metadata) if (metadata.dev(), metadata.ino()) == (self.dev, self.ino) => Ok(()),
            Ok(_) => Err(PathError::RootReplaced),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(PathError::RootMissing),
            Err(error) => Err(PathError::Io(error)),
        }
    }

    pub(super) fn metadata(&self) -> Result<std::fs::Metadata, PathError> {
        let handle = self.handle.try_clone().map_err(PathError::Io)?;
        File::from(handle).metadata().map_err(PathError::Io)
    }

    /// What is left of an absolute path below this directory, with the length of what was taken off.
    pub(super) fn strip<'a>(&self, absolute: &'a Path) -> Option<(usize, &'a Path)> {
        let below = |prefix: &Path| absolute.strip_prefix(prefix).ok();
        let rest = below(&self.path).or_else(|| below(&self.given))?;
        Some((absolute.as_os_str().len().saturating_sub(rest.as_os_str().len()), rest))
    }

    /// Opens a path without links beneath this directory; see [`kernel::open_beneath`].
    pub(super) fn open_beneath(&self, path: &Path, flags: OFlags, mode: Mode) -> rustix::io::Result<OwnedFd> {
        kernel::open_beneath(self.handle.as_fd(), path, flags, mode, self.crosses_mounts)
    }

    /// What a path without links beneath this directory is; a link at its end is not followed.
    pub(super) fn look(&self, path: &Path) -> rustix::io::Result<Stat> {
        kernel::look_beneath(self.handle.as_fd(), path, self.crosses_mounts)
    }

    /// What the link at the end of a path holds; EINVAL or ENOENT where it is none.
    pub(super) fn read_link(&self, path: &Path) -> rustix::io::Result<CString> {
        kernel::read_link_beneath(self.handle.as_fd(), path, self.crosses_mounts)
    }
}
