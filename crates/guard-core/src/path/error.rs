use std::io;

use rustix::io::Errno;

use super::rules;
use crate::Rule;
use crate::names::NameRule;

/// Why a path was refused or an operation on it failed.
///
/// Messages quote neither the path nor any place on the host.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// No text at all.
    #[error("{}", rules::EMPTY.message)]
    Empty,
    /// A NUL byte, which would cut the path short in the kernel.
    #[error("{}", rules::NUL.message)]
    Nul,
    /// A control character: a line break, an escape sequence, a C1 code.
    #[error("{}", rules::CONTROL.message)]
    ControlCharacter,
    /// A zero-width or bidirectional character.
    #[error("{}", rules::HIDDEN.message)]
    HiddenCharacter,
    /// Full-width dots or slashes that other programs fold into `..` or `/`.
    #[error("{}", rules::LOOK_ALIKE.message)]
    LookAlike,
    /// Over 4095 bytes, 255 bytes in one name, or 256 names.
    #[error("{}", rules::TOO_LONG.message)]
    TooLong,
    /// A name that cannot be created everywhere, or that Windows reads as a device, a drive or a stream.
    #[error("{}", rules::NOT_PORTABLE.message)]
    NotPortable,
    /// `~account`.
    #[error("{}", rules::OTHER_USER_HOME.message)]
    OtherUserHome,
    /// An absolute path elsewhere, or too many `..`.
    #[error("{}", rules::OUTSIDE_ROOT.message)]
    OutsideRoot,
    /// A symbolic link, dangling or not, that leads out.
    #[error("{}", rules::LINK_LEAVES_ROOT.message)]
    LinkLeavesRoot,
    /// More than 40 links on the way.
    #[error("{}", rules::LINK_LOOP.message)]
    LinkLoop,
    /// A mount point on the way.
    #[error("{}", rules::OTHER_FILESYSTEM.message)]
    OtherFilesystem,
    /// A pipe, a socket or a device.
    #[error("{}", rules::SPECIAL_FILE.message)]
    SpecialFile,
    /// A write in place to a file that has a name elsewhere; reading it, too, except among fetched packages.
    #[error("{}", rules::HARD_LINK.message)]
    HardLink,
    /// The root itself was to be written, renamed or removed.
    #[error("{}", rules::IS_ROOT.message)]
    IsRoot,
    /// A write below a root that was added as read-only.
    #[error("{}", rules::READ_ONLY.message)]
    ReadOnly,
    /// The name is one of a secret file.
    #[error("{}", rules::SECRET_FILE.message)]
    Secret(&'static NameRule),
    /// The file is a key or a token, whatever its name.
    #[error("{}", rules::SECRET_CONTENT.message)]
    SecretContent,
    /// The name is one whose writing lets other programs run code.
    #[error("{}", rules::GUARDED_FILE.message)]
    Guarded(&'static NameRule),
    /// The name is one that a person has to agree to, see [`Confined::with_consent`](super::Confined::with_consent).
    #[error("{}", rules::GUARDED_FILE_ASK.message)]
    NeedsConsent(&'static NameRule),
    /// The directory to be opened as a root does not exist or cannot be entered.
    #[error("{}", rules::ROOT_MISSING.message)]
    RootMissing,
    /// What was to be opened as a root is not a directory.
    #[error("{}", rules::ROOT_NOT_DIRECTORY.message)]
    RootNotDirectory,
    /// Another directory is now where the root was.
    #[error("{}", rules::ROOT_REPLACED.message)]
    RootReplaced,
    /// Nothing there.
    #[error("{}", rules::MISSING.message)]
    Missing,
    /// Something is there already.
    #[error("{}", rules::EXISTS.message)]
    Exists,
    /// A directory where a regular file was needed.
    #[error("{}", rules::NOT_A_FILE.message)]
    NotAFile,
    /// Not a directory where one was needed.
    #[error("{}", rules::NOT_A_DIRECTORY.message)]
    NotADirectory,
    /// Somebody kept renaming things on the way.
    #[error("{}", rules::CONTENDED.message)]
    Contended,
    /// No openat2; there is no weaker fallback.
    #[error("{}", rules::UNSUPPORTED.message)]
    Unsupported,
    /// A state directory that others can reach.
    #[error("{}", rules::STATE_NOT_PRIVATE.message)]
    StateNotPrivate,
    /// Anything else the kernel said.
    #[error("{}", rules::IO.message)]
    Io(#[source] io::Error),
}

impl PathError {
    /// The rule behind the refusal.
    #[must_use]
    pub fn rule(&self) -> &'static Rule {
        match self {
            Self::Empty => &rules::EMPTY,
            Self::Nul => &rules::NUL,
            Self::ControlCharacter => &rules::CONTROL,
            Self::HiddenCharacter => &rules::HIDDEN,
            Self::LookAlike => &rules::LOOK_ALIKE,
            Self::TooLong => &rules::TOO_LONG,
            Self::NotPortable => &rules::NOT_PORTABLE,
            Self::OtherUserHome => &rules::OTHER_USER_HOME,
            Self::OutsideRoot => &rules::OUTSIDE_ROOT,
            Self::LinkLeavesRoot => &rules::LINK_LEAVES_ROOT,
            Self::LinkLoop => &rules::LINK_LOOP,
            Self::OtherFilesystem => &rules::OTHER_FILESYSTEM,
            Self::SpecialFile => &rules::SPECIAL_FILE,
            Self::HardLink => &rules::HARD_LINK,
            Self::IsRoot => &rules::IS_ROOT,
            Self::ReadOnly => &rules::READ_ONLY,
            Self::Secret(_) => &rules::SECRET_FILE,
            Self::SecretContent => &rules::SECRET_CONTENT,
            Self::Guarded(_) => &rules::GUARDED_FILE,
            Self::NeedsConsent(_) => &rules::GUARDED_FILE_ASK,
            Self::RootMissing => &rules::ROOT_MISSING,
            Self::RootNotDirectory => &rules::ROOT_NOT_DIRECTORY,
            Self::RootReplaced => &rules::ROOT_REPLACED,
            Self::Missing => &rules::MISSING,
            Self::Exists => &rules::EXISTS,
            Self::NotAFile => &rules::NOT_A_FILE,
            Self::NotADirectory => &rules::NOT_A_DIRECTORY,
            Self::Contended => &rules::CONTENDED,
            Self::Unsupported => &rules::UNSUPPORTED,
            Self::StateNotPrivate => &rules::STATE_NOT_PRIVATE,
            Self::Io(_) => &rules::IO,
        }
    }

    /// The stable kebab-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.rule().code
    }
}

/// What an errno of a resolution without links and without `..` means.
impl From<Errno> for PathError {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::NOENT => Self::Missing,
            Errno::EXIST | Errno::NOTEMPTY => Self::Exists,
            Errno::NOTDIR => Self::NotADirectory,
            Errno::ISDIR => Self::NotAFile,
            Errno::XDEV => Self::OtherFilesystem,
            Errno::NXIO | Errno::NODEV => Self::SpecialFile,
            Errno::NAMETOOLONG => Self::TooLong,
            // EAGAIN is left after bounded retries, ELOOP after a link appeared between two looks.
            Errno::AGAIN | Errno::LOOP => Self::Contended,
            Errno::NOSYS => Self::Unsupported,
            other => Self::Io(other.into()),
        }
    }
}
