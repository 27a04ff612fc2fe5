//! `guard-bot hook`: answers one PreToolUse question of Claude Code.
//!
//! It prints `deny` or `ask` with the reason, or nothing, which leaves the decision to the program's own rules: a guard
//! never widens. Every error, and a panic, ends with exit status 2, because that one blocks the tool; other codes
//! let it run.

mod install;

use std::fs::File;
use std::io::Read as _;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use guard_audit::{Event, Outcome};
use guard_core::command::{Context, Policy};
use guard_core::path::Root;
use guard_core::tool::{self, Surroundings, ToolCall};
use guard_core::{Decision, Finding, Verdict};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Common;
use crate::config::Purpose;
use crate::settings::Settings;
use crate::state::State;
use crate::{exit, render, say};

/// `/dev/null` on Linux.
const NULL_DEVICE: u64 = (1 << 8) | 3;
/// Longest question, in bytes: a file of a megabyte, escaped.
const MAX_QUESTION: u64 = 8 << 20;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write the hook into the user's settings, so that a failing hook blocks the tool.
    Install(install::Arguments),
}

/// What Claude Code asks; further fields belong to it.
#[derive(Deserialize)]
struct Question {
    hook_event_name: String,
    cwd: PathBuf,
    tool_name: String,
    tool_input: Value,
    #[serde(default)]
    session_id: Option<String>,
    #[serde(default)]
    tool_use_id: Option<String>,
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    if let Some(What::Install(arguments)) = &arguments.what {
        return install::run(common, arguments);
    }
    // The message of a panic may quote what was judged.
    std::panic::set_hook(Box::new(|_| {}));
    match catch_unwind(AssertUnwindSafe(|| answer(common))) {
        Ok(Ok(None)) => Ok(ExitCode::SUCCESS),
        Ok(Ok(Some(answer))) => {
            anyhow::ensure!(!is_nowhere(std::io::stdout())?, "the answer cannot be written [hook-output]");
            say::line(&answer)?;
            Ok(ExitCode::SUCCESS)
        }
        Ok(Err(error)) => {
            say::log(format_args!("hook: {}", render::plain(&format!("{error:#}"))));
            Ok(exit::usage())
        }
        Err(_) => {
            say::log("hook: internal error [hook-panic]");
            Ok(exit::usage())
        }
    }
}

/// Whether nobody can read an output, so that the tool would run without its answer.
fn is_nowhere(output: impl AsFd) -> std::io::Result<bool> {
    let metadata = File::from(output.as_fd().try_clone_to_owned()?).metadata()?;
    // A closed output is opened again as this device, whose number is the same everywhere.
    Ok(metadata.file_type().is_char_device() && metadata.rdev() == NULL_DEVICE)
}

fn answer(common: &Common) -> anyhow::Result<Option<Value>> {
    let mut text = Vec::new();
    std::io::stdin().lock().take(MAX_QUESTION + 1).read_to_end(&mut text).context("standard input")?;
    anyhow::ensure!(text.len() as u64 <= MAX_QUESTION, "the question is too long [hook-too-long]");
    let question: Question = serde_json::from_slice(&text)
        .map_err(|_| anyhow::anyhow!("the question is not a PreToolUse question in JSON [hook-malformed]"))?;
    anyhow::ensure!(question.hook_event_name == "PreToolUse", "only PreToolUse is answered [hook-event]");

    let project = std::env::var_os("CLAUDE_PROJECT_DIR").map_or_else(|| question.cwd.clone(), PathBuf::from);
    let settings = Settings::load_with(common, Purpose::Hook, Some(project))?;
    let verdict = match Root::open(&settings.approved) {
        Ok(root) => judge(&root, &settings.policy(), &question),
        Err(error) => Verdict::of(Finding::new(error.rule())),
    };
    record(&settings, &question, &verdict)?;
    Ok(match verdict.decision() {
        Decision::Allow => None,
        Decision::Ask => Some(decision("ask", &verdict)),
        Decision::Deny => Some(decision("deny", &verdict)),
    })
}

fn judge(root: &Root, policy: &Policy, question: &Question) -> Verdict {
    match ToolCall::parse(&question.tool_name, &question.tool_input) {
        Ok(call) => {
            let context = Context::new(root).cwd(&question.cwd);
            let commands = |text: &str| policy.evaluate(text, &context).verdict().clone();
            tool::evaluate(&call, &Surroundings::new(root).cwd(&question.cwd), commands)
        }
        Err(error) => Verdict::of(Finding::new(error.rule())),
    }
}

fn decision(decision: &str, verdict: &Verdict) -> Value {
    let reasons: Vec<String> = verdict.reasons().map(render::finding).collect();
    json!({
        "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": decision,
            "permissionDecisionReason": format!("guard: {}", reasons.join("; ")),
        }
    })
}

/// Written to the kernel but not waited for on the disk: that survives every end of this process, and a hook that
/// waits for the disk would cost more than the tool it guards.
fn record(settings: &Settings, question: &Question, verdict: &Verdict) -> anyhow::Result<()> {
    let (name, outcome) = match verdict.decision() {
        Decision::Allow => ("tool_not_objected", Outcome::Success),
        Decision::Ask => ("tool_asked", Outcome::Unknown),
        Decision::Deny => ("tool_denied", Outcome::Failure),
    };
    let codes: Vec<&str> = verdict.findings().iter().map(Finding::code).collect();
    let user = rustix::process::geteuid().as_raw();
    let mut event = Event::new(name)
        .actor(format!("local:{user}"))
        .object(render::clip(&question.tool_name))
        .outcome(outcome)
        .risk(verdict.risk())
        .detail("codes", codes);
    for (key, value) in [("session", &question.session_id), ("tool_use", &question.tool_use_id)] {
        if let Some(value) = value {
            event = event.detail(key, render::clip(value));
        }
    }
    let log = State::open(&settings.config)?.log()?;
    log.append_relaxed(&event).map_err(|error| anyhow::anyhow!("{error} [{}]", error.code()))?;
    Ok(())
}
