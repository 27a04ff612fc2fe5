//! Rules on the text of a path, before anything is looked up.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use super::{FileName, PathError};
use super::{hidden, home, portable};

/// The kernel's limit, without the NUL at the end.
pub(super) const BYTES_MAX: usize = 4095;
/// No project nests deeper; bounds the work of resolving, which is quadratic in the kernel.
pub(super) const DEPTH_MAX: usize = 256;

/// A path whose text hides nothing: no NUL, no control or invisible characters, no disguised dots, of bounded size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a>(&'a Path);

impl<'a> Text<'a> {
    pub(super) fn parse(path: &'a Path) -> Result<Self, PathError> {
        let bytes = path.as_os_str().as_bytes();
        if bytes.is_empty() {
            return Err(PathError::Empty);
        }
        if bytes.len() > BYTES_MAX {
            return Err(PathError::TooLong);
        }
        let is_plain = |byte: u8| (b'!'..=b'}').contains(&byte) & (byte != b'\\') & (byte != b':');
        let is_plain = bytes.iter().fold(true, |all, byte| all & is_plain(*byte));
        // Too short for a long name or for many.
        if is_plain && bytes.len() <= FileName::MAX {
            return Ok(Self(path));
        }
        if bytes.contains(&0) {
            return Err(PathError::Nul);
        }
        let mut depth = 0;
        for component in path.components() {
            depth += 1;
            if depth > DEPTH_MAX || component.as_os_str().len() > FileName::MAX {
                return Err(PathError::TooLong);
            }
        }
        if is_plain { Ok(Self(path)) } else { Self::parse_rare(path) }
    }

    /// The part of the rules that plain ASCII without spaces, `\`, `:` and `~` cannot meet.
    fn parse_rare(path: &'a Path) -> Result<Self, PathError> {
        // Bytes that are not UTF-8 stand for themselves in a name; here they only have to be no obstacle.
        let text = path.to_string_lossy();
        if text.contains(char::is_control) {
            return Err(PathError::ControlCharacter);
        }
        if hidden::is_hidden_in(&text) {
            return Err(PathError::HiddenCharacter);
        }
        if portable::is_disguised_parent(&text) {
            return Err(PathError::LookAlike);
        }
        if portable::is_windows_path(&text) {
            return Err(PathError::NotPortable);
        }
        // Only as the first name: `./~root` is a file for every shell.
        let first = text.split('/').next().unwrap_or_default();
        if home::is_account_name(first) {
            return Err(PathError::OtherUserHome);
        }
        Ok(Self(path))
    }

    pub(super) fn path(self) -> &'a Path {
        self.0
    }
}

/// Whether `path` names its parent somewhere.
pub(super) fn has_parent(path: &Path) -> bool {
    !is_all_names(path) && parts(path).any(|part| part == b"..")
}

/// A relative path without `.`, doubled slashes and one at the end, so that equal ones compare equal as text.
pub(super) fn normalize(path: PathBuf) -> PathBuf {
    if is_all_names(&path) || parts(&path).all(|part| !matches!(part, b"" | b".")) {
        return path;
    }
    path.components().filter(|part| *part != Component::CurDir).collect()
}

/// What stands between the slashes, at a fraction of the cost of `Path::components`.
fn parts(path: &Path) -> impl Iterator<Item = &[u8]> {
    path.as_os_str().as_bytes().split(|byte| *byte == b'/')
}

/// Whether a relative path has nothing but names between single slashes; not told of names that begin or end with a dot.
fn is_all_names(path: &Path) -> bool {
    let bytes = path.as_os_str().as_bytes();
    let is_mark = |byte: &u8| (*byte == b'/') | (*byte == b'.');
    let next = bytes.get(1..).unwrap_or_default();
    // Without branches, so that it is done by the dozen.
    let has_marks = bytes.iter().zip(next).fold(false, |has, (a, b)| has | (is_mark(a) & is_mark(b)));
    !has_marks && !bytes.first().is_some_and(is_mark) && bytes.last() != Some(&b'/')
}

/// Whether `path` counts more `..` than names at some point, read without looking at links.
pub(super) fn climbs_out(path: &Path) -> bool {
    if !has_parent(path) {
        return false;
    }
    let mut depth = 0_usize;
    for component in path.components() {
        match component {
            Component::Normal(_) => depth += 1,
            Component::ParentDir if depth == 0 => return true,
            Component::ParentDir => depth -= 1,
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    false
}

/// Whether Windows would open something else under this name; on a name that is not UTF-8, no.
pub(super) fn is_windows_special(name: &OsStr) -> bool {
    name.to_str().is_some_and(portable::is_windows_special)
}
