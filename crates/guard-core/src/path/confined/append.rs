use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt as _;

use rustix::fs::OFlags;

use super::{Confined, Reached};
use crate::path::{Operation, PathError};

impl Confined {
    /// Opens an existing regular file for appending.
    ///
    /// A file with several hard links is copied first and the copy takes its place, so that the other names, which may
    /// lie outside, keep their contents.
    ///
    /// # Errors
    ///
    /// Any [`PathError`] of resolving and of the rules on names; [`PathError::Missing`], [`PathError::NotAFile`],
    /// [`PathError::SpecialFile`].
    pub fn append(&self) -> Result<File, PathError> {
        let file = self.open_to_append()?;
        if links(&file)? == 1 {
            return Ok(file);
        }
        let mut copy = self.replace()?;
        let mut contents = self.reach(Operation::Write, OFlags::RDONLY).and_then(Reached::regular_file)?;
        io::copy(&mut contents, &mut copy).map_err(PathError::Io)?;
        copy.commit()?;
        let file = self.open_to_append()?;
        // Linked again already: somebody is at it, and one round is enough.
        if links(&file)? == 1 { Ok(file) } else { Err(PathError::Contended) }
    }

    fn open_to_append(&self) -> Result<File, PathError> {
        self.reach(Operation::Write, OFlags::WRONLY | OFlags::APPEND)?.regular_file()
    }
}

fn links(file: &File) -> Result<u64, PathError> {
    Ok(file.metadata().map_err(PathError::Io)?.nlink())
}
