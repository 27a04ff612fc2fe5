use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use rustix::io::Errno;

use super::Confined;
use crate::path::walk::Last;
use crate::path::{Operation, PathError};

impl Confined {
    /// The text in a symbolic link, wherever it points; untrusted, and to be resolved before it is used.
    ///
    /// # Errors
    ///
    /// Any [`PathError`] of resolving the directory of the link; [`PathError::NotAFile`] if it is no link.
    pub fn read_link(&self) -> Result<PathBuf, PathError> {
        let slot = self.slot(Operation::Read, Last::Keep)?;
        match rustix::fs::readlinkat(&slot.parent, &slot.name, Vec::new()) {
            Ok(target) => Ok(PathBuf::from(OsString::from_vec(target.into_bytes()))),
            Err(Errno::INVAL) => Err(PathError::NotAFile),
            Err(errno) => Err(errno.into()),
        }
    }
}
