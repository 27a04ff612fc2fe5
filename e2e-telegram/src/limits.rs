//! Flood control: how often a bot may send.

use std::collections::BTreeMap;
use std::time::Duration;

/// A bucket: `burst` at once, then one per `every`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At once; nought means no limit.
    pub burst: u32,
    /// The time that gives one back.
    pub every: Duration,
}

/// The rates of sends and edits together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// In one private chat.
    pub private: Rate,
    /// In one group.
    pub group: Rate,
    /// In all chats together.
    pub global: Rate,
}

impl Default for Limits {
    /// What Telegram's documentation advises: one a second in a chat with short bursts, 20 a minute in a group, 30 a
    /// second in all.
    fn default() -> Self {
        Self {
            private: Rate { burst: 5, every: Duration::from_secs(1) },
            group: Rate { burst: 20, every: Duration::from_secs(3) },
            global: Rate { burst: 30, every: Duration::from_millis(33) },
        }
    }
}

impl Limits {
    /// No limit at all, for tests that are about something else.
    pub const NONE: Self = {
        let rate = Rate { burst: 0, every: Duration::ZERO };
        Self { private: rate, group: rate, global: rate }
    };
}

/// When each bucket is full again.
#[derive(Debug, Default)]
pub(crate) struct Buckets(BTreeMap<i64, Duration>);

/// The key of the bucket for all chats; no chat has it.
pub(crate) const GLOBAL: i64 = 0;

impl Buckets {
    /// Takes one from each bucket, or from none.
    ///
    /// # Errors
    ///
    /// The whole seconds to wait.
    pub(crate) fn take(&mut self, now: Duration, wanted: &[(i64, Rate)]) -> Result<(), u64> {
        let mut full_at = Vec::new();
        for (key, rate) in wanted.iter().filter(|(_, rate)| rate.burst > 0) {
            let next = self.0.get(key).copied().unwrap_or_default().max(now) + rate.every;
            let wait = next.saturating_sub(now + rate.every * rate.burst);
            if wait > Duration::ZERO {
                return Err(wait.as_secs() + u64::from(wait.subsec_nanos() > 0));
            }
            full_at.push((*key, next));
        }
        self.0.retain(|_, full| *full > now);
        self.0.extend(full_at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_one_a_second() {
        let (mut buckets, rate) = (Buckets::default(), Rate { burst: 2, every: Duration::from_secs(1) });
        let mut at = |seconds: u64| buckets.take(Duration::from_secs(100 + seconds), &[(7, rate)]);
        assert_eq!([at(0), at(0), at(0), at(1), at(1)], [Ok(()), Ok(()), Err(1), Ok(()), Err(1)]);
    }

    #[test]
    fn what_one_bucket_refuses_costs_the_others_nothing() {
        let mut buckets = Buckets::default();
        let (small, large) = (Rate { burst: 1, every: Duration::from_secs(5) }, Limits::default().group);
        let now = Duration::from_secs(100);
        assert_eq!(buckets.take(now, &[(7, large), (GLOBAL, small)]), Ok(()));
        for _ in 0..50 {
            assert_eq!(buckets.take(now, &[(7, large), (GLOBAL, small)]), Err(5));
        }
        assert_eq!(buckets.take(now, &[(7, large)]), Ok(()));
    }
}
