//! Rate states in a store.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use guard_store::rusqlite::{Connection, OptionalExtension, params};
use guard_store::{Store, StoreError};

use super::gcra;
use crate::{Quota, Refusal, WallClock};

/// The longest key, in bytes.
const KEY: usize = 256;
/// How many replenished keys make room at once.
const SWEEP: i64 = 64;

pub(super) struct Sqlite {
    store: Store,
    rules: Arc<Rules>,
}

/// What a decision needs besides the tables.
struct Rules {
    name: &'static str,
    quota: Quota,
    max_keys: i64,
    clock: Box<dyn WallClock>,
}

impl Sqlite {
    pub(super) fn new(
        store: Store,
        name: &'static str,
        quota: Quota,
        max_keys: NonZeroUsize,
        clock: impl WallClock + 'static,
    ) -> Self {
        let max_keys = i64::try_from(max_keys.get()).unwrap_or(i64::MAX);
        Self { store, rules: Arc::new(Rules { name, quota, max_keys, clock: Box::new(clock) }) }
    }

    /// `requests` must not be above the burst.
    pub(super) fn take(&self, key: String, requests: NonZeroU32) -> Result<(), Refusal> {
        if key.len() > KEY {
            return Err(Refusal::Unavailable { cause: "key-too-long" });
        }
        let rules = Arc::clone(&self.rules);
        self.store
            .write(move |tx| rules.take(tx, &key, requests.get()))
            .unwrap_or_else(|error: StoreError| Err(Refusal::Unavailable { cause: error.code() }))
    }
}

impl Rules {
    /// The outer result is the store's, the inner one the decision.
    fn take(&self, tx: &Connection, key: &str, requests: u32) -> Result<Result<(), Refusal>, StoreError> {
        // Read inside the transaction: decisions of several processes are in the order of their times.
        let now = self.clock.now().duration_since(SystemTime::UNIX_EPOCH);
        let Some(now) = now.ok().and_then(|since| i64::try_from(since.as_nanos()).ok()) else {
            return Ok(Err(Refusal::Unavailable { cause: "clock-unusable" }));
        };
        let arrival = tx
            .prepare_cached("SELECT arrival FROM request_keys WHERE limiter = ?1 AND key = ?2")?
            .query_row(params![self.name, key], |row| row.get(0))
            .optional()?;
        let next = match gcra::decide(&self.quota, arrival, now, requests) {
            Ok(next) => next,
            Err(wait) => return Ok(Err(Refusal::Wait { retry_after: Duration::from_nanos(wait) })),
        };
        let Ok(next) = i64::try_from(next) else {
            return Ok(Err(Refusal::Unavailable { cause: "clock-unusable" }));
        };
        if arrival.is_none() && !self.make_room(tx, now)? {
            return Ok(Err(Refusal::Full));
        }
        tx.prepare_cached(
            "INSERT INTO request_keys (limiter, key, arrival) VALUES (?1, ?2, ?3) \
             ON CONFLICT (limiter, key) DO UPDATE SET arrival = excluded.arrival",
        )?
        .execute(params![self.name, key, next])?;
        Ok(Ok(()))
    }

    /// Counts one more key, if there is or can be made room for it.
    fn make_room(&self, tx: &Connection, now: i64) -> Result<bool, StoreError> {
        let mut keys: i64 = tx
            .prepare_cached("SELECT keys FROM request_limiters WHERE name = ?1")?
            .query_row([self.name], |row| row.get(0))
            .optional()?
            .unwrap_or(0);
        if keys >= self.max_keys {
            let dropped = tx
                .prepare_cached(
                    "DELETE FROM request_keys WHERE limiter = ?1 AND key IN \
                     (SELECT key FROM request_keys WHERE limiter = ?1 AND arrival <= ?2 ORDER BY arrival LIMIT ?3)",
                )?
                .execute(params![self.name, now, SWEEP])?;
            keys = keys.saturating_sub(i64::try_from(dropped).unwrap_or(0));
        }
        let room = keys < self.max_keys;
        tx.prepare_cached(
            "INSERT INTO request_limiters (name, keys) VALUES (?1, ?2) \
             ON CONFLICT (name) DO UPDATE SET keys = excluded.keys",
        )?
        .execute(params![self.name, keys.saturating_add(i64::from(room))])?;
        Ok(room)
    }
}
