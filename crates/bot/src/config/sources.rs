//! Where the configuration is read from, given as data so that nothing here depends on global state.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::{env, fmt, io};

/// What the configuration is read for; decides which sources count and which settings must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// `run`: everything counts, also `.env`; the bot's token and the approved directory must be set.
    Run,
    /// Commands of the owner (`console`, `sandbox`, `audit`, …): the environment counts.
    Command,
    /// `check`: of the environment only APPROVED_DIRECTORY and GUARD_STATE_DIR count, so that a shell's own `DEBUG`
    /// or `ENVIRONMENT` neither breaks nor changes an evaluation.
    Check,
    /// `hook`: no setting of the environment counts, because the project's own agent settings can put variables there.
    Hook,
}

impl Purpose {
    /// Whether the variable `name` of the environment counts.
    pub(super) fn reads(self, name: &str) -> bool {
        match self {
            Self::Run | Self::Command => true,
            Self::Check => matches!(name, "APPROVED_DIRECTORY" | "GUARD_STATE_DIR"),
            Self::Hook => false,
        }
    }

    /// Whether an agent runs or may run, so that its credential matters.
    pub(super) fn runs_an_agent(self) -> bool {
        matches!(self, Self::Run | Self::Command)
    }
}

/// Everything that decides what the configuration is.
#[derive(Clone)]
pub(crate) struct Sources {
    /// What it is read for.
    pub(crate) purpose: Purpose,
    /// `--config FILE`; must exist.
    pub(crate) config_file: Option<PathBuf>,
    /// The environment; also names the XDG directories and HOME.
    pub(crate) env: BTreeMap<OsString, OsString>,
    /// The current directory; its `.env` is read by [`Purpose::Run`], nothing else in it ever is.
    pub(crate) current_dir: PathBuf,
    /// The effective user id.
    pub(crate) euid: u32,
    /// guard's own executable.
    pub(crate) executable: PathBuf,
    /// Directories that a guard evaluates or an agent writes, beside APPROVED_DIRECTORY.
    pub(crate) evaluated_roots: Vec<PathBuf>,
}

impl Sources {
    /// Reads the process's environment, user, current directory and executable.
    ///
    /// # Errors
    /// The current directory or the executable cannot be named.
    pub(crate) fn from_process(purpose: Purpose, config_file: Option<PathBuf>) -> io::Result<Self> {
        Ok(Self {
            purpose,
            config_file,
            env: env::vars_os().collect(),
            current_dir: env::current_dir()?,
            euid: rustix::process::geteuid().as_raw(),
            executable: env::current_exe()?,
            evaluated_roots: Vec::new(),
        })
    }

    /// The same with another directory that a guard evaluates.
    #[must_use]
    pub(crate) fn evaluating(mut self, root: impl Into<PathBuf>) -> Self {
        self.evaluated_roots.push(root.into());
        self
    }

    /// The user's home directory, if the environment names one by an absolute path.
    pub(super) fn home(&self) -> Option<&Path> {
        self.absolute("HOME")
    }

    /// The directory that `variable` names, else `fallback` below HOME; the XDG rule.
    pub(super) fn xdg(&self, variable: &str, fallback: &str) -> Option<PathBuf> {
        match self.env.get(OsStr::new(variable)).filter(|value| !value.is_empty()) {
            // A relative one would follow the current directory, which may be a hostile clone.
            Some(_) => self.absolute(variable).map(Path::to_path_buf),
            None => Some(self.home()?.join(fallback)),
        }
    }

    fn absolute(&self, variable: &str) -> Option<&Path> {
        self.env.get(OsStr::new(variable)).map(Path::new).filter(|path| path.is_absolute())
    }
}

/// The environment holds secrets: it is never printed.
impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}
