//! Points in time, and where they come from.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The text form: `2026-11-22T17:07:47.123456Z`, always 27 bytes, so that it sorts as text.
pub(crate) const TIME_BYTES: usize = 27;
const MICROS: u64 = 1_000_000;
const DAY: u64 = 86_400;
/// The last microsecond of the year 9999.
const LAST: u64 = 253_402_300_800 * MICROS - 1;

/// Microseconds since 1970 in UTC, up to the year 9999; prints as RFC 3339.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// `micros` microseconds after 1970-01-01T00:00:00Z; the end of the year 9999 where that is later.
    #[must_use]
    pub const fn from_unix_micros(micros: u64) -> Self {
        Self(if micros > LAST { LAST } else { micros })
    }

    /// Microseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn unix_micros(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to this, zero where `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// This much earlier; 1970 at the earliest.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(span.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, micros) = (self.0 / MICROS, self.0 % MICROS);
        let (year, month, day) = civil(seconds / DAY);
        let clock = seconds % DAY;
        let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
    }
}

/// The text is not the form that [`Timestamp`] prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time such as 2026-11-22T17:07:47.123456Z")]
pub struct TimestampError;

impl TimestampError {
    /// The stable name of the refusal.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "audit-time"
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// Reads `YYYY-MM-DDTHH:MM:SS[.ffffff]Z`.
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let text = text.strip_suffix('Z').ok_or(TimestampError)?;
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "000000"));
        let bytes = whole.as_bytes();
        let shaped = bytes.len() == 19
            && fraction.len() == 6
            && [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')]
                .iter()
                .all(|(at, want)| bytes.get(*at) == Some(want));
        if !shaped {
            return Err(TimestampError);
        }
        let field = |from: usize, to: usize, least: u64, most: u64| {
            let value = number(whole.get(from..to).unwrap_or_default())?;
            (least..=most).contains(&value).then_some(value).ok_or(TimestampError)
        };
        let (year, month, day) = (field(0, 4, 1970, 9999)?, field(5, 7, 1, 12)?, field(8, 10, 1, 31)?);
        let (hour, minute, second) = (field(11, 13, 0, 23)?, field(14, 16, 0, 59)?, field(17, 19, 0, 59)?);
        let days = days(year, month, day);
        // A day that the month does not have lands in the next month.
        if civil(days) != (year, month, day) {
            return Err(TimestampError);
        }
        Ok(Self((days * DAY + hour * 3600 + minute * 60 + second) * MICROS + number(fraction)?))
    }
}

fn number(digits: &str) -> Result<u64, TimestampError> {
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
        .ok_or(TimestampError)
}

/// Days since 1970-01-01 of a Gregorian date from 1970 on.
fn days(year: u64, month: u64, day: u64) -> u64 {
    // The year begins in March, so that the leap day is its last.
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1 - 719_468
}

/// The Gregorian date of a number of days since 1970-01-01.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (year_of_era * 365 + year_of_era / 4 - year_of_era / 100);
    let month = (of_year * 5 + 2) / 153;
    let day = of_year - (month * 153 + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year_of_era + carry, month, day)
}

/// Where the time of a record comes from.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The present.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one default clock of this crate")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix_micros(u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
    }
}
