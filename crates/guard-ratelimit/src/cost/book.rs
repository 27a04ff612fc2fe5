//! What every place that keeps budgets can do.

use super::balance::Balance;
use crate::{CostRefusal, HoldError, Usd};

/// The longest name of a user, in bytes.
pub(crate) const USER: usize = 256;

/// A granted hold, as its book knows it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: u64,
    pub(crate) user: Box<str>,
}

/// Budgets of users; each call decides and books in one atomic step.
pub(crate) trait Book: Send + Sync {
    fn reserve(&self, user: &str, ask: Usd) -> Result<Entry, CostRefusal>;
    /// Books more for an open hold: `held` is what it then holds.
    fn raise(&self, entry: &Entry, held: Usd) -> Result<(), HoldError>;
    /// Ends an open hold; `charged` replaces what it held.
    fn settle(&self, entry: &Entry, charged: Usd) -> Result<(), HoldError>;
    /// Begins the lease anew, unless it is over.
    fn extend(&self, entry: &Entry) -> Result<(), HoldError>;
    fn balance(&self, user: &str) -> Result<Balance, CostRefusal>;
}

/// One user's day in three figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) spent: Usd,
    pub(crate) held: Usd,
    pub(crate) live: usize,
}

impl Standing {
    /// Holds of one user that may run at once; bounds what is kept for holds of zero dollars.
    pub(crate) const MOST_LIVE: usize = 64;

    /// What is booked, less what running work holds, is spent: holds whose lease is over count at what they held.
    pub(crate) fn new(booked: Usd, live: impl Iterator<Item = Usd>) -> Self {
        let (mut held, mut count) = (Usd::ZERO, 0);
        for hold in live {
            held = held.saturating_add(hold);
            count += 1;
        }
        Self { spent: booked.saturating_sub(held), held, live: count }
    }
}

/// What is booked after `from` of it became `to`. The largest amount stands for "too much to count" and stays.
pub(crate) fn rebook(booked: Usd, from: Usd, to: Usd) -> Usd {
    if booked == Usd::MAX { booked } else { booked.saturating_sub(from).saturating_add(to) }
}
