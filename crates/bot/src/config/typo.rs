//! The known name that a misspelt one probably means.

/// No name is longer; the bound keeps the work small.
const MAX_NAME: usize = 64;
/// Edits that are a slip of the finger.
const MAX_EDITS: usize = 2;

/// The nearest of `known` within two edits, if the name is long enough for that to mean something.
///
/// Every variable of the environment is compared with every setting at each start, so what cannot be near is passed over
/// before anything is counted.
pub(super) fn nearest(name: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    if !(4..=MAX_NAME).contains(&name.len()) {
        return None;
    }
    let letters = letters(name);
    known
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= MAX_EDITS)
        .filter(|candidate| {
            // One edit takes one letter away, adds one, or does both.
            let other = self::letters(candidate);
            [letters & !other, other & !letters].iter().all(|only| only.count_ones() <= 2)
        })
        .filter_map(|candidate| Some((distance(name, candidate)?, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Which bytes there are, by their last six bits.
fn letters(text: &str) -> u64 {
    text.bytes().fold(0, |letters, byte| letters | 1 << (byte & 63))
}

/// Levenshtein's distance in bytes, where it is small enough to matter.
fn distance(a: &str, b: &str) -> Option<usize> {
    let mut row = [0_usize; MAX_NAME + MAX_EDITS + 1];
    let row = row.get_mut(..=b.len())?;
    (0..).zip(row.iter_mut()).for_each(|(at, cell)| *cell = at);
    for (i, x) in (1..).zip(a.bytes()) {
        let mut diagonal = i - 1;
        let mut left = i;
        let mut least = i;
        if let Some(first) = row.first_mut() {
            *first = i;
        }
        for (y, cell) in b.bytes().zip(row.iter_mut().skip(1)) {
            left = (diagonal + usize::from(x != y)).min(*cell + 1).min(left + 1);
            diagonal = std::mem::replace(cell, left);
            least = least.min(left);
        }
        if least > MAX_EDITS {
            return None;
        }
    }
    row.last().copied().filter(|distance| *distance <= MAX_EDITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, want: Option<&str>) {
        assert_eq!(nearest(name, ["ALLOWED_USERS", "RATE_LIMIT_BURST", "DEBUG"].into_iter()), want, "{name}");
    }

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        check("ALLOWED_USER", Some("ALLOWED_USERS"));
        check("ALOWED_USERS", Some("ALLOWED_USERS"));
        check("ALLOWED_USRES", Some("ALLOWED_USERS"));
        check("RATE_LIMT_BURST", Some("RATE_LIMIT_BURST"));
        check("DEBG", Some("DEBUG"));
    }

    #[test]
    fn another_name_is_not() {
        check("PATH", None);
        check("BUG", None);
        check("ALLOWED", None);
        check(&"A".repeat(100_000), None);
        check("", None);
    }
}
