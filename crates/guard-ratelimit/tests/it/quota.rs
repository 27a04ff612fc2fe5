//! Which quotas there are, and what they say they admit.

use std::time::Duration;

use guard_ratelimit::{CostPolicy, CostPolicyError, Quota, QuotaError};

use crate::support::{nz, quota, usd};

#[track_caller]
fn check(requests: u32, per: Duration, burst: u32, want: Result<u128, QuotaError>) {
    assert_eq!(Quota::new(nz(requests), per, nz(burst)).map(|quota| quota.interval().as_nanos()), want);
}

#[test]
fn quotas_are_refused_or_rounded_to_the_slow_side() {
    let second = Duration::from_secs(1);
    check(5, Duration::from_secs(60), 10, Ok(12_000_000_000));
    check(7, second, 1, Ok(142_857_143));
    check(1_000_000_000, second, 1, Ok(1));
    check(1_000_000_001, second, 1, Err(QuotaError::TooFast));
    check(1, Duration::ZERO, 1, Err(QuotaError::TooFast));
    check(u32::MAX, Duration::from_nanos(u64::from(u32::MAX)), u32::MAX, Ok(1));
    check(1, Duration::from_secs(3600), u32::MAX, Err(QuotaError::TooSlow));
    check(1, Duration::MAX, 1, Err(QuotaError::TooSlow));
    check(1, Duration::from_nanos(1 << 60), 1, Ok(1 << 60));
    check(1, Duration::from_nanos((1 << 60) + 1), 1, Err(QuotaError::TooSlow));
}

#[test]
fn what_a_window_admits_is_stated() {
    let quota = quota(5, Duration::from_secs(60), 10);
    for (window, want) in
        [(Duration::ZERO, 10), (Duration::from_nanos(11_999_999_999), 10), (Duration::from_secs(12), 11)]
    {
        assert_eq!(quota.admits_within(window), want, "{window:?}");
    }
    let fastest = self::quota(1, Duration::from_nanos(1), 1);
    assert_eq!(fastest.admits_within(Duration::MAX), u64::MAX);
}

#[test]
fn policies_that_make_no_sense_are_refused() {
    let policy = |per_run, lease| CostPolicy::new(usd("5"), usd(per_run), lease).err();
    let hour = Duration::from_secs(3600);
    assert_eq!(policy("5", hour), None);
    assert_eq!(policy("5.000001", hour), Some(CostPolicyError::RunAboveDay));
    assert_eq!(policy("1", Duration::from_millis(999)), Some(CostPolicyError::Lease));
    assert_eq!(policy("1", 7 * 24 * hour + Duration::from_nanos(1)), Some(CostPolicyError::Lease));
}
