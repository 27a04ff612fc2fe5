//! What tells a secret from an ordinary value in the same place.

/// Whether there is a letter, and a digit or a sign that no name or path has.
pub(super) fn is_mixed(value: &[u8]) -> bool {
    let is_other = |byte: &u8| byte.is_ascii_digit() || b"!@#$%^&*+=~".contains(byte);
    value.iter().any(u8::is_ascii_alphabetic) && value.iter().any(is_other)
}

/// Whether digits or such signs stand in `places` places at least, as hardly any name has them; in one less if the value
/// is long. Three digits at the end count for two.
pub(super) fn is_scattered(value: &[u8], places: usize) -> bool {
    if places == 0 {
        return true;
    }
    let is_sign = |byte: &u8| b"!@#$%^&*+=~".contains(byte);
    let (mut count, mut digits) = (0, 0);
    for byte in value {
        if byte.is_ascii_digit() {
            count += usize::from(digits == 0);
            digits += 1;
        } else {
            count += usize::from(is_sign(byte));
            digits = 0;
        }
    }
    count + usize::from(digits >= 3) + usize::from(value.len() >= 20) >= places
}

/// Whether what stands before a value is the value and a colon, as in `postgres:postgres@`.
pub(super) fn repeats(before: &[u8], value: &[u8]) -> bool {
    before.strip_suffix(b":").is_some_and(|before| before.ends_with(value))
}

/// Whether a name goes on to the left with something public: `publicKeyToken`.
pub(super) fn is_public(before: &[u8]) -> bool {
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
    let len = before.iter().rev().take(32).take_while(is_name).count();
    let name = before.get(before.len() - len..).unwrap_or_default();
    name.windows(6).any(|part| part.eq_ignore_ascii_case(b"public"))
}

/// Whether this is neither a variable nor a placeholder nor a call nor a name made of words.
pub(super) fn is_literal(value: &[u8]) -> bool {
    const STARTS: [u8; 10] = *b"$<{%*([@#.";
    /// What examples say in place of a password.
    const WHOLE: [&[u8]; 6] = [b"guest", b"pass", b"passwd", b"password", b"user", b"username"];
    /// References to a place where the secret is kept.
    const REFERENCES: [&[u8]; 4] = [b"arn:aws:", b"ENC[", b"vault:", b"op://"];
    /// What a shell would run must not be hidden from whoever is asked about it.
    const WORDS: [&[u8]; 14] = [
        b"$(",
        b"`",
        b"example",
        b"placeholder",
        b"changeme",
        b"change_me",
        b"your_",
        b"your-",
        b"xxxx",
        b"****",
        b"....",
        b"dummy",
        b"redacted",
        b"${",
    ];
    let is_placeholder = |word: &&[u8]| value.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    !value.first().is_some_and(|first| STARTS.contains(first))
        && !WHOLE.iter().any(|word| value.eq_ignore_ascii_case(word))
        && !REFERENCES.iter().any(|start| value.starts_with(start))
        && !is_call(value)
        && !is_constant(value)
        && !WORDS.iter().any(is_placeholder)
        && !is_name(value)
}

/// `P256_KEY_BYTES`, `std::path::Path32`.
fn is_constant(value: &[u8]) -> bool {
    let value = value.strip_suffix(b",").unwrap_or(value);
    let is_upper = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    let is_path = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b':';
    (value.windows(2).any(|part| part == b"::") && value.iter().all(is_path))
        || (value.contains(&b'_') && value.iter().all(is_upper))
}

/// `decode64(name)`.
fn is_call(value: &[u8]) -> bool {
    let name = value.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.:".contains(byte)).count();
    name > 0 && value.get(name) == Some(&b'(') && value.ends_with(b")")
}

/// Words with at most a few digits, joined by dots, dashes, slashes, colons or underscores: `spring.datasource2.name`.
fn is_name(value: &[u8]) -> bool {
    let mut words = 0;
    for word in value.split(|byte| b"._-/:".contains(byte)).filter(|word| !word.is_empty()) {
        let letters = word.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let digits = word.len() - letters;
        let is_number = word.iter().skip(letters).all(u8::is_ascii_digit);
        let is_year = letters == 0 && digits <= 4;
        if !is_number || (digits > 2 && !is_year) || letters > 20 || (letters == 0 && words == 0) {
            return false;
        }
        words += 1;
    }
    words > 1
}

/// Shannon entropy in tenths of a bit a byte, rounded down.
pub(super) fn entropy(value: &[u8]) -> u32 {
    let mut counts = [0_u32; 256];
    for byte in value {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let len = value.len() as f64;
    let bits: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / len;
            -share * share.log2()
        })
        .sum();
    // At most eight bits, so it always fits.
    (bits * 10.0) as u32
}

#[cfg(test)]
mod tests {
    use super::{entropy, is_literal, is_mixed, is_public, is_scattered, repeats};

    #[test]
    fn entropy_of_known_distributions() {
        assert_eq!(entropy(b""), 0);
        assert_eq!(entropy(b"aaaaaaaa"), 0);
        assert_eq!(entropy(b"abababab"), 10);
        assert_eq!(entropy(b"abcdefgh"), 30);
    }

    #[test]
    fn digits_in_several_places_are_no_name() {
        #[track_caller]
        fn check(value: &str, places: usize, want: bool) {
            assert_eq!(is_scattered(value.as_bytes(), places), want, "{value}");
        }
        check("", 0, true);
        check("Uint8Array", 2, false);
        check("hunter2hunter2", 2, true);
        check("MyPassword123", 2, true);
        check("tR0ub4dor&3", 3, true);
        check("Base64UrlEncoded", 3, false);
        check("a1bcdefghijklmnopqr2t", 3, true);
    }

    #[test]
    fn what_a_value_belongs_to() {
        assert!(repeats(b"://postgres:", b"postgres"));
        assert!(!repeats(b"://app:", b"postgres"));
        assert!(is_public(b"Version=1, Public"));
        assert!(is_public(b"public_key_"));
        assert!(!is_public(b"public, "));
    }

    #[test]
    fn values_of_ordinary_code_are_no_secrets() {
        #[track_caller]
        fn check(value: &str, want: bool) {
            let value = value.as_bytes();
            assert_eq!(is_mixed(value) && is_literal(value), want);
        }
        check("keyword.operator", false);
        check("spring.datasource2.name", false);
        check("${TOKEN_1}", false);
        check("your_token_123", false);
        check("XXXXXXXX1", false);
        check("password", false);
        check("prod-db-2026-11", false);
        check("decode64(name1)", false);
        check("P256R1_KEY_BYTES", false);
        check("std::path::Path32", false);
        check("a1b2c3$(curl)", false);
        check("vault:kv/data/app1", false);
        check("correct-horse-9-battery!", true);
        check("tR0ub4dor&3", true);
        check("hunter2hunter2", true);
    }
}
