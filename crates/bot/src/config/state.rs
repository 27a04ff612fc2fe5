//! The directory for the bot's data: this user's, and closed to everybody else.

use std::fs::{self, DirBuilder, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::fault::Fault;

/// Where the bot keeps its data; if it exists, it is a private directory of this user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StateDir {
    path: PathBuf,
    euid: u32,
}

impl StateDir {
    /// Accepts a directory that is private, or that does not exist yet.
    pub(super) fn parse(path: PathBuf, euid: u32) -> Result<Self, Fault> {
        match fs::symlink_metadata(&path) {
            Ok(found) => refuse_shared(&found, euid)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(_) => return Err(Fault::StateNotPrivate),
        }
        Ok(Self { path, euid })
    }

    /// The directory's path; it may not exist yet.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Creates the directory and its missing parents with mode 0700.
    ///
    /// # Errors
    /// It cannot be created, or somebody put something else there since the configuration was read.
    pub(crate) fn create(&self) -> Result<&Path, Fault> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.path)
            .map_err(|_| Fault::StateNotCreated)?;
        let found = fs::symlink_metadata(&self.path).map_err(|_| Fault::StateNotCreated)?;
        refuse_shared(&found, self.euid)?;
        Ok(&self.path)
    }
}

/// The last component is not a link: its owner could turn it elsewhere.
fn refuse_shared(found: &Metadata, euid: u32) -> Result<(), Fault> {
    if found.is_dir() && found.uid() == euid && found.mode() & 0o077 == 0 {
        Ok(())
    } else {
        Err(Fault::StateNotPrivate)
    }
}
