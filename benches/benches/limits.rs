//! Request decisions beside governor, memory per key, and durable holds beside the disk.

use std::error::Error;
use std::fs::{self, File};
use std::num::{NonZeroU32, NonZeroUsize};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use governor::RateLimiter;
use governor::clock::MonotonicClock;
use guard_benches::{Case, compare};
use guard_ratelimit::{CostLimiter, CostPolicy, MIGRATIONS, Quota, RequestLimiter, Usd};
use guard_store::Store;

const CALLERS: u32 = 64;
const KEYS: u64 = 1_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    decisions()?;
    memory()?;
    durable()
}

/// As many as ever fit: the decision is always the same work, and never a refusal.
fn plenty() -> Result<Quota, Box<dyn Error>> {
    Ok(Quota::new(NonZeroU32::try_from(1_000_000_000)?, Duration::from_secs(1), NonZeroU32::MAX)?)
}

fn decisions() -> Result<(), Box<dyn Error>> {
    let period = Duration::from_nanos(1);
    let theirs = governor::Quota::with_period(period).ok_or("period")?.allow_burst(NonZeroU32::MAX);
    for keys in [1_u64, 100_000] {
        let governor = RateLimiter::dashmap_with_clock(theirs, MonotonicClock);
        let guard = RequestLimiter::in_memory(plenty()?, NonZeroUsize::try_from(1_000_000)?);
        // Keys in an order that no prefetcher guesses, the same for both.
        let order = |turn: &mut u64| {
            *turn = turn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (*turn >> 33) % keys
        };
        let (mut one, mut two) = (1, 1);
        compare(
            &format!("request decision, {keys} keys"),
            200,
            vec![
                Case::new("governor keyed, monotonic clock", || governor.check_key(&order(&mut one)).is_ok()),
                Case::new("guard in memory", || guard.try_take(&order(&mut two)).is_ok()),
            ],
        );
    }
    Ok(())
}

/// Resident bytes of this process.
fn resident() -> Result<u64, Box<dyn Error>> {
    let pages = fs::read_to_string("/proc/self/statm")?;
    Ok(pages.split(' ').nth(1).ok_or("statm")?.parse::<u64>()? * 4096)
}

fn memory() -> Result<(), Box<dyn Error>> {
    let slow = Quota::new(NonZeroU32::MIN, Duration::from_secs(3600), NonZeroU32::MIN)?;
    let limiter = RequestLimiter::in_memory(slow, NonZeroUsize::try_from(KEYS as usize)?);
    let before = resident()?;
    let admitted = (0..2 * KEYS).filter(|key| limiter.try_take(key).is_ok()).count();
    let bytes = (resident()? - before) as f64 / KEYS as f64;
    println!("\nmemory: {admitted} of {} keys kept, {bytes:.1} bytes a key", 2 * KEYS);
    Ok(())
}

/// Seconds that one write of a page and its `fdatasync` take.
#[allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn sync_seconds(directory: &Path) -> Result<f64, Box<dyn Error>> {
    let file = File::create(directory.join("floor"))?;
    file.set_len(4 << 20)?;
    file.sync_all()?;
    let (start, mut writes) = (Instant::now(), 0_u64);
    while start.elapsed() < Duration::from_secs(2) {
        file.write_all_at(&[writes as u8; 4096], writes % 1024 * 4096)?;
        file.sync_data()?;
        writes += 1;
    }
    Ok(start.elapsed().as_secs_f64() / writes as f64)
}

#[allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn durable() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let store = Store::open(directory.path().join("state").join("limits.db"), MIGRATIONS)?;
    let million = Usd::parse("1000000")?;
    let budget = CostLimiter::sqlite(store, CostPolicy::new(million, million, Duration::from_secs(900))?);
    let micro = Usd::parse("0.000001")?;
    for round in 1..=3 {
        let sync = sync_seconds(directory.path())?;
        let (calls, start) = (AtomicU64::new(0), Instant::now());
        thread::scope(|scope| {
            let callers: Vec<_> = (0..CALLERS)
                .map(|caller| {
                    let (budget, calls) = (&budget, &calls);
                    scope.spawn(move || {
                        let user = format!("user:{caller}");
                        while start.elapsed() < Duration::from_secs(3) {
                            let Ok(mut hold) = budget.reserve(&user, micro) else { return false };
                            if hold.settle(micro).is_err() {
                                return false;
                            }
                            calls.fetch_add(2, Relaxed);
                        }
                        true
                    })
                })
                .collect();
            assert!(callers.into_iter().all(|caller| caller.join().is_ok_and(|done| done)), "a call failed");
        });
        let rate = calls.into_inner() as f64 / start.elapsed().as_secs_f64();
        let floor = f64::from(CALLERS) / sync;
        println!(
            "durable, round {round}: {CALLERS} callers make {rate:.0} calls/s ({:.0} reserve+settle/s); \
             fdatasync {:.2} ms, so {floor:.0} calls/s at most: {:.0} %",
            rate / 2.0,
            sync * 1e3,
            100.0 * rate / floor
        );
    }
    Ok(())
}
