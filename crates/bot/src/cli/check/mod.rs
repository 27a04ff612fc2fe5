//! `guard-bot check`: evaluates and runs nothing. Its output is a contract, kept stable.

mod batch;
mod question;

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use guard_core::secret::Redactor;
use serde::Deserialize;

use self::question::{Judge, Question};
use super::Common;
use crate::exit;
use crate::say::{self, Unsaid};

/// Longest text that `check text` takes, in bytes.
const MAX_TEXT: u64 = 64 << 20;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 allow, 10 ask, 20 deny, 2 usage or input error; batch: 0 when every line was answered."
)]
pub(crate) struct Arguments {
    /// The directory that relative paths and commands start from; the approved directory unless given.
    #[arg(long, global = true, value_name = "DIR")]
    cwd: Option<PathBuf>,
    /// How strictly commands are judged.
    #[arg(long, global = true, value_enum, default_value_t = ProfileName::Agent)]
    profile: ProfileName,
    /// Print one JSON object instead of text for a person.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ProfileName {
    /// What an agent needs for ordinary work on the project.
    Agent,
    /// No shell: any operator, expansion or redirection refuses.
    Strict,
    /// No write, no build, no network.
    Readonly,
}

#[derive(Debug, Subcommand)]
enum Kind {
    /// A shell command.
    Command {
        #[arg(allow_hyphen_values = true)]
        text: OsString,
    },
    /// A path and what to do with it.
    Path {
        #[arg(allow_hyphen_values = true)]
        path: OsString,
        #[arg(long, value_enum)]
        op: OperationName,
    },
    /// A file name to create.
    Filename {
        #[arg(allow_hyphen_values = true)]
        name: OsString,
    },
    /// An uploaded file: its name, what it is, and whether the two agree.
    Upload {
        file: PathBuf,
        /// The name that it comes under; its own unless given.
        #[arg(long, allow_hyphen_values = true)]
        name: Option<OsString>,
    },
    /// An archive: zip, tar, or a file compressed with gzip, bzip2, xz or zstd.
    Archive { file: PathBuf },
    /// Text on standard input; prints it with secrets redacted.
    Text,
    /// Newline-delimited JSON questions on standard input; one JSON answer each, in order.
    Batch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OperationName {
    Read,
    Write,
    List,
    Delete,
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let question = match &arguments.kind {
        Kind::Command { text } => Question::command(text),
        Kind::Path { path, op } => Question::path(path, *op),
        Kind::Filename { name } => Question::file_name(name),
        Kind::Archive { file } => {
            // A batch answers about a file that is not there; one question about it is a mistake.
            std::fs::metadata(file).context("the archive")?;
            Question::Archive(file.clone())
        }
        Kind::Upload { file, name } => {
            std::fs::metadata(file).context("the file")?;
            // Here a relative name starts from the working directory, in a batch from the place of its line.
            Question::upload(&std::path::absolute(file).context("the file")?, name.as_deref())
        }
        Kind::Text => return redact(),
        Kind::Batch => return batch::run(common, arguments),
    };
    let (mut judge, place) = Judge::new(common, arguments.profile, arguments.cwd.as_deref())?;
    let answer = judge.answer(&question, &place);
    if arguments.json {
        say::line(serde_json::to_string(&answer.json(serde_json::Value::Null))?)?;
    } else {
        say::line(answer.text())?;
    }
    Ok(exit::of(answer.verdict().decision()))
}

fn redact() -> anyhow::Result<ExitCode> {
    let mut text = Vec::new();
    std::io::stdin().lock().take(MAX_TEXT + 1).read_to_end(&mut text).context("standard input")?;
    anyhow::ensure!(text.len() as u64 <= MAX_TEXT, "text-too-long: at most 64 MiB");
    let redacted = Redactor::new().redact_bytes(&text);
    let mut output = std::io::stdout().lock();
    output.write_all(&redacted).and_then(|()| output.flush()).map_err(Unsaid::from)?;
    Ok(ExitCode::SUCCESS)
}
