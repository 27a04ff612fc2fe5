//! The money of one request: durable in the ledger, and exact while a run spends it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use guard_agent::MicroUsd;
use guard_agent::relay::{Budget, Meter, MeterRefusal};
use guard_ratelimit::{Hold, HoldError, Receipt, Usd};

/// A hold that the relay spends from.
///
/// The budget decides whether a call may be made; the hold keeps what was spent, so that a crash never makes it less.
pub(crate) struct Purse {
    budget: Budget,
    hold: Mutex<Hold>,
    /// A cost could not be booked: nothing more may be spent.
    is_broken: AtomicBool,
}

impl fmt::Debug for Purse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Purse").field("budget", &self.budget).finish_non_exhaustive()
    }
}

impl Purse {
    pub(super) fn new(hold: Hold) -> Self {
        let budget = Budget::new(MicroUsd::new(hold.held().micros()));
        Self { budget, hold: Mutex::new(hold), is_broken: AtomicBool::new(false) }
    }

    /// What is held.
    pub(crate) fn held(&self) -> Usd {
        self.hold().held()
    }

    /// Begins the lease of the hold anew; without that a run longer than the lease counts as lost.
    pub(crate) fn extend(&self) -> Result<(), HoldError> {
        self.hold().extend()
    }

    /// Books what was spent, exactly once. The relay is gone by then, so that nothing is under way.
    pub(super) fn settle(&self) -> Result<Receipt, HoldError> {
        // What was observed is charged, and nothing else is known to have been spent.
        self.hold().settle(Usd::ZERO)
    }

    fn hold(&self) -> MutexGuard<'_, Hold> {
        // Nothing under the lock panics between two changes.
        self.hold.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Meter for Purse {
    fn reserve(&self, call: u64, worst: MicroUsd) -> Result<(), MeterRefusal> {
        if self.is_broken.load(Ordering::Relaxed) {
            return Err(MeterRefusal::Unavailable);
        }
        self.budget.reserve(call, worst)
    }

    fn observe(&self, call: u64, so_far: MicroUsd) {
        self.budget.observe(call, so_far);
        let amount = Usd::from_micros(so_far.get()).unwrap_or(Usd::MAX);
        match self.hold().observe(&call.to_string(), amount) {
            // The budget knows that it is used up, and refuses the next call.
            Ok(_) | Err(HoldError::UsedUp) => {}
            Err(_) => self.is_broken.store(true, Ordering::Relaxed),
        }
    }

    fn release(&self, call: u64) {
        self.budget.release(call);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use guard_ratelimit::{CostLimiter, CostPolicy};

    use super::*;

    fn limiter() -> CostLimiter {
        let policy =
            CostPolicy::new(Usd::parse("1").unwrap(), Usd::parse("0.50").unwrap(), Duration::from_secs(60));
        CostLimiter::in_memory(policy.unwrap())
    }

    fn purse(limiter: &CostLimiter) -> Purse {
        Purse::new(limiter.reserve("user:1", Usd::parse("0.50").unwrap()).unwrap())
    }

    #[test]
    fn what_the_relay_observed_is_charged_exactly_once() {
        let limiter = limiter();
        let purse = purse(&limiter);
        assert_eq!(purse.reserve(1, MicroUsd::new(400_000)), Ok(()));
        purse.observe(1, MicroUsd::new(100_000));
        purse.observe(1, MicroUsd::new(300_000));
        purse.release(1);
        assert_eq!(purse.settle().unwrap().charged, Usd::parse("0.30").unwrap());
        assert_eq!(purse.settle(), Err(HoldError::Settled));
        drop(purse);
        let balance = limiter.balance("user:1").unwrap();
        assert_eq!((balance.spent, balance.held), (Usd::parse("0.30").unwrap(), Usd::ZERO));
    }

    #[test]
    fn a_used_up_hold_refuses_the_next_call_and_the_excess_is_booked() {
        let limiter = limiter();
        let purse = purse(&limiter);
        assert_eq!(purse.reserve(1, MicroUsd::new(900_000)), Ok(()));
        purse.observe(1, MicroUsd::new(600_000));
        purse.release(1);
        assert_eq!(purse.reserve(2, MicroUsd::new(1)), Err(MeterRefusal::UsedUp));
        assert_eq!(purse.settle().unwrap().charged, Usd::parse("0.60").unwrap());
    }

    #[test]
    fn a_purse_that_nobody_settles_counts_as_spent() {
        let limiter = limiter();
        drop(purse(&limiter));
        assert_eq!(limiter.balance("user:1").unwrap().spent, Usd::parse("0.50").unwrap());
    }
}
