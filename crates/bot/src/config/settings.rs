//! Every setting that is one value: names, defaults and parsers, in the order of `docs/configuration.md`.

use std::net::IpAddr;
use std::num::{NonZeroU16, NonZeroU32};
use std::path::PathBuf;
use std::time::Duration;

use guard_ratelimit::Usd;
use guard_sandbox::Toolchain;

use super::choice::{AgentKind, Approvals, Environment, LogLevel};
use super::reader::Preset::{Always, By, Nothing};
use super::reader::Setting;
use super::secret::SecretSetting;
use super::values::{self, NamePattern, ProgramPattern, Reason};

type Ids<T> = Setting<Vec<T>>;

// The process.
pub(super) const ENVIRONMENT: Setting<Environment> =
    Setting::both("ENVIRONMENT", "environment", Environment::parse, Always("development"));
pub(super) const DEBUG: Setting<bool> = Setting::env("DEBUG", values::flag, Always("false"));
pub(super) const LOG_LEVEL: Setting<LogLevel> = Setting::env("LOG_LEVEL", LogLevel::parse, Always("info"));
pub(super) const APPROVED_DIRECTORY: Setting<PathBuf> =
    Setting::both("APPROVED_DIRECTORY", "approved-directory", values::path, Nothing);
pub(super) const STATE_DIR: Setting<PathBuf> = Setting::env("GUARD_STATE_DIR", values::path, Nothing);

// Telegram.
pub(super) const BOT_TOKEN: SecretSetting =
    SecretSetting { name: "TELEGRAM_BOT_TOKEN", file: "TELEGRAM_BOT_TOKEN_FILE", parse: values::bot_token };
pub(super) const BOT_USERNAME: Setting<String> =
    Setting::env("TELEGRAM_BOT_USERNAME", values::username, Nothing);
pub(super) const API_URL: Setting<String> =
    Setting::env("TELEGRAM_API_URL", values::base_url, Always("https://api.telegram.org"));
pub(super) const ALLOWED_CHATS: Ids<i64> = Setting::env("GUARD_ALLOWED_CHATS", values::chat_ids, Nothing);
pub(super) const NOTIFICATION_CHATS: Ids<i64> =
    Setting::env("NOTIFICATION_CHAT_IDS", values::chat_ids, Nothing);
pub(super) const VERBOSITY: Setting<u8> = Setting::env("VERBOSE_LEVEL", values::level, Always("1"));
pub(super) const UPLOADS: Setting<bool> = Setting::env("ENABLE_FILE_UPLOADS", values::flag, Always("true"));
pub(super) const UPLOAD_SIZE: Setting<u64> =
    Setting::env("MAX_FILE_UPLOAD_SIZE_MB", values::megabytes::<2000>, By("100", "20"));

// Who may use the bot.
pub(super) const ALLOWED_USERS: Ids<u64> = Setting::env("ALLOWED_USERS", values::user_ids, Nothing);
pub(super) const ADMINS: Ids<u64> = Setting::env("GUARD_ADMINS", values::user_ids, Nothing);
pub(super) const TOKEN_AUTH: Setting<bool> = Setting::env("ENABLE_TOKEN_AUTH", values::flag, Always("false"));
pub(super) const TOKEN_SECRET: SecretSetting =
    SecretSetting { name: "AUTH_TOKEN_SECRET", file: "AUTH_TOKEN_SECRET_FILE", parse: values::any_secret };
pub(super) const TOKEN_SECRET_PREVIOUS: SecretSetting = SecretSetting {
    name: "AUTH_TOKEN_SECRET_PREVIOUS",
    file: "AUTH_TOKEN_SECRET_PREVIOUS_FILE",
    parse: values::any_secret,
};

// Limits.
pub(super) const REQUESTS: Setting<NonZeroU32> =
    Setting::both("RATE_LIMIT_REQUESTS", "requests.limit", values::count::<100_000>, By("10", "5"));
pub(super) const WINDOW: Setting<Duration> =
    Setting::both("RATE_LIMIT_WINDOW", "requests.window-seconds", values::seconds::<86_400>, Always("60"));
pub(super) const BURST: Setting<NonZeroU32> =
    Setting::both("RATE_LIMIT_BURST", "requests.burst", values::count::<100_000>, By("20", "10"));
pub(super) const COST_PER_USER: Setting<Usd> =
    Setting::both("CLAUDE_MAX_COST_PER_USER", "cost.per-user", values::money, By("10.00", "5.00"));
pub(super) const COST_PER_RUN: Setting<Usd> =
    Setting::both("CLAUDE_MAX_COST_PER_REQUEST", "cost.per-run", values::money, By("1.00", "0.50"));
pub(super) const REDIS_URL: SecretSetting =
    SecretSetting { name: "GUARD_REDIS_URL", file: "GUARD_REDIS_URL_FILE", parse: values::redis_url };

// The agent.
pub(super) const AGENT: Setting<AgentKind> = Setting::env("GUARD_AGENT", AgentKind::parse, Always("claude"));
pub(super) const API_KEY: SecretSetting =
    SecretSetting { name: "ANTHROPIC_API_KEY", file: "ANTHROPIC_API_KEY_FILE", parse: values::header_secret };
pub(super) const OAUTH_TOKEN: SecretSetting = SecretSetting {
    name: "CLAUDE_CODE_OAUTH_TOKEN",
    file: "CLAUDE_CODE_OAUTH_TOKEN_FILE",
    parse: values::header_secret,
};
pub(super) const MODEL_URL: Setting<String> =
    Setting::env("ANTHROPIC_BASE_URL", values::base_url, Always("https://api.anthropic.com"));
pub(super) const CLI_PATH: Setting<PathBuf> = Setting::env("CLAUDE_CLI_PATH", values::path, Nothing);
pub(super) const MODEL: Setting<String> =
    Setting::env("CLAUDE_MODEL", values::model, Always("claude-sonnet-5-5"));
/// Tables: `model`, five prices and two sizes.
pub(super) const PRICES: &str = "prices";
pub(super) const MAX_TURNS: Setting<NonZeroU32> =
    Setting::env("CLAUDE_MAX_TURNS", values::count::<1000>, Always("50"));
pub(super) const RUN_TIMEOUT: Setting<Duration> =
    Setting::env("CLAUDE_TIMEOUT_SECONDS", values::seconds::<86_400>, By("1200", "600"));
pub(super) const ALLOWED_TOOLS: Setting<Vec<String>> =
    Setting::env("CLAUDE_ALLOWED_TOOLS", values::tool_names, Nothing);
pub(super) const DISALLOWED_TOOLS: Setting<Vec<String>> =
    Setting::env("CLAUDE_DISALLOWED_TOOLS", values::tool_names, Nothing);

// Approvals and sessions.
pub(super) const APPROVALS: Setting<Approvals> =
    Setting::both("APPROVALS", "approval.mode", Approvals::parse, Always("guard"));
pub(super) const APPROVAL_EXPIRES: Setting<Duration> =
    Setting::key("approval.expires-minutes", values::minutes::<1440>, By("30", "15"));
pub(super) const SESSION_IDLE: Setting<Duration> =
    Setting::both("SESSION_TIMEOUT_HOURS", "session.idle-hours", values::hours::<720>, By("24", "12"));
pub(super) const SESSION_ABSOLUTE: Setting<Duration> =
    Setting::key("session.absolute-hours", values::hours::<2160>, By("168", "24"));
pub(super) const SESSIONS_PER_USER: Setting<NonZeroU32> =
    Setting::both("MAX_SESSIONS_PER_USER", "session.per-user", values::count::<100>, Always("5"));

// Webhooks and the scheduler.
pub(super) const API_SERVER: Setting<bool> = Setting::env("ENABLE_API_SERVER", values::flag, Always("false"));
pub(super) const API_ADDRESS: Setting<IpAddr> =
    Setting::env("GUARD_API_ADDRESS", values::address, Always("127.0.0.1"));
pub(super) const API_PORT: Setting<NonZeroU16> =
    Setting::env("API_SERVER_PORT", values::port, Always("8080"));
pub(super) const GITHUB_SECRET: SecretSetting = SecretSetting {
    name: "GITHUB_WEBHOOK_SECRET",
    file: "GITHUB_WEBHOOK_SECRET_FILE",
    parse: values::any_secret,
};
pub(super) const GITHUB_SECRET_PREVIOUS: SecretSetting = SecretSetting {
    name: "GITHUB_WEBHOOK_SECRET_PREVIOUS",
    file: "GITHUB_WEBHOOK_SECRET_PREVIOUS_FILE",
    parse: values::any_secret,
};
pub(super) const WEBHOOK_SECRET: SecretSetting = SecretSetting {
    name: "WEBHOOK_API_SECRET",
    file: "WEBHOOK_API_SECRET_FILE",
    parse: values::header_secret,
};
pub(super) const WEBHOOK_SECRET_PREVIOUS: SecretSetting = SecretSetting {
    name: "WEBHOOK_API_SECRET_PREVIOUS",
    file: "WEBHOOK_API_SECRET_PREVIOUS_FILE",
    parse: values::header_secret,
};
pub(super) const SCHEDULER: Setting<bool> = Setting::env("ENABLE_SCHEDULER", values::flag, Always("false"));

// Policy: keys of `guard.toml` only.
pub(super) const CELL_DEGRADED: Setting<Reason> =
    Setting::key("cell.degraded.reason", Reason::parse, Nothing);
pub(super) const TOOLCHAINS: Setting<Vec<Toolchain>> =
    Setting::key("toolchains.presets", values::toolchains, Always("rust,node,python,go"));
pub(super) const COMMANDS_ASK: Setting<Vec<ProgramPattern>> =
    Setting::key("commands.ask", ProgramPattern::parse_list, Nothing);
pub(super) const COMMANDS_DENY: Setting<Vec<ProgramPattern>> =
    Setting::key("commands.deny", ProgramPattern::parse_list, Nothing);
/// Tables: `program` and `reason`.
pub(super) const COMMANDS_ALLOW: &str = "commands.allow";
pub(super) const SECRET_NAMES: Setting<Vec<NamePattern>> =
    Setting::key("secrets.names", NamePattern::parse_list, Nothing);

// What uploads may be.
/// Tables: `id`, `words`, `extensions`, `magic`, `ask` and `reason`.
pub(super) const UPLOAD_KINDS: &str = "uploads.kinds";
pub(super) const UPLOADS_WITHOUT: Setting<Vec<String>> =
    Setting::key("uploads.without", values::kind_ids, Nothing);

// How long records are kept.
pub(super) const AUDIT_RETENTION: Setting<Duration> =
    Setting::both("AUDIT_LOG_RETENTION_DAYS", "audit.retention-days", values::days::<3650>, By("90", "365"));
pub(super) const DATA_RETENTION: Setting<Duration> =
    Setting::env("DATA_RETENTION_DAYS", values::days::<3650>, Always("90"));
