//! Reads a file that configures the guard, or refuses it: size, kind, owner and mode are those of the open file.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use secrecy::SecretString;
use secrecy::zeroize::Zeroize;

use super::fault::Fault;

/// Who may touch a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Largest size in bytes.
    pub(super) max: u64,
    /// Only the owner may read it.
    pub(super) is_private: bool,
    /// The last component may be a link (a secret of an orchestrator, a managed home directory).
    pub(super) may_be_link: bool,
}

/// The text of `path`, or `None` where nothing is there.
///
/// # Errors
/// The file is not what `rules` ask for, or cannot be read.
pub(super) fn read(path: &Path, rules: Rules, euid: u32) -> Result<Option<SecretString>, Fault> {
    let file = match open(path, rules.may_be_link) {
        Ok(file) => file,
        // A link that leads nowhere meant something: its owner is told, and the defaults do not take over.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return if fs::symlink_metadata(path).is_ok() { Err(Fault::FileMissing) } else { Ok(None) };
        }
        Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
            return Err(Fault::FileNotRegular);
        }
        Err(_) => return Err(Fault::FileUnreadable),
    };
    let found = file.metadata().map_err(|_| Fault::FileUnreadable)?;
    refuse(&found, rules, euid)?;
    let mut bytes = Vec::new();
    // One byte more than permitted tells a file that grew after it was measured.
    file.take(rules.max.saturating_add(1)).read_to_end(&mut bytes).map_err(|_| Fault::FileUnreadable)?;
    if u64::try_from(bytes.len()).map_or(true, |len| len > rules.max) {
        bytes.zeroize();
        return Err(Fault::FileTooLarge { max: rules.max });
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(SecretString::from(text))),
        Err(error) => {
            error.into_bytes().zeroize();
            Err(Fault::NotUtf8)
        }
    }
}

/// Refuses a file whose directory lets somebody else exchange it: that of the name, and that of a link's target.
pub(super) fn refuse_shared_directory(file: &Path, euid: u32) -> Result<(), Fault> {
    let real = fs::canonicalize(file).map_err(|_| Fault::FileUnreadable)?;
    for directory in [file.parent(), real.parent()].into_iter().flatten() {
        let found = fs::metadata(directory).map_err(|_| Fault::FileUnreadable)?;
        let is_ours = found.uid() == euid || found.uid() == 0;
        let is_sticky = found.mode() & 0o1000 != 0;
        if !is_ours || (found.mode() & 0o022 != 0 && !is_sticky) {
            return Err(Fault::DirectoryWritableByOthers);
        }
    }
    Ok(())
}

fn open(path: &Path, may_be_link: bool) -> io::Result<File> {
    // NONBLOCK: opening a named pipe must not wait for a writer.
    let mut flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    if !may_be_link {
        flags |= OFlags::NOFOLLOW;
    }
    Ok(File::from(rustix::fs::open(path, flags, Mode::empty())?))
}

fn refuse(found: &Metadata, rules: Rules, euid: u32) -> Result<(), Fault> {
    if !found.is_file() {
        Err(Fault::FileNotRegular)
    } else if found.uid() != euid && found.uid() != 0 {
        Err(Fault::FileNotOurs)
    } else if found.mode() & 0o022 != 0 {
        Err(Fault::FileWritableByOthers)
    } else if rules.is_private && found.mode() & 0o077 != 0 {
        Err(Fault::FileReadableByOthers)
    } else if found.len() > rules.max {
        Err(Fault::FileTooLarge { max: rules.max })
    } else {
        Ok(())
    }
}
