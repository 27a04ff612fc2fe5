use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{NotUntil, Quota, RateLimiter};
use tokio::time::Instant;

/// How much Telegram takes. It publishes no exact limits; these are its advice for bots.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rates {
    /// Messages and edits per second in one chat.
    pub chat_per_second: NonZeroU32,
    /// As many at once after a silence.
    pub chat_burst: NonZeroU32,
    /// Messages and edits per minute in one group, whose numbers are negative.
    pub group_per_minute: NonZeroU32,
    /// Messages and edits per second in all.
    pub all_per_second: NonZeroU32,
    /// Messages and edits that may wait in one chat; with urgent ones, twice as many.
    pub backlog: usize,
}

impl Default for Rates {
    fn default() -> Self {
        let number = |n: u32| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Self {
            chat_per_second: number(1),
            chat_burst: number(3),
            group_per_minute: number(20),
            all_per_second: number(30),
            backlog: 64,
        }
    }
}

/// The runtime's clock, which tests can hold.
#[derive(Clone, Debug)]
pub(super) struct TokioClock(Instant);

impl TokioClock {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>;

/// The quotas that one message has to pass, all of them.
pub(super) struct Meter(Vec<Limiter>);

impl Meter {
    pub(super) fn all(rates: &Rates, clock: &TokioClock) -> Self {
        let rate = rates.all_per_second;
        Self(vec![Limiter::direct_with_clock(Quota::per_second(rate), clock.clone())])
    }

    pub(super) fn chat(rates: &Rates, chat: i64, clock: &TokioClock) -> Self {
        let second = Quota::per_second(rates.chat_per_second).allow_burst(rates.chat_burst);
        let mut limiters = vec![Limiter::direct_with_clock(second, clock.clone())];
        if chat < 0 {
            let minute = Quota::per_minute(rates.group_per_minute).allow_burst(rates.chat_burst);
            limiters.push(Limiter::direct_with_clock(minute, clock.clone()));
        }
        Self(limiters)
    }

    /// Takes one from each quota in turn, or says how long until the next one has some.
    ///
    /// The first `passed` quotas were taken from at an earlier try of the same message.
    pub(super) fn try_take(&self, passed: &mut usize, clock: &TokioClock) -> Result<(), Duration> {
        for limiter in self.0.iter().skip(*passed) {
            limiter.check().map_err(|not: NotUntil<Duration>| not.wait_time_from(clock.now()))?;
            *passed = passed.saturating_add(1);
        }
        Ok(())
    }
}
