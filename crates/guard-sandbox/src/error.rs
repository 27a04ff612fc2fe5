//! Why a cell could not be prepared or started.

use thiserror::Error;

/// A refusal to run a program without the confinement that was asked for.
///
/// Messages quote no path and no text of the project; the [`code`](Self::code) is stable.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CellError {
    /// A path of the profile is relative, has `..` in it or holds a NUL byte.
    #[error("a path of the profile is not absolute and plain")]
    BadPath,
    /// A path that the profile needs does not exist or cannot be read.
    #[error("a path that the profile needs is missing")]
    MissingPath,
    /// The project, HOME or a named root is a directory of the system.
    #[error("a directory of the system cannot be a root of the cell")]
    SystemPath,
    /// The private HOME and another root contain one another.
    #[error("the private home and another root overlap")]
    Overlap,
    /// A path inside the project, as written, leads out of it through a link.
    #[error("a path of the project leads out of it")]
    Escape,
    /// A masked path lies in a part of the cell that is shown whole: the system, a toolchain or the private HOME.
    #[error("a masked path lies where nothing can be masked")]
    MaskOutside,
    /// More paths, variables or bytes than a cell takes.
    #[error("the profile has too many entries")]
    TooLarge,
    /// An environment variable has no plain name or a NUL byte in its value.
    #[error("an environment variable of the profile is malformed")]
    BadEnvironment,
    /// A toolchain of the profile was not found, or lies where binding it would show a home directory.
    #[error("toolchain {0} was not found where it could be shown to the cell")]
    NoToolchain(&'static str),
    /// The degraded cell has no private `/tmp`, so it needs a private HOME.
    #[error("a degraded cell needs a private home directory")]
    HomeRequired,
    /// The stage executable is missing, deleted or lies inside a writable root of the cell.
    #[error("the stage executable is missing or the cell could change it")]
    StageUnusable,
    /// Bubblewrap is not installed.
    #[error(
        "bubblewrap is not installed; install it with `apt install bubblewrap` or `dnf install bubblewrap`"
    )]
    NoBubblewrap,
    /// The kernel or its policy refuses user namespaces.
    #[error(
        "user namespaces are refused; see `sysctl kernel.unprivileged_userns_clone user.max_user_namespaces \
         kernel.apparmor_restrict_unprivileged_userns`"
    )]
    NoUserNamespaces,
    /// Bubblewrap started but could not build the cell.
    #[error("bubblewrap could not build the cell")]
    BubblewrapFailed,
    /// The stage inside the cell refused; the field is its own stable code.
    #[error("the stage refused: {0}")]
    StageRefused(&'static str),
    /// The cell did not come up in time.
    #[error("the cell did not start in time")]
    StartTimeout,
    /// The working directory is not absolute and plain, or not inside anything that the cell shows.
    #[error("the working directory is not inside the cell")]
    BadWorkingDirectory,
    /// The command has no program, a NUL byte or too many words.
    #[error("the command is empty or malformed")]
    BadCommand,
    /// The operating system refused to start or to watch a process.
    #[error("the operating system refused: {0:?}")]
    Os(std::io::ErrorKind),
}

impl CellError {
    /// The stable kebab-case name of the refusal.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadPath => "cell-bad-path",
            Self::MissingPath => "cell-missing-path",
            Self::SystemPath => "cell-system-path",
            Self::Overlap => "cell-overlap",
            Self::Escape => "cell-escape",
            Self::MaskOutside => "cell-mask-outside",
            Self::TooLarge => "cell-too-large",
            Self::BadEnvironment => "cell-bad-environment",
            Self::NoToolchain(_) => "cell-no-toolchain",
            Self::HomeRequired => "cell-home-required",
            Self::StageUnusable => "cell-stage-unusable",
            Self::NoBubblewrap => "cell-no-bubblewrap",
            Self::NoUserNamespaces => "cell-no-user-namespaces",
            Self::BubblewrapFailed => "cell-bubblewrap-failed",
            Self::StageRefused(_) => "cell-stage-refused",
            Self::StartTimeout => "cell-start-timeout",
            Self::BadWorkingDirectory => "cell-bad-working-directory",
            Self::BadCommand => "cell-bad-command",
            Self::Os(_) => "cell-os",
        }
    }
}

impl From<std::io::Error> for CellError {
    fn from(error: std::io::Error) -> Self {
        Self::Os(error.kind())
    }
}

impl From<rustix::io::Errno> for CellError {
    fn from(error: rustix::io::Errno) -> Self {
        Self::from(std::io::Error::from(error))
    }
}
