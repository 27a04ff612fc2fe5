//! Why money is not granted, and what can go wrong with what was.

use std::time::SystemTime;

use crate::Usd;

/// Why no hold was granted. Nothing was booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CostRefusal {
    /// What is spent today leaves too little for this hold.
    #[error("the cost limit of the day is reached")]
    LimitReached {
        /// When the next day begins.
        resets_at: SystemTime,
    },
    /// It would fit if running work had not reserved the rest; wait until some of it ends.
    #[error("running work holds the rest of the budget")]
    InFlight {
        /// What running work holds.
        held: Usd,
    },
    /// One run may never hold this much; waiting does not help.
    #[error("more than {max} in one run")]
    NeverFits {
        /// What would fit.
        max: Usd,
    },
    /// The limiter could not decide: its store failed, or the user or the date cannot be stored.
    #[error("the limits are unavailable: {cause}")]
    Unavailable {
        /// The stable code of what is wrong, for the operator.
        cause: &'static str,
    },
}

impl CostRefusal {
    /// The stable kebab-case name of this refusal.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::LimitReached { .. } => "cost-limit-reached",
            Self::InFlight { .. } => "cost-in-flight",
            Self::NeverFits { .. } => "cost-never-fits",
            Self::Unavailable { .. } => "limits-unavailable",
        }
    }
}

/// What can go wrong with a hold after it was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HoldError {
    /// More was observed than is held; it is booked in full, and the work must stop.
    #[error("the hold is used up")]
    UsedUp,
    /// The hold was settled or released before.
    #[error("the hold is settled")]
    Settled,
    /// The lease is over: the hold counts as spent at the held amount.
    #[error("the lease of the hold is over")]
    Expired,
    /// More messages than are remembered, or a message id that is too long; what they cost is unknown.
    #[error("the messages of the run cannot be told apart")]
    Unmetered,
    /// The change could not be booked; until it is, the held amount stays booked.
    #[error("the limits are unavailable: {cause}")]
    Unavailable {
        /// The stable code of what is wrong, for the operator.
        cause: &'static str,
    },
}

impl HoldError {
    /// The stable kebab-case name of this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UsedUp => "hold-used-up",
            Self::Settled => "hold-settled",
            Self::Expired => "hold-expired",
            Self::Unmetered => "hold-unmetered",
            Self::Unavailable { .. } => "limits-unavailable",
        }
    }
}
