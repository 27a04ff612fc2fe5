//! The generic cell rate algorithm on times that come from outside.

use crate::Quota;

/// Decides on `requests` (at most the burst) of a key whose theoretical arrival time is `arrival`, and returns the
/// next one, or the nanoseconds to wait.
///
/// All times are nanoseconds since 1970, where any value may have been stored. A key can owe at most one whole
/// bucket; a stored time beyond that shows that the clock was set back, and is taken as an empty bucket now. So the
/// clock going back never gives a cell, and never costs more than one refill.
pub(super) fn decide(quota: &Quota, arrival: Option<i64>, now: i64, requests: u32) -> Result<i128, u64> {
    let (interval, now) = (quota.interval().as_nanos().cast_signed(), i128::from(now));
    let full = now + interval * i128::from(quota.burst().get());
    let arrival = arrival.map_or(now, |arrival| i128::from(arrival).clamp(now, full));
    let next = arrival + interval * i128::from(requests);
    match u64::try_from(next - full) {
        Ok(wait @ 1..) => Err(wait),
        _ if next > full => Err(u64::MAX),
        _ => Ok(next),
    }
}
