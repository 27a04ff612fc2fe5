//! `guard-bot doctor`: looks at this machine and this set-up, by trying rather than by asking.

mod agent;

use std::fs;
use std::process::ExitCode;

use clap::Args;
use guard_audit::Verification;
use guard_core::command::Policy;
use guard_core::path::Root;
use guard_core::secret::Redactor;
use guard_sandbox::Profile;
use serde::Serialize;

use super::Common;
use crate::config::Purpose;
use crate::settings::Settings;
use crate::state::State;
use crate::{console, exit, prove, render, say};

/// Free space below which records may soon be refused.
const LOW_SPACE: u64 = 100 << 20;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Health {
    Ok,
    Note,
    Bad,
}

/// One thing that was tried.
#[derive(Debug, Serialize)]
struct Line {
    /// Stable kebab-case name.
    check: &'static str,
    health: Health,
    found: String,
}

#[derive(Debug, Default)]
struct Lines(Vec<Line>);

impl Lines {
    fn add(&mut self, check: &'static str, health: Health, found: impl Into<String>) {
        self.0.push(Line { check, health, found: found.into() });
    }
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut lines = Lines::default();
    lines.add("version", Health::Ok, format!("guard-bot {}", env!("CARGO_PKG_VERSION")));
    match Settings::load(common, Purpose::Command) {
        Ok(settings) => examine(&settings, &mut lines),
        Err(error) => lines.add("configuration", Health::Bad, format!("{error:#}")),
    }
    let is_healthy = lines.0.iter().all(|line| line.health != Health::Bad);
    if arguments.json {
        say::line(serde_json::json!({ "healthy": is_healthy, "checks": lines.0 }))?;
    } else {
        for Line { check, health, found } in &lines.0 {
            let mark = match health {
                Health::Ok => "ok",
                Health::Note => "note",
                Health::Bad => "BAD",
            };
            say::line(format_args!(
                "{mark:<5} {check:<16} {}",
                render::output(found).replace('\n', "\n                       ")
            ))?;
        }
    }
    Ok(if is_healthy { ExitCode::SUCCESS } else { exit::failed() })
}

fn examine(settings: &Settings, lines: &mut Lines) {
    lines.add("configuration", Health::Ok, "read without a problem; `guard-bot config show` prints it");
    for note in &settings.config.report.notes {
        lines.add("configuration", Health::Note, note.to_string());
    }
    if rustix::process::geteuid().is_root() {
        lines.add(
            "user",
            Health::Note,
            "runs as root; an ordinary user is safer, and production refuses root",
        );
    }
    for (check, health, found) in crate::chat::examine(&settings.config) {
        let health = match health {
            crate::chat::Health::Ok => Health::Ok,
            crate::chat::Health::Note => Health::Note,
            crate::chat::Health::Bad => Health::Bad,
        };
        lines.add(check, health, found);
    }
    let root = match Root::open(&settings.approved) {
        Ok(root) => root,
        Err(error) => {
            lines.add("root", Health::Bad, format!("{error} [{}]; name it with --approved", error.code()));
            return;
        }
    };
    lines.add("root", Health::Ok, root.path().display().to_string());
    for concern in root.concerns().unwrap_or_default() {
        lines.add("root", Health::Note, render::finding(&concern));
    }
    match prove::guards(&root, &Policy::agent(), &Redactor::new()) {
        Ok(()) => lines.add("guards", Health::Ok, "each refused its bad sample"),
        Err(guard) => {
            lines.add("guards", Health::Bad, format!("failed its own test: {guard} [guard-unproved]"))
        }
    }
    match Profile::new(root.path()).prepare() {
        Ok(cell) => lines.add(
            "cell",
            Health::Ok,
            format!(
                "{}; `guard-bot sandbox --report` proves each line",
                console::enforcement(&cell.enforced())
            ),
        ),
        Err(error) => lines.add("cell", Health::Bad, format!("{error} [{}]", error.code())),
    }
    match State::open(&settings.config) {
        Ok(state) => {
            examine_state(settings, &state, lines);
            match super::limits::this_user() {
                Ok(actor) => agent::examine(&settings.config, &state, &actor, root.path(), lines),
                Err(error) => lines.add("user", Health::Bad, format!("{error:#}")),
            }
        }
        Err(error) => lines.add("state", Health::Bad, format!("{error:#}")),
    }
}

fn examine_state(settings: &Settings, state: &State, lines: &mut Lines) {
    let place = state.audit();
    if let Some(directory) = place.log.parent() {
        lines.add("state", Health::Ok, directory.display().to_string());
        match fs::File::open(directory).and_then(|file| Ok(rustix::fs::fstatvfs(file)?)) {
            Ok(space) if space.f_bavail.saturating_mul(space.f_frsize) < LOW_SPACE => {
                lines.add(
                    "space",
                    Health::Bad,
                    "less than 100 MiB free for records; nothing runs without them",
                );
            }
            Ok(_) => lines.add("space", Health::Ok, "room for records"),
            Err(error) => lines.add("space", Health::Bad, format!("cannot be told: {}", error.kind())),
        }
    }
    match state.limits(&settings.config) {
        Ok(limits) => lines.add("limits", Health::Ok, super::limits::sentence(&limits)),
        Err(error) => lines.add("limits", Health::Bad, format!("{error:#}")),
    }
    if !place.log.exists() {
        lines.add("audit", Health::Ok, "no log yet");
        return;
    }
    match guard_audit::verify(&place.log, &Verification::new().anchor_dir(&place.anchors)) {
        Ok(report) => lines.add("audit", Health::Ok, report.to_string()),
        Err(error) => lines.add("audit", Health::Bad, format!("{error} [{}]", error.code())),
    }
}
