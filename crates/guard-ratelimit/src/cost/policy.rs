//! What may be spent, and the one rule that decides it.

use std::time::Duration;

use super::book::Standing;
use super::day::Moment;
use crate::{CostRefusal, Usd};

/// A hold that is not extended counts as spent at the latest after this.
const LONGEST_LEASE: Duration = Duration::from_secs(7 * 24 * 3600);

/// What each user may spend on each UTC calendar day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostPolicy {
    per_day: Usd,
    per_run: Usd,
    lease: Duration,
}

/// Why a policy cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CostPolicyError {
    /// A run may hold more than the whole day allows, which could never be granted.
    #[error("a run may hold more than a day allows")]
    RunAboveDay,
    /// The lease is not between one second and seven days.
    #[error("the lease is not between one second and seven days")]
    Lease,
}

impl CostPolicyError {
    /// The stable kebab-case name of this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RunAboveDay => "cost-run-above-day",
            Self::Lease => "cost-lease-out-of-range",
        }
    }
}

impl CostPolicy {
    /// At most `per_day` for each user and day, at most `per_run` in one hold, and holds whose owner is given up
    /// after `lease` without a sign of life.
    ///
    /// # Errors
    ///
    /// Refuses `per_run` above `per_day`, and a lease that is not between one second and seven days.
    pub fn new(per_day: Usd, per_run: Usd, lease: Duration) -> Result<Self, CostPolicyError> {
        if per_run > per_day {
            return Err(CostPolicyError::RunAboveDay);
        }
        if lease < Duration::from_secs(1) || lease > LONGEST_LEASE {
            return Err(CostPolicyError::Lease);
        }
        Ok(Self { per_day, per_run, lease })
    }

    /// The limit of one user and day.
    #[must_use]
    pub const fn per_day(&self) -> Usd {
        self.per_day
    }

    /// The largest hold.
    #[must_use]
    pub const fn per_run(&self) -> Usd {
        self.per_run
    }

    /// How long a hold lives without being extended.
    #[must_use]
    pub const fn lease(&self) -> Duration {
        self.lease
    }

    /// The end of a lease that begins now, in milliseconds since 1970.
    pub(crate) fn lease_end(&self, now: Moment) -> i64 {
        now.millis().saturating_add(i64::try_from(self.lease.as_millis()).unwrap_or(i64::MAX))
    }

    /// `spent + held + ask <= limit`, and who is to blame if not.
    pub(crate) fn admit(&self, standing: Standing, ask: Usd, now: Moment) -> Result<(), CostRefusal> {
        if ask > self.per_run {
            return Err(CostRefusal::NeverFits { max: self.per_run });
        }
        let within = |amount: Option<Usd>| amount.is_some_and(|amount| amount <= self.per_day);
        let settled = standing.spent.checked_add(ask);
        if !within(settled) {
            return Err(CostRefusal::LimitReached { resets_at: now.resets_at() });
        }
        let all = settled.and_then(|settled| settled.checked_add(standing.held));
        if !within(all) || standing.live >= Standing::MOST_LIVE {
            return Err(CostRefusal::InFlight { held: standing.held });
        }
        Ok(())
    }
}
