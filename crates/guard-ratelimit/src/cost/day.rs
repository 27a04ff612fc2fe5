//! UTC calendar days.

use std::time::{Duration, SystemTime};

use crate::WallClock;

const DAY: i64 = 86_400_000;
/// The end of the year 9999, in milliseconds since 1970: a clock beyond it is broken.
const LAST: i64 = 253_402_300_800_000;

/// A moment, in milliseconds since 1970, and the day that books are kept for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    millis: i64,
    day: i64,
}

impl Moment {
    /// Reads the clock; nothing if it shows a year before 1970 or after 9999.
    pub(crate) fn read(clock: &dyn WallClock) -> Option<Self> {
        let since = clock.now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let millis = i64::try_from(since.as_millis()).ok().filter(|millis| *millis < LAST)?;
        Some(Self { millis, day: millis / DAY })
    }

    /// The same moment, booked to a day not before `earliest`.
    pub(crate) fn not_before(self, earliest: i64) -> Self {
        Self { day: self.day.max(earliest), ..self }
    }

    pub(crate) const fn millis(self) -> i64 {
        self.millis
    }

    /// Days since 1970.
    pub(crate) const fn day(self) -> i64 {
        self.day
    }

    /// The beginning of the next day.
    pub(crate) fn resets_at(self) -> SystemTime {
        let millis = self.day.saturating_add(1).saturating_mul(DAY);
        SystemTime::UNIX_EPOCH + Duration::from_millis(millis.unsigned_abs())
    }
}
