//! `guard-bot console`: the whole way of a message on this terminal.

mod demo;
mod input;
mod person;
mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use guard_core::path::Operation;
use guard_core::{Decision, Finding};

pub(crate) use words::{enforcement, words};

use crate::cli::Common;
use crate::config::Purpose;
use crate::gate::{BadInput, Request, Sender};
use crate::person::Person as _;
use crate::person::Shown;
use crate::render;
use crate::run::{Agent, Done, Pipeline};
use crate::settings::Settings;
use crate::state::State;
use crate::workshop::{Kind, Workshop};

use input::Line;
use person::Terminal;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Show everything in one minute, in a temporary project, with scripted input.
    #[arg(long)]
    demo: bool,
    /// Who acts on each line.
    #[arg(long, value_enum, default_value_t)]
    agent: Kind,
    /// Work with a weaker cell where bubblewrap or user namespaces are missing.
    #[arg(long)]
    allow_degraded: bool,
}

const HELP: &str = "\
/cd DIR     work in another directory of the root
/pwd        where you are
/cost       requests and money
/audit [N]  the newest records
/new        begin another conversation with the agent
/stop       stop what runs (or Ctrl-C)
/exit       end (or Ctrl-D)
anything else is for the agent: a command that is judged, asked about where needed and run in a cell, or a prompt";

pub(crate) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("the runtime")?;
    if arguments.demo {
        return runtime.block_on(demo::run());
    }
    let settings = Settings::load(common, Purpose::Command)?;
    let degraded = arguments.allow_degraded.then(|| "--allow-degraded".to_owned());
    let Settings { config, approved } = settings;
    let state = State::open(&config)?;
    let log = state.log()?;
    let workshop = Workshop::new(config, state, log, degraded)?;
    let pipeline = workshop.pipeline(&crate::cli::limits::this_user()?, &approved, arguments.agent)?;
    runtime.block_on(serve(&pipeline, workshop.state()))
}

async fn serve(pipeline: &Pipeline, state: &State) -> anyhow::Result<ExitCode> {
    let mut terminal = Terminal::new()?;
    terminal.say(&banner(pipeline));
    let mut cwd = PathBuf::new();
    while let Some(line) = terminal.line(&format!("{}> ", shown_directory(&cwd))).await {
        let text = match line {
            Line::Text(text) => text,
            bad @ (Line::TooLong | Line::NotUtf8) => {
                let bad = if bad == Line::TooLong { BadInput::TooLong } else { BadInput::NotUtf8 };
                let refused = pipeline.gate.reject(Sender::Local, bad);
                terminal.show(Shown::Refused(&refused));
                continue;
            }
        };
        match text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), "")) {
            ("", _) | ("/stop", "") => {}
            ("/exit" | "/quit", "") => break,
            ("/new", "") => terminal.say(&match pipeline.forget_conversation() {
                Ok(()) => "agent    the next line begins another conversation".to_owned(),
                Err(failure) => format!("failed   {failure} [{}]", failure.code()),
            }),
            ("/help", "") => terminal.say(HELP),
            ("/pwd", "") => terminal.say(&shown_directory(&cwd)),
            ("/cost", "") => terminal.say(&crate::cli::limits::table(pipeline.gate.limits(), "local")?),
            ("/audit", count) => terminal.say(&newest(state, count)),
            ("/cd", directory) => match change(pipeline, &cwd, directory.trim()) {
                Ok(new) => cwd = new,
                Err(refusal) => terminal.say(&refusal),
            },
            _ => {
                let request = Request { sender: Sender::Local, text, cwd: cwd.clone() };
                if let Done::Ran { cwd: Some(new), .. } = pipeline.request(&mut terminal, request).await {
                    cwd = new;
                }
            }
        }
    }
    let receipt =
        pipeline.gate.log().anchor().map_err(|error| {
            anyhow::anyhow!("the record could not be anchored: {error} [{}]", error.code())
        })?;
    terminal.say(&format!("record   anchored to {} with hash {}", receipt.seq, receipt.hash));
    Ok(ExitCode::SUCCESS)
}

fn banner(pipeline: &Pipeline) -> String {
    let root = pipeline.gate.root();
    let mut text = format!("root     {}", render::plain(&root.path().display().to_string()));
    for concern in root.concerns().unwrap_or_default() {
        text.push_str(&format!("\nnote     {}", render::finding(&concern)));
    }
    text.push_str(&format!("\ncell     {}", enforcement(pipeline.agent.enforced())));
    if let Agent::Claude(engine) = &pipeline.agent {
        text.push_str(&format!("\nagent    {}", render::plain(&engine.describe())));
    }
    text.push_str(&format!("\nlimits   {}", crate::cli::limits::sentence(pipeline.gate.limits())));
    text.push_str("\n/help says what can be done here");
    text
}

/// The directory as a person knows it: the root is `/`.
fn shown_directory(cwd: &Path) -> String {
    render::plain(&format!("/{}", cwd.display()))
}

fn change(pipeline: &Pipeline, cwd: &Path, directory: &str) -> Result<PathBuf, String> {
    let judgement = pipeline.gate.root().judge(cwd, directory, Operation::List);
    let refused = |code: &str, words: String| match pipeline.gate.record_place(code) {
        Ok(()) => format!("refused  {words}"),
        Err(unrecorded) => format!("failed   {unrecorded} [{}]", unrecorded.code()),
    };
    let new = match (judgement.decision(), judgement.relative()) {
        (Decision::Allow, Some(new)) => new.to_owned(),
        _ => {
            let code = judgement.verdict().reasons().next().map_or("undecided", Finding::code);
            let words = judgement.verdict().reasons().map(render::finding).collect::<Vec<_>>().join("; ");
            return Err(refused(code, words));
        }
    };
    if pipeline.gate.root().path().join(&new).is_dir() {
        Ok(new)
    } else {
        Err(refused("path-missing", "no such directory [path-missing]".to_owned()))
    }
}

fn newest(state: &State, count: &str) -> String {
    let limit = if count.trim().is_empty() { Ok(10) } else { count.trim().parse() };
    let Ok(limit) = limit else { return "/audit takes a number".to_owned() };
    let filter = guard_audit::Filter { limit: Some(limit), ..guard_audit::Filter::default() };
    let records = guard_audit::newest(state.audit().log, &filter)
        .and_then(|records| records.collect::<Result<Vec<_>, _>>());
    match records {
        Ok(records) => records.iter().rev().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        Err(error) => format!("failed   {error} [{}]", error.code()),
    }
}
