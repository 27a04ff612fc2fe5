use std::fs::File;
use std::io;

use rustix::fs::OFlags;

use super::{Confined, Reached, RegularFile};
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
        let opened = self.open_to_append()?;
        if opened.stat.st_nlink == 1 {
            return Ok(opened.file);
        }
        let mut copy = self.replace()?;
        let mut contents = self.reach(Operation::Write, OFlags::RDONLY).and_then(Reached::regular_file)?.file;
        io::copy(&mut contents, &mut copy).map_err(PathError::Io)?;
        copy.commit()?;
        let opened = self.open_to_append()?;
        // Linked again already: somebody is at it, and one round is enough.
        if opened.stat.st_nlink == 1 { Ok(opened.file) } else { Err(PathError::Contended) }
    }

    fn open_to_append(&self) -> Result<RegularFile<'_>, PathError> {
        self.reach(Operation::Write, OFlags::WRONLY | OFlags::APPEND)?.regular_file()
    }
}
