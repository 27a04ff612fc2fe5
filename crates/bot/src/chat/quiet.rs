//! How many records people can cause by what is refused: enough to see them, too few to fill the disk.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// A stranger is recorded once in this time for each reason.
const PER_STRANGER: Duration = Duration::from_secs(3600);
/// All strangers together: so many at once, then one in each interval.
const STRANGERS: (u32, Duration) = (20, Duration::from_secs(30));
/// People of the list, each time: every tap that does not count is of interest.
const KNOWN: (u32, Duration) = (100, Duration::from_secs(5));
/// Sources remembered; beyond them only the common limit counts.
const MAX_SOURCES: usize = 1024;

/// Decides which refusals are recorded one by one; the others are counted into the next record.
#[derive(Debug)]
pub(crate) struct Quiet {
    per_source: Duration,
    burst: u32,
    interval: Duration,
    seen: HashMap<(i64, &'static str), Instant>,
    left: u32,
    refilled: Instant,
    suppressed: u64,
}

impl Quiet {
    pub(crate) fn of_strangers(now: Instant) -> Self {
        Self::new(PER_STRANGER, STRANGERS, now)
    }

    pub(crate) fn of_known(now: Instant) -> Self {
        Self::new(Duration::ZERO, KNOWN, now)
    }

    fn new(per_source: Duration, (burst, interval): (u32, Duration), now: Instant) -> Self {
        Self { per_source, burst, interval, seen: HashMap::new(), left: burst, refilled: now, suppressed: 0 }
    }

    /// Whether to record a refusal of `source` for `code` now; then, how many were left out since the last record.
    pub(crate) fn record(&mut self, source: i64, code: &'static str, now: Instant) -> Option<u64> {
        self.refill(now);
        let is_known = self
            .seen
            .get(&(source, code))
            .is_some_and(|last| now.saturating_duration_since(*last) < self.per_source);
        if is_known || self.left == 0 {
            self.suppressed = self.suppressed.saturating_add(1);
            return None;
        }
        self.left -= 1;
        if self.seen.len() >= MAX_SOURCES {
            let per_source = self.per_source;
            self.seen.retain(|_, last| now.saturating_duration_since(*last) < per_source);
        }
        if self.seen.len() < MAX_SOURCES {
            self.seen.insert((source, code), now);
        }
        Some(std::mem::take(&mut self.suppressed))
    }

    fn refill(&mut self, now: Instant) {
        while self.left < self.burst && now.saturating_duration_since(self.refilled) >= self.interval {
            self.left += 1;
            self.refilled += self.interval;
        }
        if self.left == self.burst {
            self.refilled = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_source_is_recorded_once_an_hour_and_the_rest_is_counted() {
        let now = Instant::now();
        let mut quiet = Quiet::of_strangers(now);
        assert_eq!(quiet.record(1, "a", now), Some(0));
        assert_eq!(quiet.record(1, "a", now), None);
        assert_eq!(quiet.record(1, "b", now), Some(1), "another reason is another record");
        assert_eq!(quiet.record(1, "a", now + PER_STRANGER - Duration::from_secs(1)), None);
        assert_eq!(quiet.record(1, "a", now + PER_STRANGER), Some(1));
    }

    #[tokio::test]
    async fn each_refusal_of_a_known_person_is_recorded_within_reason() {
        let now = Instant::now();
        let mut quiet = Quiet::of_known(now);
        assert!((0..100).all(|_| quiet.record(1, "a", now) == Some(0)));
        assert_eq!(quiet.record(1, "a", now), None);
        assert_eq!(quiet.record(1, "a", now + Duration::from_secs(5)), Some(1));
    }

    #[tokio::test]
    async fn a_flood_from_many_sources_is_bounded_and_costs_no_memory() {
        let now = Instant::now();
        let mut quiet = Quiet::of_strangers(now);
        let day = 24 * 3600;
        let recorded = (0..100_000_i64)
            .filter(|number| {
                let at = now + Duration::from_secs(u64::try_from(*number).unwrap() * day / 100_000);
                quiet.record(*number, "a", at).is_some()
            })
            .count();
        assert!((2_000..=2_900).contains(&recorded), "{recorded}");
        assert!(quiet.seen.len() <= MAX_SOURCES);
    }
}
