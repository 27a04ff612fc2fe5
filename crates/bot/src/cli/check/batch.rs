//! Many questions, one JSON object a line; every line gets an answer.

use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use guard_core::{Finding, Rule};
use serde::Deserialize;
use serde_json::Value;

use super::question::{Answer, Judge, Place, Question};
use super::{Arguments, OperationName, ProfileName};
use crate::cli::Common;
use crate::say::Unsaid;

/// Longest question, in bytes.
const MAX_LINE: u64 = 1 << 20;

static BAD_REQUEST: Rule = Rule::deny("bad-request", 10, "the line is not a question")
    .instead("send one JSON object a line with kind and its fields");

/// A question as written; fields that it does not need are ignored.
#[derive(Deserialize)]
struct Line {
    cwd: Option<PathBuf>,
    approved: Option<PathBuf>,
    profile: Option<ProfileName>,
    #[serde(flatten)]
    kind: Kind,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Kind {
    Command { command: String },
    Path { path: String, op: OperationName },
    Filename { name: String },
    Upload { file: PathBuf, name: Option<String> },
    Archive { file: PathBuf },
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let (mut judge, default) = Judge::new(common, arguments.profile, arguments.cwd.as_deref())?;
    let mut input = BufReader::new(std::io::stdin());
    let mut output = BufWriter::new(std::io::stdout().lock());
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut input).take(MAX_LINE + 1).read_until(b'\n', &mut line).context("standard input")?;
        if read == 0 {
            break;
        }
        if read as u64 > MAX_LINE && !line.ends_with(b"\n") {
            crate::cli::skip_line(&mut input).context("standard input")?;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        writeln!(output, "{}", answer(&mut judge, &default, &line)).map_err(Unsaid::from)?;
        // Whoever waits for each answer gets it; whoever sends a file loses little.
        if input.buffer().is_empty() {
            output.flush().map_err(Unsaid::from)?;
        }
    }
    output.flush().map_err(Unsaid::from)?;
    Ok(ExitCode::SUCCESS)
}

fn answer(judge: &mut Judge, default: &Place, line: &[u8]) -> Value {
    let refused = |id| Answer::of(Finding::new(&BAD_REQUEST)).json(id);
    if line.len() as u64 > MAX_LINE {
        return refused(Value::Null);
    }
    let Ok(value) = serde_json::from_slice::<Value>(line) else {
        return refused(Value::Null);
    };
    let id = value.get("id").cloned().unwrap_or(Value::Null);
    let Ok(line) = serde_json::from_value::<Line>(value) else {
        return refused(id);
    };
    let place = Place {
        approved: line.approved.unwrap_or_else(|| default.approved.clone()),
        cwd: line.cwd.or_else(|| default.cwd.clone()),
    };
    let question = match &line.kind {
        Kind::Command { command } => Question::Command(command.clone()),
        Kind::Path { path, op } => Question::path(path.as_ref(), *op),
        Kind::Filename { name } => Question::FileName(name.clone()),
        Kind::Archive { file } => Question::Archive(place.directory().join(file)),
        Kind::Upload { file, name } => Question::upload(file, name.as_deref().map(AsRef::as_ref)),
    };
    judge.answer_as(line.profile, &question, &place).json(id)
}
