//! `guard-bot sandbox`: one command in a cell, or the proof of what a cell enforces.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Args;
use guard_agent::Protected;
use guard_audit::{Event, Outcome};
use guard_core::path::Root;
use guard_sandbox::{CellError, Network, Profile, Streams};

use super::Common;
use crate::config::Purpose;
use crate::settings::Settings;
use crate::state::State;
use crate::{exit, render, say};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Give the command the network of this machine.
    #[arg(long)]
    net: bool,
    /// The project stays read-only.
    #[arg(long)]
    read_only: bool,
    /// Work with a weaker cell where bubblewrap or user namespaces are missing.
    #[arg(long)]
    allow_degraded: bool,
    /// Try every promise of the cell and print what held.
    #[arg(long)]
    report: bool,
    /// The report as JSON.
    #[arg(long, requires = "report")]
    json: bool,
    /// The command and its arguments.
    #[arg(last = true, required_unless_present = "report", value_name = "CMD")]
    command: Vec<OsString>,
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(common, Purpose::Command)?;
    let root = Root::open(&settings.approved)
        .map_err(|error| anyhow::anyhow!("the approved directory: {error} [{}]", error.code()))?;
    let state = State::open(&settings.config)?;
    let profile = profile(arguments, &settings, &root, &state)?;
    if arguments.report {
        let report = guard_sandbox::report(&profile).map_err(explain)?;
        if arguments.json {
            say::line(serde_json::to_string(&report)?)?;
        } else {
            say::piece(&report)?;
        }
        return Ok(if report.holds() { ExitCode::SUCCESS } else { exit::failed() });
    }
    let cell = profile.prepare().map_err(explain)?;
    let user = super::limits::this_user()?;
    let words: Vec<_> = arguments.command.iter().map(|word| word.to_string_lossy()).collect();
    let redactor = guard_core::secret::Redactor::new();
    let log = state.log()?;
    let event =
        |name: &str| Event::new(name).actor(&user).object(render::clip(&redactor.redact(&words.join(" "))));
    log.append(&event("sandbox_started").outcome(Outcome::Success).detail("network", arguments.net))?;
    let cwd = std::env::current_dir().ok().filter(|cwd| cwd.starts_with(root.path()));
    let mut run = cell
        .spawn(&arguments.command, cwd.as_deref().unwrap_or(root.path()), Streams::inherited())
        .map_err(explain)?;
    let exit = run.wait().map_err(explain)?;
    let outcome = if exit.is_success() { Outcome::Success } else { Outcome::Failure };
    log.append(&event("sandbox_finished").outcome(outcome).detail("status", exit.code()))?;
    Ok(ExitCode::from(u8::try_from(exit.code()).unwrap_or(u8::MAX)))
}

fn profile(
    arguments: &Arguments,
    settings: &Settings,
    root: &Root,
    state: &State,
) -> anyhow::Result<Profile> {
    let found = Protected::of(root.path()).map_err(|error| anyhow::anyhow!("{error} [{}]", error.code()))?;
    let mut profile = Profile::new(root.path())
        .masked(&found.secrets)
        .guarded(&found.guarded)
        .home(state.home(&super::limits::this_user()?, root.path())?);
    if !arguments.read_only {
        profile = profile.writable(root.path());
    }
    if arguments.net {
        profile = profile.network(Network::Host);
    }
    match &settings.config.cell.degraded {
        Some(reason) => profile = profile.degraded(reason.as_str()),
        None if arguments.allow_degraded => profile = profile.degraded("--allow-degraded"),
        None => {}
    }
    for toolchain in settings.config.agent.toolchains.iter().filter(|toolchain| toolchain.is_installed()) {
        profile = profile.toolchain(*toolchain);
    }
    Ok(profile)
}

fn explain(error: CellError) -> anyhow::Error {
    anyhow::anyhow!("the cell: {error} [{}]", error.code())
}
