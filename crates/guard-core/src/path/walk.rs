//! Finds the path without links that a name stands for.
//!
//! The answer is a text, good at the time of the walk; whoever opens it does so without following links, so that the
//! name the rules were applied to is the name that is opened.

use std::ffi::{OsStr, OsString};
use std::os::fd::AsFd as _;
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

/// Where a name leads.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) place: Arc<Place>,
    /// Without links, relative to the place.
    pub(super) path: PathBuf,
    /// How many names at the end do not exist.
    pub(super) missing: usize,
}

/// What to do about a link at the very end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    Follow,
    Keep,
}

/// Walks `name` beneath `place`, through links that stay inside `root`, dangling ones included.
pub(super) fn locate(root: &Root, place: &Arc<Place>, name: &Path, last: Last) -> Result<Located, PathError> {
    let mut at = Located { place: Arc::clone(place), path: PathBuf::new(), missing: 0 };
    let mut todo = Vec::new();
    push(&mut todo, name);
    let (mut steps, mut links) = (0, 0);
    while let Some(step) = todo.pop() {
        steps += 1;
        if steps > STEPS_MAX {
            return Err(PathError::TooLong);
        }
        if step == ".." {
            at.missing = at.missing.saturating_sub(1);
            if !at.path.pop() {
                return Err(if links == 0 { PathError::OutsideRoot } else { PathError::LinkLeavesRoot });
            }
            continue;
        }
        at.path.push(step);
        if at.missing > 0 {
            at.missing += 1;
            continue;
        }
        if last == Last::Keep && todo.is_empty() {
            at.missing = usize::from(!exists(&at)?);
            break;
        }
        match target(&at)? {
            Step::Ordinary => {}
            Step::Missing => at.missing = 1,
            Step::Link(target) => {
                links += 1;
                if links > LINKS_MAX {
                    return Err(PathError::LinkLoop);
                }
                at.path.pop();
                if target.is_absolute() {
                    let (place, rest) = root.place_of(&target).ok_or(PathError::LinkLeavesRoot)?;
                    at = Located { place: Arc::clone(place), path: PathBuf::new(), missing: 0 };
                    push(&mut todo, rest);
                } else {
                    push(&mut todo, &target);
                }
            }
        }
    }
    Ok(at)
}

fn push(todo: &mut Vec<OsString>, path: &Path) {
    todo.extend(path.components().rev().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some(OsStr::new("..").to_owned()),
        Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
    }));
}

enum Step {
    Ordinary,
    Missing,
    Link(PathBuf),
}

fn target(at: &Located) -> Result<Step, PathError> {
    // The cheap question first: it may be answered through links that appeared meanwhile, so a yes is not believed.
    match rustix::fs::readlinkat(at.place.handle.as_fd(), &at.path, Vec::new()) {
        Err(Errno::INVAL) => return Ok(Step::Ordinary),
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(Step::Missing),
        Err(errno) => return Err(errno.into()),
        Ok(_) => {}
    }
    let link = at.place.open_beneath(&at.path, OFlags::PATH | OFlags::NOFOLLOW, Mode::empty())?;
    match rustix::fs::readlinkat(&link, "", Vec::new()) {
        Ok(target) => Ok(Step::Link(PathBuf::from(OsString::from_vec(target.into_bytes())))),
        // It was replaced between the two looks.
        Err(Errno::INVAL | Errno::NOENT) => Err(PathError::Contended),
        Err(errno) => Err(errno.into()),
    }
}

fn exists(at: &Located) -> Result<bool, PathError> {
    match at.place.open_beneath(&at.path, OFlags::PATH | OFlags::NOFOLLOW, Mode::empty()) {
        Ok(_) => Ok(true),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}
