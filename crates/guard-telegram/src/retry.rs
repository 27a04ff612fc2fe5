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
    /// The longest pause that Telegram may ask for.
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
            longest_after: Duration::from_secs(120),
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
    failures: u32,
}

/// Failures in a row that are ordinary: a restart, a lost network.
const QUIET: u32 = 5;

impl Backoff {
    /// Nothing failed yet.
    #[must_use]
    pub fn new(retry: Retry, jitter: Jitter) -> Self {
        Self { retry, jitter, failures: 0 }
    }

    /// A call succeeded.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// A call failed.
    pub fn failed(&mut self, error: &Error) -> Next {
        self.failures = self.failures.saturating_add(1);
        if self.retry.attempts.is_some_and(|most| self.failures >= most) {
            return Next::GiveUp;
        }
        let after = match error {
            Error::RetryAfter { after } if *after > self.retry.longest_after => return Next::GiveUp,
            // Never earlier than asked, and not all at once.
            Error::RetryAfter { after } => *after + self.jitter.within(Duration::from_secs(1)),
            // After a restart the old poll may live on for a moment, so the first pauses stay short.
            Error::OtherPoller if self.failures <= QUIET => self.jitter.within(Duration::from_secs(2)),
            Error::OtherPoller
            | Error::Server { .. }
            | Error::Unreachable
            | Error::BrokenOff
            | Error::Timeout => self.doubled(),
            // A poll has nothing better to do; a call would only repeat the mistake.
            Error::Undecodable | Error::TooLarge | Error::Refused { .. } if self.retry.attempts.is_none() => {
                self.doubled()
            }
            Error::Undecodable
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
        Next::Again { after, loud: self.failures > QUIET && self.failures.is_power_of_two() }
    }

    fn doubled(&self) -> Duration {
        let factor = 1_u32.checked_shl(self.failures.saturating_sub(1).min(16)).unwrap_or(u32::MAX);
        self.jitter.within(self.retry.first.saturating_mul(factor).min(self.retry.most))
    }
}
