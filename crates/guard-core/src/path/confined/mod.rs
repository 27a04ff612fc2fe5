//! The operations on a name below a root, one per file.

mod append;
mod create;
mod create_dir;
mod list;
mod metadata;
mod open;
mod parent;
mod read_link;
mod remove;
mod rename;
mod replace;

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

pub(super) use self::list::read;
pub use self::list::{Entry, Listing};
pub use self::metadata::FileKind;
pub use self::replace::Replacement;
use super::place::Place;
use super::protect::protect;
use super::text;
use super::walk::{Last, locate};
use super::{Operation, PathError, Root};

/// How often a path is resolved again because it changed between resolving and opening.
const ATTEMPTS: usize = 16;

/// A name below a [`Root`], and the only way to operations on it.
///
/// Each operation resolves the name anew, through links that stay inside, applies the rules on names to the path it
/// arrives at, and opens exactly that path without following anything: nobody who renames or links things meanwhile
/// can make it operate outside the root or on another name than the one that was judged.
#[derive(Clone, Debug)]
pub struct Confined {
    root: Root,
    place: Arc<Place>,
    name: PathBuf,
    has_consent: bool,
}

impl Confined {
    pub(super) fn new(root: Root, place: Arc<Place>, name: PathBuf) -> Self {
        Self { root, place, name, has_consent: false }
    }

    /// The same name, after a person agreed to write to a file that steers builds, editors or agents; without it,
    /// changing such a file is [`PathError::NeedsConsent`].
    #[must_use]
    pub fn with_consent(self) -> Self {
        Self { has_consent: true, ..self }
    }

    /// The name as it was asked for, absolute, links not followed; untrusted text.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.place.path.join(&self.name)
    }

    /// The name as it was asked for, relative to its root; empty for the root itself.
    #[must_use]
    pub fn relative(&self) -> &Path {
        &self.name
    }

    /// The path the name stands for now, relative to its root, with links followed and missing parts as written; for
    /// display and records, since it may change at any time.
    ///
    /// # Errors
    ///
    /// Where a link leaves the root or leads in a circle.
    pub fn true_path(&self) -> Result<PathBuf, PathError> {
        Ok(locate(&self.root, &self.place, &self.name, Last::Follow)?.path)
    }

    fn protect(&self, place: &Place, path: &Path, operation: Operation) -> Result<(), PathError> {
        match protect(place, path, operation)? {
            Some(rule) if !self.has_consent => Err(PathError::NeedsConsent(rule)),
            Some(_) | None => Ok(()),
        }
    }

    /// Opens what the name stands for, links followed and rules applied.
    fn reach(&self, operation: Operation, flags: OFlags) -> Result<Reached, PathError> {
        // In the common case there is no link, and the name as written is the true path.
        if !text::has_parent(&self.name) {
            self.protect(&self.place, &self.name, operation)?;
            match self.place.open_beneath(&self.name, flags, Mode::empty()) {
                Ok(handle) => return Ok(Reached { place: Arc::clone(&self.place), handle }),
                Err(Errno::LOOP) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        for _ in 0..ATTEMPTS {
            let at = match locate(&self.root, &self.place, &self.name, Last::Follow) {
                Err(PathError::Contended) => continue,
                answer => answer?,
            };
            self.protect(&at.place, &at.path, operation)?;
            match at.place.open_beneath(&at.path, flags, Mode::empty()) {
                Ok(handle) => return Ok(Reached { place: at.place, handle }),
                // A link appeared since.
                Err(Errno::LOOP) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Err(PathError::Contended)
    }
}

/// Something opened, and the root it was found below.
struct Reached {
    place: Arc<Place>,
    handle: OwnedFd,
}

impl Reached {
    /// The file, if it is a regular one.
    fn regular_file(self) -> Result<File, PathError> {
        let file = File::from(self.handle);
        let kind = file.metadata().map_err(PathError::Io)?.file_type();
        if kind.is_file() {
            Ok(file)
        } else if kind.is_dir() {
            Err(PathError::NotAFile)
        } else {
            Err(PathError::SpecialFile)
        }
    }
}
