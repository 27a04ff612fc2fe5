//! What a user has left.

use std::time::SystemTime;

use super::book::Standing;
use super::day::Moment;
use crate::{CostPolicy, Usd};

/// One user's budget of one day at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Balance {
    /// The limit of the day.
    pub limit: Usd,
    /// What is settled, and what is held under a lease that is over; may be above the limit.
    pub spent: Usd,
    /// What running work holds.
    pub held: Usd,
    /// What may still be reserved.
    pub left: Usd,
    /// When the next day begins.
    pub resets_at: SystemTime,
}

impl Balance {
    pub(crate) fn new(policy: &CostPolicy, standing: Standing, now: Moment) -> Self {
        let Standing { spent, held, .. } = standing;
        let limit = policy.per_day();
        let left = limit.saturating_sub(spent.saturating_add(held));
        Self { limit, spent, held, left, resets_at: now.resets_at() }
    }
}
