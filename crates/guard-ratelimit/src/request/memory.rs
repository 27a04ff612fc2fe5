//! governor, with a clock of ours and a bounded map underneath.
//!
//! Three of its properties are handled here, all seen in version 0.10.4: its default clock can go back on some
//! processors, `check_key_n` multiplies without checking, and its maps have no bound.

use std::hash::Hash;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use governor::clock::{Clock as _, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::{NotUntil, RateLimiter};

use super::bounded::Bounded;
use crate::quota::LONGEST_REFILL;
use crate::{Clock, Quota, Refusal};

/// The clock stops here, after 73 years, so that no sum of times leaves the word.
const END_OF_TIME: u64 = LONGEST_REFILL << 1;
/// Above every time that the algorithm can compute, and low enough to add to: the state of a key that has no room.
pub(super) const NO_ROOM: Nanos = Nanos::new(1 << 63);

pub(super) struct Memory<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, Bounded<K>, Ticks, NoOpMiddleware<Nanos>>,
}

impl<K: Hash + Eq + Clone> Memory<K> {
    pub(super) fn new(quota: Quota, max_keys: NonZeroUsize, clock: impl Clock + 'static) -> Self {
        let ticks = Ticks { clock: Arc::new(clock), origin: Arc::default() };
        // `Quota::new` has made sure that the interval is not zero; were it, the slowest quota would do.
        let governed = governor::Quota::with_period(quota.interval())
            .unwrap_or(governor::Quota::per_hour(NonZeroU32::MIN))
            .allow_burst(quota.burst());
        let map = Bounded::new(max_keys.get(), ticks.clone());
        Self { limiter: RateLimiter::new(governed, map, ticks) }
    }

    /// `requests` must not be above the burst.
    pub(super) fn take(&self, key: &K, requests: NonZeroU32) -> Result<(), Refusal> {
        let refused = if requests == NonZeroU32::MIN {
            self.limiter.check_key(key)
        } else {
            match self.limiter.check_key_n(key, requests) {
                Ok(decision) => decision,
                Err(capacity) => {
                    let burst = NonZeroU32::new(capacity.0).unwrap_or(NonZeroU32::MIN);
                    return Err(Refusal::NeverFits { burst });
                }
            }
        };
        refused.map_err(|until| self.refusal(&until))
    }

    fn refusal(&self, until: &NotUntil<Nanos>) -> Refusal {
        let earliest = until.earliest_possible();
        if earliest > Nanos::new(END_OF_TIME + LONGEST_REFILL) {
            return Refusal::Full;
        }
        let wait = earliest.duration_since(self.limiter.clock().now());
        // Time has passed since the decision; "at once" is still the truth, but zero reads like a mistake.
        Refusal::Wait { retry_after: Duration::from(wait).max(Duration::from_nanos(1)) }
    }
}

/// Our clock as governor wants it: nanoseconds since it was asked first, which is when the limiter was made.
#[derive(Clone)]
pub(super) struct Ticks {
    clock: Arc<dyn Clock>,
    origin: Arc<OnceLock<Duration>>,
}

impl governor::clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let now = self.clock.now();
        let since = now.saturating_sub(*self.origin.get_or_init(|| now));
        Nanos::new(u64::try_from(since.as_nanos()).map_or(END_OF_TIME, |nanos| nanos.min(END_OF_TIME)))
    }
}
