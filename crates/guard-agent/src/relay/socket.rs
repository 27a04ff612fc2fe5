//! The socket that is bound into the cell.

use std::fs::{self, DirBuilder, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::RelayError;

/// What fits into the system's structure, less the final zero.
const PATH: usize = 107;

/// A listening socket in a directory of its own; both are removed when it is dropped.
pub(crate) struct Socket {
    directory: PathBuf,
    path: PathBuf,
}

impl Socket {
    pub(crate) fn bind(below: &Path) -> Result<(Self, UnixListener), RelayError> {
        let about = fs::metadata(below).map_err(RelayError::Io)?;
        let mine = about.uid() == rustix::process::geteuid().as_raw();
        if !about.is_dir() || !mine || about.mode() & 0o022 != 0 {
            return Err(RelayError::Directory);
        }
        let directory = fresh(below)?;
        let socket = Self { path: directory.join("relay.sock"), directory };
        if socket.path.as_os_str().len() > PATH {
            return Err(RelayError::SocketPath);
        }
        let listener = UnixListener::bind(&socket.path).map_err(RelayError::Io)?;
        fs::set_permissions(&socket.path, Permissions::from_mode(0o600)).map_err(RelayError::Io)?;
        listener.set_nonblocking(true).map_err(RelayError::Io)?;
        Ok((socket, listener))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Only our own two entries; what somebody else has put there stays, and is somebody else's.
        fs::remove_file(&self.path).ok();
        fs::remove_dir(&self.directory).ok();
    }
}

/// Makes a private directory under a name that is not in use; a dead process may have left one.
fn fresh(below: &Path) -> Result<PathBuf, RelayError> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let name = format!("relay-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let directory = below.join(name);
        match DirBuilder::new().mode(0o700).create(&directory) {
            Ok(()) => return Ok(directory),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(RelayError::Io(error)),
        }
    }
}
