//! The configuration as values; see `docs/configuration.md` for names and defaults.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use guard_core::upload::Kinds;
use guard_ratelimit::Usd;
use guard_sandbox::Toolchain;
use secrecy::SecretString;

use crate::model::Priced;

use super::choice::{AgentKind, Approvals, Environment, LogLevel};
use super::report::Report;
use super::roots::Roots;
use super::state::StateDir;
use super::values::{NamePattern, ProgramPattern, Reason};

/// Everything that the owner decided, complete and consistent.
pub(crate) struct Config {
    /// Which column of defaults applies.
    pub(crate) environment: Environment,
    /// Whether errors are reported in detail.
    pub(crate) is_debug: bool,
    /// The least severe messages that are logged.
    pub(crate) log_level: LogLevel,
    /// The directory that holds the projects, without links; set for `run`.
    pub(crate) approved: Option<PathBuf>,
    /// Where the bot keeps its data.
    pub(crate) state: StateDir,
    /// The policy file that was read, for `doctor` and for guarding it.
    pub(crate) policy_file: Option<PathBuf>,
    /// The Telegram transport; set for `run`.
    pub(crate) telegram: Option<Telegram>,
    /// Who may use the bot.
    pub(crate) access: Access,
    /// How many requests a user may make.
    pub(crate) requests: Requests,
    /// How much may be spent.
    pub(crate) cost: Cost,
    /// A server that shares limits between machines; holds a password.
    pub(crate) redis_url: Option<SecretString>,
    /// How the agent is run.
    pub(crate) agent: Agent,
    /// When a person is asked, and for how long.
    pub(crate) approval: Approval,
    /// How long conversations live.
    pub(crate) session: Session,
    /// The server for webhooks, if it is enabled.
    pub(crate) api: Option<Api>,
    /// Whether scheduled jobs run.
    pub(crate) has_scheduler: bool,
    /// Where commands run.
    pub(crate) cell: Cell,
    /// Extra rules for commands.
    pub(crate) commands: Commands,
    /// Files that are secret beside those that the guard knows.
    pub(crate) secret_names: Vec<NamePattern>,
    /// What uploads may be.
    pub(crate) upload_kinds: Kinds,
    /// How long records are kept.
    pub(crate) retention: Retention,
    /// Approved and evaluated directories, for what is located later.
    pub(super) roots: Roots,
    /// Every setting with its origin, and what there is to note.
    pub(crate) report: Report,
}

/// The Telegram transport.
pub(crate) struct Telegram {
    /// The bot's token.
    pub(crate) token: SecretString,
    /// The bot's user name, without `@`.
    pub(crate) username: Option<String>,
    /// The base URL of the Bot API, without a slash at the end; https or loopback.
    pub(crate) api_url: String,
    /// Groups and channels that count beside private chats.
    pub(crate) allowed_chats: Vec<i64>,
    /// Where unattended work reports.
    pub(crate) notification_chats: Vec<i64>,
    /// 0 final answers only, 1 tools by name, 2 with their input, 3 with their results.
    pub(crate) verbosity: u8,
    /// The largest file that is accepted, in bytes; `None` where uploads are off.
    pub(crate) max_upload: Option<u64>,
}

/// Who may use the bot.
pub(crate) struct Access {
    /// Telegram user ids; the first is the owner. Never empty where Telegram is used.
    pub(crate) allowed_users: Vec<u64>,
    /// Those of them who may administer; the owner if nobody is named.
    pub(crate) admins: Vec<u64>,
    /// The key of access tokens, where users need one as well.
    pub(crate) token_key: Option<RotatingSecret>,
}

/// A secret that is being replaced: both verify, the current one signs.
pub(crate) struct RotatingSecret {
    /// In use.
    pub(crate) current: SecretString,
    /// Still accepted.
    pub(crate) previous: Option<SecretString>,
}

/// How many requests a user may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Requests {
    /// Requests in each window.
    pub(crate) limit: NonZeroU32,
    /// The window.
    pub(crate) window: Duration,
    /// Requests at once after a pause.
    pub(crate) burst: NonZeroU32,
}

/// How much may be spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    /// By one user in one calendar day.
    pub(crate) per_user: Usd,
    /// By one run; held before it starts, never more than `per_user`.
    pub(crate) per_run: Usd,
}

/// How the agent is run.
pub(crate) struct Agent {
    /// Who does the work of `run`.
    pub(crate) kind: AgentKind,
    /// What the relay sends to the model's API; the agent never sees it.
    pub(crate) credential: Option<Credential>,
    /// The base URL of the model's API, without a slash at the end; https or loopback.
    pub(crate) api_url: String,
    /// The agent's CLI, if it is not to be looked for in PATH.
    pub(crate) cli: Option<PathBuf>,
    /// The only model that may be used.
    pub(crate) model: String,
    /// What models cost, beside those that the bot knows.
    pub(crate) prices: Vec<Priced>,
    /// Turns in one run.
    pub(crate) max_turns: NonZeroU32,
    /// Time for one run, without waiting for people.
    pub(crate) timeout: Duration,
    /// The only tools that exist for the agent; else those that the guard covers.
    pub(crate) allowed_tools: Option<Vec<String>>,
    /// Tools that do not exist for the agent even so.
    pub(crate) disallowed_tools: Vec<String>,
    /// Tool sets that a cell may use.
    pub(crate) toolchains: Vec<Toolchain>,
}

/// A credential for the model's API.
pub(crate) enum Credential {
    /// Billed by use.
    ApiKey(SecretString),
    /// Of a subscription.
    OauthToken(SecretString),
}

/// When a person is asked, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Approval {
    /// Which tool calls.
    pub(crate) mode: Approvals,
    /// After this an unanswered question is denied.
    pub(crate) expires: Duration,
}

/// How long conversations live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// Without a message; never longer than `absolute`.
    pub(crate) idle: Duration,
    /// At all.
    pub(crate) absolute: Duration,
    /// At the same time for one user.
    pub(crate) per_user: NonZeroU32,
}

/// The server for webhooks; at least one secret is set.
pub(crate) struct Api {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The key of GitHub's signatures.
    pub(crate) github: Option<RotatingSecret>,
    /// The bearer token of other senders.
    pub(crate) generic: Option<RotatingSecret>,
}

/// Where commands run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// Why a weaker cell is acceptable where bubblewrap cannot be used; else such a machine is refused.
    pub(crate) degraded: Option<Reason>,
}

/// Extra rules for commands; the strictest rule wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commands {
    /// Programs that are always asked about.
    pub(crate) ask: Vec<ProgramPattern>,
    /// Programs that are never run.
    pub(crate) deny: Vec<ProgramPattern>,
    /// Programs that need not be asked about.
    pub(crate) allow: Vec<Relaxation>,
}

/// A program that the owner vouches for, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relaxation {
    /// The program's name, in full.
    pub(crate) program: ProgramPattern,
    /// Why.
    pub(crate) reason: Reason,
}

/// How long records are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retention {
    /// The audit log.
    pub(crate) audit: Duration,
    /// Messages, sessions and usage.
    pub(crate) data: Duration,
}

/// Hides what holds secrets.
macro_rules! redacted {
    ($($name:ident),+) => {
        $(impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        })+
    };
}
redacted!(Config, Telegram, Access, RotatingSecret, Agent, Credential, Api);
