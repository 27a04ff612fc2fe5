//! A project with a secret, a home, a scripted model behind the relay, and a run of the agent over it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use guard_agent::claude::{
    Ask, Claude, ClaudeError, Closed, Event, Judge, Moved, Options, Outcome, Places, Session, SessionId,
    Start, Turn,
};
use guard_agent::relay::{self, Budget, Credential, Limits, Model, Models, Price, Relay, Upstream};
use guard_core::path::Root;
use guard_core::tool::{Surroundings, ToolCall, evaluate};
use guard_core::{Finding, Requires, Rule, Verdict};
use serde_json::Value;
use tempfile::TempDir;

use crate::cli::cli;
use crate::stub::{Reply, Stub};

pub(crate) const CANARY: &str = "canary-7f3a91";
pub(crate) const MODEL: &str = "claude-sonnet-4-5";
/// The owner's key, which only the relay holds.
pub(crate) const KEY: &str = "sk-ant-canary-key-51d0c7";

static DENIED: Rule = Rule::deny("test-denied", 50, "the test denies it");
static ASKED: Rule = Rule::ask("test-asked", 50, "the test asks");

/// The directories of one test, and the relay to its model; everything is removed at the end.
pub(crate) struct Stand {
    pub(crate) relay: Relay,
    pub(crate) budget: Arc<Budget>,
    relayed: Arc<Mutex<Vec<relay::Event>>>,
    stub: Stub,
    /// Where the stub listens.
    pub(crate) upstream: String,
    pub(crate) root: TempDir,
}

/// What a run said.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) session: Option<SessionId>,
    pub(crate) texts: Vec<String>,
    pub(crate) partial: String,
    pub(crate) tools: Vec<(String, Value)>,
    pub(crate) results: Vec<(bool, String)>,
    pub(crate) denied: Vec<&'static str>,
    /// The tool and the reasons of each question.
    pub(crate) asked: Vec<(String, Vec<&'static str>)>,
    pub(crate) closed: Vec<Closed>,
    pub(crate) turns: Vec<Turn>,
    pub(crate) quarantined: Vec<Moved>,
    pub(crate) ended: Option<Result<i32, ClaudeError>>,
}

impl Said {
    pub(crate) fn outcomes(&self) -> Vec<Outcome> {
        self.turns.iter().map(|turn| turn.outcome.clone()).collect()
    }

    #[track_caller]
    pub(crate) fn result(&self) -> (bool, &str) {
        let [(is_error, text)] = self.results.as_slice() else { panic!("not one result: {self:#?}") };
        (*is_error, text)
    }
}

impl Stand {
    pub(crate) fn new() -> Self {
        Self::with(u64::MAX, Limits::default())
    }

    /// With a budget in millionths of a dollar, and limits of the relay.
    pub(crate) fn with(budget: u64, limits: Limits) -> Self {
        // Not below `/tmp`, where the cell has its own.
        let root = TempDir::new_in("/var/tmp").expect("a temporary directory in /var/tmp");
        let stub = Stub::new([]);
        let upstream = format!("http://{}", stub.listen_tcp());
        let budget = Arc::new(Budget::new(relay::MicroUsd::new(budget)));
        let relayed = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&relayed);
        let options = relay::Options::new(
            root.path(),
            Upstream::parse(&upstream).expect("an address"),
            Credential::ApiKey(KEY.into()),
            Models::new().with(MODEL, model()),
            Arc::clone(&budget) as Arc<dyn relay::Meter>,
        );
        let options = options.limits(limits).on_event(move |event| seen.lock().unwrap().push(event));
        let relay = Relay::start(options).expect("a relay");
        let stand = Self { relay, budget, relayed, stub, upstream, root };
        for directory in ["project/.git/hooks", "project/src", "home", "outside", "bare-home"] {
            fs::create_dir_all(stand.path(directory)).expect("a directory");
        }
        stand.write("project/.env", &format!("TOKEN={CANARY}\n"));
        stand.write("project/src/main.rs", "fn main() {}\n");
        stand.write("outside/secret", CANARY);
        stand
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("directories");
        fs::write(path, text).expect("a file");
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        fs::symlink_metadata(self.path(name)).is_ok()
    }

    pub(crate) fn options(&self) -> Options {
        let places = Places {
            home: self.path("home"),
            quarantine: self.path("quarantine"),
            relay: self.relay.socket().to_owned(),
        };
        Options {
            stage: Some(env!("CARGO_BIN_EXE_e2e-claude-stage").into()),
            time: Duration::from_secs(60),
            ..Options::new(cli(), self.path("project"), MODEL, places)
        }
    }

    /// The guard's own rules for paths; commands are denied or asked by a word in them, and allowed otherwise.
    pub(crate) fn judge(&self) -> impl Judge + use<> {
        let root = Root::open(self.path("project")).expect("a root");
        move |call: &ToolCall, cwd: &Path| {
            evaluate(call, &Surroundings::new(&root).cwd(cwd), |text| {
                if text.contains("DENY") {
                    Verdict::of(Finding::new(&DENIED))
                } else if text.contains("ASK") {
                    Verdict::of(Finding::new(&ASKED))
                } else {
                    Verdict::allow(Requires::EVERYTHING)
                }
            })
        }
    }

    /// What the model will say next, instead of what it would have said. It forgets what it was asked.
    pub(crate) fn stub(&self, script: impl IntoIterator<Item = Reply>) -> Stub {
        self.stub.restart(script);
        self.stub.clone()
    }

    /// What the model was sent since its script was set.
    pub(crate) fn stub_requests(&self) -> Vec<(String, Value)> {
        self.stub.requests()
    }

    /// What happened at the relay so far.
    pub(crate) fn relayed(&self) -> Vec<relay::Event> {
        self.relayed.lock().unwrap().clone()
    }

    /// The codes of what the relay refused so far.
    pub(crate) fn refused(&self) -> Vec<&'static str> {
        let code = |event: &relay::Event| match event {
            relay::Event::Refused(refusal) => Some(refusal.code()),
            _ => None,
        };
        self.relayed().iter().filter_map(code).collect()
    }

    /// One turn with the given script, every question answered by `answer`.
    pub(crate) fn run(&self, script: impl IntoIterator<Item = Reply>, answer: impl FnMut(Ask)) -> Said {
        self.run_with(self.options(), Start::default(), script, answer).0
    }

    pub(crate) fn run_with(
        &self,
        options: Options,
        start: Start,
        script: impl IntoIterator<Item = Reply>,
        answer: impl FnMut(Ask),
    ) -> (Said, Stub) {
        let stub = self.stub(script);
        let session = self.start(options, start);
        session.control().finish();
        (listen(session, answer, |_, _| {}), stub)
    }

    #[track_caller]
    pub(crate) fn start(&self, options: Options, start: Start) -> Session {
        let prompt = if start.prompt.is_empty() { "do it".to_owned() } else { start.prompt };
        let start = Start { prompt, ..start };
        let claude = Claude::new(options).expect("an agent");
        claude.start(start, self.judge()).expect("a run")
    }
}

/// The prices of the model that the stub pretends to be, in dollars for a million tokens.
fn model() -> Model {
    let usd = |dollars: u64| relay::MicroUsd::new(dollars * 1_000_000);
    let price = Price {
        input: usd(3),
        output: usd(15),
        cache_write: usd(4),
        cache_write_hour: usd(6),
        cache_read: usd(1),
    };
    Model { price, context_tokens: 200_000, output_tokens: 64_000 }
}

/// Everything up to the end; `see` looks at each event before it is noted.
pub(crate) fn listen(
    mut session: Session,
    mut answer: impl FnMut(Ask),
    mut see: impl FnMut(&Event, &Session),
) -> Said {
    let mut said = Said::default();
    while let Some(event) = session.blocking_next() {
        see(&event, &session);
        match event {
            Event::Started { session, .. } => said.session = Some(session),
            Event::Text { text, .. } => said.texts.push(text),
            Event::PartialText(text) => said.partial.push_str(&text),
            Event::ToolUse { name, input, .. } => said.tools.push((name, input)),
            Event::ToolResult { text, is_error, .. } => said.results.push((is_error, text)),
            Event::Denied { verdict, .. } => said.denied.extend(verdict.reasons().map(Finding::code)),
            Event::Ask(ask) => {
                let codes = ask.verdict().reasons().map(Finding::code).collect();
                said.asked.push((ask.name().to_owned(), codes));
                answer(ask);
            }
            Event::AskClosed { closed, .. } => said.closed.push(closed),
            Event::Turn(turn) => said.turns.push(turn),
            Event::Quarantined(moved) => said.quarantined = moved,
            Event::Ended(ended) => said.ended = Some(ended.map(|exit| exit.code())),
            _ => {}
        }
    }
    said
}

pub(crate) fn never(ask: Ask) {
    panic!("asked about {}: {:?}", ask.name(), ask.input());
}

/// How many processes of the host have this among their arguments.
pub(crate) fn running(mark: &str) -> usize {
    let processes = fs::read_dir("/proc").expect("/proc").flatten();
    processes
        .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
        .filter(|arguments| arguments.split(|byte| *byte == 0).any(|argument| argument == mark.as_bytes()))
        .count()
}

/// Waits for something that is to become true, but not for ever.
pub(crate) fn until(mut is_so: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(30) {
        if is_so() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}
