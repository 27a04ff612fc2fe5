use rustix::fs::Mode;

use super::Confined;
use crate::path::PathError;

impl Confined {
    /// Creates a directory; its parent has to exist.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn create_dir(&self) -> Result<(), PathError> {
        let slot = self.new_slot()?;
        Ok(rustix::fs::mkdirat(&slot.parent, &slot.name, Mode::from_raw_mode(0o777))?)
    }
}
