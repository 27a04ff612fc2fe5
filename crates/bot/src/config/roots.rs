//! The directories that an agent writes or a guard evaluates, recognised by identity and not by name.

use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::{fs, iter};

/// As many links as Linux itself follows.
const MAX_LINKS: usize = 40;

/// Directories by device and inode, so that a link, a bind mount or another spelling does not hide one.
#[derive(Debug, Default)]
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

    /// Whether `path`, or any link on the way to what it means, lies inside (or is) one of the directories.
    ///
    /// The path need not exist: then its nearest existing ancestor decides.
    ///
    /// # Errors
    /// The way cannot be followed; callers refuse.
    pub(super) fn contain(&self, path: &Path) -> io::Result<bool> {
        let mut step = path.to_path_buf();
        for _ in 0..MAX_LINKS {
            let (Some(parent), Some(name)) = (step.parent(), step.file_name()) else {
                return self.hold(&fs::canonicalize(&step)?);
            };
            let parent = nearest(parent)?;
            let here = parent.join(name);
            if self.hold(&parent)? {
                return Ok(true);
            }
            match fs::read_link(&here) {
                Ok(target) => step = parent.join(target),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
                // Not a link.
                Err(error) if error.kind() == ErrorKind::InvalidInput => return self.hold(&here),
                Err(error) => return Err(error),
            }
        }
        Err(rustix::io::Errno::LOOP.into())
    }

    /// Whether an existing path without links is one of the directories or below one.
    fn hold(&self, path: &Path) -> io::Result<bool> {
        for ancestor in path.ancestors() {
            let found = fs::metadata(ancestor)?;
            if self.0.contains(&(found.dev(), found.ino())) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The nearest ancestor that exists, without links.
fn nearest(path: &Path) -> io::Result<PathBuf> {
    let candidates = path.ancestors().chain(iter::once(Path::new("/")));
    for candidate in candidates {
        match fs::canonicalize(candidate) {
            // A link that leads nowhere yet may lead anywhere later.
            Err(error) if error.kind() == ErrorKind::NotFound && fs::symlink_metadata(candidate).is_ok() => {
                return Err(error);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            other => return other,
        }
    }
    Err(ErrorKind::NotFound.into())
}
