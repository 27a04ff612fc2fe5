//! `guard-bot audit`: append to, read and verify the log.

use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use guard_audit::{
    AuditError, Event, Filter, Log, MAX_EVENT_BYTES, Outcome, Record, RecordHash, Timestamp, Verification,
};
use serde_json::json;

use super::Common;
use crate::config::Purpose;
use crate::exit;
use crate::say::{self, Unsaid};
use crate::settings::Settings;
use crate::state::{AuditPlace, State};

/// Events that share one wait for the disk.
const MAX_BATCH: usize = 256;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Read one JSON event a line; acknowledge each with its sequence number and hash once it is durable.
    Append,
    /// Print the newest records, oldest first.
    Tail {
        /// How many.
        #[arg(default_value_t = 20)]
        count: u64,
        #[command(flatten)]
        form: Form,
    },
    /// Print the records that fit, oldest first.
    Query {
        #[command(flatten)]
        filter: Wanted,
        #[command(flatten)]
        form: Form,
    },
    /// Prove that the log is what was written; exit status 1 names the first record that is not.
    Verify {
        /// A sequence number and hash that were kept outside this machine, as SEQ:HASH.
        #[arg(long, value_name = "SEQ:HASH", value_parser = witness)]
        expect: Vec<(u64, RecordHash)>,
        #[command(flatten)]
        form: Form,
    },
}

#[derive(Debug, Args)]
struct Form {
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Wanted {
    /// At most so many records.
    #[arg(long)]
    limit: Option<u64>,
    /// Events of this name.
    #[arg(long)]
    event: Option<String>,
    /// What this actor did.
    #[arg(long)]
    actor: Option<String>,
    /// What was done to this object.
    #[arg(long)]
    object: Option<String>,
    /// The records of one request.
    #[arg(long)]
    id: Option<String>,
    /// Records that ended so: success, failure, denied, unknown.
    #[arg(long, value_parser = outcome)]
    outcome: Option<Outcome>,
    /// Records of at least this risk.
    #[arg(long, default_value_t = 0)]
    min_risk: u8,
    /// Records from this time on (RFC 3339).
    #[arg(long)]
    since: Option<Timestamp>,
    /// Records before this time (RFC 3339).
    #[arg(long)]
    until: Option<Timestamp>,
    /// Records after this sequence number.
    #[arg(long, default_value_t = 0)]
    after_seq: u64,
}

fn witness(text: &str) -> Result<(u64, RecordHash), String> {
    let (seq, hash) = text.split_once(':').ok_or("expected SEQ:HASH")?;
    Ok((
        seq.parse().map_err(|_| "SEQ is not a number")?,
        hash.parse().map_err(|_| "HASH is not 64 hex digits")?,
    ))
}

fn outcome(text: &str) -> Result<Outcome, String> {
    serde_json::from_value(json!(text)).map_err(|_| "unknown outcome".to_owned())
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(common, Purpose::Command)?;
    let state = State::open(&settings.config)?;
    let place = state.audit();
    match &arguments.what {
        What::Append => append(&state.log()?),
        What::Tail { count, form } => {
            let filter = Filter { limit: Some(*count), ..Filter::default() };
            let mut records = guard_audit::newest(&place.log, &filter)?.collect::<Result<Vec<_>, _>>()?;
            records.reverse();
            print(records.into_iter().map(Ok), form)
        }
        What::Query { filter, form } => print(guard_audit::query(&place.log, &filter.to_filter())?, form),
        What::Verify { expect, form } => verify(&place, expect, form),
    }
}

impl Wanted {
    fn to_filter(&self) -> Filter {
        Filter {
            event: self.event.clone(),
            actor: self.actor.clone(),
            object: self.object.clone(),
            id: self.id.clone(),
            outcome: self.outcome,
            min_risk: self.min_risk,
            since: self.since,
            until: self.until,
            after_seq: self.after_seq,
            limit: self.limit,
        }
    }
}

/// Acknowledges in the order read. A line that is not an event is answered with its error and nothing is recorded for
/// it; a log that fails ends the work, because nothing after it would be acknowledged either.
fn append(log: &Log) -> anyhow::Result<ExitCode> {
    let mut input = BufReader::with_capacity(1 << 18, std::io::stdin());
    let mut output = BufWriter::new(std::io::stdout().lock());
    let mut code = ExitCode::SUCCESS;
    loop {
        let lines = batch(&mut input)?;
        if lines.is_empty() {
            break;
        }
        let events: Vec<_> = lines.iter().map(|line| event(line)).collect();
        let last = events.iter().rposition(Result::is_ok);
        let mut answers = Vec::with_capacity(events.len());
        for (index, event) in events.iter().enumerate() {
            answers.push(match event {
                // The durable append of the last one also makes those before it durable.
                Ok(event) => {
                    let receipt =
                        if Some(index) == last { log.append(event) } else { log.append_relaxed(event) };
                    let receipt = receipt.map_err(|error| anyhow::anyhow!("{error} [{}]", error.code()))?;
                    json!({ "seq": receipt.seq, "hash": receipt.hash.to_string() })
                }
                Err(error) => {
                    code = exit::failed();
                    json!({ "error": error.code(), "message": error.to_string() })
                }
            });
        }
        for answer in answers {
            writeln!(output, "{answer}").map_err(Unsaid::from)?;
        }
        output.flush().map_err(Unsaid::from)?;
    }
    log.anchor().map_err(|error| anyhow::anyhow!("{error} [{}]", error.code()))?;
    Ok(code)
}

/// The next line, and those that have arrived with it.
fn batch(input: &mut BufReader<std::io::Stdin>) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut lines = Vec::new();
    let limit = MAX_EVENT_BYTES as u64 + 2;
    loop {
        let mut line = Vec::new();
        let read = input.take(limit).read_until(b'\n', &mut line).context("standard input")?;
        if read == 0 {
            return Ok(lines);
        }
        if read as u64 == limit && !line.ends_with(b"\n") {
            super::skip_line(input).context("standard input")?;
        }
        if !line.trim_ascii().is_empty() {
            lines.push(line);
        }
        if lines.len() >= MAX_BATCH || (!lines.is_empty() && !input.buffer().contains(&b'\n')) {
            return Ok(lines);
        }
    }
}

fn event(line: &[u8]) -> Result<Event, AuditError> {
    let text = std::str::from_utf8(line).map_err(|_| guard_audit::EventError::Syntax)?;
    Ok(Event::from_json_line(text.trim_end_matches(['\n', '\r']))?)
}

fn print(records: impl Iterator<Item = Result<Record, AuditError>>, form: &Form) -> anyhow::Result<ExitCode> {
    let mut output = BufWriter::new(std::io::stdout().lock());
    for record in records {
        let record = record?;
        let line = if form.json { record.as_json().to_owned() } else { record.to_string() };
        writeln!(output, "{line}").map_err(Unsaid::from)?;
    }
    output.flush().map_err(Unsaid::from)?;
    Ok(ExitCode::SUCCESS)
}

fn verify(place: &AuditPlace, expect: &[(u64, RecordHash)], form: &Form) -> anyhow::Result<ExitCode> {
    let against =
        expect.iter().fold(Verification::new().anchor_dir(&place.anchors), |against, (seq, hash)| {
            against.expect(*seq, *hash)
        });
    match guard_audit::verify(&place.log, &against) {
        Ok(report) if form.json => {
            say::line(json!({
                "intact_to": report.intact_to,
                "anchored_to": report.anchored_to,
                "unprotected_tail": report.unprotected_tail,
                "torn_bytes": report.torn_bytes,
                "hash": report.hash.to_string(),
            }))?;
            Ok(ExitCode::SUCCESS)
        }
        Ok(report) => {
            say::line(report)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            let seq = if let AuditError::Altered { seq, .. } = error { Some(seq) } else { None };
            if form.json {
                say::line(json!({ "error": error.code(), "seq": seq, "message": error.to_string() }))?;
            } else {
                say::line(format_args!("{error} [{}]", error.code()))?;
            }
            Ok(exit::failed())
        }
    }
}
