//! A prepared cell: the means chosen, tried once, ready to start programs.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::pipe::{PipeFlags, pipe_with};
use serde::Serialize;

use crate::bubblewrap::{self, Bubblewrap};
use crate::plan::{Backend, Bytes, Plan, Role, Step};
use crate::profile::{Access, Environment, Host, Layout, Network, Shown, plain};
use crate::stage::{Failure, REQUEST};
use crate::{CellError, Profile, Run, spawner};

/// Words of one command at most; bubblewrap takes 9,000 with its own.
const MAX_WORDS: usize = 2_000;
const START_TIME: Duration = Duration::from_secs(10);

/// What of the confinement is really in force.
///
/// The first three are what a verdict of `guard-core` requires, under the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Enforced {
    /// Only the named roots can be read or written, what is guarded cannot be written, nothing of the host can be
    /// signalled, and nothing survives.
    pub sandbox: bool,
    /// No network and no socket of the host.
    pub no_network: bool,
    /// Every masked file that exists is hidden, and none has a second name.
    pub secrets_masked: bool,
    /// Every guarded path that exists is read-only, and so are the names above it.
    pub guarded: bool,
    /// The host's processes cannot be seen.
    pub processes_hidden: bool,
    /// What holds the cell.
    pub backend: Backend,
}

/// How the standard streams of a program are connected.
#[derive(Debug)]
pub struct Streams {
    /// Standard input.
    pub stdin: Stdio,
    /// Standard output.
    pub stdout: Stdio,
    /// Standard error.
    pub stderr: Stdio,
}

impl Streams {
    /// Output and error as pipes, no input.
    #[must_use]
    pub fn captured() -> Self {
        Self { stdin: Stdio::null(), stdout: Stdio::piped(), stderr: Stdio::piped() }
    }

    /// Three pipes.
    #[must_use]
    pub fn piped() -> Self {
        Self { stdin: Stdio::piped(), ..Self::captured() }
    }

    /// The host's own streams.
    #[must_use]
    pub fn inherited() -> Self {
        Self { stdin: Stdio::inherit(), stdout: Stdio::inherit(), stderr: Stdio::inherit() }
    }
}

/// A confinement that was tried and holds; starts any number of programs, one after another or at once.
#[derive(Debug)]
pub struct Cell {
    layout: Layout,
    toolchains: Shown,
    stage: PathBuf,
    /// The program that is started, with everything up to the stage's own arguments.
    launcher: Vec<OsString>,
    environment: Environment,
    network: Network,
    limits: crate::Limits,
    backend: Backend,
    degraded: Option<String>,
}

pub(crate) fn prepare(profile: &Profile) -> Result<Cell, CellError> {
    let first = build(profile, Backend::Bubblewrap).and_then(tried);
    match (&profile.degraded, first) {
        (Some(reason), Err(CellError::NoBubblewrap | CellError::NoUserNamespaces)) => {
            let cell = build(profile, Backend::Degraded)?;
            tried(Cell { degraded: Some(reason.clone()), ..cell })
        }
        (_, result) => result,
    }
}

fn build(profile: &Profile, backend: Backend) -> Result<Cell, CellError> {
    let layout = Layout::of(profile)?;
    let stage = stage(profile, &layout)?;
    let home = match (backend, &layout.home) {
        (Backend::Bubblewrap, _) => bubblewrap::HOME.to_owned(),
        (Backend::Degraded, None) => return Err(CellError::HomeRequired),
        (Backend::Degraded, Some(home)) => home.to_str().ok_or(CellError::BadPath)?.to_owned(),
    };
    let host = Host::of_this_process();
    let mut toolchains = Shown::default();
    for toolchain in &profile.toolchains {
        toolchain.show(&host, &home, &mut toolchains)?;
    }
    let mut shown_whole =
        bubblewrap::system_paths(profile.network).chain(toolchains.read_only.iter().cloned());
    if shown_whole.any(|shown| layout.unseen.iter().any(|secret| covers(&shown, secret)))
        || layout.home.iter().any(|home| layout.unseen.iter().any(|secret| covers(home, secret)))
    {
        return Err(CellError::MaskOutside);
    }
    let environment = profile.environment.over(defaults(&toolchains, backend, &home)?)?;
    let launcher = match backend {
        Backend::Degraded => vec![stage.clone().into()],
        Backend::Bubblewrap => {
            let found = Bubblewrap::find(profile.bubblewrap.as_deref())?;
            let mut line = vec![found.path().into()];
            line.extend(found.arguments(
                &layout,
                &toolchains.read_only,
                &stage,
                profile.network,
                &profile.limits,
            ));
            line.push(bubblewrap::STAGE.into());
            line
        }
    };
    let (network, limits) = (profile.network, profile.limits);
    Ok(Cell { layout, toolchains, stage, launcher, environment, network, limits, backend, degraded: None })
}

/// Whether showing one path, wherever its links lead, shows the other.
fn covers(shown: &Path, secret: &Path) -> bool {
    shown.canonicalize().map_or(true, |shown| secret.starts_with(&shown) || shown.starts_with(secret))
}

/// The executable of the stage, which nothing in the cell may be able to change.
fn stage(profile: &Profile, layout: &Layout) -> Result<PathBuf, CellError> {
    let named = profile.stage.clone().map_or_else(std::env::current_exe, Ok);
    let real = named.and_then(|path| path.canonicalize()).map_err(|_| CellError::StageUnusable)?;
    let is_writable = layout.writable().any(|root| real.starts_with(root))
        || layout.home.as_ref().is_some_and(|home| real.starts_with(home));
    let is_held = layout.access(&real) == Some(Access::ReadOnly);
    if !real.is_file() || (is_writable && !is_held) { Err(CellError::StageUnusable) } else { Ok(real) }
}

fn defaults(shown: &Shown, backend: Backend, home: &str) -> Result<BTreeMap<String, String>, CellError> {
    let mut path: Vec<PathBuf> = Vec::new();
    for directory in
        shown.path.iter().cloned().chain(["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from))
    {
        if !path.contains(&directory) {
            path.push(directory);
        }
    }
    let path = std::env::join_paths(path).ok().and_then(|path| path.into_string().ok());
    let scratch = match backend {
        Backend::Bubblewrap => "/tmp".to_owned(),
        Backend::Degraded => home.to_owned(),
    };
    let mut variables = BTreeMap::from([
        ("HOME".to_owned(), home.to_owned()),
        ("LANG".to_owned(), "C.UTF-8".to_owned()),
        ("LOGNAME".to_owned(), "cell".to_owned()),
        ("PATH".to_owned(), path.ok_or(CellError::BadPath)?),
        ("SHELL".to_owned(), "/bin/sh".to_owned()),
        ("TERM".to_owned(), "dumb".to_owned()),
        ("TMPDIR".to_owned(), scratch),
        ("USER".to_owned(), "cell".to_owned()),
    ]);
    variables.extend(shown.env.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    Ok(variables)
}

/// Starts a cell that ends at once: whatever the kernel or bubblewrap refuses comes out here.
fn tried(cell: Cell) -> Result<Cell, CellError> {
    let streams = Streams { stdout: Stdio::null(), ..Streams::captured() };
    let mut run = cell.start(Step::Try, &cell.layout.project, &[], streams)?;
    let stderr = run.stderr();
    let Some(exit) = run.wait_for(START_TIME)? else {
        drop(run);
        return Err(CellError::StartTimeout);
    };
    if exit.is_success() {
        return Ok(cell);
    }
    let mut output = String::new();
    if let Some(stderr) = stderr {
        // Less than a screen; what cannot be read explains nothing.
        drop(stderr.take(16 << 10).read_to_string(&mut output));
    }
    Err(match Failure::find(&output) {
        Some(failure) => CellError::StageRefused(failure.code()),
        None if ["namespace", "uid map", "RTM_NEWADDR"].iter().any(|words| output.contains(words)) => {
            CellError::NoUserNamespaces
        }
        None => CellError::BubblewrapFailed,
    })
}

impl Cell {
    /// Starts a program in `cwd`, which is relative to the project, or absolute and in something that the cell shows.
    ///
    /// The program is found along the cell's PATH. May be called from any thread.
    ///
    /// # Errors
    ///
    /// [`CellError`] where nothing was started. What goes wrong inside the cell is exit status 126.
    pub fn spawn<S: AsRef<OsStr>>(
        &self,
        command: impl IntoIterator<Item = S>,
        cwd: impl AsRef<Path>,
        streams: Streams,
    ) -> Result<Run, CellError> {
        let command: Vec<OsString> = command.into_iter().map(|word| word.as_ref().to_owned()).collect();
        let is_plain = |word: &OsString| !word.as_encoded_bytes().contains(&0);
        if command.first().is_none_or(|program| program.is_empty())
            || command.len() > MAX_WORDS
            || !command.iter().all(is_plain)
        {
            return Err(CellError::BadCommand);
        }
        let cwd = self.layout.project.join(cwd);
        let cwd = plain(&cwd).map_err(|_| CellError::BadWorkingDirectory)?;
        let is_home = self.layout.home.is_some() && cwd.starts_with(self.home());
        if self.layout.access(cwd).is_none() && !is_home {
            return Err(CellError::BadWorkingDirectory);
        }
        self.start(Step::Execute, cwd, &command, streams)
    }

    fn start(
        &self,
        step: Step,
        cwd: &Path,
        command: &[OsString],
        streams: Streams,
    ) -> Result<Run, CellError> {
        let plan = self.plan(step, cwd)?;
        let (lifeline, host_end) = pipe_with(PipeFlags::CLOEXEC)?;
        let number = u32::try_from(lifeline.as_raw_fd()).map_err(|_| CellError::TooLarge)?;
        let arguments = Plan { lifeline: number, ..plan }.to_arguments().map_err(|_| CellError::TooLarge)?;
        let (program, launcher) = self.launcher.split_first().ok_or(CellError::BadCommand)?;
        let mut start = Command::new(program);
        start.args(launcher).arg(REQUEST).args(arguments).args(command);
        start.env_clear().envs(self.environment.exports());
        start.current_dir("/").stdin(streams.stdin).stdout(streams.stdout).stderr(streams.stderr);
        Run::of(spawner::spawn(start, lifeline)?, host_end)
    }

    fn plan(&self, step: Step, cwd: &Path) -> Result<Plan, CellError> {
        let masked = |is_dir: bool| {
            let masks = self.layout.masks.iter().filter(move |mask| mask.is_dir == is_dir);
            masks.map(|mask| Bytes(mask.path.clone())).collect::<Vec<_>>()
        };
        let mut plan = Plan {
            role: Role::Keeper,
            step,
            backend: self.backend,
            network: self.network,
            limits: self.limits,
            cwd: cwd.into(),
            readable: Vec::new(),
            writable: self.layout.writable().map(Bytes::from).collect(),
            masked_files: Vec::new(),
            masked_dirs: Vec::new(),
            guarded: Vec::new(),
            shown: Vec::new(),
            lifeline: 0,
            parent: None,
        };
        match self.backend {
            Backend::Bubblewrap => {
                plan.readable.push(Path::new("/").into());
                plan.writable.extend([bubblewrap::HOME, "/tmp", "/dev"].map(|path| Path::new(path).into()));
                plan.masked_files = masked(false);
                plan.masked_dirs = masked(true);
                plan.shown = self.layout.identities()?;
                plan.guarded = self.layout.guarded.iter().map(|path| Bytes(path.clone())).collect();
            }
            Backend::Degraded => {
                let shown =
                    self.layout.read_only().chain(self.toolchains.read_only.iter().map(PathBuf::as_path));
                plan.readable.extend(shown.map(Bytes::from));
                plan.readable.push(Bytes(self.stage.clone()));
                plan.readable.extend(bubblewrap::system_paths(self.network).map(Bytes));
                plan.writable.extend(self.layout.home.as_deref().map(Bytes::from));
                plan.writable.extend(bubblewrap::devices().map(Bytes));
            }
        }
        Ok(plan)
    }

    pub(crate) fn has_variable(&self, name: &str) -> bool {
        self.environment.has(name)
    }

    /// What is in force.
    #[must_use]
    pub fn enforced(&self) -> Enforced {
        let is_whole = self.backend == Backend::Bubblewrap;
        Enforced {
            sandbox: is_whole || self.layout.guarded.is_empty(),
            no_network: self.network == Network::None,
            secrets_masked: (is_whole || self.layout.masks.is_empty()) && self.layout.masks_are_complete,
            guarded: is_whole || self.layout.guarded.is_empty(),
            processes_hidden: is_whole,
            backend: self.backend,
        }
    }

    /// Why the cell may be degraded, if it is.
    #[must_use]
    pub fn degraded(&self) -> Option<&str> {
        self.degraded.as_deref()
    }

    /// Guarded paths that are missing or links, so that only a look after the run can tell whether they changed.
    #[must_use]
    pub fn unguarded(&self) -> &[PathBuf] {
        &self.layout.unguarded
    }

    /// The real path of the project, inside and outside of the cell.
    #[must_use]
    pub fn project(&self) -> &Path {
        &self.layout.project
    }

    /// HOME as the program sees it.
    #[must_use]
    pub fn home(&self) -> &Path {
        match (self.backend, &self.layout.home) {
            (Backend::Degraded, Some(home)) => home,
            (Backend::Degraded | Backend::Bubblewrap, _) => Path::new(bubblewrap::HOME),
        }
    }

    /// The stage executable as the program sees it; a host that is its own stage can run itself in the cell by it.
    #[must_use]
    pub fn stage(&self) -> &Path {
        match self.backend {
            Backend::Bubblewrap => Path::new(bubblewrap::STAGE),
            Backend::Degraded => &self.stage,
        }
    }
}
