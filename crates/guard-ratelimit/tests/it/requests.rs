//! Laws of the request limiter, in every place that can hold its state.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use guard_ratelimit::{Refusal, RequestLimiter};
use proptest::prelude::*;

use crate::support::{Place, TestClock, keys, nz, places, quota};

const SECOND: Duration = Duration::from_secs(1);
const NANO: Duration = Duration::from_nanos(1);

fn retry_after(refusal: Refusal) -> Duration {
    match refusal {
        Refusal::Wait { retry_after } => retry_after,
        other => panic!("not a wait: {other:?}"),
    }
}

#[test]
fn five_a_minute_with_a_burst_of_ten_admits_fifteen_in_the_first() {
    for place in places() {
        let clock = TestClock::noon();
        let limiter = place.requests(quota(5, 60 * SECOND, 10), 10, clock.clone());
        let mut admitted = 0;
        for _ in 0..=600 {
            while limiter.try_take(&1).is_ok() {
                admitted += 1;
            }
            clock.advance(SECOND / 10);
        }
        assert_eq!(admitted, 15);
    }
}

#[test]
fn what_can_never_fit_is_told_apart_and_costs_nothing() {
    for place in places() {
        let limiter = place.requests(quota(5, 60 * SECOND, 10), 10, TestClock::noon());
        for too_many in [11, 1_537_228_674, u32::MAX] {
            assert_eq!(limiter.try_take_n(&1, nz(too_many)), Err(Refusal::NeverFits { burst: nz(10) }));
        }
        assert_eq!(limiter.try_take_n(&1, nz(10)).unwrap().requests(), nz(10));
        assert_eq!(limiter.try_take(&1), Err(Refusal::Wait { retry_after: 12 * SECOND }));
        assert_eq!(limiter.try_take_n(&1, nz(10)), Err(Refusal::Wait { retry_after: 120 * SECOND }));
    }
}

#[test]
fn a_full_limiter_refuses_the_unknown_serves_the_known_and_drops_only_the_replenished() {
    for place in places() {
        let clock = TestClock::noon();
        let limiter = place.requests(quota(1, SECOND, 2), 3, clock.clone());
        for key in [1, 2, 3] {
            assert!(limiter.try_take(&key).is_ok());
        }
        assert_eq!(limiter.try_take(&4), Err(Refusal::Full));
        assert!(limiter.try_take(&1).is_ok());
        assert_eq!(limiter.try_take(&1), Err(Refusal::Wait { retry_after: SECOND }));
        // Keys 2 and 3 are as good as new after one second, key 1 after two.
        clock.advance(SECOND);
        assert!(limiter.try_take(&4).is_ok());
        assert!(limiter.try_take(&5).is_ok());
        assert_eq!(limiter.try_take(&6), Err(Refusal::Full));
        assert!(limiter.try_take(&1).is_ok());
        assert_eq!(limiter.try_take(&1), Err(Refusal::Wait { retry_after: SECOND }));
    }
}

#[test]
fn a_flood_of_keys_never_exceeds_the_cap() {
    for place in places() {
        let limiter = place.requests(quota(1, 60 * SECOND, 1), 50, TestClock::noon());
        let flood = (0..500).map(|key| limiter.try_take(&key).map(drop));
        let (admitted, refused): (Vec<_>, Vec<_>) = flood.partition(Result::is_ok);
        assert_eq!(admitted.len(), 50);
        assert!(refused.iter().all(|answer| *answer == Err(Refusal::Full)));
    }
}

#[test]
fn eight_threads_get_exactly_the_burst() {
    for place in places() {
        let limiter = place.requests(quota(1, 3600 * SECOND, 100), 10, TestClock::noon());
        let admitted = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..250 {
                        if limiter.try_take(&1).is_ok() {
                            admitted.fetch_add(1, Relaxed);
                        }
                    }
                });
            }
        });
        assert_eq!(admitted.into_inner(), 100);
    }
}

#[test]
fn eight_threads_share_the_cap_of_keys() {
    let limiter =
        RequestLimiter::in_memory_with_clock(quota(1, 3600 * SECOND, 1), keys(1000), TestClock::noon());
    let admitted = AtomicUsize::new(0);
    thread::scope(|scope| {
        for thread in 0..8 {
            let (limiter, admitted) = (&limiter, &admitted);
            scope.spawn(move || {
                for key in 0..500 {
                    if limiter.try_take(&(key * 8 + thread)).is_ok() {
                        admitted.fetch_add(1, Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(admitted.into_inner(), 1000);
}

#[test]
fn extremes_neither_panic_nor_admit_too_much() {
    for (requests, per, burst) in [
        (1, Duration::from_nanos(1 << 60), 1),
        (u32::MAX, Duration::from_nanos(u64::from(u32::MAX)), u32::MAX),
        (1, Duration::from_nanos(1 << 28), u32::MAX),
    ] {
        for place in places() {
            for start in [0, 1, 1 << 60, (1 << 63) - 1, u64::MAX] {
                let clock = TestClock::default();
                let limiter = place.requests(quota(requests, per, burst), 1_000_000, clock.clone());
                clock.set(start);
                let first = limiter.try_take_n(&start, nz(burst));
                let second = limiter.try_take_n(&start, nz(burst));
                assert!(second.is_err(), "{requests} {per:?} {burst} at {start}: {first:?}, {second:?}");
                clock.set(0);
                assert!(limiter.try_take_n(&start, nz(burst)).is_err() || first.is_err());
            }
        }
    }
}

#[test]
fn the_clock_of_the_system_is_the_default() {
    let limiter = RequestLimiter::in_memory(quota(1, 3600 * SECOND, 2), keys(10));
    assert!(limiter.try_take(&"a").is_ok());
    assert!(limiter.try_take(&"a").is_ok());
    let wait = retry_after(limiter.try_take(&"a").unwrap_err());
    assert!(wait > 3590 * SECOND && wait <= 3600 * SECOND, "{wait:?}");
}

/// Plays requests at given distances, and holds every window between two admissions to the stated bound.
fn never_above_the_bound(place: &Place, requests: u32, burst: u32, steps: &[(u64, u32)]) {
    let quota = quota(requests, SECOND, burst);
    let clock = TestClock::noon();
    let limiter = place.requests(quota, 4, clock.clone());
    let mut admitted: Vec<(u64, u64)> = Vec::new();
    for (step, cells) in steps {
        clock.advance(Duration::from_nanos(*step));
        match limiter.try_take_n(&7, nz(*cells)) {
            Ok(permit) => admitted.push((clock.get(), u64::from(permit.requests().get()))),
            Err(Refusal::NeverFits { .. }) => assert!(*cells > burst),
            Err(refusal) => {
                // The wait is exact: refused a nanosecond earlier, admitted then.
                let wait = retry_after(refusal);
                clock.advance(wait - NANO);
                assert!(limiter.try_take_n(&7, nz(*cells)).is_err());
                clock.advance(NANO);
                assert!(limiter.try_take_n(&7, nz(*cells)).is_ok());
                admitted.push((clock.get(), u64::from(*cells)));
            }
        }
    }
    for (index, (start, _)) in admitted.iter().enumerate() {
        let mut sum = 0;
        for (end, cells) in &admitted[index..] {
            sum += cells;
            assert!(sum <= quota.admits_within(Duration::from_nanos(end - start)));
        }
    }
}

/// The same, with a clock that is set back now and then: bounded by the time that really passed.
fn never_more_when_the_clock_goes_back(place: &Place, burst: u32, steps: &[(u64, u64)]) {
    let quota = quota(10, SECOND, burst);
    let clock = TestClock::noon();
    let limiter = place.requests(quota, 4, clock.clone());
    let mut real = 0;
    let mut admitted: Vec<u64> = Vec::new();
    for (step, back) in steps {
        clock.advance(Duration::from_nanos(*step));
        real += step;
        clock.back(Duration::from_nanos(*back));
        while limiter.try_take(&7).is_ok() {
            admitted.push(real);
        }
    }
    for (index, start) in admitted.iter().enumerate() {
        for (count, end) in admitted[index..].iter().enumerate() {
            assert!((count as u64) < quota.admits_within(Duration::from_nanos(end - start)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_window_holds_more_than_stated_and_waits_are_exact(
        requests in 1..50_u32,
        burst in 1..20_u32,
        steps in prop::collection::vec((0..300_000_000_u64, 1..6_u32), 1..40),
    ) {
        for place in places() {
            never_above_the_bound(&place, requests, burst, &steps);
        }
    }

    #[test]
    fn a_clock_that_goes_back_never_gives_anything(
        burst in 1..20_u32,
        steps in prop::collection::vec((0..400_000_000_u64, prop_oneof![3 => Just(0), 1 => 0..10_000_000_000_u64]), 1..40),
    ) {
        for place in places() {
            never_more_when_the_clock_goes_back(&place, burst, &steps);
        }
    }

    /// governor is the oracle: where nothing special happens, the state in a store decides as it does.
    #[test]
    fn every_place_decides_alike(
        requests in 1..50_u32,
        burst in 1..20_u32,
        steps in prop::collection::vec((0..300_000_000_u64, 0..3_u64, 1..8_u32), 1..60),
    ) {
        let quota = quota(requests, SECOND, burst);
        let mut logs = Vec::new();
        for place in places() {
            let clock = TestClock::noon();
            let limiter = place.requests(quota, 100, clock.clone());
            logs.push(steps.iter().map(|(step, key, cells)| {
                clock.advance(Duration::from_nanos(*step));
                limiter.try_take_n(key, nz(*cells)).map(|permit| permit.requests())
            }).collect::<Vec<_>>());
        }
        for log in &logs {
            prop_assert_eq!(log, &logs[0]);
        }
    }
}
