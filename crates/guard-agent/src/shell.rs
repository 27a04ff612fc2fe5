//! The agent without a model: each message is one command line.

use std::path::{Path, PathBuf};

use guard_core::Requires;
use guard_core::command::{Approved, Effects};
use guard_sandbox::{Cell, Enforced, Limits, Network, Profile, Streams, Toolchain};

use crate::guarded::Guarded;
use crate::running::Before;
use crate::{AgentError, Protected, Running, git};

/// Where and how commands run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The real path of the approved directory.
    pub project: PathBuf,
    /// The private HOME that programs see, kept from run to run.
    pub home: PathBuf,
    /// Where guarded files go that changed or appeared during a run; outside of the project and of HOME.
    pub quarantine: PathBuf,
    /// Why a cell without namespaces is acceptable, where nothing better can be had.
    pub degraded: Option<String>,
    /// Toolchains that programs may use; those that are not installed are left out.
    pub toolchains: Vec<Toolchain>,
    /// The stage executable, where the host program is not its own.
    pub stage: Option<PathBuf>,
}

/// Runs approved commands, each in a cell of its own.
#[derive(Debug)]
pub struct Shell {
    options: Options,
    identity: Vec<(String, String)>,
    enforced: Enforced,
}

impl Shell {
    /// Tries a cell, to learn what this machine enforces and which toolchains it has.
    ///
    /// # Errors
    ///
    /// [`AgentError`] where no cell can be had: then nothing may run.
    pub fn new(mut options: Options) -> Result<Self, AgentError> {
        options.toolchains.retain(|toolchain| toolchain.is_installed());
        let found = Protected::of(&options.project)?;
        let enforced = profile(&options, &[], &found).prepare()?.enforced();
        Ok(Self { options, identity: git::identity(), enforced })
    }

    /// What a cell of this machine enforces around a command without network.
    #[must_use]
    pub const fn enforced(&self) -> &Enforced {
        &self.enforced
    }

    /// The same as what a verdict requires.
    #[must_use]
    pub const fn meets(&self, requires: Requires) -> bool {
        requires.is_met_by(met(&self.enforced))
    }

    /// Compiles the cell of one command from its effects, without starting the command.
    ///
    /// Only the directories in which it makes, changes or removes entries are writable; all of the project where git or code
    /// of the project runs. Secrets are masked and guarded files are read-only in any case. The network is there only where
    /// the command uses it, which nothing but a person's consent approves.
    ///
    /// # Errors
    ///
    /// [`AgentError`] where the cell cannot be built.
    pub fn cell(&self, effects: &Effects) -> Result<Cell, AgentError> {
        let writable = writable(&self.options.project, effects);
        let found = Protected::of(&self.options.project)?;
        let mut profile = profile(&self.options, &writable, &found);
        for (name, value) in git::environment(&self.identity) {
            profile = profile.env(name, value);
        }
        if effects.uses_network() {
            profile = profile.network(Network::Host);
        }
        Ok(profile.prepare()?)
    }

    /// Runs an approved command; it is used up by that.
    ///
    /// Where it may write, the guarded files of the project are compared afterwards: code that it runs can make new ones,
    /// which the cell cannot hold. Those are moved away, and [`Running::moved`] tells.
    ///
    /// # Errors
    ///
    /// [`AgentError::NotEnforced`] where the cell does not enforce what the approval requires and no person said yes to
    /// exactly that; otherwise as [`cell`](Self::cell). Nothing was started then.
    pub fn start(&self, approved: Approved) -> Result<Running, AgentError> {
        let is_writing = !writable(&self.options.project, approved.effects()).is_empty();
        let before = if is_writing {
            Some(Before {
                guarded: Guarded::of(&self.options.project)?,
                project: self.options.project.clone(),
                quarantine: self.options.quarantine.clone(),
            })
        } else {
            None
        };
        let cell = self.cell(approved.effects())?;
        let enforced = cell.enforced();
        if approved.consent().is_none() && !approved.requires().is_met_by(met(&enforced)) {
            return Err(AgentError::NotEnforced);
        }
        let run = cell.spawn(approved.argv(), approved.cwd(), Streams::captured())?;
        Ok(Running::of(run, enforced, before))
    }
}

const fn met(enforced: &Enforced) -> Requires {
    Requires {
        sandbox: enforced.sandbox,
        no_network: enforced.no_network,
        secrets_masked: enforced.secrets_masked,
    }
}

fn profile(options: &Options, writable: &[PathBuf], found: &Protected) -> Profile {
    let mut profile = Profile::new(&options.project)
        .masked(&found.secrets)
        .guarded(&found.guarded)
        .home(&options.home)
        .limits(Limits::default());
    for path in writable {
        profile = profile.writable(path);
    }
    for toolchain in &options.toolchains {
        profile = profile.toolchain(*toolchain);
    }
    if let Some(reason) = &options.degraded {
        profile = profile.degraded(reason);
    }
    if let Some(stage) = &options.stage {
        profile = profile.stage(stage);
    }
    profile
}

/// The outermost directories that have to be writable, so that every entry that is made, changed or removed can be.
fn writable(project: &Path, effects: &Effects) -> Vec<PathBuf> {
    // Git changes the tree and its own directory in ways that its arguments do not name.
    let uses_git = effects.programs().any(|program| program.split(' ').next() == Some("git"));
    if effects.runs_project_code() || uses_git {
        return vec![project.to_owned()];
    }
    let mut directories: Vec<PathBuf> = effects
        .writes()
        .chain(effects.deletes())
        .map(|path| project.join(path))
        .filter(|path| path.starts_with(project))
        .map(|path| directory(project, &path))
        .collect();
    directories.sort();
    directories.dedup_by(|deeper, outer| deeper.starts_with(&*outer));
    directories
}

/// The nearest directory above `path` that exists; the project at the outermost.
fn directory(project: &Path, path: &Path) -> PathBuf {
    let above = path.ancestors().skip(1).take_while(|above| above.starts_with(project));
    above
        .filter_map(|above| above.canonicalize().ok())
        .find(|above| above.is_dir() && above.starts_with(project))
        .unwrap_or_else(|| project.to_owned())
}
