//! Finds the path without links that a name stands for.
//!
//! The answer is a text, good at the time of the walk; whoever opens it does so without following links, so that the
//! name the rules were applied to is the name that is opened.

use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::place::Place;
use super::{PathError, Root, text};

/// As many links as the kernel follows.
const LINKS_MAX: usize = 40;
const STEPS_MAX: usize = 2 * text::DEPTH_MAX;
/// How often a path is resolved again because it changed between resolving and opening.
const ATTEMPTS: usize = 16;

/// Where a name leads.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) place: Arc<Place>,
    /// Without links, relative to the place.
    pub(super) path: PathBuf,
    /// How many names at the end do not exist.
    pub(super) missing: usize,
}

impl Located {
    /// Something that is there, in a path that holds no link.
    pub(super) fn as_named(place: &Arc<Place>, name: &Path) -> Self {
        Self { place: Arc::clone(place), path: name.to_owned(), missing: 0 }
    }
}

/// What to do about a link at the very end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    Follow,
    Keep,
}

/// Walks `name` beneath `place`, through links that stay inside `root`, dangling ones included.
pub(super) fn locate(root: &Root, place: &Arc<Place>, name: &Path, last: Last) -> Result<Located, PathError> {
    again(|| {
        let mut walk = Walk::new(root, place, name);
        while walk.advance(last)? == Advance::Link {}
        Ok(walk.at)
    })
}

/// Opens what `name` stands for, after `rules` agreed to every path that is tried, and says where that is unless it is
/// where the name says.
///
/// The kernel is asked first, since most paths hold no link; it names none, so the first one is looked for only then.
pub(super) fn open(
    root: &Root,
    place: &Arc<Place>,
    name: &Path,
    flags: OFlags,
    rules: impl Fn(&Place, &Path) -> Result<(), PathError>,
) -> Result<(Option<Located>, OwnedFd), PathError> {
    let attempt = |place: &Place, path: &Path| {
        rules(place, path)?;
        match place.open_beneath(path, flags, Mode::empty()) {
            Ok(handle) => Ok(Some(handle)),
            Err(Errno::LOOP) => Ok(None),
            Err(errno) => Err(PathError::from(errno)),
        }
    };
    if !text::has_parent(name)
        && let Some(handle) = attempt(place, name)?
    {
        return Ok((None, handle));
    }
    again(|| {
        let mut walk = Walk::new(root, place, name);
        while walk.advance(Last::Follow)? == Advance::Link {
            if let Some(path) = walk.guess()
                && let Some(handle) = attempt(&walk.at.place, &path)?
            {
                return Ok((Some(Located { path, ..walk.at }), handle));
            }
        }
        match attempt(&walk.at.place, &walk.at.path)? {
            Some(handle) => Ok((Some(walk.at), handle)),
            // A link appeared since.
            None => Err(PathError::Contended),
        }
    })
}

/// Repeats what found the path changed under its hands.
pub(super) fn again<T>(mut attempt: impl FnMut() -> Result<T, PathError>) -> Result<T, PathError> {
    for _ in 0..ATTEMPTS {
        match attempt() {
            Err(PathError::Contended) => {}
            answer => return answer,
        }
    }
    Err(PathError::Contended)
}

struct Walk<'a> {
    root: &'a Root,
    at: Located,
    /// The names still to be walked, the next one last.
    todo: Vec<OsString>,
    steps: usize,
    links: usize,
}

#[derive(PartialEq, Eq)]
enum Advance {
    /// A link was put in place of its name.
    Link,
    /// All names are walked.
    End,
}

impl<'a> Walk<'a> {
    fn new(root: &'a Root, place: &Arc<Place>, name: &Path) -> Self {
        let at = Located { place: Arc::clone(place), path: PathBuf::new(), missing: 0 };
        let mut walk = Self { root, at, todo: Vec::new(), steps: 0, links: 0 };
        walk.push(name);
        walk
    }

    fn push(&mut self, path: &Path) {
        self.todo.extend(path.components().rev().filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some(OsStr::new("..").to_owned()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
        }));
    }

    /// The path if what is still to be walked held no more links; unknown while there is a `..` in it.
    fn guess(&self) -> Option<PathBuf> {
        let mut path = self.at.path.clone();
        for name in self.todo.iter().rev() {
            if name == ".." {
                return None;
            }
            path.push(name);
        }
        Some(path)
    }

    /// Walks on until a link was expanded or nothing is left.
    fn advance(&mut self, last: Last) -> Result<Advance, PathError> {
        while let Some(name) = self.todo.pop() {
            self.steps += 1;
            if self.steps > STEPS_MAX {
                return Err(PathError::TooLong);
            }
            let at = &mut self.at;
            if name == ".." {
                at.missing = at.missing.saturating_sub(1);
                if !at.path.pop() {
                    return Err(if self.links == 0 {
                        PathError::OutsideRoot
                    } else {
                        PathError::LinkLeavesRoot
                    });
                }
                continue;
            }
            at.path.push(name);
            if at.missing > 0 {
                at.missing += 1;
            } else if last == Last::Keep && self.todo.is_empty() {
                at.missing = usize::from(!exists(at)?);
            } else {
                match look(at)? {
                    Step::Ordinary => {}
                    Step::Missing => at.missing = 1,
                    Step::Link(target) => return self.follow(&target),
                }
            }
        }
        Ok(Advance::End)
    }

    fn follow(&mut self, target: &Path) -> Result<Advance, PathError> {
        self.links += 1;
        if self.links > LINKS_MAX {
            return Err(PathError::LinkLoop);
        }
        self.at.path.pop();
        if target.is_absolute() {
            let (place, rest) = self.root.place_of(target).ok_or(PathError::LinkLeavesRoot)?;
            self.at = Located { place: Arc::clone(place), path: PathBuf::new(), missing: 0 };
            self.push(rest);
        } else {
            self.push(target);
        }
        Ok(Advance::Link)
    }
}

enum Step {
    Ordinary,
    Missing,
    Link(PathBuf),
}

fn look(at: &Located) -> Result<Step, PathError> {
    // The cheap question first: it may be answered through links that appeared meanwhile, so a yes is not believed.
    match rustix::fs::readlinkat(at.place.handle.as_fd(), &at.path, Vec::new()) {
        Err(Errno::INVAL) => return Ok(Step::Ordinary),
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(Step::Missing),
        Err(errno) => return Err(errno.into()),
        Ok(_) => {}
    }
    match at.place.read_link(&at.path) {
        Ok(target) => Ok(Step::Link(PathBuf::from(OsString::from_vec(target.into_bytes())))),
        // It was replaced between the two looks.
        Err(Errno::INVAL | Errno::NOENT) => Err(PathError::Contended),
        Err(errno) => Err(errno.into()),
    }
}

fn exists(at: &Located) -> Result<bool, PathError> {
    match at.place.look(&at.path) {
        Ok(_) => Ok(true),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}
