//! The limiter a caller sees, whatever holds its state.

use std::fmt;
use std::hash::Hash;
use std::num::{NonZeroU32, NonZeroUsize};

#[cfg(feature = "sqlite")]
use guard_store::Store;

use super::memory::Memory;
#[cfg(feature = "sqlite")]
use super::sqlite::Sqlite;
#[cfg(feature = "sqlite")]
use crate::WallClock;
use crate::{Clock, Permit, Quota, Refusal, SystemClock};

/// Admits requests key by key, as often as a [`Quota`] says, and never holds more than a set number of keys.
///
/// A decision and its charge are one atomic step. Once `max_keys` are held, keys that are fully replenished (and so
/// equal to unknown ones) make room; if there are none, unknown keys are refused with [`Refusal::Full`] while known
/// ones are served as before. A key that still owes is never dropped.
pub struct RequestLimiter<K: Hash + Eq + Clone> {
    quota: Quota,
    state: State<K>,
}

enum State<K: Hash + Eq + Clone> {
    Memory(Memory<K>),
    /// The function turns a key into the text it is stored under.
    #[cfg(feature = "sqlite")]
    Sqlite(Sqlite, fn(&K) -> String),
}

impl<K: Hash + Eq + Clone> fmt::Debug for RequestLimiter<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestLimiter").field("quota", &self.quota).finish_non_exhaustive()
    }
}

impl<K: Hash + Eq + Clone> RequestLimiter<K> {
    /// Holds the state in memory: it is lost at restart, when every key starts with a full burst.
    ///
    /// `max_keys` bounds the memory as long as single keys are small: bound their length where an outsider chooses
    /// it.
    #[must_use]
    pub fn in_memory(quota: Quota, max_keys: NonZeroUsize) -> Self {
        Self::in_memory_with_clock(quota, max_keys, SystemClock::new())
    }

    /// As [`RequestLimiter::in_memory`], with another clock.
    #[must_use]
    pub fn in_memory_with_clock(quota: Quota, max_keys: NonZeroUsize, clock: impl Clock + 'static) -> Self {
        Self { quota, state: State::Memory(Memory::new(quota, max_keys, clock)) }
    }

    /// Admits one request of `key`, or says why not.
    ///
    /// # Errors
    ///
    /// See [`Refusal`]; nothing was charged.
    pub fn try_take(&self, key: &K) -> Result<Permit, Refusal> {
        self.try_take_n(key, NonZeroU32::MIN)
    }

    /// Admits `requests` at once, all or none.
    ///
    /// # Errors
    ///
    /// See [`Refusal`]; nothing was charged.
    pub fn try_take_n(&self, key: &K, requests: NonZeroU32) -> Result<Permit, Refusal> {
        let burst = self.quota.burst();
        if requests > burst {
            return Err(Refusal::NeverFits { burst });
        }
        match &self.state {
            State::Memory(memory) => memory.take(key, requests),
            #[cfg(feature = "sqlite")]
            State::Sqlite(sqlite, text) => sqlite.take(text(key), requests),
        }?;
        Ok(Permit::new(requests))
    }
}

#[cfg(feature = "sqlite")]
impl<K: Hash + Eq + Clone + ToString> RequestLimiter<K> {
    /// Holds the state in a store opened with [`MIGRATIONS`](crate::MIGRATIONS), where it survives restarts and is
    /// shared by every process that opens the file.
    ///
    /// Limiters of different `name` are independent; those of one name must have one quota. Keys are told apart by
    /// their text (`ToString`), of at most 256 bytes; longer ones are refused as [`Refusal::Unavailable`].
    ///
    /// Time is wall-clock time. A clock set back never admits more, and makes a key wait at most as long as its whole
    /// bucket takes to refill; a clock set forward counts as time that passed.
    #[must_use]
    pub fn sqlite(store: Store, name: &'static str, quota: Quota, max_keys: NonZeroUsize) -> Self {
        Self::sqlite_with_clock(store, name, quota, max_keys, SystemClock::new())
    }

    /// As [`RequestLimiter::sqlite`], with another clock.
    #[must_use]
    pub fn sqlite_with_clock(
        store: Store,
        name: &'static str,
        quota: Quota,
        max_keys: NonZeroUsize,
        clock: impl WallClock + 'static,
    ) -> Self {
        Self { quota, state: State::Sqlite(Sqlite::new(store, name, quota, max_keys, clock), K::to_string) }
    }
}
