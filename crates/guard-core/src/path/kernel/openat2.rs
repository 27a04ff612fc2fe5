//! In one call, openat2, which Linux has since 5.6.

use std::ffi::CString;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{Mode, OFlags, ResolveFlags, Stat};
use rustix::io::{Errno, Result};

/// What a handle is opened for that is only asked about: no right to read is needed, and nothing happens to a device.
pub(in crate::path) const ASK: OFlags = OFlags::PATH;

/// The same for a link itself.
const ASK_LINK: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW);

const CONFINED: ResolveFlags =
    ResolveFlags::BENEATH.union(ResolveFlags::NO_MAGICLINKS).union(ResolveFlags::NO_SYMLINKS);

/// The kernel answers EAGAIN where a rename anywhere on the machine raced with a `..`; it advises to retry.
const ATTEMPTS: usize = 128;

/// Opens `path` beneath `dir`; a link anywhere in it is ELOOP, and a mount point EXDEV unless mounts may be crossed.
/// The empty path is `dir` itself.
///
/// O_NONBLOCK keeps a pipe that somebody put there from hanging us; O_NOCTTY keeps a terminal from becoming ours.
pub(in crate::path) fn open_beneath(
    dir: BorrowedFd<'_>,
    path: &Path,
    flags: OFlags,
    mode: Mode,
    crosses_mounts: bool,
) -> Result<OwnedFd> {
    let resolve = if crosses_mounts { CONFINED } else { CONFINED | ResolveFlags::NO_XDEV };
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    // With O_PATH the kernel accepts only these.
    let extra = if flags.contains(OFlags::PATH) {
        OFlags::CLOEXEC
    } else {
        OFlags::CLOEXEC.union(OFlags::NONBLOCK).union(OFlags::NOCTTY)
    };
    for _ in 0..ATTEMPTS {
        match rustix::fs::openat2(dir, path, flags | extra, mode, resolve) {
            Err(Errno::AGAIN | Errno::INTR) => {}
            answer => return answer,
        }
    }
    Err(Errno::AGAIN)
}

/// What `path` beneath `dir` is, a link at its end not followed; errors as [`open_beneath`].
pub(in crate::path) fn look_beneath(dir: BorrowedFd<'_>, path: &Path, crosses_mounts: bool) -> Result<Stat> {
    rustix::fs::fstat(open_beneath(dir, path, ASK_LINK, Mode::empty(), crosses_mounts)?)
}

/// What the link `path` beneath `dir` holds; EINVAL or ENOENT where it is none, other errors as [`open_beneath`].
pub(in crate::path) fn read_link_beneath(
    dir: BorrowedFd<'_>,
    path: &Path,
    crosses_mounts: bool,
) -> Result<CString> {
    let link = open_beneath(dir, path, ASK_LINK, Mode::empty(), crosses_mounts)?;
    rustix::fs::readlinkat(&link, "", Vec::new())
}

/// Brings everything below `directory` to the disk: one call for ten thousand files instead of as many waits.
#[cfg(feature = "archive")]
pub(in crate::path) fn sync_all(directory: &OwnedFd) -> Result<()> {
    rustix::fs::syncfs(directory)
}
