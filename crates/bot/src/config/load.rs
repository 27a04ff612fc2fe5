//! Reads everything, in the order of the documentation, and decides once at the end.

use std::fs;
use std::path::{Path, PathBuf};

use super::choice::Environment;
use super::fault::Fault;
use super::layers::Layers;
use super::model::Config;
use super::reader::{MAX_FAULTS, Reader, Reported};
use super::report::{ConfigErrors, Place};
use super::settings as at;
use super::sources::{Purpose, Sources};
use super::state::StateDir;
use super::typo;

/// No ordinary environment has more variables; bounds the search for misspelt ones.
const MAX_NAMES: usize = 4096;

impl Config {
    /// Reads the configuration from `sources`; nothing else is looked at, nothing is created.
    ///
    /// # Errors
    /// Every problem at once, each with its place.
    pub(crate) fn load(sources: &Sources) -> Result<Self, ConfigErrors> {
        let (mut problems, mut notes) = (Vec::new(), Vec::new());
        let layers = Layers::read(sources, &mut problems, &mut notes);
        let mut reader = Reader::new(layers, problems, notes);
        match reader.config(sources) {
            Ok(mut config) if reader.problems.is_empty() => {
                config.report = reader.report;
                Ok(config)
            }
            Ok(_) | Err(Reported) => Err(ConfigErrors { problems: reader.problems, report: reader.report }),
        }
    }

    /// Refuses a program or file of the guard's own (such as an agent's CLI found in PATH) that an agent could change.
    ///
    /// # Errors
    /// The way to `path` enters an approved or evaluated directory, or cannot be followed.
    pub(crate) fn require_outside_roots(&self, path: &Path) -> Result<(), Fault> {
        self.roots.require_outside(path)
    }
}

impl Reader<'_> {
    fn config(&mut self, sources: &Sources) -> Result<Config, Reported> {
        let euid = sources.euid;
        let environment = self.get(&at::ENVIRONMENT);
        // Doubt counts as production.
        self.environment = environment.unwrap_or(Environment::Production);
        let is_debug = self.get(&at::DEBUG);
        let log_level = self.get(&at::LOG_LEVEL);
        let approved = self.approved(sources);
        let state = self.state(sources);
        let telegram = self.telegram(sources.purpose, euid);
        let access = self.access(matches!(telegram, Ok(Some(_))), euid);
        let requests = self.requests();
        let cost = self.cost();
        let redis_url = self.secret(&at::REDIS_URL, euid);
        let agent = self.agent(sources.purpose, euid);
        let approval = self.approval();
        let session = self.session();
        let api = self.api(euid);
        let has_scheduler = self.get(&at::SCHEDULER);
        let cell = self.cell();
        let commands = self.commands();
        let secret_names = self.optional(&at::SECRET_NAMES);
        let upload_kinds = self.upload_kinds();
        let retention = self.retention();

        self.refuse_off_switches();
        self.note_unused();
        self.note_not_yet();
        self.refuse_unknown_keys();
        self.note_unknown_names();
        for root in &sources.evaluated_roots {
            self.refuse_wide_root("evaluated directory", root, sources);
        }
        let policy_file = self.layers.policy_file.clone();
        self.refuse_inside_roots(&[
            ("executable", Some(&sources.executable)),
            ("guard.toml", policy_file.as_deref()),
            ("state directory", state.as_ref().ok().map(StateDir::path)),
            ("CLAUDE_CLI_PATH", agent.as_ref().ok().and_then(|agent| agent.cli.as_deref())),
        ]);
        self.refuse_unsafe(
            sources,
            is_debug.unwrap_or(false),
            cell.as_ref().ok(),
            api.as_ref().ok().and_then(Option::as_ref),
        );
        self.note_ignored(sources, approved.as_ref().ok().and_then(Option::as_deref));

        Ok(Config {
            environment: environment?,
            is_debug: is_debug?,
            log_level: log_level?,
            approved: approved?,
            state: state?,
            policy_file,
            telegram: telegram?,
            access: access?,
            requests: requests?,
            cost: cost?,
            redis_url: redis_url?,
            agent: agent?,
            approval: approval?,
            session: session?,
            api: api?,
            has_scheduler: has_scheduler?,
            cell: cell?,
            commands: commands?,
            secret_names: secret_names?.unwrap_or_default(),
            upload_kinds: upload_kinds?,
            retention: retention?,
            roots: self.layers.roots.clone(),
            report: self.report.clone(),
        })
    }

    /// The approved directory without links.
    fn approved(&mut self, sources: &Sources) -> Result<Option<PathBuf>, Reported> {
        let subject = at::APPROVED_DIRECTORY.subject();
        let Some(path) = self.optional(&at::APPROVED_DIRECTORY)? else {
            return match sources.purpose {
                Purpose::Run => Err(self.problem(Place::of(subject), Fault::Missing)),
                Purpose::Command | Purpose::Check | Purpose::Hook => Ok(None),
            };
        };
        match fs::canonicalize(&path) {
            Ok(real) if real.is_dir() => {
                self.refuse_wide_root(subject, &real, sources);
                Ok(Some(real))
            }
            Ok(_) | Err(_) => Err(self.problem(Place::of(subject), Fault::DirectoryMissing)),
        }
    }

    fn state(&mut self, sources: &Sources) -> Result<StateDir, Reported> {
        let subject = at::STATE_DIR.subject();
        let path = match self.optional(&at::STATE_DIR)? {
            Some(path) => Some(path),
            None => sources.xdg("XDG_STATE_HOME", ".local/state").map(|base| base.join("guard")),
        };
        match path {
            Some(path) => {
                StateDir::parse(path, sources.euid).map_err(|fault| self.problem(Place::of(subject), fault))
            }
            None => Err(self.problem(Place::of(subject), Fault::NoHome)),
        }
    }

    /// Notes what is probably misspelt: any other name in `.env`, and in the environment what resembles a setting.
    fn note_unknown_names(&mut self) {
        let is_known = |name: &str| self.names().contains(name);
        let nearest = |name: &str| typo::nearest(name, self.names().iter().copied());
        let is_ours = |name: &str| ["GUARD_", "TELEGRAM_", "RATE_LIMIT_"].iter().any(|p| name.starts_with(p));
        let files = [(&self.layers.dotenv, ".env"), (&self.layers.settings, "guard.env")];
        let dotenv = files.into_iter().flat_map(|(entries, file)| {
            entries.keys().filter(|name| !is_known(name)).map(move |name| (name.as_str(), file))
        });
        let environment = self.layers.env.keys().take(MAX_NAMES).filter_map(|name| name.to_str());
        let environment = environment
            .filter(|name| !is_known(name) && (is_ours(name) || name.len() >= 8 && nearest(name).is_some()))
            .map(|name| (name, "environment"));
        let unknown: Vec<_> = dotenv
            .take(MAX_FAULTS)
            .chain(environment.take(MAX_FAULTS))
            .map(|(name, source)| match nearest(name) {
                Some(nearest) => format!("{source} {name} (did you mean {nearest}?)"),
                None => format!("{source} {name}"),
            })
            .collect();
        for about in unknown {
            self.note("setting-unknown", about, "is not a setting of this bot");
        }
    }
}
