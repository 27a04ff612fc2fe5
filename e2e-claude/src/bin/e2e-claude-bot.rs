//! A bot in small, for tests that kill it, read its environment and fill its process table.
//!
//! `e2e-claude-bot CLI ROOT UPSTREAM JUDGE PROCESSES`: runs the agent on `ROOT/project` as the tests' stand does, with the
//! key of its own environment, and prints every event. `JUDGE` is `allow`, `ask` (nobody answers) or `think` (for ever).
//! A line on its standard input stops the run.

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use guard_agent::claude::{Claude, Event, Options, Places, Start};
use guard_agent::relay::{self, Budget, Credential, MicroUsd, Model, Models, Price, Relay, Upstream};
use guard_core::tool::ToolCall;
use guard_core::{Finding, Requires, Rule, Verdict};

const MODEL: &str = "claude-sonnet-4-5";
static ASKED: Rule = Rule::ask("test-asked", 50, "the test asks");

fn main() -> Result<(), Box<dyn Error>> {
    guard_sandbox::stage::run_if_requested();
    guard_agent::claude::run_if_requested();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [cli, root, upstream, judge, processes] = arguments.as_slice() else {
        return Err("CLI ROOT UPSTREAM JUDGE PROCESSES".into());
    };
    let root = PathBuf::from(root);
    let relay = relay(&root, upstream)?;
    let places = Places {
        home: root.join("home"),
        quarantine: root.join("quarantine"),
        relay: relay.socket().to_owned(),
    };
    let mut options =
        Options { time: Duration::from_secs(120), ..Options::new(cli, root.join("project"), MODEL, places) };
    options.limits.processes = processes.parse()?;
    let judge = judge.clone();
    let judge = move |_: &ToolCall, _: &Path| match judge.as_str() {
        "allow" => Verdict::allow(Requires::NOTHING),
        "ask" => Verdict::of(Finding::new(&ASKED)),
        _ => {
            say("thinking");
            loop {
                std::thread::park();
            }
        }
    };
    let start = Start { prompt: "do it".to_owned(), ..Start::default() };
    let mut session = Claude::new(options)?.start(start, judge)?;
    let control = session.control();
    std::thread::spawn(move || {
        let mut line = String::new();
        if matches!(io::stdin().read_line(&mut line), Ok(read) if read > 0) {
            control.stop();
        }
    });
    session.control().finish();
    let mut asks = Vec::new();
    while let Some(event) = session.blocking_next() {
        say(&format!("{event:?}"));
        if let Event::Ask(ask) = event {
            asks.push(ask);
        }
    }
    Ok(())
}

fn relay(root: &Path, upstream: &str) -> Result<Relay, Box<dyn Error>> {
    let usd = |dollars: u64| MicroUsd::new(dollars * 1_000_000);
    let price = Price {
        input: usd(3),
        output: usd(15),
        cache_write: usd(4),
        cache_write_hour: usd(6),
        cache_read: usd(1),
    };
    let model = Model { price, context_tokens: 200_000, output_tokens: 64_000 };
    let key = std::env::var("ANTHROPIC_API_KEY")?;
    let options = relay::Options::new(
        root,
        Upstream::parse(upstream)?,
        Credential::ApiKey(key.as_str().into()),
        Models::new().with(MODEL, model),
        Arc::new(Budget::new(usd(100))),
    );
    Ok(Relay::start(options)?)
}

fn say(line: &str) {
    // The test may have gone.
    writeln!(io::stdout(), "{line}").ok();
}
