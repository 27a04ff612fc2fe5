//! How often something may be done.

use std::num::NonZeroU32;
use std::time::Duration;

/// The longest time in which a bucket may refill, a little over 36 years: keeps every sum of times within a word.
pub(crate) const LONGEST_REFILL: u64 = 1 << 60;

/// A rate and a burst: the parameters of the generic cell rate algorithm (GCRA).
///
/// One request costs one cell; a cell comes back every [interval](Quota::interval), and at most
/// [burst](Quota::burst) of them are kept. In any window of length `w` it therefore admits at most
/// `burst + floor(w / interval)` requests, never more: "5 per minute with a burst of 10" admits 15 in the first
/// minute and 5 in each later one. For a strict "never more than 5 in any minute" there is no setting.
///
/// ```
/// # use std::{num::NonZeroU32, time::Duration};
/// # use guard_ratelimit::Quota;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let minute = Duration::from_secs(60);
/// let quota = Quota::new(NonZeroU32::try_from(5)?, minute, NonZeroU32::try_from(10)?)?;
/// assert_eq!(quota.interval(), Duration::from_secs(12));
/// assert_eq!(quota.admits_within(minute), 15);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quota {
    /// Nanoseconds until one cell comes back, at least 1.
    interval: u64,
    burst: NonZeroU32,
}

/// Why a quota cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuotaError {
    /// More than one request a nanosecond, which includes a period of zero.
    #[error("more than one request a nanosecond")]
    TooFast,
    /// The bucket would take more than 36 years to refill.
    #[error("the burst takes too long to come back")]
    TooSlow,
}

impl QuotaError {
    /// The stable kebab-case name of this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooFast => "quota-too-fast",
            Self::TooSlow => "quota-too-slow",
        }
    }
}

impl Quota {
    /// `requests` in each `per`, of which `burst` at once.
    ///
    /// The interval is rounded up to whole nanoseconds, so that the rate is never above the one asked for.
    ///
    /// # Errors
    ///
    /// Refuses a rate above one a nanosecond, and a burst that takes more than 36 years to come back.
    pub fn new(requests: NonZeroU32, per: Duration, burst: NonZeroU32) -> Result<Self, QuotaError> {
        let requests = u128::from(requests.get());
        if per.as_nanos() < requests {
            return Err(QuotaError::TooFast);
        }
        let interval = u64::try_from(per.as_nanos().div_ceil(requests)).map_err(|_| QuotaError::TooSlow)?;
        match interval.checked_mul(u64::from(burst.get())) {
            Some(refill) if refill <= LONGEST_REFILL => Ok(Self { interval, burst }),
            _ => Err(QuotaError::TooSlow),
        }
    }

    /// How long it takes until one request comes back.
    #[must_use]
    pub const fn interval(&self) -> Duration {
        Duration::from_nanos(self.interval)
    }

    /// How many requests may come at once after a long silence.
    #[must_use]
    pub const fn burst(&self) -> NonZeroU32 {
        self.burst
    }

    /// The most that is admitted in any closed window of this length.
    #[must_use]
    pub fn admits_within(&self, window: Duration) -> u64 {
        let replenished = u64::try_from(window.as_nanos() / u128::from(self.interval)).unwrap_or(u64::MAX);
        replenished.saturating_add(u64::from(self.burst.get()))
    }
}
