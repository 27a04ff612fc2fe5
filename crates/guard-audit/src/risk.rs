//! How much what an actor did lately weighs together.

use std::path::Path;
use std::time::Duration;

use crate::{AuditError, Filter, Timestamp, newest};

/// The risk of an event halves in a day.
const HALF_LIFE_MICROS: u64 = 24 * 3600 * 1_000_000;
/// After so long the greatest risk weighs less than a millionth of a point.
const WINDOW: Duration = Duration::from_secs(30 * 24 * 3600);
const TERMS: usize = 64;

/// A score between 0 and 100 that explains itself.
///
/// The decayed risks of the events, greatest first, are added with the weights 1/i^1.5 and divided by the sum of the
/// weights (the shape of Elastic's entity risk score), over the 64 greatest. So many small events never outweigh
/// their bound, every event raises the score or leaves it, events of one time count the same in any order, and the
/// score of a replayed log is the same on every machine: all arithmetic is on integers.
///
/// ```
/// use guard_audit::{Risk, Timestamp};
///
/// let noon = Timestamp::from_unix_micros(1_800_000_000_000_000);
/// let mut risk = Risk::new();
/// risk.add(noon, 80, "authz_fail", 1);
/// assert_eq!(risk.score(noon), 34);
/// risk.add(noon, 90, "authn_token_reuse", 2);
/// assert_eq!(risk.score(noon), 50);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Risk {
    /// The greatest, sorted as they weigh; the order of two never changes, because both decay alike.
    events: Vec<Weighed>,
    latest: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Weighed {
    time: Timestamp,
    risk: u8,
    event: String,
    seq: u64,
}

/// One event's share in a score.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Term {
    /// The record.
    pub seq: u64,
    /// The name of the event.
    pub event: String,
    /// The risk that it had when it was written.
    pub risk: u8,
    /// Its part of the score in thousandths of a point.
    pub millipoints: u32,
}

impl Risk {
    /// No events, score 0.
    #[must_use]
    pub const fn new() -> Self {
        Self { events: Vec::new(), latest: Timestamp::from_unix_micros(0) }
    }

    /// Adds what the record `seq` weighs. A time before that of an earlier call counts as that time; risk above 100
    /// counts as 100.
    pub fn add(&mut self, time: Timestamp, risk: u8, event: &str, seq: u64) {
        self.insert(time.max(self.latest), risk.min(100), event, seq);
    }

    fn insert(&mut self, time: Timestamp, risk: u8, event: &str, seq: u64) {
        let now = self.latest.max(time);
        self.latest = now;
        if risk == 0 {
            return;
        }
        self.events.push(Weighed { time, risk, event: event.to_owned(), seq });
        let key = |event: &Weighed| (event.weight(now), event.time, event.risk, event.seq);
        self.events.sort_by_cached_key(|event| std::cmp::Reverse(key(event)));
        self.events.truncate(TERMS);
    }

    /// The score at `now`, between 0 and 100.
    #[must_use]
    pub fn score(&self, now: Timestamp) -> u8 {
        let sum: u64 = self.shares(now).map(|(_, share)| share).sum();
        // Halves round up; the sum of the shares is at most 100 points.
        u8::try_from((sum + POINT / 2) / POINT).unwrap_or(100).min(100)
    }

    /// What the score is made of, the greatest first.
    #[must_use]
    pub fn terms(&self, now: Timestamp) -> Vec<Term> {
        let term = |(event, share): (&Weighed, u64)| Term {
            seq: event.seq,
            event: event.event.clone(),
            risk: event.risk,
            millipoints: u32::try_from(share / (POINT / 1000)).unwrap_or(u32::MAX),
        };
        self.shares(now).map(term).filter(|term| term.millipoints > 0).collect()
    }

    /// The risk of `actor` from the records of the log.
    pub(crate) fn of(dir: &Path, actor: &str, now: Timestamp) -> Result<Self, AuditError> {
        let filter = Filter {
            actor: Some(actor.to_owned()),
            min_risk: 1,
            since: Some(now.minus(WINDOW)),
            ..Filter::default()
        };
        let mut risk = Self::new();
        // From the end, so that only the window is read.
        for record in newest(dir, &filter)? {
            let record = record?;
            risk.insert(record.time, record.risk.min(100), &record.event, record.seq);
        }
        Ok(risk)
    }

    fn shares(&self, now: Timestamp) -> impl Iterator<Item = (&Weighed, u64)> {
        let now = now.max(self.latest);
        self.events.iter().zip(1..).map(move |(event, rank)| {
            // At most 100 * 2^32 * 2^24, below 2^63.
            (event, event.weight(now) * weight(rank) / TOTAL_WEIGHT)
        })
    }
}

/// One point of the score in the fixed-point arithmetic.
const POINT: u64 = 1 << 32;

impl Weighed {
    /// The risk after decay.
    fn weight(&self, now: Timestamp) -> u64 {
        let age = now.unix_micros().saturating_sub(self.time.unix_micros());
        let halvings = age / HALF_LIFE_MICROS;
        let mut weight =
            (u64::from(self.risk) * POINT).checked_shr(u32::try_from(halvings).unwrap_or(64)).unwrap_or(0);
        // The fraction of a half-life as 16 binary digits: 2^-x is the product of the factors of its ones.
        let fraction = (age % HALF_LIFE_MICROS) * (1 << 16) / HALF_LIFE_MICROS;
        for (digit, factor) in FACTORS.iter().enumerate() {
            if fraction >> (15 - digit) & 1 == 1 {
                weight = u64::try_from((u128::from(weight) * u128::from(*factor)) >> 32).unwrap_or(u64::MAX);
            }
        }
        weight
    }
}

/// 2^(-1/2), 2^(-1/4), 2^(-1/8) and so on, times 2^32: each is the square root of the one before.
#[allow(clippy::indexing_slicing, reason = "runs at compile time, where `get_mut` cannot")]
const FACTORS: [u64; 16] = {
    let mut factors = [0; 16];
    // Half, times 2^64 in all: the root has 32 fraction digits.
    let mut square: u128 = 1 << 63;
    let mut at = 0;
    while at < 16 {
        let root = square.isqrt();
        factors[at] = root as u64;
        square = root << 32;
        at += 1;
    }
    factors
};

/// 2^24 / rank^1.5.
const fn weight(rank: u64) -> u64 {
    ((1_u64 << 48) / (rank * rank * rank)).isqrt()
}

const TOTAL_WEIGHT: u64 = {
    let mut total = 0;
    let mut rank = 1;
    while rank <= TERMS as u64 {
        total += weight(rank);
        rank += 1;
    }
    total
};
