//! What is kept from run to run, in one private directory: the audit log, its key, limits, budgets and homes.

use std::num::NonZeroUsize;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use guard_audit::{Clock, Log, SystemClock};
use guard_core::path::private_dir;
use guard_ratelimit::{CostLimiter, CostPolicy, Quota, RequestLimiter};
use guard_store::Store;
use sha2::{Digest as _, Sha256};

use crate::config::{Config, Requests};

/// People whose limits are kept at the same time; more are refused.
const MAX_PEOPLE: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();
/// Records between signed anchors: few enough that little is ever unprotected.
const ANCHOR_EVERY: u64 = 64;

/// The private directory, open.
#[derive(Debug)]
pub(crate) struct State {
    directory: PathBuf,
}

/// Where the audit log and the key and anchors of it are.
#[derive(Debug)]
pub(crate) struct AuditPlace {
    pub(crate) log: PathBuf,
    pub(crate) anchors: PathBuf,
}

/// Who may do how much.
#[derive(Debug)]
pub(crate) struct Limits {
    pub(crate) asked: Requests,
    pub(crate) quota: Quota,
    pub(crate) requests: RequestLimiter<String>,
    pub(crate) costs: CostLimiter,
}

impl State {
    /// Opens the directory that the configuration names, or makes it with mode 0700.
    ///
    /// # Errors
    ///
    /// It cannot be made, or is not private.
    pub(crate) fn open(config: &Config) -> anyhow::Result<Self> {
        let directory = config.state.create().map_err(|fault| {
            anyhow::anyhow!("the state directory: {fault} [{}]; name one with GUARD_STATE_DIR", fault.code())
        })?;
        Ok(Self { directory: directory.to_owned() })
    }

    /// A state directory that is made for one run, such as the demonstration's.
    ///
    /// # Errors
    ///
    /// It cannot be made, or is not private.
    pub(crate) fn at(directory: PathBuf) -> anyhow::Result<Self> {
        private_dir(&directory).context("the state directory")?;
        Ok(Self { directory })
    }

    /// Where the audit log is.
    pub(crate) fn audit(&self) -> AuditPlace {
        AuditPlace { log: self.directory.join("audit"), anchors: self.directory.join("audit-anchors") }
    }

    /// Opens the audit log.
    ///
    /// # Errors
    ///
    /// The log does not end as it was left, is not private, or cannot be written.
    pub(crate) fn log(&self) -> anyhow::Result<Log> {
        self.log_with(SystemClock)
    }

    /// Opens the audit log with another clock.
    ///
    /// # Errors
    ///
    /// As [`log`](Self::log).
    pub(crate) fn log_with(&self, clock: impl Clock + 'static) -> anyhow::Result<Log> {
        let AuditPlace { log, anchors } = self.audit();
        let config = guard_audit::Config::new(log).anchor_dir(anchors).anchor_every(ANCHOR_EVERY);
        Log::with_clock(config, clock).map_err(|error| {
            anyhow::anyhow!("the audit log: {error} [{}]; see `guard-bot doctor`", error.code())
        })
    }

    /// Opens the limits, shared by all processes of this user.
    ///
    /// # Errors
    ///
    /// The store cannot be opened, or the configured limits make no sense.
    pub(crate) fn limits(&self, config: &Config) -> anyhow::Result<Limits> {
        let store = Store::open(self.directory.join("limits.sqlite"), guard_ratelimit::MIGRATIONS)
            .map_err(|error| anyhow::anyhow!("the store of limits: {error} [{}]", error.code()))?;
        let asked = config.requests;
        let quota = Quota::new(asked.limit, asked.window, asked.burst)?;
        // A hold outlives its run by the time that people may take to answer, and no longer.
        let lease = config.agent.timeout + config.approval.expires + Duration::from_secs(60);
        let policy = CostPolicy::new(config.cost.per_user, config.cost.per_run, lease)?;
        Ok(Limits {
            asked,
            quota,
            requests: RequestLimiter::sqlite(store.clone(), "requests", quota, MAX_PEOPLE),
            costs: CostLimiter::sqlite(store, policy),
        })
    }

    /// The places of an agent with a model. Its HOME is not that of the shell, whose programs could leave it settings.
    ///
    /// # Errors
    ///
    /// One cannot be made, or is not private.
    pub(crate) fn agent(&self, actor: &str, project: &Path) -> anyhow::Result<AgentPlaces> {
        let name = home_name(actor, project);
        let private = |part: &str| -> anyhow::Result<PathBuf> {
            let directory = self.directory.join(part);
            private_dir(&directory).with_context(|| format!("the directory {part} of the state"))?;
            Ok(directory)
        };
        let home = private("agents")?.join(&name);
        private_dir(&home).context("the private home of the agent")?;
        Ok(AgentPlaces {
            home,
            quarantine: self.quarantine(actor, project)?,
            conversation: private("conversations")?.join(&name),
            sockets: private("run")?,
        })
    }

    /// The file for what the chat of a bot remembers. The bot's number is public and survives a new token.
    pub(crate) fn chat(&self, bot: &str) -> PathBuf {
        self.directory.join(format!("chat-{bot}.sqlite"))
    }

    /// The file by which a second process with the same bot is noticed.
    pub(crate) fn chat_lock(&self, bot: &str) -> PathBuf {
        self.directory.join(format!("chat-{bot}.lock"))
    }

    /// Where guarded files go that changed while `actor` ran something in `project`; made when there are any.
    ///
    /// # Errors
    ///
    /// The directory around it cannot be made, or is not private.
    pub(crate) fn quarantine(&self, actor: &str, project: &Path) -> anyhow::Result<PathBuf> {
        let directory = self.directory.join("quarantine");
        private_dir(&directory).context("the directory for quarantined files")?;
        Ok(directory.join(home_name(actor, project)))
    }

    /// The HOME that programs see which `actor` runs in `project`, kept from run to run.
    ///
    /// # Errors
    ///
    /// It cannot be made, or is not private.
    pub(crate) fn home(&self, actor: &str, project: &Path) -> anyhow::Result<PathBuf> {
        let homes = self.directory.join("homes");
        private_dir(&homes).context("the directory of private homes")?;
        let home = homes.join(home_name(actor, project));
        private_dir(&home).context("the private home")?;
        Ok(home)
    }
}

/// What an agent with a model keeps for one person and one project.
#[derive(Debug)]
pub(crate) struct AgentPlaces {
    /// The HOME of the cell, where the agent's conversations are.
    pub(crate) home: PathBuf,
    /// Where guarded files go that changed during a run.
    pub(crate) quarantine: PathBuf,
    /// The name of the last conversation.
    pub(crate) conversation: PathBuf,
    /// Where the sockets of relays are made; short, because their paths are bounded.
    pub(crate) sockets: PathBuf,
}

/// A name for the project's home that a person recognises and that no other person or path shares.
fn home_name(actor: &str, project: &Path) -> String {
    let last = project.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let readable: String = last.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(32).collect();
    let mut digest = Sha256::new();
    // No name of a principal holds a zero byte.
    digest.update(actor);
    digest.update([0]);
    digest.update(project.as_os_str().as_bytes());
    let digest = digest.finalize();
    let digest: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("{readable}-{digest}")
}
