use std::fs::{File, Metadata};

use rustix::fs::FileType;

use super::Confined;
use crate::path::{Operation, PathError, kernel};

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A pipe, a socket or a device.
    Special,
}

impl FileKind {
    pub(in crate::path) fn of(kind: FileType) -> Option<Self> {
        match kind {
            FileType::RegularFile => Some(Self::File),
            FileType::Directory => Some(Self::Directory),
            FileType::Symlink => Some(Self::Link),
            FileType::Unknown => None,
            FileType::Fifo | FileType::Socket | FileType::CharacterDevice | FileType::BlockDevice => {
                Some(Self::Special)
            }
        }
    }
}

impl Confined {
    /// Size, times and permissions of what the name stands for, links followed.
    ///
    /// # Errors
    ///
    /// Any [`PathError`] of resolving; [`PathError::Secret`], [`PathError::Missing`].
    pub fn metadata(&self) -> Result<Metadata, PathError> {
        let handle = self.reach(Operation::Read, kernel::ASK)?.handle;
        File::from(handle).metadata().map_err(PathError::Io)
    }
}
