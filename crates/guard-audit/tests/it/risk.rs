//! Laws of the score.

use std::time::Duration;

use guard_audit::{Event, Log, Risk, Timestamp};
use proptest::prelude::*;

use crate::Place;

const DAY: u64 = 86_400_000_000;
const NOON: Timestamp = Timestamp::from_unix_micros(1_800_000_000_000_000);

fn at(micros: u64) -> Timestamp {
    Timestamp::from_unix_micros(NOON.unix_micros() + micros)
}

#[track_caller]
fn check(risks: &[u8], days: u64, want: u8) {
    let mut risk = Risk::new();
    for (seq, one) in risks.iter().enumerate() {
        risk.add(NOON, *one, "order_refunded", seq as u64);
    }
    assert_eq!(risk.score(at(days * DAY)), want);
}

#[test]
fn scores() {
    check(&[], 0, 0);
    check(&[0, 0], 0, 0);
    check(&[100], 0, 42);
    check(&[100], 1, 21);
    check(&[100], 2, 11);
    check(&[100], 30, 0);
    check(&[20], 0, 8);
    check(&[20; 5], 0, 15);
    check(&[20; 1000], 0, 20);
    check(&[100; 1000], 0, 100);
    check(&[255; 1000], 0, 100);
}

#[test]
fn the_terms_explain_the_score() {
    let mut risk = Risk::new();
    risk.add(NOON, 20, "authn_login_fail", 1);
    risk.add(at(DAY), 80, "authz_fail", 2);
    let terms = risk.terms(at(DAY));
    let named: Vec<_> = terms.iter().map(|term| (term.seq, term.event.as_str(), term.risk)).collect();
    assert_eq!(named, [(2, "authz_fail", 80), (1, "authn_login_fail", 20)]);
    let sum: u32 = terms.iter().map(|term| term.millipoints).sum();
    assert_eq!((sum + 500) / 1000, u32::from(risk.score(at(DAY))));
}

#[test]
fn the_log_weighs_only_the_actor_who_is_asked_for() {
    let place = Place::new();
    let log = Log::open(place.log()).unwrap();
    log.append_relaxed(&Event::new("authz_fail").actor("user:7")).unwrap();
    log.append_relaxed(&Event::new("authz_fail").actor("user:8")).unwrap();
    log.append_relaxed(&Event::new("sys_startup")).unwrap();
    let risk = log.risk("user:7").unwrap();
    let terms = risk.terms(Timestamp::default());
    assert_eq!(terms.iter().map(|term| term.seq).collect::<Vec<_>>(), [1]);
    assert_eq!(log.risk("user:9").unwrap(), Risk::new());
}

#[test]
fn the_score_of_the_log_is_that_of_its_replay() {
    let place = Place::new();
    let clock: &'static crate::Manual = Box::leak(Box::default());
    let log = Log::with_clock(guard_audit::Config::new(place.log()).segment_bytes(2_000), clock).unwrap();
    let mut replay = Risk::new();
    for step in 0..150_u64 {
        let time = at(step * DAY / 24);
        clock.0.store(time.unix_micros(), std::sync::atomic::Ordering::Relaxed);
        let risk = u8::try_from(step * 7 % 101).unwrap();
        let receipt = log.append_relaxed(&Event::new("order_refunded").actor("user:7").risk(risk)).unwrap();
        replay.add(time, risk, "order_refunded", receipt.seq);
    }
    assert_eq!(log.risk("user:7").unwrap(), replay);
    assert!(replay.score(at(0)) > 50);
}

proptest! {
    #[test]
    fn every_event_raises_the_score_or_leaves_it(
        events in proptest::collection::vec((0..DAY, 0..=100_u8), 0..200),
        extra in 0..=100_u8,
    ) {
        let mut risk = Risk::new();
        let mut now = 0;
        for (pause, one) in events {
            now += pause;
            risk.add(at(now), one, "e", 0);
        }
        let before = risk.score(at(now));
        risk.add(at(now), extra, "e", 0);
        let after = risk.score(at(now));
        prop_assert!(before <= after && after <= 100);
    }

    #[test]
    fn events_of_one_time_count_the_same_in_any_order(
        mut risks in proptest::collection::vec(0..=100_u8, 0..150),
        later in 0..(10 * DAY),
    ) {
        let score = |risks: &[u8]| {
            let mut risk = Risk::new();
            risks.iter().for_each(|one| risk.add(NOON, *one, "e", 0));
            risk.score(at(later))
        };
        let given = score(&risks);
        risks.sort_unstable();
        prop_assert_eq!(given, score(&risks));
    }

    #[test]
    fn the_score_only_falls_with_time(
        events in proptest::collection::vec((0..DAY, 0..=100_u8), 1..80),
        first in 0..(40 * DAY),
        second in 0..(40 * DAY),
    ) {
        let mut risk = Risk::new();
        let mut now = 0;
        for (pause, one) in events {
            now += pause;
            risk.add(at(now), one, "e", 0);
        }
        let (first, second) = (first.min(second), first.max(second));
        prop_assert!(risk.score(at(now + first)) >= risk.score(at(now + second)));
        prop_assert_eq!(risk.score(at(now + 40 * DAY)), 0);
    }

    /// The same formula in floating point is the oracle.
    #[test]
    fn the_score_is_that_of_the_formula(
        events in proptest::collection::vec((0..(3 * DAY), 1..=100_u8), 1..64),
    ) {
        let mut risk = Risk::new();
        let mut now = 0;
        let mut weighed = Vec::new();
        for (pause, one) in events {
            now += pause;
            risk.add(at(now), one, "e", 0);
            weighed.push((now, f64::from(one)));
        }
        let age = |then: u64| Duration::from_micros(now - then).as_secs_f64() / 86_400.0;
        let mut shares: Vec<f64> = weighed.iter().map(|(then, one)| one * (-age(*then)).exp2()).collect();
        shares.sort_by(|a, b| b.total_cmp(a));
        let norm: f64 = (1..=64).map(|rank| f64::from(rank).powf(-1.5)).sum();
        let want: f64 = shares.iter().zip(1..).map(|(one, rank)| one * f64::from(rank).powf(-1.5)).sum::<f64>() / norm;
        prop_assert!((f64::from(risk.score(at(now))) - want).abs() < 0.51, "{want}");
    }
}
