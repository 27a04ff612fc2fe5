//! What a decision about a request comes to.

use std::num::NonZeroU32;
use std::time::Duration;

/// Proof that requests were admitted and charged.
///
/// It cannot be made or copied elsewhere: a function that takes a `Permit` by value runs once per admission.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the request was charged; hand the permit to what does the work"]
pub struct Permit {
    requests: NonZeroU32,
}

impl Permit {
    pub(crate) const fn new(requests: NonZeroU32) -> Self {
        Self { requests }
    }

    /// How many requests it stands for.
    #[must_use]
    pub const fn requests(&self) -> NonZeroU32 {
        self.requests
    }
}

/// Why a request was not admitted. Nothing was charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Too many requests for now.
    #[error("too many requests")]
    Wait {
        /// From when on the same request is admitted, if nothing else is admitted for the key meanwhile.
        retry_after: Duration,
    },
    /// More requests at once than the quota ever allows; waiting does not help.
    #[error("more than {burst} requests at once")]
    NeverFits {
        /// What would fit.
        burst: NonZeroU32,
    },
    /// The key is not known and the limiter holds as many keys as it may, none of them fully replenished.
    #[error("too many callers")]
    Full,
    /// The limiter could not decide: its store failed, or the key or the date cannot be stored.
    #[error("the limits are unavailable: {cause}")]
    Unavailable {
        /// The stable code of what is wrong, for the operator.
        cause: &'static str,
    },
}

impl Refusal {
    /// The stable kebab-case name of this refusal.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Wait { .. } => "rate-limited",
            Self::NeverFits { .. } => "rate-never-fits",
            Self::Full => "rate-keys-full",
            Self::Unavailable { .. } => "limits-unavailable",
        }
    }
}
