//! One record as it is read back.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::chain::Frame;
use crate::json::{self, Strict};
use crate::{Outcome, RecordHash, Severity, Timestamp};

/// A record of the log. [`Display`](fmt::Display) is one line that is safe on a terminal.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Record {
    /// Its place.
    pub seq: u64,
    /// When it was written; never before the record before it.
    pub time: Timestamp,
    /// The name of the event.
    pub event: String,
    /// The level of the risk.
    pub severity: Severity,
    /// Between 0 and 100.
    pub risk: u8,
    /// Who did it.
    pub actor: Option<String>,
    /// What it was done to.
    pub object: Option<String>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// The request or run that it belongs to.
    pub id: Option<String>,
    /// Further facts.
    pub detail: Map<String, Value>,
    /// Its hash, chained over all records before.
    pub hash: RecordHash,
    line: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    seq: u64,
    time: String,
    event: String,
    severity: Severity,
    risk: u8,
    actor: Option<String>,
    object: Option<String>,
    outcome: Option<Outcome>,
    id: Option<String>,
    #[serde(default)]
    detail: Strict,
    hash: String,
}

impl Record {
    /// Reads a line without its newline; `None` where no log wrote it. The chain is not looked at.
    pub(crate) fn parse(line: &[u8]) -> Option<Self> {
        Frame::parse(line)?;
        let line = std::str::from_utf8(line).ok()?;
        let read: Read = serde_json::from_str(line).ok()?;
        Some(Self {
            seq: read.seq,
            time: read.time.parse().ok()?,
            event: read.event,
            severity: read.severity,
            risk: read.risk,
            actor: read.actor,
            object: read.object,
            outcome: read.outcome,
            id: read.id,
            detail: read.detail.0,
            hash: read.hash.parse().ok()?,
            line: line.to_owned(),
        })
    }

    /// The line of the log, byte for byte: JSON without a newline, hidden characters escaped.
    #[must_use]
    pub fn as_json(&self) -> &str {
        &self.line
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seq, time, severity, risk, event, .. } = self;
        write!(f, "{seq} {time} {severity} {risk} {event}")?;
        if let Some(outcome) = self.outcome {
            write!(f, " {outcome}")?;
        }
        let texts = [("actor", &self.actor), ("object", &self.object), ("id", &self.id)];
        for (name, text) in texts.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?))) {
            write!(f, " {name}={}", visible(text))?;
        }
        if !self.detail.is_empty() {
            write!(f, " {}", visible(&self.detail))?;
        }
        Ok(())
    }
}

fn visible(value: &impl serde::Serialize) -> String {
    let mut out = Vec::new();
    json::write(&mut out, value);
    String::from_utf8(out).unwrap_or_default()
}
