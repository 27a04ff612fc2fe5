//! Settings of the older bot that this one does not have, or not yet, so that its `.env` starts this bot unchanged and
//! nobody relies on what does nothing.

use super::fault::Fault;
use super::reader::Preset::Nothing;
use super::reader::{Reader, Setting};
use super::report::{Origin, Place, Shown};
use super::values;

/// Switches that turned a protection off; refused where they would.
const OFF_SWITCHES: &[(&str, bool)] =
    &[("DISABLE_SECURITY_PATTERNS", true), ("DISABLE_TOOL_VALIDATION", true), ("SANDBOX_ENABLED", false)];

/// Everything else, sorted.
pub(super) const UNUSED: &[&str] = &[
    "AGENTIC_MODE",
    "CLAUDE_BINARY_PATH",
    "DATABASE_URL",
    "DEVELOPMENT_MODE",
    "ENABLE_CONVERSATION_MODE",
    "ENABLE_GIT_INTEGRATION",
    "ENABLE_IMAGE_UPLOADS",
    "ENABLE_MCP",
    "ENABLE_PROJECT_THREADS",
    "ENABLE_QUICK_ACTIONS",
    "ENABLE_SESSION_EXPORT",
    "ENABLE_STREAM_DRAFTS",
    "ENABLE_TELEMETRY",
    "ENABLE_VOICE_MESSAGES",
    "GIT_OPERATIONS_TIMEOUT",
    "MAX_ARCHIVE_PREVIEW_FILES",
    "MCP_CONFIG_PATH",
    "MISTRAL_API_KEY",
    "OPENAI_API_KEY",
    "PROJECTS_CONFIG_PATH",
    "PROJECT_THREADS_CHAT_ID",
    "PROJECT_THREADS_MODE",
    "PROJECT_THREADS_SYNC_ACTION_INTERVAL_SECONDS",
    "QUICK_ACTIONS_TIMEOUT",
    "REPLY_QUOTE",
    "SANDBOX_EXCLUDED_COMMANDS",
    "SENTRY_DSN",
    "SESSION_TIMEOUT_MINUTES",
    "STREAM_DRAFT_INTERVAL",
    "TELEGRAM_API_RETRY_ATTEMPTS",
    "TELEGRAM_PROGRESS_EDIT_INTERVAL",
    "TELEGRAM_PROGRESS_MAX_FAILURES",
    "USE_SDK",
    "VOICE_MAX_FILE_SIZE_MB",
    "VOICE_PROVIDER",
    "VOICE_TRANSCRIPTION_MODEL",
    "WEBHOOK_PATH",
    "WEBHOOK_PORT",
    "WEBHOOK_URL",
    "WHISPER_CPP_BINARY_PATH",
    "WHISPER_CPP_MODEL_PATH",
];

/// Settings that are read and checked, and that nothing acts on yet.
const NOT_YET: &[(&str, &str)] = &[
    ("AUDIT_LOG_RETENTION_DAYS", "audit.retention-days"),
    ("DEBUG", ""),
    ("ENABLE_API_SERVER", ""),
    ("ENABLE_SCHEDULER", ""),
    ("GITHUB_WEBHOOK_SECRET", ""),
    ("LOG_LEVEL", ""),
    ("MAX_SESSIONS_PER_USER", "session.per-user"),
    ("NOTIFICATION_CHAT_IDS", ""),
    ("WEBHOOK_API_SECRET", ""),
];

impl Reader<'_> {
    /// Lists what is set and does nothing yet, so that nobody relies on it.
    pub(super) fn note_not_yet(&mut self) {
        for (name, key) in NOT_YET {
            let is_set = self.report.settings.iter().any(|row| {
                (row.name == Some(name) || (!key.is_empty() && row.key == Some(key)))
                    && row.origin != Origin::Default
                    && row.value != Shown::Text("false".to_owned())
            });
            if is_set {
                self.note("setting-not-yet", *name, "is understood, but does nothing in this version");
            }
        }
    }

    /// Refuses what would switch a guard off.
    pub(super) fn refuse_off_switches(&mut self) {
        for &(name, off) in OFF_SWITCHES {
            self.know(name);
            let setting = Setting::env(name, values::flag, Nothing);
            match self.layers.find(setting.name, None) {
                Ok(None) => {}
                Ok(Some((text, origin))) => match (setting.parse)(text) {
                    Ok(value) if value != off => {}
                    // What is not a flag might have meant it.
                    Ok(_) | Err(_) => self.refuse(Place::at(name, origin), Fault::GuardSwitchedOff),
                },
                Err((fault, origin)) => self.refuse(Place::at(name, origin), fault),
            }
        }
    }

    /// Lists what is set and has no meaning here.
    pub(super) fn note_unused(&mut self) {
        for name in UNUSED {
            self.know(name);
            let is_set = !matches!(self.layers.find(Some(name), None), Ok(None));
            if is_set {
                self.note(
                    "setting-unused",
                    *name,
                    "is a setting of the older bot that this bot does not have",
                );
            }
        }
    }
}
