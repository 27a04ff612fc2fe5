//! Claude Code, in a cell.

use std::fs;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use guard_core::Requires;
use guard_sandbox::{Cell, CellError, Enforced, Network, Profile, Streams};

use super::driver::Rules;
use super::options::{self, Options, Start};
use super::own::Own;
use super::session::{Before, Parts, Session};
use super::{ClaudeError, Judge, Support, Version, inside};
use crate::guarded::Guarded;
use crate::{Protected, home};

const VERSION_TIME: Duration = Duration::from_secs(20);

/// Runs the agent's executable, each run in a cell of its own.
#[derive(Debug)]
pub struct Claude {
    options: Options,
    version: Version,
    enforced: Enforced,
}

impl Claude {
    /// Tries a cell, and asks the executable for its version in it.
    ///
    /// # Errors
    ///
    /// [`ClaudeError`] where no cell can be had, the executable does not answer, or its version is too old.
    pub fn new(options: Options) -> Result<Self, ClaudeError> {
        let options =
            Options { cli: fs::canonicalize(&options.cli).map_err(|_| ClaudeError::NoVersion)?, ..options };
        if [&options.project, &options.home].iter().any(|root| options.quarantine.starts_with(root)) {
            return Err(ClaudeError::BadOption("quarantine"));
        }
        options::arguments(&options, &Start::default())?;
        let cell = cell(&options, None)?;
        let version = version(&cell, &options.cli)?;
        if version.support() == Support::TooOld {
            return Err(ClaudeError::TooOld(version));
        }
        Ok(Self { enforced: cell.enforced(), options, version })
    }

    /// The version of the executable.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// What a cell enforces around the agent and everything that it starts.
    #[must_use]
    pub const fn enforced(&self) -> &Enforced {
        &self.enforced
    }

    /// Starts a run. The project is searched anew for what the cell has to hide and to hold.
    ///
    /// # Errors
    ///
    /// [`ClaudeError`] where nothing was started. What goes wrong later is [`Event::Ended`](super::Event::Ended).
    pub fn start(&self, start: Start, judge: impl Judge + 'static) -> Result<Session, ClaudeError> {
        let prompt = options::prompt(start.prompt.clone())?;
        let arguments = options::arguments(&self.options, &start)?;
        let (home, quarantine) = (&self.options.home, &self.options.quarantine);
        // Left behind where the host was killed in the middle of a run.
        let moved = home::sweep(home, quarantine).map_err(|error| ClaudeError::Quarantine(error.kind()))?;
        let before = Before {
            guarded: Guarded::of(&self.options.project)?,
            project: self.options.project.clone(),
            home: home.clone(),
            quarantine: quarantine.clone(),
            moved,
        };
        let relay = start.relay.as_deref().unwrap_or(&self.options.relay);
        let cell = cell(&self.options, Some(relay))?;
        let enforced = cell.enforced();
        let rules = Rules {
            tools: self.options.tools.clone(),
            // Reaching the model is no network: the relay passes nothing else.
            enforced: Requires {
                sandbox: enforced.sandbox,
                no_network: enforced.no_network,
                secrets_masked: enforced.secrets_masked,
            },
            own: Own::of(cell.home(), &self.options.home),
            careful: self.options.careful,
            ask_expires: self.options.ask_expires,
            time: self.options.time,
            idle: self.options.idle,
        };
        let mut command = vec![cell.stage().as_os_str().to_owned(), inside::REQUEST.into(), relay.into()];
        command.push(self.options.cli.clone().into_os_string());
        command.extend(arguments.into_iter().map(Into::into));
        let (stdin, to_agent) = pair()?;
        let (stdout, from_agent) = pair()?;
        let streams = Streams { stdin: to_agent, stdout: from_agent, ..Streams::captured() };
        let run = cell.spawn(command, ".", streams)?;
        Session::begin(Parts { run, stdin, stdout, rules, judge: Box::new(judge), prompt, before })
    }
}

/// A socket for us and one for the agent.
fn pair() -> Result<(UnixStream, Stdio), ClaudeError> {
    let pair = UnixStream::pair().map_err(|error| CellError::Os(error.kind()))?;
    Ok((pair.0, OwnedFd::from(pair.1).into()))
}

/// The cell of a run; without a relay nothing is reached from it, which is enough to ask for the version.
fn cell(options: &Options, relay: Option<&Path>) -> Result<Cell, ClaudeError> {
    let found = Protected::of(&options.project)?;
    let mut profile = Profile::new(&options.project)
        .writable(&options.project)
        .masked(&found.secrets)
        .guarded(&found.guarded)
        .home(&options.home)
        .read_only(&options.cli)
        .network(Network::None)
        .limits(options.limits);
    if let Some(relay) = relay {
        profile = profile.read_only(relay);
    }
    for toolchain in &options.toolchains {
        profile = profile.toolchain(*toolchain);
    }
    for (name, value) in options::environment(options) {
        profile = profile.env(name, value);
    }
    if let Some(stage) = &options.stage {
        profile = profile.stage(stage);
    }
    Ok(profile.prepare()?)
}

fn version(cell: &Cell, cli: &Path) -> Result<Version, ClaudeError> {
    let mut run = cell.spawn([cli.as_os_str(), "--version".as_ref()], ".", Streams::captured())?;
    let stdout = run.stdout();
    // A few bytes, which wait in the pipe.
    let exit = run.wait_for(VERSION_TIME)?;
    if exit.is_none_or(|exit| !exit.is_success()) {
        return Err(ClaudeError::NoVersion);
    }
    let mut text = String::new();
    let read = stdout.map(|stdout| stdout.take(256).read_to_string(&mut text));
    match read {
        Some(Ok(_)) => text.parse().map_err(|_| ClaudeError::NoVersion),
        _ => Err(ClaudeError::NoVersion),
    }
}
