//! The known name that a misspelt one probably means.

/// The nearest of `known` within two edits, if the name is long enough for that to mean something.
pub(super) fn nearest(name: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    /// No name is longer; the bound keeps the work small.
    const MAX: usize = 64;
    if !(4..=MAX).contains(&name.len()) {
        return None;
    }
    known
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= 2)
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance in bytes; both at most a few dozen long.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in (1..).zip(a.bytes()) {
        let mut diagonal = i - 1;
        let mut left = i;
        let mut next = vec![i];
        for (y, above) in b.bytes().zip(row.iter().skip(1).copied()) {
            left = (diagonal + usize::from(x != y)).min(above + 1).min(left + 1);
            diagonal = above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
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
