//! What only a store can promise: limits survive restarts, are shared, and every change is in the ledger.

use std::path::Path;
use std::time::Duration;

use guard_ratelimit::{CostLimiter, CostPolicy, CostRefusal, MIGRATIONS, Refusal, RequestLimiter, Usd};
use guard_store::{Durability, Store, StoreError};

use crate::support::{TestClock, keys, nz, policy, quota, usd};

fn open(path: &Path) -> Store {
    Store::open_with(path, MIGRATIONS, Durability::Normal).unwrap()
}

fn place() -> (tempfile::TempDir, std::path::PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("state").join("limits.db");
    (root, path)
}

/// What is booked for each user and day, and the sum of the ledger for the same.
pub(crate) fn books(store: &Store) -> Vec<(String, i64, i64, i64)> {
    store
        .read(|tx| {
            let mut rows = tx.prepare(
                "SELECT user, day, booked, (SELECT sum(change) FROM cost_ledger JOIN cost_holds ON hold = id \
                 WHERE cost_holds.user = cost_days.user AND cost_holds.day = cost_days.day) FROM cost_days",
            )?;
            let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
            Ok::<_, StoreError>(rows.collect::<Result<_, _>>()?)
        })
        .unwrap()
}

#[test]
fn a_restart_gives_no_new_burst() {
    let (_root, path) = place();
    let clock = TestClock::noon();
    for admitted in [true, false] {
        let limiter: RequestLimiter<String> = RequestLimiter::sqlite_with_clock(
            open(&path),
            "a",
            quota(1, Duration::from_secs(60), 2),
            keys(9),
            clock.clone(),
        );
        assert_eq!(limiter.try_take_n(&"u".to_owned(), nz(2)).is_ok(), admitted);
    }
}

#[test]
fn limiters_of_different_names_are_independent() {
    let (_root, path) = place();
    let store = open(&path);
    for name in ["a", "b"] {
        let limiter: RequestLimiter<u8> =
            RequestLimiter::sqlite(store.clone(), name, quota(1, Duration::from_secs(60), 1), keys(1));
        assert!(limiter.try_take(&1).is_ok());
        assert!(limiter.try_take(&1).is_err());
        assert_eq!(limiter.try_take(&2), Err(Refusal::Full));
    }
}

#[test]
fn a_clock_that_was_far_ahead_costs_at_most_one_refill() {
    let (_root, path) = place();
    let clock = TestClock::noon();
    let limiter: RequestLimiter<u8> = RequestLimiter::sqlite_with_clock(
        open(&path),
        "a",
        quota(1, Duration::from_secs(60), 3),
        keys(9),
        clock.clone(),
    );
    clock.advance(Duration::from_secs(100 * 365 * 86_400));
    assert!(limiter.try_take(&1).is_ok());
    clock.back(Duration::from_secs(100 * 365 * 86_400));
    assert_eq!(limiter.try_take(&1), Err(Refusal::Wait { retry_after: Duration::from_secs(60) }));
}

#[test]
fn keys_too_long_to_store_are_refused() {
    let (_root, path) = place();
    let limiter: RequestLimiter<String> =
        RequestLimiter::sqlite(open(&path), "a", quota(1, Duration::from_secs(60), 3), keys(9));
    assert!(limiter.try_take(&"k".repeat(256)).is_ok());
    assert_eq!(limiter.try_take(&"k".repeat(257)), Err(Refusal::Unavailable { cause: "key-too-long" }));
}

#[test]
fn a_store_that_fails_refuses_and_says_why() {
    let (_root, path) = place();
    let store = open(&path);
    let requests: RequestLimiter<u32> =
        RequestLimiter::sqlite(store.clone(), "a", quota(1, Duration::from_secs(60), 3), keys(100_000));
    let budget = CostLimiter::sqlite(store.clone(), policy());
    let mut hold = budget.reserve("u", usd("1")).unwrap();
    let limit = |pages: i64| {
        store.write(move |tx| {
            Ok::<i64, StoreError>(
                tx.pragma_update_and_check(None, "max_page_count", pages, |row| row.get(0))?,
            )
        })
    };
    limit(1).unwrap();
    let refused = (0..10_000).find_map(|key| requests.try_take(&key).err());
    assert_eq!(refused, Some(Refusal::Unavailable { cause: "store-disk-full" }));
    let refused = (0..10_000).find_map(|user| budget.reserve(&format!("{user:0200}"), Usd::ZERO).err());
    assert_eq!(refused, Some(CostRefusal::Unavailable { cause: "store-disk-full" }));
    limit(100_000).unwrap();
    hold.settle(usd("0.25")).unwrap();
    assert_eq!(budget.balance("u").unwrap().spent, usd("0.25"));
}

#[test]
fn a_hold_of_a_lost_process_is_spent_after_its_lease() {
    let (_root, path) = place();
    let clock = TestClock::noon();
    let budget = CostLimiter::sqlite_with_clock(open(&path), policy(), clock.clone());
    let mut hold = budget.reserve("u", usd("1")).unwrap();
    hold.observe("m", usd("1.50")).unwrap_err();
    // As if the process had died here: nothing is written any more.
    std::mem::forget(hold);
    drop(budget);
    let budget = CostLimiter::sqlite_with_clock(open(&path), policy(), clock.clone());
    assert_eq!(budget.balance("u").unwrap().held, usd("1.50"));
    clock.advance(policy().lease());
    let balance = budget.balance("u").unwrap();
    assert_eq!((balance.spent, balance.held), (usd("1.50"), Usd::ZERO));
}

#[test]
fn two_connections_share_one_budget_exactly() {
    let (_root, path) = place();
    let policy = CostPolicy::new(usd("5"), usd("1"), Duration::from_secs(900)).unwrap();
    let granted: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let path = &path;
                scope.spawn(move || {
                    let budget = CostLimiter::sqlite(open(path), policy);
                    let holds: Vec<_> =
                        (0..100).filter_map(|_| budget.reserve("u", usd("0.10")).ok()).collect();
                    let count = holds.len();
                    holds.into_iter().for_each(std::mem::forget);
                    count
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(granted, 50);
}

#[test]
fn the_ledger_adds_up_and_cannot_be_changed() {
    let (_root, path) = place();
    let store = open(&path);
    let clock = TestClock::noon();
    let budget = CostLimiter::sqlite_with_clock(store.clone(), policy(), clock.clone());
    for turn in 0..30_u64 {
        let user = if turn % 3 == 0 { "a" } else { "b" };
        let Ok(mut hold) = budget.reserve(user, Usd::from_micros(turn * 30_000).unwrap()) else { continue };
        match turn % 4 {
            0 => drop(hold),
            1 => drop(hold.observe("m", usd("1.20"))),
            2 => drop(hold.release().unwrap().charged.to_string()),
            _ => drop(hold.settle(Usd::from_micros(turn * 11_111).unwrap()).unwrap().charged.to_string()),
        }
        clock.advance(Duration::from_secs(5000));
    }
    let books = books(&store);
    assert!(books.len() > 2);
    for (user, day, booked, sum) in books {
        assert_eq!(booked, sum, "{user} {day}");
    }
    for sql in ["UPDATE cost_ledger SET change = 0", "DELETE FROM cost_ledger"] {
        let refused = store.write(move |tx| Ok::<_, StoreError>(tx.execute(sql, [])?));
        assert_eq!(refused, Err(StoreError::Constraint));
    }
}
