use std::os::unix::fs::MetadataExt as _;

use super::{PathError, Root, rules};
use crate::Finding;

impl Root {
    /// What is wrong with the permissions of the directory: anyone may write to it, or it belongs to another account
    /// than ours and root's.
    ///
    /// # Errors
    ///
    /// [`PathError::Io`] if the handle cannot be asked.
    pub fn concerns(&self) -> Result<Vec<Finding>, PathError> {
        let metadata = self.main().metadata()?;
        let is_writable_by_all = metadata.mode() & 0o002 != 0;
        let is_foreign = ![0, rustix::process::geteuid().as_raw()].contains(&metadata.uid());
        let all =
            [(is_writable_by_all, &rules::ROOT_WORLD_WRITABLE), (is_foreign, &rules::ROOT_FOREIGN_OWNER)];
        Ok(all.into_iter().filter(|(is_so, _)| *is_so).map(|(_, rule)| Finding::new(rule)).collect())
    }
}
