//! Money from text: agrees with a slow, independent reading, and printing is its inverse.

#![no_main]

use guard_ratelimit::{Usd, UsdError};
use libfuzzer_sys::fuzz_target;

/// Millionths, rounded up, by moving the point in a list of digits; nothing for what is no amount. `None` inside
/// `Some` means too large.
fn slowly(text: &str, exponents: bool) -> Option<Option<u64>> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) if exponents => {
            let digits = text[at + 1..].trim_start_matches(['+', '-']);
            let signs = text.len() - at - 1 - digits.len();
            if signs > 1
                || digits.is_empty()
                || digits.len() > 4
                || !digits.bytes().all(|b| b.is_ascii_digit())
            {
                return None;
            }
            (&text[..at], text[at + 1..].parse::<i64>().ok()?)
        }
        Some(_) => return None,
        None => (text, 0),
    };
    let parts: Vec<&str> = mantissa.split('.').collect();
    if parts.len() > 2
        || parts.iter().any(|part| part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()))
    {
        return None;
    }
    let mut digits: Vec<u8> = parts.concat().bytes().map(|byte| byte - b'0').collect();
    let mut point = parts[0].len() as i64 + exponent + 6;
    while point < 0 {
        digits.insert(0, 0);
        point += 1;
    }
    while (digits.len() as i64) < point {
        digits.push(0);
    }
    let (whole, rest) = digits.split_at(point as usize);
    let whole: String = whole.iter().map(|digit| char::from(digit + b'0')).collect();
    let whole = whole.trim_start_matches('0');
    if whole.len() > 20 {
        return Some(None);
    }
    let value = format!("0{whole}").parse::<u128>().ok()? + u128::from(rest.iter().any(|digit| *digit != 0));
    Some(u64::try_from(value).ok().filter(|value| *value <= i64::MAX as u64))
}

fuzz_target!(|text: &str| {
    if text.len() > 64 {
        assert_eq!(Usd::parse(text), Err(UsdError::Malformed));
        assert_eq!(Usd::parse_rounding_up(text), Err(UsdError::Malformed));
        return;
    }
    let exact = Usd::parse(text);
    let up = Usd::parse_rounding_up(text);
    match slowly(text, true) {
        None => assert_eq!(up, Err(UsdError::Malformed)),
        Some(None) => assert_eq!(up, Err(UsdError::TooLarge)),
        Some(Some(micros)) => assert_eq!(up.map(Usd::micros), Ok(micros)),
    }
    let decimals = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    match slowly(text, false) {
        None => assert_eq!(exact, Err(UsdError::Malformed)),
        Some(_) if decimals > 6 => assert_eq!(exact, Err(UsdError::TooPrecise)),
        Some(_) => assert_eq!(exact, up),
    }
    if let Ok(amount) = up {
        assert_eq!(Usd::parse(&format!("{amount:#}")), Ok(amount));
    }
});
