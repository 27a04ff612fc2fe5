use std::os::unix::fs::MetadataExt as _;

use super::{PathError, Root, accounts, rules};
use crate::Finding;

impl Root {
    /// What is wrong with the permissions of the directory: anyone may write to it, or a group with other accounts in it
    /// may, or it belongs to another account than ours and root's.
    ///
    /// The group that an account has for itself, as on Debian, is none with others in it.
    ///
    /// # Errors
    ///
    /// [`PathError::Io`] if the handle cannot be asked.
    pub fn concerns(&self) -> Result<Vec<Finding>, PathError> {
        let metadata = self.main().metadata()?;
        let ours = rustix::process::geteuid().as_raw();
        let is_writable_by_all = metadata.mode() & 0o002 != 0;
        let is_writable_by_group = !is_writable_by_all
            && metadata.mode() & 0o020 != 0
            && accounts::is_shared(metadata.gid(), &[ours, metadata.uid()]);
        let is_foreign = ![0, ours].contains(&metadata.uid());
        let all = [
            (is_writable_by_all, &rules::ROOT_WORLD_WRITABLE),
            (is_writable_by_group, &rules::ROOT_GROUP_WRITABLE),
            (is_foreign, &rules::ROOT_FOREIGN_OWNER),
        ];
        Ok(all.into_iter().filter(|(is_so, _)| *is_so).map(|(_, rule)| Finding::new(rule)).collect())
    }
}
