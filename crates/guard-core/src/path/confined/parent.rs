use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};

use super::Confined;
use crate::path::place::Place;
use crate::path::walk::{Last, Located, again, locate};
use crate::path::{FileName, Operation, PathError, kernel};

/// An open directory and a name in it that is not followed: what creating, renaming and removing work on.
pub(super) struct Slot {
    pub(super) place: Arc<Place>,
    pub(super) parent: OwnedFd,
    pub(super) name: OsString,
    /// Both together, relative to the place.
    pub(super) path: PathBuf,
}

impl Confined {
    /// Resolves all but the last name (or also that, with [`Last::Follow`]), applies the rules, and opens the directory.
    pub(super) fn slot(&self, operation: Operation, last: Last) -> Result<Slot, PathError> {
        again(|| {
            let Located { place, path, missing } = locate(&self.root, &self.place, &self.name, last)?;
            self.protect(&place, &path, operation)?;
            if missing > 1 {
                return Err(PathError::Missing);
            }
            let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
                return Err(PathError::IsRoot);
            };
            let parent = place.open_beneath(parent, kernel::ASK | OFlags::DIRECTORY, Mode::empty())?;
            let name = name.to_owned();
            Ok(Slot { place, parent, name, path })
        })
    }

    /// As [`slot`](Self::slot), for a name that is to come into being and therefore has to be portable.
    pub(super) fn new_slot(&self) -> Result<Slot, PathError> {
        let slot = self.slot(Operation::Write, Last::Keep)?;
        FileName::of(&slot.name).map_err(PathError::from)?;
        Ok(slot)
    }
}
