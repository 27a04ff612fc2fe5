//! Phase two by section: settings that belong together become one value.
//!
//! Every setting is read before the first `?`, so that every problem is reported.

use std::net::SocketAddr;

use super::fault::Fault;
use super::model::{
    Access, Agent, Api, Approval, Cell, Commands, Cost, Credential, Relaxation, Requests, Retention,
    RotatingSecret, Session, Telegram,
};
use super::reader::{Reader, Reported, plain};
use super::report::{Place, Source};
use super::secret::SecretSetting;
use super::settings as at;
use super::sources::Purpose;
use super::values::{ProgramPattern, Reason};

/// Fewer bytes of key material can be guessed (RFC 2104 asks for the hash's length, 32 bytes for SHA-256).
const MIN_KEY: usize = 32;

impl Reader<'_> {
    pub(super) fn telegram(&mut self, purpose: Purpose, euid: u32) -> Result<Option<Telegram>, Reported> {
        let token = self.secret(&at::BOT_TOKEN, euid);
        let username = self.optional(&at::BOT_USERNAME);
        let api_url = self.get(&at::API_URL);
        let allowed_chats = self.optional(&at::ALLOWED_CHATS);
        let notification_chats = self.optional(&at::NOTIFICATION_CHATS);
        let verbosity = self.get(&at::VERBOSITY);
        let has_uploads = self.get(&at::UPLOADS);
        let max_upload = self.get(&at::UPLOAD_SIZE);
        let token = match token? {
            Some(token) => token,
            None if purpose == Purpose::Run => {
                return Err(self.problem(Place::of(at::BOT_TOKEN.name), Fault::Missing));
            }
            None => return Ok(None),
        };
        Ok(Some(Telegram {
            token,
            username: username?,
            api_url: api_url?,
            allowed_chats: allowed_chats?.unwrap_or_default(),
            notification_chats: notification_chats?.unwrap_or_default(),
            verbosity: verbosity?,
            max_upload: if has_uploads? { Some(max_upload?) } else { None },
        }))
    }

    pub(super) fn access(&mut self, has_telegram: bool, euid: u32) -> Result<Access, Reported> {
        let allowed_users = self.optional(&at::ALLOWED_USERS);
        let admins = self.optional(&at::ADMINS);
        let is_on = self.get(&at::TOKEN_AUTH);
        let token_key = self.rotating(&at::TOKEN_SECRET, &at::TOKEN_SECRET_PREVIOUS, MIN_KEY, euid);
        let allowed_users = allowed_users?.unwrap_or_default();
        if has_telegram && allowed_users.is_empty() {
            self.problem(Place::of("ALLOWED_USERS"), Fault::AllowlistEmpty);
        }
        let admins = admins?.unwrap_or_else(|| allowed_users.iter().take(1).copied().collect());
        if admins.iter().any(|admin| !allowed_users.contains(admin)) {
            self.problem(Place::of("GUARD_ADMINS"), Fault::AdminNotAllowed);
        }
        let (is_on, token_key) = (is_on?, token_key?);
        if is_on && token_key.is_none() {
            return Err(self.problem(Place::of(at::TOKEN_SECRET.name), Fault::Missing));
        }
        Ok(Access { allowed_users, admins, token_key: token_key.filter(|_| is_on) })
    }

    pub(super) fn requests(&mut self) -> Result<Requests, Reported> {
        let (limit, window, burst) = (self.get(&at::REQUESTS), self.get(&at::WINDOW), self.get(&at::BURST));
        Ok(Requests { limit: limit?, window: window?, burst: burst? })
    }

    pub(super) fn cost(&mut self) -> Result<Cost, Reported> {
        let (per_user, per_run) = (self.get(&at::COST_PER_USER), self.get(&at::COST_PER_RUN));
        let (per_user, per_run) = (per_user?, per_run?);
        if per_run > per_user {
            return Err(self.problem(Place::of(at::COST_PER_RUN.subject()), Fault::CostRunAboveUser));
        }
        Ok(Cost { per_user, per_run })
    }

    pub(super) fn agent(&mut self, purpose: Purpose, euid: u32) -> Result<Agent, Reported> {
        let kind = self.get(&at::AGENT);
        let key = self.secret(&at::API_KEY, euid);
        let token = self.secret(&at::OAUTH_TOKEN, euid);
        let api_url = self.get(&at::MODEL_URL);
        let cli = self.optional(&at::CLI_PATH);
        let model = self.get(&at::MODEL);
        let prices = self.prices();
        let max_turns = self.get(&at::MAX_TURNS);
        let timeout = self.get(&at::RUN_TIMEOUT);
        let allowed_tools = self.optional(&at::ALLOWED_TOOLS);
        let disallowed_tools = self.optional(&at::DISALLOWED_TOOLS);
        let toolchains = self.get(&at::TOOLCHAINS);
        let credential = match (key?, token?) {
            (Some(_), Some(_)) if purpose.runs_an_agent() => {
                return Err(self.problem(Place::of(at::OAUTH_TOKEN.name), Fault::TwoCredentials));
            }
            (Some(key), _) => Some(Credential::ApiKey(key)),
            (None, Some(token)) => Some(Credential::OauthToken(token)),
            (None, None) => None,
        };
        Ok(Agent {
            kind: kind?,
            credential,
            api_url: api_url?,
            cli: cli?,
            model: model?,
            prices,
            max_turns: max_turns?,
            timeout: timeout?,
            allowed_tools: allowed_tools?,
            disallowed_tools: disallowed_tools?.unwrap_or_default(),
            toolchains: toolchains?,
        })
    }

    pub(super) fn approval(&mut self) -> Result<Approval, Reported> {
        let (mode, expires) = (self.get(&at::APPROVALS), self.get(&at::APPROVAL_EXPIRES));
        Ok(Approval { mode: mode?, expires: expires? })
    }

    pub(super) fn session(&mut self) -> Result<Session, Reported> {
        let (idle, absolute) = (self.get(&at::SESSION_IDLE), self.get(&at::SESSION_ABSOLUTE));
        let per_user = self.get(&at::SESSIONS_PER_USER);
        let (idle, absolute) = (idle?, absolute?);
        if idle > absolute {
            return Err(self.problem(Place::of(at::SESSION_IDLE.subject()), Fault::IdleAboveAbsolute));
        }
        Ok(Session { idle, absolute, per_user: per_user? })
    }

    pub(super) fn api(&mut self, euid: u32) -> Result<Option<Api>, Reported> {
        /// GitHub asks for a random text and sets no length; shorter ones are words.
        const MIN: usize = 16;
        let is_on = self.get(&at::API_SERVER);
        let (ip, port) = (self.get(&at::API_ADDRESS), self.get(&at::API_PORT));
        let github = self.rotating(&at::GITHUB_SECRET, &at::GITHUB_SECRET_PREVIOUS, MIN, euid);
        let generic = self.rotating(&at::WEBHOOK_SECRET, &at::WEBHOOK_SECRET_PREVIOUS, MIN, euid);
        let (github, generic) = (github?, generic?);
        if !is_on? {
            return Ok(None);
        }
        if github.is_none() && generic.is_none() {
            return Err(self.problem(Place::of(at::API_SERVER.subject()), Fault::ApiWithoutSecret));
        }
        Ok(Some(Api { address: SocketAddr::new(ip?, port?.get()), github, generic }))
    }

    pub(super) fn cell(&mut self) -> Result<Cell, Reported> {
        Ok(Cell { degraded: self.optional(&at::CELL_DEGRADED)? })
    }

    pub(super) fn commands(&mut self) -> Result<Commands, Reported> {
        let (ask, deny) = (self.optional(&at::COMMANDS_ASK), self.optional(&at::COMMANDS_DENY));
        let mut allow = Vec::new();
        for (line, mut table) in self.tables(at::COMMANDS_ALLOW, &["program", "reason"], &[]) {
            let mut field = |name: &str| match table.remove(name) {
                Some(item) => (item.line, item.text),
                None => (line, String::new()),
            };
            let (program_line, program) = field("program");
            let (reason_line, reason) = field("reason");
            let program = match program.as_str() {
                "" => Err(Fault::ProgramMissing),
                text => plain(text).and_then(ProgramPattern::parse),
            };
            let program = program.map_err(|fault| self.in_policy_file(program_line, fault));
            let reason = plain(&reason).and_then(Reason::parse);
            let reason = reason.map_err(|fault| self.in_policy_file(reason_line, fault));
            if let (Ok(program), Ok(reason)) = (program, reason) {
                allow.push(Relaxation { program, reason });
            }
        }
        Ok(Commands { ask: ask?.unwrap_or_default(), deny: deny?.unwrap_or_default(), allow })
    }

    pub(super) fn retention(&mut self) -> Result<Retention, Reported> {
        let (audit, data) = (self.get(&at::AUDIT_RETENTION), self.get(&at::DATA_RETENTION));
        Ok(Retention { audit: audit?, data: data? })
    }

    fn in_policy_file(&mut self, line: usize, fault: Fault) -> Reported {
        self.problem(Place::line(Source::PolicyFile, line), fault)
    }

    /// A secret with its predecessor; in production both have at least `min` bytes.
    fn rotating(
        &mut self,
        current: &SecretSetting,
        previous: &SecretSetting,
        min: usize,
        euid: u32,
    ) -> Result<Option<RotatingSecret>, Reported> {
        let [current, previous] = [current, previous]
            .map(|setting| self.secret(setting, euid).and_then(|s| self.long(setting, s, min)));
        let (current, previous) = (current?, previous?);
        Ok(current.map(|current| RotatingSecret { current, previous }))
    }
}
