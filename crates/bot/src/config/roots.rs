//! The directories that an agent writes or a guard evaluates, recognised by identity and not by name.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use super::fault::Fault;

/// As many links as Linux itself follows.
const MAX_LINKS: usize = 40;

/// Directories by device and inode, so that a link, a bind mount or another spelling does not hide one.
#[derive(Clone, Debug, Default)]
pub(super) struct Roots(Vec<(u64, u64)>);

impl Roots {
    /// Adds a directory; one that does not exist holds nothing.
    pub(super) fn add(&mut self, directory: &Path) -> io::Result<()> {
        match fs::metadata(directory) {
            Ok(found) => self.0.push((found.dev(), found.ino())),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Refuses a part of the guard inside one of the directories.
    pub(super) fn require_outside(&self, path: &Path) -> Result<(), Fault> {
        match self.contain(path) {
            Ok(false) => Ok(()),
            Ok(true) => Err(Fault::GuardInsideRoot),
            Err(_) => Err(Fault::NotLocatable),
        }
    }

    /// Whether the way to `path` enters one of the directories at any step, links included: whoever can write
    /// there can turn the way elsewhere. The path need not exist; then its existing part decides.
    ///
    /// # Errors
    /// The way cannot be followed; callers refuse.
    pub(super) fn contain(&self, path: &Path) -> io::Result<bool> {
        let mut here = PathBuf::from("/");
        let mut rest: Vec<OsString> = Vec::new();
        push(&mut rest, path);
        let mut links = 0;
        loop {
            let found = fs::symlink_metadata(&here)?;
            if self.0.contains(&(found.dev(), found.ino())) {
                return Ok(true);
            }
            let Some(part) = rest.pop() else { return Ok(false) };
            if part == ".." {
                here.pop();
                continue;
            }
            let next = here.join(part);
            match fs::symlink_metadata(&next) {
                Ok(found) if found.is_symlink() => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(rustix::io::Errno::LOOP.into());
                    }
                    let target = fs::read_link(&next)?;
                    if target.is_absolute() {
                        here = PathBuf::from("/");
                    }
                    push(&mut rest, &target);
                }
                Ok(_) => here = next,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
                Err(error) => return Err(error),
            }
        }
    }
}

/// Puts the parts of `path` in front of what is left; the next one is last.
fn push(rest: &mut Vec<OsString>, path: &Path) {
    rest.extend(path.components().rev().filter_map(|part| match part {
        Component::Normal(_) | Component::ParentDir => Some(part.as_os_str().to_owned()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    }));
}
