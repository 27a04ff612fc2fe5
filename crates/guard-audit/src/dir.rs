//! The private directory of a log: opened once, everything in it reached through the handle.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{self, AtFlags, FileType, FlockOperation, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::AuditError;
use crate::chain::SEQ_DIGITS;

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const OTHERS: Mode = Mode::RWXG.union(Mode::RWXO);
const OTHERS_WRITE: Mode = Mode::WGRP.union(Mode::WOTH);
const PRIVATE_DIRECTORY: Mode = Mode::RWXU;
const PRIVATE_FILE: Mode = Mode::RUSR.union(Mode::WUSR);

#[derive(Debug)]
pub(crate) struct Dir {
    fd: OwnedFd,
    path: PathBuf,
}

impl Dir {
    /// Opens or makes a directory that only this user can reach.
    pub(crate) fn create(path: &Path) -> Result<Self, AuditError> {
        let path = &plain(path);
        match fs::mkdir(path, PRIVATE_DIRECTORY) {
            Ok(()) => {
                let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
                File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
            }
            Err(Errno::EXIST) => {}
            Err(errno) => return Err(errno.into()),
        }
        let dir = Self::open(path)?;
        let stat = fs::fstat(&dir.fd)?;
        if stat.st_uid != rustix::process::geteuid().as_raw() || has(&stat, OTHERS) {
            return Err(AuditError::Unsafe);
        }
        Ok(dir)
    }

    /// Opens a directory for reading; others may read it (a copy for an auditor), but not write it.
    pub(crate) fn open(path: &Path) -> Result<Self, AuditError> {
        let path = &plain(path);
        let fd = fs::open(path, DIRECTORY, Mode::empty())?;
        if has(&fs::fstat(&fd)?, OTHERS_WRITE) {
            return Err(AuditError::Unsafe);
        }
        // A relative path would mean another place after the process changed its directory.
        let path = std::path::absolute(path)?;
        Ok(Self { fd, path })
    }

    /// Refuses once another directory, or none, stands at the path.
    pub(crate) fn still_there(&self) -> Result<(), AuditError> {
        let (ours, there) =
            (fs::fstat(&self.fd)?, fs::statat(fs::CWD, &self.path, AtFlags::SYMLINK_NOFOLLOW));
        match there {
            Ok(there) if (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino) => Ok(()),
            Ok(_) | Err(Errno::NOENT | Errno::NOTDIR) => Err(AuditError::Replaced),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Locks the directory itself against other processes: there is no lock file that could be removed or replaced.
    pub(crate) fn lock(&self, kind: Lock, wait: Duration) -> Result<Locked, AuditError> {
        // A descriptor of its own, because a lock belongs to the open file, which clones share.
        let fd = fs::openat(&self.fd, ".", DIRECTORY, Mode::empty())?;
        let operation = match kind {
            Lock::Shared => FlockOperation::NonBlockingLockShared,
            Lock::Exclusive => FlockOperation::NonBlockingLockExclusive,
        };
        let mut waited = Duration::ZERO;
        let mut pause = Duration::from_micros(50);
        loop {
            match fs::flock(&fd, operation) {
                Ok(()) => return Ok(Locked { _fd: fd }),
                Err(Errno::INTR) => {}
                Err(Errno::WOULDBLOCK) if waited < wait => {
                    std::thread::sleep(pause);
                    waited += pause;
                    pause = (pause * 2).min(Duration::from_millis(1));
                }
                Err(Errno::WOULDBLOCK) => return Err(AuditError::Busy),
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    /// The first sequence numbers of the segment files, ascending.
    pub(crate) fn segments(&self) -> Result<Vec<u64>, AuditError> {
        let mut found = Vec::new();
        for entry in fs::Dir::read_from(&self.fd)? {
            let entry = entry?;
            let Some(digits) = entry.file_name().to_bytes().strip_suffix(b".jsonl") else { continue };
            if digits.len() == SEQ_DIGITS && digits.iter().all(u8::is_ascii_digit) {
                found.push(digits.iter().fold(0, |seq, digit| seq * 10 + u64::from(digit - b'0')));
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Opens a regular file of this directory.
    pub(crate) fn read(&self, name: &str) -> Result<File, AuditError> {
        // Non-blocking, so that a pipe in the place of a file cannot hold the caller.
        self.open_file(name, OFlags::RDONLY | OFlags::NONBLOCK)
    }

    /// Opens a regular file for reading and appending.
    pub(crate) fn append(&self, name: &str) -> Result<File, AuditError> {
        self.open_file(name, OFlags::RDWR | OFlags::APPEND | OFlags::NONBLOCK)
    }

    /// Makes a new file for reading and appending.
    pub(crate) fn create_new(&self, name: &str) -> Result<File, AuditError> {
        let file = self.open_file(name, OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | OFlags::EXCL)?;
        self.sync()?;
        Ok(file)
    }

    /// Puts a file in the place of another, or of none, in one step.
    pub(crate) fn replace(&self, name: &str, content: &[u8]) -> Result<(), AuditError> {
        let new = format!("{name}.new");
        let mut file = self.open_file(&new, OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::renameat(&self.fd, &new, &self.fd, name)?;
        self.sync()
    }

    /// The whole of a small file; `None` where there is none.
    pub(crate) fn read_small(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, AuditError> {
        let file = match self.read(name) {
            Ok(file) => file,
            Err(AuditError::Missing) => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut content = Vec::new();
        file.take(most).read_to_end(&mut content)?;
        Ok(Some(content))
    }

    /// What stands at `name`, if anything.
    pub(crate) fn stat(&self, name: &str) -> Result<Option<Stat>, AuditError> {
        match fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    pub(crate) fn remove(&self, name: &str) -> Result<(), AuditError> {
        Ok(fs::unlinkat(&self.fd, name, AtFlags::empty())?)
    }

    pub(crate) fn sync(&self) -> Result<(), AuditError> {
        Ok(fs::fsync(&self.fd)?)
    }

    fn open_file(&self, name: &str, flags: OFlags) -> Result<File, AuditError> {
        let fd = fs::openat(self.fd.as_fd(), name, flags | OFlags::NOFOLLOW | OFlags::CLOEXEC, PRIVATE_FILE)?;
        let stat = fs::fstat(&fd)?;
        let regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
        if !regular || has(&stat, OTHERS_WRITE) {
            return Err(AuditError::Unsafe);
        }
        Ok(fd.into())
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Lock {
    Shared,
    Exclusive,
}

/// Holds the lock until it is dropped: closing the only descriptor of the open file unlocks it.
#[derive(Debug)]
pub(crate) struct Locked {
    _fd: OwnedFd,
}

/// Without a slash or dot at the end, which would make the kernel follow a link there.
fn plain(path: &Path) -> PathBuf {
    path.components().collect()
}

fn has(stat: &Stat, any: Mode) -> bool {
    Mode::from_raw_mode(stat.st_mode).intersects(any)
}

pub(crate) fn segment_name(first: u64) -> String {
    format!("{first:016}.jsonl")
}
