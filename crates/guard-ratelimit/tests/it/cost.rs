//! Laws of the cost limiter, in every place that can keep its books.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, SystemTime};

use guard_ratelimit::{Balance, CostLimiter, CostPolicy, CostRefusal, Hold, HoldError, Usd};
use proptest::prelude::*;

use crate::support::{Place, TestClock, places, policy, usd};

const HOUR: Duration = Duration::from_secs(3600);

/// Midnight after [`TestClock::noon`].
fn midnight() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_392_000)
}

fn limiter(place: &Place) -> (CostLimiter, TestClock) {
    let clock = TestClock::noon();
    (place.cost(policy(), clock.clone()), clock)
}

#[track_caller]
fn balance(limiter: &CostLimiter, spent: &str, held: &str, left: &str) {
    let Balance { spent: is_spent, held: is_held, left: is_left, .. } = limiter.balance("u").unwrap();
    assert_eq!([is_spent, is_held, is_left].map(|amount| format!("{amount:#}")), [spent, held, left]);
}

#[track_caller]
fn refused(limiter: &CostLimiter, ask: &str, code: &str) {
    assert_eq!(limiter.reserve("u", usd(ask)).unwrap_err().code(), code);
}

#[test]
fn a_run_is_held_then_settled_once() {
    for place in places() {
        let (limiter, _) = limiter(&place);
        let mut hold = limiter.reserve("u", usd("0.50")).unwrap();
        balance(&limiter, "0.00", "0.50", "4.50");
        let receipt = hold.settle(usd("0.20")).unwrap();
        assert_eq!((receipt.charged, receipt.held), (usd("0.20"), usd("0.50")));
        balance(&limiter, "0.20", "0.00", "4.80");
        assert_eq!(hold.settle(usd("0.30")), Err(HoldError::Settled));
        assert_eq!(hold.release(), Err(HoldError::Settled));
        assert_eq!(hold.observe("m", usd("0.30")), Err(HoldError::Settled));
        assert_eq!(hold.extend(), Err(HoldError::Settled));
        drop(hold);
        balance(&limiter, "0.20", "0.00", "4.80");
        assert_eq!(limiter.balance("someone else").unwrap().left, usd("5"));
    }
}

#[test]
fn a_release_gives_back_what_was_not_used() {
    for place in places() {
        let (limiter, _) = limiter(&place);
        limiter.reserve("u", usd("1")).unwrap().release().unwrap();
        balance(&limiter, "0.00", "0.00", "5.00");
        let mut hold = limiter.reserve("u", usd("1")).unwrap();
        hold.observe("m", usd("0.30")).unwrap();
        assert_eq!(hold.release().unwrap().charged, usd("0.30"));
        balance(&limiter, "0.30", "0.00", "4.70");
    }
}

#[test]
fn a_dropped_hold_is_spent() {
    for place in places() {
        let (limiter, _) = limiter(&place);
        drop(limiter.reserve("u", usd("1")).unwrap());
        balance(&limiter, "1.00", "0.00", "4.00");
        let panicked = thread::scope(|scope| {
            scope
                .spawn(|| {
                    let _hold = limiter.reserve("u", usd("0.50")).unwrap();
                    panic!("on purpose");
                })
                .join()
        });
        assert!(panicked.is_err());
        balance(&limiter, "1.50", "0.00", "3.50");
    }
}

#[test]
fn refusals_say_what_would_help() {
    for place in places() {
        let (limiter, clock) = limiter(&place);
        assert_eq!(
            limiter.reserve("u", usd("1.000001")).unwrap_err(),
            CostRefusal::NeverFits { max: usd("1") }
        );
        let mut running: Vec<Hold> = (0..5).map(|_| limiter.reserve("u", usd("1")).unwrap()).collect();
        assert_eq!(
            limiter.reserve("u", usd("0.000001")).unwrap_err(),
            CostRefusal::InFlight { held: usd("5") }
        );
        for hold in &mut running {
            hold.settle(usd("0.90")).unwrap();
        }
        refused(&limiter, "0.51", "cost-limit-reached");
        let mut last = limiter.reserve("u", usd("0.50")).unwrap();
        // Nothing is left, but work that costs nothing is not over the limit either.
        limiter.reserve("u", Usd::ZERO).unwrap().settle(Usd::ZERO).unwrap();
        last.settle(usd("0.500001")).unwrap();
        let over = CostRefusal::LimitReached { resets_at: midnight() };
        assert_eq!(limiter.reserve("u", Usd::ZERO).unwrap_err(), over);
        assert_eq!(limiter.reserve("u", usd("0.50")).unwrap_err(), over);
        clock.advance(12 * HOUR);
        assert!(limiter.reserve("u", usd("1")).is_ok());
    }
}

#[test]
fn more_than_held_is_booked_in_full() {
    for place in places() {
        let (limiter, _) = limiter(&place);
        let receipt = limiter.reserve("u", usd("0.50")).unwrap().settle(usd("7")).unwrap();
        assert_eq!(receipt.charged, usd("7"));
        balance(&limiter, "7.00", "0.00", "0.00");
        refused(&limiter, "0", "cost-limit-reached");
    }
}

#[test]
fn the_largest_amounts_stay_over_the_limit() {
    for place in places() {
        let (limiter, _) = limiter(&place);
        let mut other = limiter.reserve("u", usd("1")).unwrap();
        limiter.reserve("u", usd("1")).unwrap().settle(Usd::MAX).unwrap();
        refused(&limiter, "0", "cost-limit-reached");
        other.observe("m", Usd::MAX).unwrap_err();
        other.settle(Usd::MAX).unwrap();
        refused(&limiter, "0", "cost-limit-reached");
        assert_eq!(limiter.balance("u").unwrap().left, Usd::ZERO);
    }
}

#[test]
fn observations_are_idempotent_monotone_and_added_up() {
    for place in places() {
        let (limiter, _) = limiter(&place);
        let mut hold = limiter.reserve("u", usd("0.50")).unwrap();
        for (message, so_far, left) in [
            ("a", "0.10", "0.40"),
            ("a", "0.10", "0.40"),
            ("b", "0.05", "0.35"),
            ("a", "0.20", "0.25"),
            ("a", "0.10", "0.25"),
            ("c", "0.25", "0.00"),
        ] {
            assert_eq!(hold.observe(message, usd(so_far)), Ok(usd(left)), "{message} {so_far}");
        }
        assert_eq!(hold.observe("c", usd("0.26")), Err(HoldError::UsedUp));
        balance(&limiter, "0.00", "0.51", "4.49");
        assert_eq!((hold.held(), hold.observed()), (usd("0.51"), usd("0.51")));
        assert_eq!(hold.settle(usd("0.40")).unwrap().charged, usd("0.51"));
        balance(&limiter, "0.51", "0.00", "4.49");
    }
}

#[test]
fn messages_are_bounded() {
    for place in places() {
        let (limiter, _) = limiter(&place);
        let mut hold = limiter.reserve("u", usd("0.50")).unwrap();
        assert_eq!(hold.observe(&"x".repeat(257), Usd::ZERO), Err(HoldError::Unmetered));
        for message in 0..65_536 {
            hold.observe(&message.to_string(), Usd::ZERO).unwrap();
        }
        assert_eq!(hold.observe("one more", Usd::ZERO), Err(HoldError::Unmetered));
        assert_eq!(hold.observe("7", usd("0.10")), Ok(usd("0.40")));
    }
}

#[test]
fn a_lease_that_is_over_counts_as_spent() {
    for place in places() {
        let (limiter, clock) = limiter(&place);
        let mut hold = limiter.reserve("u", usd("1")).unwrap();
        clock.advance(Duration::from_secs(899));
        balance(&limiter, "0.00", "1.00", "4.00");
        hold.extend().unwrap();
        clock.advance(Duration::from_secs(899));
        balance(&limiter, "0.00", "1.00", "4.00");
        clock.advance(Duration::from_secs(1));
        balance(&limiter, "1.00", "0.00", "4.00");
        assert_eq!(hold.extend(), Err(HoldError::Expired));
        // Its owner is alive after all, and knows better.
        hold.settle(usd("0.25")).unwrap();
        balance(&limiter, "0.25", "0.00", "4.75");
    }
}

#[test]
fn a_hold_belongs_to_the_day_it_was_granted() {
    for place in places() {
        let (limiter, clock) = limiter(&place);
        clock.advance(12 * HOUR - Duration::from_secs(1));
        let mut hold = limiter.reserve("u", usd("1")).unwrap();
        assert_eq!(limiter.balance("u").unwrap().resets_at, midnight());
        clock.advance(Duration::from_secs(2));
        balance(&limiter, "0.00", "0.00", "5.00");
        assert_eq!(limiter.balance("u").unwrap().resets_at, midnight() + 24 * HOUR);
        assert_eq!(hold.observe("m", usd("3")), Err(HoldError::UsedUp));
        hold.settle(usd("4")).unwrap();
        balance(&limiter, "0.00", "0.00", "5.00");
    }
}

#[test]
fn a_clock_set_back_by_a_day_grants_nothing_twice() {
    for place in places() {
        let (limiter, clock) = limiter(&place);
        limiter.reserve("u", usd("1")).unwrap().settle(usd("5")).unwrap();
        clock.advance(24 * HOUR);
        limiter.reserve("u", usd("1")).unwrap().settle(usd("5")).unwrap();
        clock.back(24 * HOUR);
        refused(&limiter, "0.10", "cost-limit-reached");
    }
}

#[test]
fn what_cannot_be_stored_is_refused() {
    for place in places() {
        let (limiter, clock) = limiter(&place);
        let code = |refusal: CostRefusal| match refusal {
            CostRefusal::Unavailable { cause } => cause,
            other => panic!("{other:?}"),
        };
        assert_eq!(code(limiter.reserve(&"u".repeat(257), Usd::ZERO).unwrap_err()), "user-too-long");
        assert!(limiter.reserve(&"u".repeat(256), Usd::ZERO).is_ok());
        assert!(limiter.reserve("", Usd::ZERO).is_ok());
        assert!(limiter.reserve("a\0'; DROP TABLE cost_days; --", Usd::ZERO).is_ok());
        clock.set(u64::MAX);
        assert!(limiter.reserve("u", Usd::ZERO).is_ok());
    }
}

#[test]
fn holds_of_nothing_are_bounded() {
    for place in places() {
        let (limiter, _) = limiter(&place);
        let running: Vec<Hold> = (0..64).map(|_| limiter.reserve("u", Usd::ZERO).unwrap()).collect();
        refused(&limiter, "0", "cost-in-flight");
        drop(running);
        assert!(limiter.reserve("u", Usd::ZERO).is_ok());
    }
}

#[test]
fn users_in_memory_are_bounded_and_make_room_on_a_new_day() {
    let (limiter, clock) = limiter(&Place::Memory);
    for user in 0..65_536 {
        limiter.reserve(&user.to_string(), usd("0.10")).unwrap().settle(usd("0.10")).unwrap();
    }
    let full = CostRefusal::Unavailable { cause: "too-many-users" };
    assert_eq!(limiter.reserve("one more", Usd::ZERO).unwrap_err(), full);
    assert!(limiter.reserve("7", usd("0.10")).is_ok());
    clock.advance(24 * HOUR);
    assert!(limiter.reserve("one more", usd("0.10")).is_ok());
}

#[test]
fn a_thousand_runs_at_once_get_exactly_the_limit() {
    let policy = CostPolicy::new(usd("5"), usd("1"), Duration::from_secs(900)).unwrap();
    for place in places() {
        let limiter = place.cost(policy, TestClock::noon());
        let granted = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        if let Ok(hold) = limiter.reserve("u", usd("0.10")) {
                            granted.lock().unwrap().push(hold);
                        }
                    }
                });
            }
        });
        assert_eq!(granted.lock().unwrap().len(), 50);
        balance(&limiter, "0.00", "5.00", "0.00");
    }
}

/// What a history may do; amounts in cents.
#[derive(Clone, Debug)]
enum Step {
    Reserve(u8),
    Observe(u8, u8),
    Settle(u8, u8),
    Release(u8),
    Drop(u8),
    Extend(u8),
    Minutes(u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..130_u8).prop_map(Step::Reserve),
        2 => any::<(u8, u8)>().prop_map(|(hold, cents)| Step::Observe(hold, cents)),
        2 => any::<(u8, u8)>().prop_map(|(hold, cents)| Step::Settle(hold, cents)),
        1 => any::<u8>().prop_map(Step::Release),
        1 => any::<u8>().prop_map(Step::Drop),
        1 => any::<u8>().prop_map(Step::Extend),
        1 => (0..600_u16).prop_map(Step::Minutes),
    ]
}

fn cents(cents: u8) -> Usd {
    Usd::from_micros(u64::from(cents) * 10_000).unwrap()
}

/// Plays a history and returns all answers; after each grant, spent and held are within the limit.
fn play(place: &Place, steps: &[Step]) -> Vec<String> {
    let (limiter, clock) = limiter(place);
    let mut holds: Vec<Hold> = Vec::new();
    let mut log = Vec::new();
    for step in steps {
        let pick = |index: u8| usize::from(index) % holds.len().max(1);
        let answer = match step {
            Step::Minutes(minutes) => {
                clock.advance(Duration::from_secs(60 * u64::from(*minutes)));
                String::new()
            }
            Step::Reserve(ask) => match limiter.reserve("u", cents(*ask)) {
                Ok(hold) => {
                    holds.push(hold);
                    let now = limiter.balance("u").unwrap();
                    assert!(now.spent.checked_add(now.held).unwrap() <= now.limit);
                    "granted".to_owned()
                }
                Err(refusal) => format!("{refusal:?}"),
            },
            _ if holds.is_empty() => String::new(),
            Step::Observe(hold, so_far) => {
                let index = pick(*hold);
                format!("{:?}", holds[index].observe(&format!("m{}", so_far % 3), cents(*so_far)))
            }
            Step::Settle(hold, actual) => {
                let index = pick(*hold);
                format!("{:?}", holds[index].settle(cents(*actual)))
            }
            Step::Release(hold) => {
                let index = pick(*hold);
                format!("{:?}", holds[index].release())
            }
            Step::Drop(hold) => {
                let index = pick(*hold);
                drop(holds.swap_remove(index));
                String::new()
            }
            Step::Extend(hold) => format!("{:?}", holds[pick(*hold)].extend()),
        };
        log.push(format!("{step:?}: {answer} {:?}", limiter.balance("u")));
    }
    log
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_place_keeps_the_same_books(steps in prop::collection::vec(step(), 1..60)) {
        let logs: Vec<_> = places().iter().map(|place| play(place, &steps)).collect();
        for log in &logs {
            prop_assert_eq!(log, &logs[0]);
        }
    }
}
