//! `guard-bot extract`: unpacks an archive into a new directory, all of it or nothing.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use guard_audit::{Event, Outcome};
use guard_core::archive::{ExtractError, Limits, Report, extract};
use guard_core::path::{FileName, Root};
use guard_core::{Decision, Finding, Verdict};
use serde_json::json;

use super::Common;
use crate::config::Purpose;
use crate::settings::Settings;
use crate::state::State;
use crate::{exit, render, say};

#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 unpacked, 20 refused, 2 usage or input error.")]
pub(super) struct Arguments {
    /// A zip, a tar, or a file compressed with gzip, bzip2, xz or zstd.
    file: PathBuf,
    /// A directory that does not exist yet, inside the approved one.
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
    /// Accept `.git` in the archive: Git runs what its configuration and hooks name.
    #[arg(long)]
    allow_git: bool,
    /// Print one JSON object instead of text for a person.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(common, Purpose::Command)?;
    let root = Root::open(&settings.approved)
        .map_err(|error| anyhow::anyhow!("the approved directory: {error} [{}]", error.code()))?;
    let archive = super::regular_file(&arguments.file).context("the archive")?;
    let state = State::open(&settings.config)?;
    let user = super::limits::this_user()?;
    let log = state.log()?;
    let event =
        |name: &str| Event::new(name).actor(&user).object(render::clip(&arguments.into.to_string_lossy()));
    log.append(&event("extract_started").outcome(Outcome::Success).detail("allow_git", arguments.allow_git))?;
    let mut limits = Limits::default();
    if arguments.allow_git {
        limits = limits.allowing_git();
    }
    if let Some(name) = stream_name(&arguments.file) {
        limits = limits.stream_name(name);
    }
    let extracted = extract(archive, &root, &arguments.into, &limits);
    let (code, verdict, report) = match &extracted {
        Ok(report) => (None, report.verdict().clone(), Some(report)),
        Err(ExtractError::Refused(report)) => {
            (refusal(&extracted), report.verdict().clone(), Some(&**report))
        }
        Err(error) => (Some(error.code()), Verdict::of(Finding::new(error.rule())), None),
    };
    let finished = event("extract_finished");
    let finished = match code {
        None => finished.outcome(Outcome::Success),
        Some(code) => finished.outcome(Outcome::Failure).risk(verdict.risk()).detail("code", code),
    };
    log.append(&finished)?;
    print(&verdict, report, arguments)?;
    Ok(exit::of(if code.is_none() { Decision::Allow } else { Decision::Deny }))
}

fn refusal(extracted: &Result<Report, ExtractError>) -> Option<&'static str> {
    extracted.as_ref().err().map(ExtractError::code)
}

/// What `gunzip` would call it.
fn stream_name(file: &Path) -> Option<FileName> {
    let name = file.file_name()?.to_str()?;
    let stem = [".gz", ".bz2", ".xz", ".zst"].iter().find_map(|end| name.strip_suffix(end))?;
    FileName::parse(stem).ok()
}

fn print(verdict: &Verdict, report: Option<&Report>, arguments: &Arguments) -> anyhow::Result<()> {
    let is_done = verdict.decision() == Decision::Allow;
    if arguments.json {
        let mut answer = json!({
            "decision": verdict.decision(),
            "risk": verdict.risk(),
            "severity": verdict.severity(),
            "findings": verdict.findings(),
        });
        if let (Some(report), true, Some(fields)) = (report, is_done, answer.as_object_mut()) {
            fields.insert("entries".into(), json!(report.entries.len()));
            fields.insert("output_bytes".into(), json!(report.output_bytes));
        }
        say::line(serde_json::to_string(&answer)?)?;
    } else {
        say::line(report.map_or_else(|| render::verdict(verdict), render::archive))?;
        let into = render::plain(&arguments.into.to_string_lossy());
        say::line(if is_done { format!("unpacked into {into}") } else { "nothing was written".to_owned() })?;
    }
    Ok(())
}
