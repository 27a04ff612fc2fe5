use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::Confined;
use super::metadata::FileKind;
use super::parent::Slot;
use crate::path::walk::Last;
use crate::path::{FileName, Operation, PathError};

/// Leftovers of killed processes can be in the way; no more of them than this are tried.
const NAMES_TRIED: usize = 64;

/// New contents for a file, invisible until [`commit`](Self::commit); dropped, they are gone.
///
/// The new file is written beside the old one and renamed over it: readers see all or nothing, and another hard link of
/// the old file keeps the old contents.
#[derive(Debug)]
#[must_use = "nothing is replaced until it is committed"]
pub struct Replacement {
    file: File,
    parent: OwnedFd,
    temporary: Option<OsString>,
    name: OsString,
}

impl Confined {
    /// Starts to replace a regular file, or to create it; a link that stays inside is followed.
    ///
    /// The permissions of the old file are kept, but for set-id bits.
    ///
    /// # Errors
    ///
    /// Any [`PathError`] of resolving and of the rules on names; [`PathError::NotAFile`], [`PathError::SpecialFile`],
    /// and for a new file what [`create`](Self::create) refuses.
    pub fn replace(&self) -> Result<Replacement, PathError> {
        let slot = self.slot(Operation::Write, Last::Follow)?;
        let mode = match slot.place.look(&slot.path) {
            Ok(old) => Some(mode_of(&old)?),
            Err(Errno::NOENT) => None,
            Err(errno) => return Err(errno.into()),
        };
        if mode.is_none() {
            FileName::of(&slot.name)?;
        }
        let (temporary, file) = create_temporary(&slot, mode)?;
        Ok(Replacement { file, parent: slot.parent, temporary: Some(temporary), name: slot.name })
    }
}

fn mode_of(old: &Stat) -> Result<Mode, PathError> {
    match FileKind::of(FileType::from_raw_mode(old.st_mode)) {
        Some(FileKind::File) => Ok(Mode::from_raw_mode(old.st_mode) & (Mode::RWXU | Mode::RWXG | Mode::RWXO)),
        Some(FileKind::Directory) => Err(PathError::NotAFile),
        // A link came there since the path was resolved.
        Some(FileKind::Link) => Err(PathError::Contended),
        Some(FileKind::Special) | None => Err(PathError::SpecialFile),
    }
}

fn create_temporary(slot: &Slot, mode: Option<Mode>) -> Result<(OsString, File), PathError> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let parent = slot.path.parent().ok_or(PathError::IsRoot)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
    for _ in 0..NAMES_TRIED {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = OsString::from(format!(".guard-{}-{number}.tmp", std::process::id()));
        match slot.place.open_beneath(&parent.join(&name), flags, mode.unwrap_or(Mode::from_raw_mode(0o666)))
        {
            Ok(file) => {
                if let Some(mode) = mode {
                    // Past the umask: the old file had these bits.
                    rustix::fs::fchmod(&file, mode)?;
                }
                return Ok((name, File::from(file)));
            }
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Err(PathError::Exists)
}

impl Replacement {
    /// The new file, for more than [`Write`] can do.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Flushes the contents to disk and puts them in place of the old ones.
    ///
    /// # Errors
    ///
    /// [`PathError::Io`] and others from the kernel; the old file is then as it was.
    pub fn commit(mut self) -> Result<(), PathError> {
        self.file.sync_all().map_err(PathError::Io)?;
        if let Some(temporary) = &self.temporary {
            rustix::fs::renameat(&self.parent, temporary, &self.parent, &self.name)?;
        }
        self.temporary = None;
        Ok(())
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // Best effort: a stray temporary file is untidy but harmless.
            rustix::fs::unlinkat(&self.parent, temporary, AtFlags::empty()).ok();
        }
    }
}
