use std::fs::File;

use rustix::fs::{Mode, OFlags};

use super::Confined;
use crate::path::PathError;

impl Confined {
    /// Creates a regular file that was not there, for writing; its parent has to exist.
    ///
    /// # Errors
    ///
    /// Any [`PathError`] of resolving and of the rules on names; [`PathError::Exists`], also where a link is in the
    /// way, and [`PathError::NotPortable`] for names that other systems cannot hold.
    pub fn create(&self) -> Result<File, PathError> {
        let slot = self.new_slot()?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        // From the root once more rather than from the parent's handle, which may have been moved out meanwhile.
        let file = slot.place.open_beneath(&slot.path, flags, Mode::from_raw_mode(0o666))?;
        Ok(File::from(file))
    }
}
