//! Lets Claude Code explain a project, in a cell; every call is judged, and whatever would be asked is denied.
//!
//! Run with: `cargo run --example claude -- /path/to/claude /path/to/project /path/to/relay.sock`, where a relay to the
//! model listens on the socket.

use std::path::Path;

use guard_agent::claude::{Claude, Event, Options, Places, Start};
use guard_core::path::Root;
use guard_core::tool::{Surroundings, ToolCall, evaluate};
use guard_core::{Finding, Rule, Verdict};

static NO_COMMANDS: Rule = Rule::deny("no-commands", 10, "this example only reads");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Inside the cell this program is the stage and the agent's parent.
    guard_sandbox::stage::run_if_requested();
    guard_agent::claude::run_if_requested();

    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [cli, project, relay] = arguments.as_slice() else { return Err("three paths are needed".into()) };
    let private = tempfile::TempDir::new_in("/var/tmp")?;
    let home = private.path().join("home");
    std::fs::create_dir(&home)?;
    let places = Places { home, quarantine: private.path().join("quarantine"), relay: relay.into() };
    let claude = Claude::new(Options::new(cli, project, "claude-sonnet-4-5", places))?;
    println!("version {} ({:?})", claude.version(), claude.version().support());

    let root = Root::open(project)?;
    let judge = move |call: &ToolCall, cwd: &Path| {
        let surroundings = Surroundings::new(&root).cwd(cwd).read_only();
        evaluate(call, &surroundings, |_command| Verdict::of(Finding::new(&NO_COMMANDS)))
    };
    let prompt = "What is this project about?".to_owned();
    let mut session = claude.start(Start { prompt, ..Start::default() }, judge)?;
    session.control().finish();
    while let Some(event) = session.blocking_next() {
        match event {
            Event::Text { text, .. } => println!("{}", text.escape_debug()),
            Event::Denied { name, verdict, .. } => {
                println!("{name} denied: {:?}", verdict.reasons().map(Finding::code).collect::<Vec<_>>());
            }
            Event::Ask(ask) => ask.deny("nobody is here to be asked"),
            Event::Turn(turn) => println!("{:?}, cost {:?}", turn.outcome, turn.cost),
            Event::Ended(how) => println!("{how:?}"),
            _ => {}
        }
    }
    Ok(())
}
