use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::Error;

/// When a failed call is made again, and how often.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Retry {
    /// Calls in all, before the last error is given up on; none means without end.
    pub attempts: Option<u32>,
    /// The first pause, which doubles each time.
    pub first: Duration,
    /// The longest pause of our own.
    pub most: Duration,
    /// The longest that Telegram may let one call wait by "come back later", in all. Such answers are no attempts:
    /// whoever obeys gets through.
    pub longest_after: Duration,
}

impl Retry {
    /// For a message, an edit or an answer to a tap: about a minute in all.
    #[must_use]
    pub fn calls() -> Self {
        Self {
            attempts: Some(6),
            first: Duration::from_millis(500),
            most: Duration::from_secs(20),
            longest_after: Duration::from_secs(300),
        }
    }

    /// For the poll, which goes on as long as the bot does.
    #[must_use]
    pub fn polls() -> Self {
        Self {
            attempts: None,
            first: Duration::from_secs(1),
            most: Duration::from_secs(60),
            longest_after: Duration::from_secs(3600),
        }
    }
}

/// Where randomness comes from, so that bots that failed together do not come back together.
#[derive(Clone)]
pub struct Jitter(Arc<dyn Fn() -> u32 + Send + Sync>);

impl Jitter {
    /// Numbers from the operating system.
    #[must_use]
    pub fn from_system() -> Self {
        // Without randomness the pause is only less spread out.
        Self::from_source(|| getrandom::u32().unwrap_or(u32::MAX / 2))
    }

    /// Numbers from the caller, spread over all of `u32`.
    #[must_use]
    pub fn from_source(source: impl Fn() -> u32 + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }

    /// Between half of `whole` and all of it.
    fn within(&self, whole: Duration) -> Duration {
        let half = whole / 2;
        half + half.mul_f64(f64::from((self.0)()) / f64::from(u32::MAX))
    }
}

impl fmt::Debug for Jitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jitter")
    }
}

/// What to do after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Try again after this time.
    Again {
        /// How long to wait.
        after: Duration,
        /// Whether this has gone on for so long that a person should hear of it.
        loud: bool,
    },
    /// Trying again will not help.
    GiveUp,
}

/// Counts the failures in a row of one call or of the poll.
#[derive(Clone, Debug)]
pub struct Backoff {
    retry: Retry,
    jitter: Jitter,
    /// In a row, whatever they were.
    failures: u32,
    /// Those that were attempts.
    attempts: u32,
    /// What Telegram asked for since the last success.
    waited: Duration,
}

/// Failures in a row that are ordinary: a restart, a lost network.
const QUIET: u32 = 5;

impl Backoff {
    /// Nothing failed yet.
    #[must_use]
    pub fn new(retry: Retry, jitter: Jitter) -> Self {
        Self { retry, jitter, failures: 0, attempts: 0, waited: Duration::ZERO }
    }

    /// A call succeeded.
    pub fn succeeded(&mut self) {
        (self.failures, self.attempts, self.waited) = (0, 0, Duration::ZERO);
    }

    /// A call failed.
    pub fn failed(&mut self, error: &Error) -> Next {
        self.failures = self.failures.saturating_add(1);
        let loud = self.failures > QUIET && self.failures.is_power_of_two();
        if let Error::RetryAfter { after } = error {
            // Never earlier than asked, and not all at once.
            let after = after.saturating_add(self.jitter.within(Duration::from_secs(1)));
            self.waited = self.waited.saturating_add(after);
            let bearable = self.waited <= self.retry.longest_after;
            return if bearable { Next::Again { after, loud } } else { Next::GiveUp };
        }
        self.attempts = self.attempts.saturating_add(1);
        if self.retry.attempts.is_some_and(|most| self.attempts >= most) {
            return Next::GiveUp;
        }
        let after = match error {
            // After a restart the old poll may live on for a moment, so the first pauses stay short.
            Error::OtherPoller if self.attempts <= QUIET => self.jitter.within(Duration::from_secs(2)),
            Error::OtherPoller
            | Error::Server { .. }
            | Error::Unreachable
            | Error::BrokenOff
            | Error::Timeout => self.doubled(),
            // A poll has nothing better to do; a call would only repeat the mistake.
            Error::Undecodable | Error::TooLarge | Error::Refused { .. } if self.retry.attempts.is_none() => {
                self.doubled()
            }
            Error::RetryAfter { .. }
            | Error::Undecodable
            | Error::TooLarge
            | Error::Refused { .. }
            | Error::Token
            | Error::ApiUrl
            | Error::Roots
            | Error::Unauthorized
            | Error::NoMethod
            | Error::WebhookSet
            | Error::Forbidden
            | Error::ChatGone { .. }
            | Error::MessageGone
            | Error::NotModified
            | Error::TapExpired
            | Error::Backlog
            | Error::Empty
            | Error::ButtonData
            | Error::FilePath
            | Error::LocalFile => return Next::GiveUp,
        };
        Next::Again { after, loud }
    }

    fn doubled(&self) -> Duration {
        let factor = 1_u32.checked_shl(self.attempts.saturating_sub(1).min(16)).unwrap_or(u32::MAX);
        self.jitter.within(self.retry.first.saturating_mul(factor).min(self.retry.most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pauses in milliseconds after one error again and again, and whether each is loud.
    fn pauses(retry: Retry, jitter: u32, error: &Error, most: usize) -> Vec<(u128, bool)> {
        let mut backoff = Backoff::new(retry, Jitter::from_source(move || jitter));
        let pauses = std::iter::from_fn(|| match backoff.failed(error) {
            Next::Again { after, loud } => Some((after.as_millis(), loud)),
            Next::GiveUp => None,
        });
        pauses.take(most).collect()
    }

    #[track_caller]
    fn check(retry: Retry, error: &Error, want: &[u128]) {
        let got: Vec<u128> = pauses(retry, u32::MAX, error, 9).iter().map(|(after, _)| *after).collect();
        assert_eq!(got, want, "{error:?}");
    }

    #[test]
    fn a_call_is_repeated_for_about_half_a_minute() {
        for error in [Error::Server { status: 502 }, Error::Unreachable, Error::BrokenOff, Error::Timeout] {
            check(Retry::calls(), &error, &[500, 1_000, 2_000, 4_000, 8_000]);
        }
    }

    #[test]
    fn a_poll_is_repeated_without_end() {
        let doubled = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000];
        check(Retry::polls(), &Error::Unreachable, &doubled);
        check(Retry::polls(), &Error::Undecodable, &doubled);
        let conflict = [2_000, 2_000, 2_000, 2_000, 2_000, 32_000, 60_000, 60_000, 60_000];
        check(Retry::polls(), &Error::OtherPoller, &conflict);
        assert_eq!(pauses(Retry::polls(), 0, &Error::Timeout, 100_000).len(), 100_000);
    }

    #[test]
    fn telegram_is_obeyed_within_reason() {
        let after = |seconds| Error::RetryAfter { after: Duration::from_secs(seconds) };
        assert_eq!(pauses(Retry::calls(), u32::MAX, &after(3), 100), storm(75, 4_000));
        check(Retry::calls(), &after(299), &[300_000]);
        check(Retry::calls(), &after(300), &[]);
        check(Retry::polls(), &after(1_799), &[1_800_000, 1_800_000]);
        check(Retry::polls(), &Error::RetryAfter { after: Duration::MAX }, &[]);
        assert_eq!(pauses(Retry::calls(), 0, &after(3), 1), [(3_500, false)]);
    }

    fn storm(times: u32, each: u128) -> Vec<(u128, bool)> {
        (1..=times).map(|at| (each, at > QUIET && at.is_power_of_two())).collect()
    }

    #[test]
    fn what_will_not_pass_is_given_up() {
        for error in [Error::Unauthorized, Error::WebhookSet, Error::Forbidden, Error::Token, Error::NoMethod]
        {
            check(Retry::polls(), &error, &[]);
            check(Retry::calls(), &error, &[]);
        }
        check(Retry::calls(), &Error::Refused { status: 400 }, &[]);
    }

    #[test]
    fn a_long_trouble_is_loud_now_and_then() {
        let loud = pauses(Retry::polls(), 0, &Error::Unreachable, 40);
        let loud: Vec<_> = loud.iter().zip(1..).filter(|((_, loud), _)| *loud).map(|(_, at)| at).collect();
        assert_eq!(loud, [8, 16, 32]);
    }

    #[test]
    fn a_success_begins_anew() {
        let mut backoff = Backoff::new(Retry::calls(), Jitter::from_source(|| 0));
        for _ in 0..20 {
            let after = Duration::from_millis(250);
            assert_eq!(backoff.failed(&Error::Timeout), Next::Again { after, loud: false });
            backoff.succeeded();
        }
    }
}
