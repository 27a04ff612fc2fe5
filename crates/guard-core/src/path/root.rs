use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::place::Place;
use super::text::{self, Text};
use super::{Confined, Listing, PathError};

/// What may be done below a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Reading and listing.
    ReadOnly,
    /// Everything.
    ReadWrite,
}

/// An approved directory, held by a handle: whatever is opened through it lies beneath it, however names, links and
/// directories are moved about meanwhile.
///
/// Cloning is cheap. Relative names are relative to the directory; absolute ones are accepted if they begin with its
/// path as given to [`open`](Self::open) or with its true path.
///
/// # Examples
///
/// ```
/// use guard_core::path::Root;
///
/// # let dir = tempfile::tempdir()?;
/// # std::fs::write(dir.path().join("notes.txt"), "hello")?;
/// let root = Root::open(dir.path())?;
/// let notes = std::io::read_to_string(root.resolve("notes.txt")?.open()?)?;
/// assert_eq!(notes, "hello");
/// assert_eq!(root.resolve("../etc/passwd").unwrap_err().code(), "path-outside-root");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Root {
    main: Arc<Place>,
    extras: Arc<[Arc<Place>]>,
}

impl Root {
    /// Opens an existing directory.
    ///
    /// # Errors
    ///
    /// [`PathError::RootMissing`], [`PathError::RootNotDirectory`], or [`PathError::RootReplaced`] if it was swapped
    /// while it was opened.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, PathError> {
        let main = Place::open(dir.as_ref(), Access::ReadWrite, None)?;
        Ok(Self { main: Arc::new(main), extras: Arc::new([]) })
    }

    /// Approves one more directory, reached by absolute names and by absolute links from inside.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn with_extra(self, name: &str, dir: impl AsRef<Path>, access: Access) -> Result<Self, PathError> {
        let place = Place::open(dir.as_ref(), access, Some(name.to_owned()))?;
        let extras = self.extras.iter().cloned().chain([Arc::new(place)]).collect();
        Ok(Self { extras, ..self })
    }

    /// Also approves the other file systems that are mounted below, here and below every extra. Without this a mount
    /// point is [`PathError::OtherFilesystem`], since what is mounted there was approved by nobody.
    ///
    /// # Errors
    ///
    /// [`PathError::Io`] if a handle cannot be duplicated.
    pub fn with_mounts(self) -> Result<Self, PathError> {
        let main = Arc::new(self.main.with_mounts()?);
        let extras = self
            .extras
            .iter()
            .map(|place| Ok(Arc::new(place.with_mounts()?)))
            .collect::<Result<_, PathError>>()?;
        Ok(Self { main, extras })
    }

    /// The true path at the time of opening, without links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.main.path
    }

    /// Whether the directory at [`path`](Self::path) is still the one that was opened, and likewise for every extra.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.places().all(|place| place.is_still_there().is_ok())
    }

    /// Takes a name from outside, relative to the root or absolute.
    ///
    /// Nothing is looked up yet: that happens, atomically, in each operation of [`Confined`].
    ///
    /// # Errors
    ///
    /// What the text alone gives away: see [`PathError`].
    pub fn resolve(&self, name: impl AsRef<Path>) -> Result<Confined, PathError> {
        self.resolve_from(Path::new(""), name)
    }

    /// Takes a name relative to `cwd`, which itself is relative to the root or absolute.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve), for either path.
    pub fn resolve_from(&self, cwd: impl AsRef<Path>, name: impl AsRef<Path>) -> Result<Confined, PathError> {
        let (place, name) = self.locate_text(cwd.as_ref(), name.as_ref())?;
        Ok(Confined::new(self.clone(), Arc::clone(place), name))
    }

    /// The names in a directory, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// As [`resolve`](Self::resolve) and [`Confined::list`].
    pub fn entries(&self, dir: impl AsRef<Path>, limit: usize) -> Result<Listing, PathError> {
        self.resolve(dir)?.list(limit)
    }

    /// The place a text belongs to and what is left of it below, with `cwd` in front.
    pub(super) fn locate_text(&self, cwd: &Path, name: &Path) -> Result<(&Arc<Place>, PathBuf), PathError> {
        let name = Text::parse(name)?.path();
        let (place, below) = if name.is_absolute() {
            let (place, rest) = self.place_of(name).ok_or(PathError::OutsideRoot)?;
            (place, rest.to_owned())
        } else if cwd.as_os_str().is_empty() {
            (&self.main, name.to_owned())
        } else {
            let cwd = Text::parse(cwd)?.path();
            let (place, cwd) = match cwd.is_absolute() {
                true => self.place_of(cwd).ok_or(PathError::OutsideRoot)?,
                false => (&self.main, cwd),
            };
            (place, cwd.join(name))
        };
        if text::climbs_out(&below) {
            return Err(PathError::OutsideRoot);
        }
        Ok((place, text::normalize(below)))
    }

    /// The innermost place that an absolute path begins with, and the rest.
    pub(super) fn place_of<'a>(&self, absolute: &'a Path) -> Option<(&Arc<Place>, &'a Path)> {
        self.places()
            .filter_map(|place| place.strip(absolute).map(|(taken, rest)| (taken, place, rest)))
            .max_by_key(|(taken, ..)| *taken)
            .map(|(_, place, rest)| (place, rest))
    }

    pub(super) fn places(&self) -> impl Iterator<Item = &Arc<Place>> {
        std::iter::once(&self.main).chain(self.extras.iter())
    }

    pub(super) fn main(&self) -> &Place {
        &self.main
    }
}

/// The handle of the directory itself, for `fchdir` and mounts.
impl AsFd for Root {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.main.handle.as_fd()
    }
}
