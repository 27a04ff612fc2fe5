//! Amounts of money as the agent reports them: the text of a number, never a float.

use std::fmt;

/// Millionths of a US dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MicroUsd(pub u64);

impl MicroUsd {
    /// A billion dollars; what is reported above it is no amount.
    pub const MAX: Self = Self(1_000_000_000_000_000);

    /// Parses a JSON number, rounding up to the next millionth; `None` for a negative number, one above
    /// [`MAX`](Self::MAX), or anything that is not a number.
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
        (amount <= Self::MAX).then_some(amount)
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

/// Turns totals that grow from turn to turn into what each turn added.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    total: MicroUsd,
}

impl Meter {
    /// What came on top of the last total; `None` where the total is missing, is no amount, or went down, so that
    /// nobody knows what the turn cost.
    pub(crate) fn advance(&mut self, total: Option<&str>) -> Option<MicroUsd> {
        let total = MicroUsd::parse_json(total?)?;
        let added = total.0.checked_sub(self.total.0)?;
        self.total = total;
        Some(MicroUsd(added))
    }
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

    #[test]
    fn a_meter_reports_what_each_turn_added() {
        let mut meter = Meter::default();
        assert_eq!(meter.advance(Some("0.0006000000000000001")), Some(MicroUsd(601)));
        assert_eq!(meter.advance(Some("0.0012000000000000001")), Some(MicroUsd(600)));
        assert_eq!(meter.advance(Some("0.0011")), None);
        assert_eq!(meter.advance(None), None);
        assert_eq!(meter.advance(Some("0.0012000000000000001")), Some(MicroUsd(0)));
    }

    proptest! {
        #[test]
        fn an_amount_is_never_below_the_number(micros in 0..MicroUsd::MAX.0, tail in 0..1000_u32) {
            let text = format!("{}.{:06}{tail:03}", micros / 1_000_000, micros % 1_000_000);
            let want = micros + u64::from(tail > 0);
            prop_assert_eq!(MicroUsd::parse_json(&text), Some(MicroUsd(want)));
        }

        #[test]
        fn what_is_printed_reads_the_same(micros in 0..=MicroUsd::MAX.0) {
            let amount = MicroUsd(micros);
            prop_assert_eq!(MicroUsd::parse_json(&amount.to_dollars()), Some(amount));
        }
    }
}
