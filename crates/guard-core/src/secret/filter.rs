//! What tells a secret from an ordinary value in the same place.

/// Whether there is a letter, and a digit or a sign that no name or path has.
pub(super) fn is_mixed(value: &[u8]) -> bool {
    let is_other = |byte: &u8| byte.is_ascii_digit() || b"!@#$%^&*+=~".contains(byte);
    value.iter().any(u8::is_ascii_alphabetic) && value.iter().any(is_other)
}

/// Whether this is neither a variable nor a placeholder nor a name made of words.
pub(super) fn is_literal(value: &[u8]) -> bool {
    const STARTS: [u8; 10] = *b"$<{%*([@#.";
    const WORDS: [&[u8]; 12] = [
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
        && !WORDS.iter().any(is_placeholder)
        && !is_name(value)
}

/// Words with at most a few digits, joined by dots, dashes, slashes, colons or underscores: `spring.datasource2.name`.
fn is_name(value: &[u8]) -> bool {
    let mut words = 0;
    for word in value.split(|byte| b"._-/:".contains(byte)).filter(|word| !word.is_empty()) {
        let letters = word.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let digits = word.len() - letters;
        let is_number = word.iter().skip(letters).all(u8::is_ascii_digit);
        if !is_number || digits > 2 || letters > 20 || (letters == 0 && words == 0) {
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
    use super::{entropy, is_literal, is_mixed};

    #[test]
    fn entropy_of_known_distributions() {
        assert_eq!(entropy(b""), 0);
        assert_eq!(entropy(b"aaaaaaaa"), 0);
        assert_eq!(entropy(b"abababab"), 10);
        assert_eq!(entropy(b"abcdefgh"), 30);
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
        check("correct-horse-9-battery!", true);
        check("tR0ub4dor&3", true);
        check("hunter2hunter2", true);
    }
}
