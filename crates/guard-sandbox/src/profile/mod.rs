//! What a cell shows, hides and allows.

mod environment;
mod layout;
mod toolchain;

use std::path::PathBuf;

pub(crate) use environment::{EXPORT_PREFIX, Environment};
#[cfg(test)]
pub(crate) use layout::Mask;
pub(crate) use layout::{Access, Layout, plain};
pub use toolchain::Toolchain;
pub(crate) use toolchain::{Host, Shown};

use serde::{Deserialize, Serialize};

/// Whether programs of the cell reach a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// A network namespace of its own that holds nothing but a loopback.
    #[default]
    None,
    /// The host's network, with everything that listens on the host's loopback.
    Host,
}

/// Bounds on what one program of the cell may use. The wall clock is the caller's, see [`Run::stop`](crate::Run::stop).
///
/// All but [`processes`](Self::processes) and [`scratch_bytes`](Self::scratch_bytes) are limits per process, as the
/// kernel counts them; core dumps are always off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Seconds of processor time of one process.
    pub cpu_seconds: u64,
    /// Bytes of the largest file that can be written.
    pub file_bytes: u64,
    /// Open files of one process.
    pub open_files: u64,
    /// Processes and threads of the cell. The kernel counts them per user namespace, so the degraded cell has no such
    /// limit, and it exempts a host process that runs as uid 0.
    pub processes: u64,
    /// Bytes of the private `/tmp`, which is memory. With bubblewrap 0.8 or later.
    pub scratch_bytes: u64,
}

impl Default for Limits {
    /// An hour of processor time, files of 8 GiB, 4,096 open files, 4,096 processes, 1 GiB in `/tmp`.
    fn default() -> Self {
        Self {
            cpu_seconds: 3_600,
            file_bytes: 8 << 30,
            open_files: 4_096,
            processes: 4_096,
            scratch_bytes: 1 << 30,
        }
    }
}

/// Describes a cell; [`prepare`](Self::prepare) builds it.
///
/// Nothing is visible but the project, the system's programs and what is named here. Later calls add to earlier ones.
/// Where two entries name one path the stricter wins; otherwise the deeper path decides.
///
/// # Examples
///
/// ```no_run
/// use guard_sandbox::{Network, Profile, Toolchain};
///
/// let cell = Profile::new("/srv/project")
///     .writable("/srv/project")
///     .masked(["/srv/project/.env"])
///     .guarded(["/srv/project/.git/config", "/srv/project/.git/hooks"])
///     .home("/var/lib/guard/home/7")
///     .toolchain(Toolchain::Rust)
///     .network(Network::None)
///     .prepare()?;
/// assert!(cell.enforced().no_network);
/// # Ok::<(), guard_sandbox::CellError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Profile {
    pub(crate) project: PathBuf,
    pub(crate) writable: Vec<PathBuf>,
    pub(crate) read_only: Vec<PathBuf>,
    pub(crate) guarded: Vec<PathBuf>,
    pub(crate) masked: Vec<PathBuf>,
    pub(crate) home: Option<PathBuf>,
    pub(crate) toolchains: Vec<Toolchain>,
    pub(crate) network: Network,
    pub(crate) environment: Environment,
    pub(crate) limits: Limits,
    pub(crate) degraded: Option<String>,
    pub(crate) stage: Option<PathBuf>,
    pub(crate) bubblewrap: Option<PathBuf>,
}

impl Profile {
    /// A cell that shows `project` at its real path, read-only, and has no network.
    #[must_use]
    pub fn new(project: impl Into<PathBuf>) -> Self {
        Self {
            project: project.into(),
            writable: Vec::new(),
            read_only: Vec::new(),
            guarded: Vec::new(),
            masked: Vec::new(),
            home: None,
            toolchains: Vec::new(),
            network: Network::None,
            environment: Environment::default(),
            limits: Limits::default(),
            degraded: None,
            stage: None,
            bubblewrap: None,
        }
    }

    /// Makes a file or directory writable: the project, a part of it, or a root of its own.
    #[must_use]
    pub fn writable(mut self, path: impl Into<PathBuf>) -> Self {
        self.writable.push(path.into());
        self
    }

    /// Shows one more file, directory or Unix socket, without write access.
    #[must_use]
    pub fn read_only(mut self, path: impl Into<PathBuf>) -> Self {
        self.read_only.push(path.into());
        self
    }

    /// Files and directories that stay as they are inside a writable root. Those that do not exist cannot be held
    /// without leaving an artefact on the host; [`Cell::unguarded`](crate::Cell::unguarded) lists them, and the caller
    /// compares them after the run.
    #[must_use]
    pub fn guarded<P: Into<PathBuf>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.guarded.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Secret files and directories: the cell sees a file that cannot be opened, or an empty directory. Missing
    /// ones are left out.
    #[must_use]
    pub fn masked<P: Into<PathBuf>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.masked.extend(paths.into_iter().map(Into::into));
        self
    }

    /// A directory that the cell's HOME is kept in from run to run; without it HOME is empty and forgotten.
    #[must_use]
    pub fn home(mut self, directory: impl Into<PathBuf>) -> Self {
        self.home = Some(directory.into());
        self
    }

    /// Shows a toolchain of the host read-only, with caches in the private HOME and without the host's credentials.
    #[must_use]
    pub fn toolchain(mut self, toolchain: Toolchain) -> Self {
        if !self.toolchains.contains(&toolchain) {
            self.toolchains.push(toolchain);
        }
        self
    }

    /// Chooses the network; none by default.
    #[must_use]
    pub const fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// Sets one variable of the otherwise cleared environment.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.set(name.into(), value.into());
        self
    }

    /// Bounds on what a program of the cell may use.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Permits a cell of Landlock and seccomp alone where bubblewrap or user namespaces are missing, and says why.
    ///
    /// The degraded cell neither masks secrets, nor holds guarded files, nor hides processes; see
    /// [`Cell::enforced`](crate::Cell::enforced).
    #[must_use]
    pub fn degraded(mut self, reason: impl Into<String>) -> Self {
        self.degraded = Some(reason.into());
        self
    }

    /// The executable that runs inside the cell and restricts itself before it becomes the program; by default the one
    /// that calls this, whose `main` begins with [`run_if_requested`](crate::stage::run_if_requested).
    #[must_use]
    pub fn stage(mut self, executable: impl Into<PathBuf>) -> Self {
        self.stage = Some(executable.into());
        self
    }

    /// Where bubblewrap is, if not in `/usr/bin`, `/bin` or `/usr/local/bin`. PATH is never searched: it may name a
    /// directory of a project.
    #[must_use]
    pub fn bubblewrap(mut self, executable: impl Into<PathBuf>) -> Self {
        self.bubblewrap = Some(executable.into());
        self
    }

    /// Resolves every path, chooses the means and starts one cell to see that it holds.
    ///
    /// # Errors
    ///
    /// Any [`CellError`](crate::CellError): the cell is complete or there is none.
    pub fn prepare(&self) -> Result<crate::Cell, crate::CellError> {
        crate::cell::prepare(self)
    }
}
