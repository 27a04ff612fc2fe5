use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use super::PathError;

/// Opens a directory that only our account can enter, creating it with mode 0700 if it is missing.
///
/// The returned file is the directory's handle. What exists is verified, never repaired: it has to be a directory, not
/// a link to one, owned by us, closed to everyone else, and the directory around it must not let others replace it.
///
/// # Errors
///
/// [`PathError::StateNotPrivate`], [`PathError::RootNotDirectory`], or [`PathError::Io`].
pub fn private_dir(path: impl AsRef<Path>) -> Result<File, PathError> {
    let path = std::path::absolute(path).map_err(PathError::Io)?;
    let parent = path.parent().ok_or(PathError::StateNotPrivate)?;
    DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(PathError::Io)?;
    let around = std::fs::metadata(parent).map_err(PathError::Io)?;
    let is_sticky = around.mode() & 0o1000 != 0;
    if around.mode() & 0o022 != 0 && !is_sticky {
        return Err(PathError::StateNotPrivate);
    }
    match DirBuilder::new().mode(0o700).create(&path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(PathError::Io(error)),
        Ok(()) | Err(_) => {}
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let dir = match rustix::fs::open(&path, flags, Mode::empty()) {
        Ok(dir) => File::from(dir),
        Err(rustix::io::Errno::LOOP | rustix::io::Errno::NOTDIR) => return Err(PathError::RootNotDirectory),
        Err(rustix::io::Errno::ACCESS) => return Err(PathError::StateNotPrivate),
        Err(errno) => return Err(PathError::Io(errno.into())),
    };
    let metadata = dir.metadata().map_err(PathError::Io)?;
    let is_ours = metadata.uid() == rustix::process::geteuid().as_raw();
    if !is_ours || metadata.mode() & 0o077 != 0 {
        return Err(PathError::StateNotPrivate);
    }
    Ok(dir)
}
