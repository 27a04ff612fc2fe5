use std::fs::File;

use rustix::fs::OFlags;

use super::{Confined, Reached};
use crate::path::{Operation, PathError};

impl Confined {
    /// Empties an existing regular file and opens it for writing.
    ///
    /// A file with several hard links gets a new, empty file put in its place, so that the other names, which may lie
    /// outside, keep their contents.
    ///
    /// # Errors
    ///
    /// As [`append`](Self::append).
    pub fn truncate(&self) -> Result<File, PathError> {
        // Not by O_TRUNC, which would have emptied the file before anything is known about it.
        let open = || self.reach(Operation::Write, OFlags::WRONLY).and_then(Reached::regular_file);
        let mut opened = open()?;
        if opened.stat.st_nlink > 1 {
            self.replace()?.commit()?;
            opened = open()?;
        }
        // Linked again already: somebody is at it, and one round is enough.
        if opened.stat.st_nlink > 1 {
            return Err(PathError::Contended);
        }
        opened.file.set_len(0).map_err(PathError::Io)?;
        Ok(opened.file)
    }
}
