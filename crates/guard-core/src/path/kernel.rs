//! The one way to open something: openat2, beneath a handle, without links, magic links and mount points.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::{Errno, Result};

const CONFINED: ResolveFlags =
    ResolveFlags::BENEATH.union(ResolveFlags::NO_MAGICLINKS).union(ResolveFlags::NO_SYMLINKS);

/// The kernel answers EAGAIN where a rename anywhere on the machine raced with a `..`; it advises to retry.
const ATTEMPTS: usize = 128;

/// Opens `path` beneath `dir`; a link anywhere in it is ELOOP, and a mount point EXDEV unless mounts may be crossed.
/// The empty path is `dir` itself.
///
/// O_NONBLOCK keeps a pipe that somebody put there from hanging us; O_NOCTTY keeps a terminal from becoming ours.
pub(super) fn open_beneath(
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
