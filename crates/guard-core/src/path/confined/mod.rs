//! The operations on a name below a root, one per file.

mod append;
mod create;
mod create_dir;
#[cfg(feature = "archive")]
mod fresh_tree;
mod list;
mod metadata;
mod open;
mod parent;
mod read_link;
mod remove;
mod rename;
mod replace;
mod truncate;

use std::borrow::Cow;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FileType, OFlags, Stat};

#[cfg(feature = "archive")]
pub(crate) use self::fresh_tree::FreshTree;
pub(super) use self::list::read;
pub use self::list::{Entry, Listing};
pub use self::metadata::FileKind;
pub use self::replace::Replacement;
use super::place::Place;
use super::protect::protect;
use super::walk::{self, Last, Located, locate};
use super::{Operation, PathError, Root, kernel};

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
    fn reach(&self, operation: Operation, flags: OFlags) -> Result<Reached<'_>, PathError> {
        let rules = |place: &Place, path: &Path| self.protect(place, path, operation);
        let (at, handle) = walk::open(&self.root, &self.place, &self.name, flags, rules)?;
        let path = at.map_or(Cow::Borrowed(self.name.as_path()), |at| Cow::Owned(at.path));
        Ok(Reached { path, handle })
    }

    /// Where the directory is that the name stands for, without links.
    pub(super) fn directory(&self) -> Result<(Arc<Place>, PathBuf), PathError> {
        let rules = |place: &Place, path: &Path| self.protect(place, path, Operation::List);
        let flags = kernel::ASK | OFlags::DIRECTORY;
        let (at, _) = walk::open(&self.root, &self.place, &self.name, flags, rules)?;
        let at = at.unwrap_or_else(|| Located::as_named(&self.place, &self.name));
        Ok((at.place, at.path))
    }
}

/// Something opened, and where: without links, relative to its place.
struct Reached<'a> {
    path: Cow<'a, Path>,
    handle: OwnedFd,
}

impl<'a> Reached<'a> {
    /// The file, if it is a regular one.
    fn regular_file(self) -> Result<RegularFile<'a>, PathError> {
        let stat = rustix::fs::fstat(&self.handle)?;
        match FileKind::of(FileType::from_raw_mode(stat.st_mode)) {
            Some(FileKind::File) => Ok(RegularFile { path: self.path, file: self.handle.into(), stat }),
            Some(FileKind::Directory) => Err(PathError::NotAFile),
            Some(FileKind::Link | FileKind::Special) | None => Err(PathError::SpecialFile),
        }
    }
}

/// A regular file, and what the kernel says about it.
struct RegularFile<'a> {
    path: Cow<'a, Path>,
    file: File,
    stat: Stat,
}
