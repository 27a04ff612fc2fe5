//! Reading and printing money.

use guard_ratelimit::{Usd, UsdError};
use proptest::prelude::*;

use UsdError::{Malformed, TooLarge, TooPrecise};

#[track_caller]
fn exact(text: &str, want: Result<u64, UsdError>) {
    assert_eq!(Usd::parse(text).map(Usd::micros), want, "{text:?}");
}

#[track_caller]
fn up(text: &str, want: Result<u64, UsdError>) {
    assert_eq!(Usd::parse_rounding_up(text).map(Usd::micros), want, "{text:?}");
}

#[track_caller]
fn shown(micros: u64, want: &str) {
    let amount = Usd::from_micros(micros).unwrap();
    assert_eq!((format!("{amount}"), format!("{amount:#}")), (format!("{want} USD"), want.to_owned()));
}

#[test]
fn exact_amounts() {
    exact("0", Ok(0));
    exact("0.50", Ok(500_000));
    exact("5", Ok(5_000_000));
    exact("007.000001", Ok(7_000_001));
    exact("0.0000010", Err(TooPrecise));
    exact("9223372036854.775807", Ok(i64::MAX.unsigned_abs()));
    exact("9223372036854.775808", Err(TooLarge));
    exact("18446744073709.551616", Err(TooLarge));
    exact("99999999999999999999999999999999999999", Err(TooLarge));
    exact(&"0".repeat(64), Ok(0));
    exact(&"0".repeat(65), Err(Malformed));
    for text in [
        "", ".", ".5", "5.", "-1", "-0", "+1", " 1", "1 ", "1,5", "1_000", "0x10", "1e3", "NaN", "inf",
        "Infinity", "1.2.3", "$1", "1 USD", "\u{661}", "1\0", "\u{ff11}",
    ] {
        exact(text, Err(Malformed));
    }
}

#[test]
fn figures_of_providers_are_rounded_up() {
    up("0.0123456789", Ok(12_346));
    up("0.000001", Ok(1));
    up("0.00000000000000000001", Ok(1));
    up("0.00000000000000000000", Ok(0));
    up("1.2e-7", Ok(1));
    up("1.5E+2", Ok(150_000_000));
    up("12345e-6", Ok(12_345));
    up("123456e-7", Ok(12_346));
    up("0e9999", Ok(0));
    up("1e-9999", Ok(1));
    up("1e9999", Err(TooLarge));
    up("9223372036854.7758070", Ok(i64::MAX.unsigned_abs()));
    up("9223372036854.7758071", Err(TooLarge));
    for text in ["1e", "1e+", "e5", "1e1.5", "1e12345", "-1e-9", "1e--1", "1e5e5", "null", "NaN"] {
        up(text, Err(Malformed));
    }
}

#[test]
fn amounts_print_with_the_decimals_they_need() {
    shown(0, "0.00");
    shown(500_000, "0.50");
    shown(487_700, "0.4877");
    shown(1, "0.000001");
    shown(12_000_000, "12.00");
    shown(i64::MAX.unsigned_abs(), "9223372036854.775807");
}

#[test]
fn sums_stay_in_range() {
    let one = Usd::from_micros(1).unwrap();
    assert_eq!(Usd::MAX.checked_add(one), None);
    assert_eq!(Usd::MAX.saturating_add(Usd::MAX), Usd::MAX);
    assert_eq!(Usd::ZERO.checked_sub(one), None);
    assert_eq!(Usd::ZERO.saturating_sub(one), Usd::ZERO);
    assert_eq!(Usd::from_micros(Usd::MAX.micros() + 1), None);
    assert_eq!(Usd::from_micros(u64::MAX), None);
}

proptest! {
    #[test]
    fn printing_and_parsing_are_inverse(micros in 0..=Usd::MAX.micros()) {
        let amount = Usd::from_micros(micros).unwrap();
        let text = format!("{amount:#}");
        prop_assert_eq!(Usd::parse(&text), Ok(amount));
        prop_assert_eq!(Usd::parse_rounding_up(&text), Ok(amount));
    }

    #[test]
    fn rounding_up_covers_the_float_and_no_more(figure in 0.0..1e6_f64) {
        let micros = Usd::parse_rounding_up(&figure.to_string()).unwrap().micros();
        #[allow(clippy::cast_precision_loss, reason = "small numbers")]
        let rounded = micros as f64;
        prop_assert!(rounded >= figure * 1e6 * (1.0 - 1e-12) && rounded <= figure * 1e6 + 1.001);
    }

    #[test]
    fn nothing_panics(text in "[0-9.eE+-]{0,70}|.{0,20}") {
        let exact = Usd::parse(&text);
        if exact.is_ok() {
            prop_assert_eq!(exact, Usd::parse_rounding_up(&text));
        }
    }
}
