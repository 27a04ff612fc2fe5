//! What happened, before it is a record.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::json::{self, Strict};
use crate::{EventError, Severity, known_risk};

/// The largest event, as read and as encoded.
pub const MAX_EVENT_BYTES: usize = 64 * 1024;
const MAX_DEPTH: usize = 16;
const MAX_NAME: usize = 64;

/// How it ended; the values of `event.outcome` in the Elastic Common Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was refused or failed.
    Failure,
    /// Nobody knows yet.
    Unknown,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Unknown => "unknown",
        })
    }
}

/// Something that happened: a name and, where known, who, what, how it ended and details.
///
/// Whether it can become a record is decided when it is appended; nothing is shortened or rewritten. Text may hold
/// any Unicode. A secret does not belong here: say [`redacted`](Self::redacted) in its place.
///
/// ```
/// use guard_audit::{Event, Outcome};
///
/// let event = Event::new("order_refunded").actor("user:7").object("order:19").outcome(Outcome::Success);
/// let same = Event::from_json_line(
///     r#"{"event":"order_refunded","actor":"user:7","object":"order:19","outcome":"success"}"#,
/// )?;
/// assert_eq!(event, same);
/// # Ok::<(), guard_audit::EventError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    name: String,
    actor: Option<String>,
    object: Option<String>,
    outcome: Option<Outcome>,
    risk: Option<u8>,
    id: Option<String>,
    detail: Map<String, Value>,
}

impl Event {
    /// An event of a name from the OWASP vocabulary (see [`known_risk`]) or of one's own, `[a-z0-9_]{1,64}`.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            actor: None,
            object: None,
            outcome: None,
            risk: None,
            id: None,
            detail: Map::new(),
        }
    }

    /// Who did it, such as `telegram:123`.
    #[must_use]
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// What it was done to.
    #[must_use]
    pub fn object(mut self, object: impl Into<String>) -> Self {
        self.object = Some(object.into());
        self
    }

    /// How it ended.
    #[must_use]
    pub const fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = Some(outcome);
        self
    }

    /// Risk between 0 and 100, instead of the one that the name carries.
    #[must_use]
    pub const fn risk(mut self, risk: u8) -> Self {
        self.risk = Some(risk);
        self
    }

    /// The request or run that this belongs to.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// One more fact.
    #[must_use]
    pub fn detail(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.detail.insert(key.into(), value.into());
        self
    }

    /// Says that there was a secret of this name. The value is not taken, so it cannot leak.
    #[must_use]
    pub fn redacted(self, key: impl Into<String>) -> Self {
        self.detail(key, "[redacted]")
    }

    /// Reads one JSON object with the keys `event` (required), `actor`, `object`, `outcome`, `risk`, `id`, `detail`.
    ///
    /// # Errors
    /// [`EventError`]: larger than [`MAX_EVENT_BYTES`] as read or as it would be written, not JSON, an unknown or
    /// repeated key, a bad name, a risk above 100, a detail deeper than 16.
    pub fn from_json_line(line: &str) -> Result<Self, EventError> {
        if line.len() > MAX_EVENT_BYTES {
            return Err(EventError::TooLarge);
        }
        let read: Read = serde_json::from_str(line).map_err(|_| EventError::Syntax)?;
        let event = Self {
            name: read.event,
            actor: read.actor,
            object: read.object,
            outcome: read.outcome,
            risk: read.risk.map(|risk| u8::try_from(risk).map_err(|_| EventError::Risk)).transpose()?,
            id: read.id,
            detail: read.detail.0,
        };
        event.encode()?;
        Ok(event)
    }

    /// The event as one line of JSON that [`from_json_line`](Self::from_json_line) reads back.
    ///
    /// # Errors
    /// [`EventError`] where it could not become a record.
    pub fn to_json_line(&self) -> Result<String, EventError> {
        self.encode()?;
        let mut out = Vec::new();
        json::write(&mut out, &Written { severity: None, risk: self.risk, ..self.written() });
        String::from_utf8(out).map_err(|_| EventError::Syntax)
    }

    /// The members of the record, without the braces.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, EventError> {
        if !is_name(&self.name) {
            return Err(EventError::Name);
        }
        if self.risk.is_some_and(|risk| risk > 100) {
            return Err(EventError::Risk);
        }
        if json::depth(&self.detail) > MAX_DEPTH {
            return Err(EventError::TooDeep);
        }
        let mut out = Vec::with_capacity(256);
        json::write(&mut out, &self.written());
        if out.len() > MAX_EVENT_BYTES {
            return Err(EventError::TooLarge);
        }
        out.pop();
        out.remove(0);
        Ok(out)
    }

    fn written(&self) -> Written<'_> {
        let risk = self.risk.or_else(|| known_risk(&self.name)).unwrap_or(match self.outcome {
            Some(Outcome::Failure) => 10,
            Some(Outcome::Success | Outcome::Unknown) | None => 0,
        });
        Written {
            event: &self.name,
            severity: Some(Severity::of(risk)),
            risk: Some(risk),
            actor: self.actor.as_deref(),
            object: self.object.as_deref(),
            outcome: self.outcome,
            id: self.id.as_deref(),
            detail: &self.detail,
        }
    }
}

pub(crate) fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    event: String,
    actor: Option<String>,
    object: Option<String>,
    outcome: Option<Outcome>,
    risk: Option<u64>,
    id: Option<String>,
    #[serde(default)]
    detail: Strict,
}

#[derive(Serialize)]
struct Written<'a> {
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<Severity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    risk: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    detail: &'a Map<String, Value>,
}
