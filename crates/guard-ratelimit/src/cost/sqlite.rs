//! Budgets in a store: they survive crashes, and processes share them.

use std::sync::Arc;

use guard_store::rusqlite::{Connection, OptionalExtension, Row, params, types::Type};
use guard_store::{Store, StoreError, rusqlite};

use super::balance::Balance;
use super::book::{Book, Entry, Standing, USER, rebook};
use super::day::Moment;
use crate::{CostPolicy, CostRefusal, HoldError, Usd, WallClock};

pub(crate) struct Sqlite {
    store: Store,
    rules: Arc<Rules>,
}

/// What a decision needs besides the tables.
struct Rules {
    policy: CostPolicy,
    clock: Box<dyn WallClock>,
}

/// A row of `cost_holds` that is open.
struct Open {
    user: String,
    day: i64,
    held: Usd,
    lease: i64,
}

impl Sqlite {
    pub(crate) fn new(store: Store, policy: CostPolicy, clock: impl WallClock + 'static) -> Self {
        Self { store, rules: Arc::new(Rules { policy, clock: Box::new(clock) }) }
    }

    /// Runs a change of an open hold and enters it into the ledger.
    fn change(
        &self,
        entry: &Entry,
        kind: &'static str,
        change: impl FnOnce(&Connection, i64, &Open) -> Result<Usd, StoreError> + Send + 'static,
    ) -> Result<(), HoldError> {
        let (rules, id) = (Arc::clone(&self.rules), entry.id.cast_signed());
        self.store.write(move |tx| {
            let now = rules.now().map_err(|cause| HoldError::Unavailable { cause })?;
            let open = open_hold(tx, id)?.ok_or(HoldError::Settled)?;
            let amount = change(tx, id, &open)?;
            let booked = booked(tx, &open.user, open.day)?;
            let after = rebook(booked, open.held, amount);
            book(tx, &open.user, open.day, after)?;
            Ok(enter(tx, id, now, kind, booked, after)?)
        })
    }
}

impl Rules {
    fn now(&self) -> Result<Moment, &'static str> {
        Moment::read(&*self.clock).ok_or("clock-unusable")
    }

    fn reserve(&self, tx: &Connection, user: &str, ask: Usd) -> Result<u64, CostRefusal> {
        // Read inside the transaction: decisions of several processes are in the order of their times.
        let now = self.now().map_err(|cause| CostRefusal::Unavailable { cause })?;
        self.policy.admit(standing(tx, user, now)?, ask, now)?;
        Ok(open(tx, user, ask, now, self.policy.lease_end(now))?)
    }
}

impl Book for Sqlite {
    fn reserve(&self, user: &str, ask: Usd) -> Result<Entry, CostRefusal> {
        if user.len() > USER {
            return Err(CostRefusal::Unavailable { cause: "user-too-long" });
        }
        let (rules, name) = (Arc::clone(&self.rules), user.to_owned());
        let id = self.store.write(move |tx| rules.reserve(tx, &name, ask))?;
        Ok(Entry { id, user: user.into() })
    }

    fn raise(&self, entry: &Entry, held: Usd) -> Result<(), HoldError> {
        self.change(entry, "raise", move |tx, id, _| {
            tx.prepare_cached("UPDATE cost_holds SET held = ?2 WHERE id = ?1")?
                .execute(params![id, stored(held)])?;
            Ok(held)
        })
    }

    fn settle(&self, entry: &Entry, charged: Usd) -> Result<(), HoldError> {
        self.change(entry, "settle", move |tx, id, _| {
            tx.prepare_cached("UPDATE cost_holds SET charged = ?2 WHERE id = ?1")?
                .execute(params![id, stored(charged)])?;
            Ok(charged)
        })
    }

    fn extend(&self, entry: &Entry) -> Result<(), HoldError> {
        let (rules, id) = (Arc::clone(&self.rules), entry.id.cast_signed());
        self.store.write(move |tx| {
            let now = rules.now().map_err(|cause| HoldError::Unavailable { cause })?;
            let open = open_hold(tx, id)?.ok_or(HoldError::Settled)?;
            if open.lease <= now.millis() {
                return Err(HoldError::Expired);
            }
            tx.prepare_cached("UPDATE cost_holds SET lease = max(lease, ?2) WHERE id = ?1")
                .and_then(|mut update| update.execute(params![id, rules.policy.lease_end(now)]))
                .map_err(StoreError::from)?;
            Ok(())
        })
    }

    fn balance(&self, user: &str) -> Result<Balance, CostRefusal> {
        let now = self.rules.now().map_err(|cause| CostRefusal::Unavailable { cause })?;
        self.store.read(|tx| Ok(Balance::new(&self.rules.policy, standing(tx, user, now)?, now)))
    }
}

fn standing(tx: &Connection, user: &str, now: Moment) -> Result<Standing, StoreError> {
    let booked = booked(tx, user, now.day())?;
    let mut live = tx.prepare_cached(
        "SELECT held FROM cost_holds WHERE user = ?1 AND day = ?2 AND lease > ?3 AND charged IS NULL",
    )?;
    let live = live.query_map(params![user, now.day(), now.millis()], |row| amount(row, 0))?;
    Ok(Standing::new(booked, live.collect::<Result<Vec<_>, _>>()?.into_iter()))
}

fn booked(tx: &Connection, user: &str, day: i64) -> Result<Usd, StoreError> {
    let mut select = tx.prepare_cached("SELECT booked FROM cost_days WHERE user = ?1 AND day = ?2")?;
    let booked = select.query_row(params![user, day], |row| amount(row, 0)).optional()?;
    Ok(booked.unwrap_or(Usd::ZERO))
}

fn book(tx: &Connection, user: &str, day: i64, booked: Usd) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO cost_days (user, day, booked) VALUES (?1, ?2, ?3) \
         ON CONFLICT (user, day) DO UPDATE SET booked = excluded.booked",
    )?
    .execute(params![user, day, stored(booked)])?;
    Ok(())
}

fn open(tx: &Connection, user: &str, ask: Usd, now: Moment, lease: i64) -> Result<u64, StoreError> {
    tx.prepare_cached("INSERT INTO cost_holds (user, day, held, lease) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![user, now.day(), stored(ask), lease])?;
    let id = tx.last_insert_rowid();
    let before = booked(tx, user, now.day())?;
    let after = rebook(before, Usd::ZERO, ask);
    book(tx, user, now.day(), after)?;
    enter(tx, id, now, "reserve", before, after)?;
    Ok(id.unsigned_abs())
}

fn open_hold(tx: &Connection, id: i64) -> Result<Option<Open>, StoreError> {
    let mut select =
        tx.prepare_cached("SELECT user, day, held, lease FROM cost_holds WHERE id = ?1 AND charged IS NULL")?;
    let open = select.query_row([id], |row| {
        Ok(Open { user: row.get(0)?, day: row.get(1)?, held: amount(row, 2)?, lease: row.get(3)? })
    });
    Ok(open.optional()?)
}

fn enter(
    tx: &Connection,
    hold: i64,
    now: Moment,
    kind: &str,
    before: Usd,
    after: Usd,
) -> Result<(), StoreError> {
    let change = stored(after) - stored(before);
    tx.prepare_cached("INSERT INTO cost_ledger (hold, at, kind, change) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![hold, now.millis(), kind, change])?;
    Ok(())
}

/// `Usd::MAX` is the largest number that can be stored.
fn stored(amount: Usd) -> i64 {
    i64::try_from(amount.micros()).unwrap_or(i64::MAX)
}

/// An amount as it is stored; a negative one was never written by this program.
fn amount(row: &Row<'_>, column: usize) -> rusqlite::Result<Usd> {
    let micros: i64 = row.get(column)?;
    u64::try_from(micros).ok().and_then(Usd::from_micros).ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Integer, "negative amount".into())
    })
}

impl From<StoreError> for CostRefusal {
    fn from(error: StoreError) -> Self {
        Self::Unavailable { cause: error.code() }
    }
}

impl From<StoreError> for HoldError {
    fn from(error: StoreError) -> Self {
        Self::Unavailable { cause: error.code() }
    }
}
