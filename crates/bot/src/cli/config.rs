//! `guard-bot config show`: every setting, its value and where it comes from; secrets only as set or not set.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::Common;
use crate::config::{Config, Purpose, Sources};
use crate::{exit, say};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print every setting, also where the configuration is refused.
    Show {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let What::Show { json } = arguments.what;
    let mut sources = Sources::from_process(Purpose::Command, common.config.clone())?;
    if let Some(approved) = &common.approved {
        sources = sources.evaluating(approved);
    }
    let (report, problems) = match Config::load(&sources) {
        Ok(config) => (config.report, Vec::new()),
        Err(errors) => (errors.report, errors.problems),
    };
    if json {
        let problems: Vec<_> = problems
            .iter()
            .map(|problem| json!({ "code": problem.fault.code(), "place": problem.place, "message": problem.to_string() }))
            .collect();
        say::line(json!({ "settings": report.settings, "notes": report.notes, "problems": problems }))?;
    } else {
        say::piece(&report)?;
        for problem in &problems {
            say::line(format_args!("refused: {problem}"))?;
        }
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { exit::failed() })
}
