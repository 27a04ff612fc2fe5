//! Why a request goes no further, in a stable code and in words for the person.

use std::time::{Duration, SystemTime};

use guard_audit::AuditError;
use guard_auth::AuthError;
use guard_core::path::PathError;
use guard_ratelimit::{CostRefusal, Refusal};
use thiserror::Error;

/// The guard that refused, with its reason.
#[derive(Debug, Error)]
pub(crate) enum Refused {
    /// Nobody who may ask.
    #[error(transparent)]
    Sender(#[from] AuthError),
    /// Too many requests.
    #[error(transparent)]
    Rate(#[from] Refusal),
    /// Not a directory inside the root.
    #[error(transparent)]
    Place(#[from] PathError),
    /// Too much money.
    #[error(transparent)]
    Cost(#[from] CostRefusal),
    /// The intent could not be recorded, so it is not carried out.
    #[error("the request could not be recorded: {0}")]
    Record(AuditError),
    /// What was sent is not a line of text.
    #[error("{}", .0.message())]
    Input(BadInput),
}

/// Input that is no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadInput {
    /// Longer than a request may be.
    TooLong,
    /// Not UTF-8.
    NotUtf8,
}

impl BadInput {
    const fn message(self) -> &'static str {
        match self {
            Self::TooLong => "the line is longer than 64 KiB; put long text into a file of the project",
            Self::NotUtf8 => "the line is not valid UTF-8",
        }
    }
}

impl Refused {
    /// The stable kebab-case name.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Sender(error) => error.code(),
            Self::Rate(error) => error.code(),
            Self::Place(error) => error.code(),
            Self::Cost(error) => error.code(),
            Self::Record(error) => error.code(),
            Self::Input(BadInput::TooLong) => "input-too-long",
            Self::Input(BadInput::NotUtf8) => "input-not-utf8",
        }
    }

    /// The name of the record, in the words of the OWASP logging vocabulary where it has them.
    pub(crate) fn event(&self) -> &'static str {
        match self {
            Self::Sender(_) => "authn_login_fail",
            Self::Rate(_) | Self::Cost(_) => "excess_rate_limit_exceeded",
            Self::Place(_) => "authz_fail",
            Self::Record(_) => "audit_gap",
            Self::Input(_) => "input_validation_fail",
        }
    }

    /// What to do now, where waiting or something else helps.
    pub(crate) fn advice(&self, now: SystemTime) -> Option<String> {
        match self {
            Self::Rate(Refusal::Wait { retry_after }) => {
                Some(format!("try again in {}", seconds(*retry_after)))
            }
            Self::Cost(CostRefusal::LimitReached { resets_at }) => {
                let left = resets_at.duration_since(now).unwrap_or_default();
                Some(format!("the limit starts anew in {}", seconds(left)))
            }
            Self::Cost(CostRefusal::InFlight { .. }) => Some("wait until a running request ends".to_owned()),
            Self::Record(_) => {
                Some("run `guard-bot doctor`; nothing runs until records can be written".to_owned())
            }
            Self::Sender(_) | Self::Rate(_) | Self::Place(_) | Self::Cost(_) | Self::Input(_) => None,
        }
    }
}

fn seconds(duration: Duration) -> String {
    let seconds = duration.as_millis().div_ceil(1000);
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}
