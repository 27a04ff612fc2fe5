use rustix::fs::RenameFlags;

use super::Confined;
use crate::path::walk::Last;
use crate::path::{Operation, PathError};

impl Confined {
    /// Renames a file, directory or link (not what it points to) to a name that is free.
    ///
    /// # Errors
    ///
    /// Any [`PathError`] of resolving and of the rules on names, for either name; [`PathError::Exists`] if the new name
    /// is taken.
    pub fn rename(&self, to: &Self) -> Result<(), PathError> {
        let from = self.slot(Operation::Delete, Last::Keep)?;
        let to = to.new_slot()?;
        Ok(rustix::fs::renameat_with(&from.parent, &from.name, &to.parent, &to.name, RenameFlags::NOREPLACE)?)
    }
}
