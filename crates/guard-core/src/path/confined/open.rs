use std::fs::File;
use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;

use rustix::fs::OFlags;

use super::Confined;
use crate::path::{Operation, PathError, other_names};

impl Confined {
    /// Opens an existing regular file for reading.
    ///
    /// A file with several hard links is read like any other, as package stores are made of them, unless one of the
    /// other names is found inside and is a secret one.
    ///
    /// # Errors
    ///
    /// Any [`PathError`] of resolving; [`PathError::Secret`], [`PathError::Missing`], [`PathError::NotAFile`],
    /// [`PathError::SpecialFile`].
    pub fn open(&self) -> Result<File, PathError> {
        let reached = self.reach(Operation::Read, OFlags::RDONLY)?;
        let place = Arc::clone(&reached.place);
        let file = reached.regular_file()?;
        let metadata = file.metadata().map_err(PathError::Io)?;
        if metadata.nlink() > 1 {
            other_names::judge(&place, &metadata, Operation::Read)?;
        }
        Ok(file)
    }
}
