use rustix::fs::AtFlags;
use rustix::io::Errno;

use super::Confined;
use crate::path::walk::Last;
use crate::path::{Operation, PathError};

impl Confined {
    /// Removes a file, a link (not what it points to) or an empty directory.
    ///
    /// # Errors
    ///
    /// Any [`PathError`] of resolving and of the rules on names; [`PathError::IsRoot`], [`PathError::Missing`], and
    /// [`PathError::Exists`] for a directory that is not empty.
    pub fn remove(&self) -> Result<(), PathError> {
        let slot = self.slot(Operation::Delete, Last::Keep)?;
        match rustix::fs::unlinkat(&slot.parent, &slot.name, AtFlags::empty()) {
            // Linux says EISDIR, POSIX says EPERM.
            Err(Errno::ISDIR | Errno::PERM) => {
                Ok(rustix::fs::unlinkat(&slot.parent, &slot.name, AtFlags::REMOVEDIR)?)
            }
            answer => Ok(answer?),
        }
    }
}
