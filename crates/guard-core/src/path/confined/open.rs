use std::fs::File;

use rustix::fs::OFlags;

use super::{Confined, RegularFile};
use crate::path::{Operation, PathError, content, other_names};

impl Confined {
    /// Opens an existing regular file for reading.
    ///
    /// A file with several hard links is read where all its names are found inside and none is a secret one, and among
    /// fetched packages, which are linked from a store. A file that is a private key or a token by its first bytes is
    /// refused under every name.
    ///
    /// # Errors
    ///
    /// Any [`PathError`] of resolving; [`PathError::Secret`], [`PathError::SecretContent`], [`PathError::HardLink`],
    /// [`PathError::Missing`], [`PathError::NotAFile`], [`PathError::SpecialFile`].
    pub fn open(&self) -> Result<File, PathError> {
        let RegularFile { path, file, stat } = self.reach(Operation::Read, OFlags::RDONLY)?.regular_file()?;
        if stat.st_nlink > 1 {
            other_names::judge(&self.root, &path, &stat, Operation::Read)?;
        }
        content::judge(&file, &stat)?;
        Ok(file)
    }
}
