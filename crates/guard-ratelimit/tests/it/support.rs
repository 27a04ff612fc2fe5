use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{Duration, SystemTime};

use guard_ratelimit::{Clock, CostLimiter, CostPolicy, Quota, RequestLimiter, Usd, WallClock};

/// A clock that the test turns, in nanoseconds; clones show the same time.
#[derive(Clone, Default)]
pub(crate) struct TestClock(Arc<AtomicU64>);

impl TestClock {
    /// 2026-11-22, noon.
    pub(crate) fn noon() -> Self {
        let clock = Self::default();
        clock.set(1_795_348_800_000_000_000);
        clock
    }

    pub(crate) fn set(&self, nanos: u64) {
        self.0.store(nanos, SeqCst);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(SeqCst)
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.set(self.get() + u64::try_from(by.as_nanos()).unwrap());
    }

    pub(crate) fn back(&self, by: Duration) {
        self.set(self.get() - u64::try_from(by.as_nanos()).unwrap());
    }
}

impl Clock for TestClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.get())
    }
}

impl WallClock for TestClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_nanos(self.get())
    }
}

pub(crate) fn nz(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

pub(crate) fn keys(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).unwrap()
}

pub(crate) fn quota(requests: u32, per: Duration, burst: u32) -> Quota {
    Quota::new(nz(requests), per, nz(burst)).unwrap()
}

pub(crate) fn usd(text: &str) -> Usd {
    Usd::parse(text).unwrap()
}

/// Five dollars a day, one a run, a lease of fifteen minutes.
pub(crate) fn policy() -> CostPolicy {
    CostPolicy::new(usd("5"), usd("1"), Duration::from_secs(900)).unwrap()
}

/// Makes limiters whose state lives in one kind of place, and keeps that place.
pub(crate) enum Place {
    Memory,
    #[cfg(feature = "sqlite")]
    Sqlite(
        guard_store::Store,
        #[allow(dead_code, reason = "kept until the end of the test")] tempfile::TempDir,
    ),
}

impl Place {
    pub(crate) fn requests(&self, quota: Quota, max_keys: usize, clock: TestClock) -> RequestLimiter<u64> {
        match self {
            Self::Memory => RequestLimiter::in_memory_with_clock(quota, keys(max_keys), clock),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store, _) => {
                RequestLimiter::sqlite_with_clock(store.clone(), "test", quota, keys(max_keys), clock)
            }
        }
    }

    pub(crate) fn cost(&self, policy: CostPolicy, clock: TestClock) -> CostLimiter {
        match self {
            Self::Memory => CostLimiter::in_memory_with_clock(policy, clock),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store, _) => CostLimiter::sqlite_with_clock(store.clone(), policy, clock),
        }
    }
}

/// A fresh place of every kind.
pub(crate) fn places() -> Vec<Place> {
    vec![
        Place::Memory,
        #[cfg(feature = "sqlite")]
        sqlite(),
    ]
}

#[cfg(feature = "sqlite")]
pub(crate) fn sqlite() -> Place {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("state").join("limits.db");
    // What is tested here is arithmetic, not the disk.
    let store =
        guard_store::Store::open_with(path, guard_ratelimit::MIGRATIONS, guard_store::Durability::Normal)
            .unwrap();
    Place::Sqlite(store, root)
}
