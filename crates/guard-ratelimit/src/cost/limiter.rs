//! The limiter a caller sees, whatever keeps its books.

use std::fmt;
use std::sync::Arc;

#[cfg(feature = "sqlite")]
use guard_store::Store;

use super::book::Book;
use super::memory::Memory;
#[cfg(feature = "sqlite")]
use super::sqlite::Sqlite;
use crate::{Balance, CostPolicy, CostRefusal, Hold, SystemClock, Usd, WallClock};

/// Grants money before it is spent: at every moment, spent and held together stay within the limit of the day.
///
/// `spent + held + ask <= limit` is decided on integers and booked in one atomic step. The figure can only pass the
/// limit if a run costs more than it held; that is booked in full, and everything else is refused until the next day.
/// Days are UTC; a hold belongs to the day on which it was granted.
///
/// A hold of zero dollars is legal, for work that costs nothing; it is refused to users who are over the limit.
pub struct CostLimiter {
    policy: CostPolicy,
    book: Arc<dyn Book>,
}

impl fmt::Debug for CostLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CostLimiter").field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl CostLimiter {
    /// Keeps the books in memory: they are lost at restart, when every user starts a new day.
    ///
    /// Should the clock be set to a later day and back, it stays that day here until a restart. At most 65,536 users
    /// are kept; more are refused on a day that all of them use.
    #[must_use]
    pub fn in_memory(policy: CostPolicy) -> Self {
        Self::in_memory_with_clock(policy, SystemClock::new())
    }

    /// As [`CostLimiter::in_memory`], with another clock.
    #[must_use]
    pub fn in_memory_with_clock(policy: CostPolicy, clock: impl WallClock + 'static) -> Self {
        Self { policy, book: Arc::new(Memory::new(policy, clock)) }
    }

    /// Keeps the books in a store opened with [`MIGRATIONS`](crate::MIGRATIONS), where they survive crashes and are
    /// shared by every process that opens the file. There is one ledger in a file.
    #[cfg(feature = "sqlite")]
    #[must_use]
    pub fn sqlite(store: Store, policy: CostPolicy) -> Self {
        Self::sqlite_with_clock(store, policy, SystemClock::new())
    }

    /// As [`CostLimiter::sqlite`], with another clock.
    #[cfg(feature = "sqlite")]
    #[must_use]
    pub fn sqlite_with_clock(store: Store, policy: CostPolicy, clock: impl WallClock + 'static) -> Self {
        Self { policy, book: Arc::new(Sqlite::new(store, policy, clock)) }
    }

    /// What it was made with.
    #[must_use]
    pub const fn policy(&self) -> &CostPolicy {
        &self.policy
    }

    /// Reserves the most that a run may cost; with a store it is durable when this returns.
    ///
    /// # Errors
    ///
    /// See [`CostRefusal`]; nothing was booked.
    pub fn reserve(&self, user: &str, most: Usd) -> Result<Hold, CostRefusal> {
        Ok(Hold::new(Arc::clone(&self.book), self.book.reserve(user, most)?, most))
    }

    /// What a user has spent, holds and has left today.
    ///
    /// # Errors
    ///
    /// Only [`CostRefusal::Unavailable`].
    pub fn balance(&self, user: &str) -> Result<Balance, CostRefusal> {
        self.book.balance(user)
    }
}
