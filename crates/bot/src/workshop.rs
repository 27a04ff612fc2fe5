//! Puts the guards in a row: one pipeline for one person, one project and one agent, out of what a process has once.

use std::path::Path;
use std::sync::Arc;

use anyhow::bail;
use guard_agent::{AgentError, Options, Shell};
use guard_audit::Log;
use guard_core::path::Root;
use guard_core::secret::Redactor;
use guard_sandbox::CellError;
use secrecy::ExposeSecret as _;

use crate::config::Config;
use crate::engine;
use crate::gate::{Books, Gate};
use crate::model::Login;
use crate::prove;
use crate::run::{Agent, Conversations, Pipeline};
use crate::settings;
use crate::state::State;

/// What all pipelines of a process are made from.
#[derive(Debug)]
pub(crate) struct Workshop {
    config: Config,
    state: State,
    books: Arc<Books>,
    redactor: Arc<Redactor>,
    /// Why a cell without namespaces is acceptable, where nothing better can be had.
    degraded: Option<String>,
}

/// Which agent a pipeline drives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// Each line is a command, judged and run in a cell of its own.
    #[default]
    Shell,
    /// Each line is a prompt for Claude Code, which runs in a cell behind a relay to its model.
    Claude,
}

impl Workshop {
    /// Opens the limits; the log is the caller's, who may have a clock of its own for it.
    ///
    /// # Errors
    ///
    /// The limits cannot be opened, or there are no random numbers to name this process by.
    pub(crate) fn new(
        config: Config,
        state: State,
        log: Log,
        degraded: Option<String>,
    ) -> anyhow::Result<Self> {
        let degraded =
            degraded.or_else(|| config.cell.degraded.as_ref().map(|reason| reason.as_str().to_owned()));
        let books = Arc::new(Books::new(state.limits(&config)?, log, session_name()?));
        let redactor = Arc::new(redactor(&config)?);
        Ok(Self { config, state, books, redactor, degraded })
    }

    /// What the owner decided.
    pub(crate) const fn config(&self) -> &Config {
        &self.config
    }

    /// What is kept from run to run.
    pub(crate) const fn state(&self) -> &State {
        &self.state
    }

    /// The record and the limits.
    pub(crate) fn books(&self) -> Arc<Books> {
        Arc::clone(&self.books)
    }

    /// What takes secrets out of every text.
    pub(crate) fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.redactor)
    }

    /// What `actor` and the agent with a model talk about in `project`.
    ///
    /// # Errors
    ///
    /// Its place in the state cannot be had.
    pub(crate) fn conversations(&self, actor: &str, project: &Path) -> anyhow::Result<Conversations> {
        // Its place is named by the true path, as that of the agent is.
        let root = Root::open(project).map_err(|error| anyhow::anyhow!("{error} [{}]", error.code()))?;
        let places = self.state.agent(actor, root.path())?;
        Ok(Conversations::new(places.conversation, self.config.session))
    }

    /// The way of the requests of `actor` in `project`. Nothing starts unless each guard has proved itself.
    ///
    /// # Errors
    ///
    /// The directory, the cell or the agent cannot be had, or a guard failed its own test. The text ends with the code.
    pub(crate) fn pipeline(&self, actor: &str, project: &Path, kind: Kind) -> anyhow::Result<Pipeline> {
        let root = Root::open(project)
            .map_err(|error| anyhow::anyhow!("the approved directory: {error} [{}]", error.code()))?;
        let policy = settings::agent_policy(&self.config);
        prove::guards(&root, &policy, &self.redactor).map_err(|guard| {
            anyhow::anyhow!("a guard failed its own test, so nothing starts: {guard} [guard-unproved]")
        })?;
        let agent = match kind {
            Kind::Shell => Agent::Shell(Arc::new(self.shell(actor, &root)?)),
            Kind::Claude => {
                Agent::Claude(Box::new(engine::engine(&self.config, &self.state, actor, root.path())?))
            }
        };
        Ok(Pipeline {
            gate: Gate::new(root, Arc::clone(&self.books)),
            agent,
            policy,
            redactor: Arc::clone(&self.redactor),
            timeout: self.config.agent.timeout,
            approval: self.config.approval.expires,
        })
    }

    fn shell(&self, actor: &str, root: &Root) -> anyhow::Result<Shell> {
        let options = Options {
            project: root.path().to_owned(),
            home: self.state.home(actor, root.path())?,
            quarantine: self.state.quarantine(actor, root.path())?,
            degraded: self.degraded.clone(),
            toolchains: self.config.agent.toolchains.clone(),
            stage: None,
        };
        match Shell::new(options) {
            Ok(shell) => Ok(shell),
            Err(AgentError::Cell(error @ (CellError::NoBubblewrap | CellError::NoUserNamespaces))) => bail!(
                "{error} [{}]\nwithout it secrets inside the project cannot be hidden from programs; \
                 `--allow-degraded` works with Landlock and seccomp alone",
                error.code()
            ),
            Err(error) => bail!("the cell: {error} [{}]", error.code()),
        }
    }
}

/// Keeps what looks like a secret out of every output, and the bot's own whatever they look like.
fn redactor(config: &Config) -> anyhow::Result<Redactor> {
    let login = engine::login(config).ok();
    let secrets = login.as_ref().and_then(Login::configured);
    let token = config.telegram.iter().map(|telegram| telegram.token.expose_secret());
    Redactor::with_values(secrets.into_iter().chain(token))
        .map_err(|error| anyhow::anyhow!("a secret of the configuration: {error} [{}]", error.code()))
}

/// Names this process in the record: random, because process ids come again.
fn session_name() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 4];
    getrandom::fill(&mut bytes).map_err(|_| anyhow::anyhow!("no random numbers"))?;
    Ok(format!("c{:08x}", u32::from_le_bytes(bytes)))
}
