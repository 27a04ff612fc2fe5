//! Integer money.

use std::fmt;

/// An amount in millionths of a US dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MicroUsd(pub u64);

impl MicroUsd {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount; stands for "too much to count".
    pub const MAX: Self = Self(u64::MAX);
    /// A billion dollars; a report above it is no amount.
    const MOST_REPORTED: Self = Self(1_000_000_000_000_000);

    /// So many millionths of a dollar.
    #[must_use]
    pub const fn new(micros: u64) -> Self {
        Self(micros)
    }

    /// The amount in millionths of a dollar.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The sum, or the largest amount.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, or nothing.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Parses the text of a JSON number, never by way of a float, rounding up to the next millionth; `None` for a negative
    /// number, one above a billion dollars, or anything that is not a number.
    #[must_use]
    pub fn parse_json(text: &str) -> Option<Self> {
        if text.len() > 400 {
            return None;
        }
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => {
                let digits = exponent.trim_start_matches(['+', '-']);
                if exponent.len() - digits.len() > 1 || !is_digits(digits) || digits.len() > 4 {
                    return None;
                }
                (mantissa, exponent.parse::<i32>().ok()?)
            }
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
        if !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|digit| digit - b'0').collect();
        // How many of the digits stand before the point, once the amount is in millionths.
        let point = i32::try_from(whole.len()).ok()? + exponent + 6;
        let mut micros: u64 = 0;
        let mut rest = false;
        for (place, digit) in digits.iter().enumerate() {
            if i32::try_from(place).ok()? < point {
                micros = micros.checked_mul(10)?.checked_add(u64::from(*digit))?;
            } else {
                rest |= *digit != 0;
            }
        }
        for _ in i32::try_from(digits.len()).ok()?..point {
            if micros == 0 {
                break;
            }
            micros = micros.checked_mul(10)?;
        }
        let amount = Self(micros.checked_add(u64::from(rest))?);
        (amount <= Self::MOST_REPORTED).then_some(amount)
    }

    /// As the agent takes it on its command line: dollars with six decimals.
    #[must_use]
    pub fn to_dollars(self) -> String {
        format!("{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

impl fmt::Display for MicroUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_dollars())
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<u64>) {
        assert_eq!(MicroUsd::parse_json(text).map(|amount| amount.0), want, "{text}");
    }

    #[test]
    fn numbers_are_read_as_text_and_rounded_up() {
        check("0", Some(0));
        check("0.0012000000000000001", Some(1201));
        check("0.0012", Some(1200));
        check("1", Some(1_000_000));
        check("1e-7", Some(1));
        check("1E-6", Some(1));
        check("1.5e2", Some(150_000_000));
        check("1e+9", Some(1_000_000_000_000_000));
        check("1.000001e9", None);
        check("0e9999", Some(0));
        check("1e9999", None);
        check("1e-9999", Some(1));
        check("1e99999", None);
        check("-0.1", None);
        check("1e+-3", None);
        check("", None);
        check(".5", None);
        check("5.", None);
        check("\"1\"", None);
        check("null", None);
        check("NaN", None);
        check(&"9".repeat(401), None);
    }

    proptest! {
        #[test]
        fn an_amount_is_never_below_the_number(micros in 0..MicroUsd::MOST_REPORTED.0, tail in 0..1000_u32) {
            let text = format!("{}.{:06}{tail:03}", micros / 1_000_000, micros % 1_000_000);
            let want = micros + u64::from(tail > 0);
            prop_assert_eq!(MicroUsd::parse_json(&text), Some(MicroUsd(want)));
        }

        #[test]
        fn what_is_printed_reads_the_same(micros in 0..=MicroUsd::MOST_REPORTED.0) {
            let amount = MicroUsd(micros);
            prop_assert_eq!(MicroUsd::parse_json(&amount.to_dollars()), Some(amount));
        }
    }
}
