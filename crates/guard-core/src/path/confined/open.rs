use std::fs::File;

use rustix::fs::OFlags;

use super::{Confined, RegularFile};
use crate::path::{Operation, PathError, content, other_names};

impl Confined {
    /// Opens an existing regular file for reading.
    ///
    /// A file with several hard links is read like any other, as package stores are made of them, unless one of the
    /// other names is found inside and is a secret one. A file that is a private key or a token by its first bytes is
    /// refused under every name.
    ///
    /// # Errors
    ///
    /// Any [`PathError`] of resolving; [`PathError::Secret`], [`PathError::SecretContent`],
    /// [`PathError::Missing`], [`PathError::NotAFile`], [`PathError::SpecialFile`].
    pub fn open(&self) -> Result<File, PathError> {
        let RegularFile { place, file, stat } =
            self.reach(Operation::Read, OFlags::RDONLY)?.regular_file()?;
        if stat.st_nlink > 1 {
            other_names::judge(&place, &stat, Operation::Read)?;
        }
        content::judge(&file, &stat)?;
        Ok(file)
    }
}
