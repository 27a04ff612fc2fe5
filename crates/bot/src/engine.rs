//! Sets up Claude Code for one person and one project: executable, places, account, model.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use guard_agent::claude::{Claude, Options, Places, TOOLS};
use guard_agent::relay::{Models, Upstream};
use guard_sandbox::CellError;
use thiserror::Error;

use crate::config::{self, Approvals, Config};
use crate::model::{CredentialFault, Login, priced};
use crate::run::{Conversations, Engine};
use crate::state::State;

/// Between two signs of life of a hold, at most.
const PULSE: Duration = Duration::from_secs(60);
/// A tool that runs at the API, which the relay refuses: it cannot be judged here.
const AT_THE_API: &str = "WebSearch";

/// Why the agent cannot be set up.
#[derive(Debug, Error)]
pub(crate) enum SetupFault {
    /// The program is neither configured nor in PATH.
    #[error(
        "Claude Code is not installed: `npm i -g @anthropic-ai/claude-code`, or name it with CLAUDE_CLI_PATH"
    )]
    NoProgram,
    /// The program lies where the agent could change it.
    #[error("the program of Claude Code lies inside an approved directory, where an agent could change it")]
    ProgramInsideRoot,
    /// The model has no price, so that no budget could be kept.
    #[error(
        "the model of CLAUDE_MODEL has no price: use a full name such as claude-sonnet-5-5, or give its price in \
         `[[prices]]` of guard.toml"
    )]
    Unpriced,
    /// No tool is left for the agent.
    #[error("CLAUDE_ALLOWED_TOOLS and CLAUDE_DISALLOWED_TOOLS leave no tool")]
    NoTools,
    /// There is no credential.
    #[error(transparent)]
    Credential(#[from] CredentialFault),
    /// The address of the model's API is refused.
    #[error(transparent)]
    Relay(#[from] guard_agent::relay::RelayError),
    /// The cell or the program refuses.
    #[error(transparent)]
    Claude(#[from] guard_agent::claude::ClaudeError),
}

impl SetupFault {
    /// The stable kebab-case name.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::NoProgram => "claude-not-installed",
            Self::ProgramInsideRoot => "guard-inside-root",
            Self::Unpriced => "model-unpriced",
            Self::NoTools => "claude-no-tools",
            Self::Credential(fault) => fault.code(),
            Self::Relay(error) => error.code(),
            Self::Claude(error) => error.code(),
        }
    }

    /// Whether the machine lacks what a cell is made of.
    pub(crate) const fn is_no_cell(&self) -> bool {
        use guard_agent::AgentError::Cell;
        use guard_agent::claude::ClaudeError::Agent;
        matches!(self, Self::Claude(Agent(Cell(CellError::NoBubblewrap | CellError::NoUserNamespaces))))
    }
}

/// The executable: the configured one, else the first in PATH; never one that an agent could change.
///
/// # Errors
///
/// [`SetupFault::NoProgram`], [`SetupFault::ProgramInsideRoot`].
pub(crate) fn program(config: &Config, project: &Path) -> Result<PathBuf, SetupFault> {
    let found = match &config.agent.cli {
        Some(path) => Some(path.clone()),
        None => in_path(std::env::var_os("PATH")),
    };
    let path = found.and_then(|path| path.canonicalize().ok()).ok_or(SetupFault::NoProgram)?;
    let is_inside = config.require_outside_roots(&path).is_err() || path.starts_with(project);
    if is_inside { Err(SetupFault::ProgramInsideRoot) } else { Ok(path) }
}

fn in_path(path: Option<OsString>) -> Option<PathBuf> {
    let is_program = |path: &PathBuf| {
        path.metadata().is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
    };
    let path = path?;
    let places = std::env::split_paths(&path).filter(|place| place.is_absolute());
    places.map(|place| place.join("claude")).find(is_program)
}

/// Where the credential comes from.
///
/// # Errors
///
/// [`CredentialFault::Missing`] where there is no place to look.
pub(crate) fn login(config: &Config) -> Result<Login, CredentialFault> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    Login::of(config.agent.credential.as_ref(), home.as_deref())
}

/// The pinned model with its price.
///
/// # Errors
///
/// [`SetupFault::Unpriced`].
pub(crate) fn models(config: &Config) -> Result<Models, SetupFault> {
    let found = priced(&config.agent.model, &config.agent.prices).ok_or(SetupFault::Unpriced)?;
    Ok(Models::new().with(&found.name, found.model))
}

/// The tools that the agent is offered.
fn tools(agent: &config::Agent) -> Vec<String> {
    let usual =
        TOOLS.iter().copied().filter(|tool| *tool != AT_THE_API).chain(["WebFetch"]).map(str::to_owned);
    let mut tools = agent.allowed_tools.clone().unwrap_or_else(|| usual.collect());
    tools.retain(|tool| tool != AT_THE_API && !agent.disallowed_tools.contains(tool));
    tools
}

/// The agent of `actor` in `project`.
///
/// # Errors
///
/// What is missing, or refuses; nothing was started then.
pub(crate) fn engine(config: &Config, state: &State, actor: &str, project: &Path) -> anyhow::Result<Engine> {
    let fail = |fault: SetupFault| {
        let code = fault.code();
        let more = if fault.is_no_cell() { "\nClaude Code runs in a complete cell only" } else { "" };
        anyhow::anyhow!("{fault} [{code}]{more}")
    };
    let places = state.agent(actor, project)?;
    let cli = program(config, project).map_err(fail)?;
    let models = models(config).map_err(fail)?;
    let login = login(config).map_err(|fault| fail(fault.into()))?;
    let upstream = Upstream::parse(&config.agent.api_url).map_err(|error| fail(error.into()))?;
    let tools = tools(&config.agent);
    if tools.is_empty() {
        return Err(fail(SetupFault::NoTools));
    }
    let host = Places { home: places.home, quarantine: places.quarantine, relay: places.sockets.clone() };
    let mut options = Options {
        toolchains: config.agent.toolchains.clone(),
        tools,
        careful: config.approval.mode == Approvals::Careful,
        ask_expires: config.approval.expires,
        time: config.agent.timeout,
        max_turns: NonZeroU32::get(config.agent.max_turns),
        ..Options::new(cli, project, &config.agent.model, host)
    };
    options.toolchains.retain(|toolchain| toolchain.is_installed());
    let claude = Claude::new(options).map_err(|error| fail(error.into()))?;
    Ok(Engine {
        claude: Arc::new(claude),
        upstream,
        login,
        models,
        model: config.agent.model.clone(),
        most: config.cost.per_run,
        sockets: places.sockets,
        conversations: Conversations::new(places.conversation, config.session),
        pulse: PULSE,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_program_is_the_first_executable_of_an_absolute_directory() {
        let dir = tempfile::tempdir().unwrap();
        for (name, mode) in [("a", 0o644), ("b", 0o755), ("c", 0o755)] {
            let path = dir.path().join(name);
            fs::create_dir(&path).unwrap();
            fs::write(path.join("claude"), "").unwrap();
            fs::set_permissions(path.join("claude"), fs::Permissions::from_mode(mode)).unwrap();
        }
        let at = |name: &str| dir.path().join(name);
        let path = |places: &[PathBuf]| Some(std::env::join_paths(places).unwrap());
        assert_eq!(in_path(path(&["b".into(), at("a"), at("b"), at("c")])), Some(at("b").join("claude")));
        assert_eq!(in_path(path(&[at("a")])), None);
        assert_eq!(in_path(None), None);
    }
}
