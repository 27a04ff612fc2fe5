//! The configuration together with the directory that a command works in.

use std::path::PathBuf;

use anyhow::Context as _;

use guard_core::command::Policy;
use guard_core::upload;

use crate::cli::Common;
use crate::config::{Commands, Config, ConfigErrors, Purpose, Sources};

/// What a command works with.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The owner's decisions.
    pub(crate) config: Config,
    /// The approved directory: `--approved`, else the configured one, else the current directory.
    pub(crate) approved: PathBuf,
}

impl Settings {
    /// The policy of an agent with the owner's own rules.
    pub(crate) fn policy(&self) -> Policy {
        agent_policy(&self.config)
    }

    /// Reads the configuration, and refuses a root that could change the guard.
    ///
    /// # Errors
    ///
    /// Every problem of the configuration at once; or the current directory cannot be named.
    pub(crate) fn load(common: &Common, purpose: Purpose) -> anyhow::Result<Self> {
        Self::load_with(common, purpose, None)
    }

    /// The same with a directory that the transport names where nothing else does.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub(crate) fn load_with(
        common: &Common,
        purpose: Purpose,
        otherwise: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        let sources = Sources::from_process(purpose, common.config.clone()).context("current directory")?;
        let fallback = otherwise.unwrap_or_else(|| sources.current_dir.clone());
        let load = |root: &PathBuf| Config::load(&sources.clone().evaluating(root)).map_err(explain);
        if let Some(approved) = &common.approved {
            let config = load(approved)?;
            supported(&config)?;
            return Ok(Self { config, approved: approved.clone() });
        }
        // Which directory is evaluated depends on the configuration, and whether the configuration may be read
        // depends on which directory is evaluated.
        let config = Config::load(&sources).map_err(explain)?;
        supported(&config)?;
        match config.approved.clone() {
            Some(approved) => Ok(Self { config, approved }),
            None => Ok(Self { config: load(&fallback)?, approved: fallback }),
        }
    }
}

/// The policy of an agent with the owner's own rules.
pub(crate) fn agent_policy(config: &Config) -> Policy {
    policy(Policy::agent(), &config.commands)
}

/// What uploads may be: at most so many bytes, and of the kinds that the owner knows.
pub(crate) fn upload_policy(config: &Config, most: u64) -> upload::Policy {
    upload::Policy::new(upload::Limits { max_bytes: most, ..Default::default() }, config.upload_kinds.clone())
}

/// Adds the owner's own rules. None of them lifts a Deny.
pub(crate) fn policy(mut policy: Policy, commands: &Commands) -> Policy {
    for pattern in &commands.deny {
        policy = policy.denying(pattern.as_str());
    }
    for pattern in &commands.ask {
        policy = policy.asking(pattern.as_str());
    }
    for relaxation in &commands.allow {
        policy = policy.allowing(relaxation.program.as_str(), relaxation.reason.as_str());
    }
    policy
}

/// A rule that the owner wrote and nothing enforces would be a silent hole.
fn supported(config: &Config) -> anyhow::Result<()> {
    anyhow::ensure!(
        config.secret_names.is_empty(),
        "secrets.names of guard.toml is not supported yet, so it must be empty [not-supported-yet]"
    );
    Ok(())
}

fn explain(errors: ConfigErrors) -> anyhow::Error {
    anyhow::anyhow!("the configuration was refused\n{errors}")
}
