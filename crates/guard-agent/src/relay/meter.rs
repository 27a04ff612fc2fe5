//! Who is asked before money is spent, and told what was spent.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::MicroUsd;

/// Why a meter does not allow a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MeterRefusal {
    /// The budget does not cover it.
    UsedUp,
    /// The budget may cover it when calls that are under way are released; the relay then asks again.
    Wait,
    /// The books cannot be read or written.
    Unavailable,
}

/// Decides whether a call may be made, and books what it cost.
///
/// The relay calls it from one thread, which waits for it: answer within milliseconds. Each call has a number of its
/// own. First `reserve`; if that grants the call, `observe` any number of times with amounts that never fall; then
/// `release` once, whatever happens.
pub trait Meter: Send + Sync {
    /// Sets aside the most that a call can cost.
    ///
    /// # Errors
    ///
    /// The reason for which the call is not made now; nothing is set aside then.
    fn reserve(&self, call: u64, worst: MicroUsd) -> Result<(), MeterRefusal>;

    /// Notes what a call has cost so far.
    fn observe(&self, call: u64, so_far: MicroUsd);

    /// Gives back what was set aside for a call that is over; what it cost was observed before.
    fn release(&self, call: u64);
}

/// A budget in memory for one relay.
///
/// A call is allowed if its worst case fits into what is left beside the worst cases of the calls under way. If no
/// call is under way and anything is left, one is allowed whose worst case does not fit: what is spent then exceeds
/// the budget by less than that one answer. [`Budget::strict`] never allows that.
pub struct Budget {
    limit: MicroUsd,
    strict: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    spent: MicroUsd,
    under_way: HashMap<u64, UnderWay>,
}

#[derive(Debug)]
struct UnderWay {
    worst: MicroUsd,
    so_far: MicroUsd,
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (limit, spent) = (self.limit, self.spent());
        f.debug_struct("Budget").field("limit", &limit).field("spent", &spent).finish_non_exhaustive()
    }
}

impl Budget {
    /// A budget that is exact to one answer.
    #[must_use]
    pub fn new(limit: MicroUsd) -> Self {
        Self { limit, strict: false, state: Mutex::default() }
    }

    /// A budget that is never exceeded: a call whose worst case does not fit is refused.
    #[must_use]
    pub fn strict(limit: MicroUsd) -> Self {
        Self { strict: true, ..Self::new(limit) }
    }

    /// What was observed so far.
    #[must_use]
    pub fn spent(&self) -> MicroUsd {
        self.lock().spent
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing under the lock panics between two changes.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Meter for Budget {
    fn reserve(&self, call: u64, worst: MicroUsd) -> Result<(), MeterRefusal> {
        let mut state = self.lock();
        let left = self.limit.saturating_sub(state.spent);
        // Of a call under way only what is not yet spent is still to come.
        let coming = state.under_way.values().map(|call| call.worst.saturating_sub(call.so_far));
        let free = left.saturating_sub(coming.fold(MicroUsd::ZERO, MicroUsd::saturating_add));
        let enough = |left: MicroUsd| worst <= left || (!self.strict && left > MicroUsd::ZERO);
        if worst <= free || (state.under_way.is_empty() && enough(left)) {
            state.under_way.insert(call, UnderWay { worst, so_far: MicroUsd::ZERO });
            Ok(())
        } else if !state.under_way.is_empty() && enough(left) {
            Err(MeterRefusal::Wait)
        } else {
            Err(MeterRefusal::UsedUp)
        }
    }

    fn observe(&self, call: u64, so_far: MicroUsd) {
        let mut state = self.lock();
        let before = match state.under_way.get_mut(&call) {
            Some(UnderWay { so_far: seen, .. }) => std::mem::replace(seen, so_far.max(*seen)),
            None => MicroUsd::ZERO,
        };
        state.spent = state.spent.saturating_add(so_far.saturating_sub(before));
    }

    fn release(&self, call: u64) {
        self.lock().under_way.remove(&call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(micros: u64) -> MicroUsd {
        MicroUsd::new(micros)
    }

    #[test]
    fn one_answer_may_exceed_and_only_alone() {
        let budget = Budget::new(usd(100));
        assert_eq!(budget.reserve(1, usd(150)), Ok(()));
        assert_eq!(budget.reserve(2, usd(1)), Err(MeterRefusal::Wait));
        budget.observe(1, usd(40));
        budget.observe(1, usd(60));
        budget.observe(1, usd(50));
        budget.release(1);
        assert_eq!(budget.spent(), usd(60));
        assert_eq!(budget.reserve(2, usd(40)), Ok(()));
        assert_eq!(budget.reserve(3, usd(1)), Err(MeterRefusal::Wait));
        budget.observe(2, usd(40));
        assert_eq!(budget.reserve(3, usd(1)), Err(MeterRefusal::UsedUp));
        budget.release(2);
        assert_eq!(budget.reserve(3, usd(1)), Err(MeterRefusal::UsedUp));
    }

    #[test]
    fn strict_never_exceeds() {
        let budget = Budget::strict(usd(100));
        assert_eq!(budget.reserve(1, usd(101)), Err(MeterRefusal::UsedUp));
        assert_eq!(budget.reserve(1, usd(60)), Ok(()));
        assert_eq!(budget.reserve(2, usd(41)), Err(MeterRefusal::Wait));
        assert_eq!(budget.reserve(2, usd(40)), Ok(()));
        assert_eq!(budget.reserve(3, usd(101)), Err(MeterRefusal::UsedUp));
    }
}
