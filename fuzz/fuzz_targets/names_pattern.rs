//! Asks for the rule of a pattern and of a name that it describes.
//!
//! `?`, `*`, `^` and `$` in the input are the four kinds of holes; after the first line break come the characters that
//! fill them in.
#![no_main]

use std::path::Path;

use guard_core::names::{Pattern, classify, classify_aimed, classify_pattern};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let input = String::from_utf8_lossy(input);
    let (shape, filling) = input.split_once('\n').unwrap_or((&input, ""));
    // Two independent matchers have to agree on a text without holes.
    let text = Pattern::new().text(shape);
    let want = classify(Path::new(shape)).map(|rule| rule.kind);
    assert_eq!(classify_pattern(&text).map(|rule| rule.kind), want, "{shape:?}");
    assert_eq!(classify_aimed(&text).map(|rule| rule.kind), want, "{shape:?}");

    // ASCII only: what a hole may stand for is counted in folded characters.
    let mut filling = filling.chars().filter(|c| c.is_ascii() && *c != '\\');
    let mut pattern = Pattern::new();
    let mut sample = String::new();
    let mut is_start = true;
    for c in shape.chars() {
        let before = sample.len();
        match c {
            '?' => {
                pattern = pattern.any_char();
                sample.push(filling.next().filter(|c| *c != '/').unwrap_or('e'));
            }
            '*' | '^' => {
                pattern = pattern.any_run(c == '^');
                sample.extend(filling.by_ref().take_while(|c| *c != '/' && *c != '|'));
                // In a shell, a star at the start describes no name that starts with a dot.
                if c == '*' && is_start && !sample[before..].starts_with(|c| c != '.') {
                    sample.insert(before, 'x');
                }
            }
            '$' => {
                pattern = pattern.anything();
                sample.extend(filling.by_ref().take_while(|c| *c != '|'));
            }
            c => {
                pattern = pattern.text(c.encode_utf8(&mut [0; 4]));
                sample.push(c);
            }
        }
        is_start = sample.is_empty() || sample.ends_with('/');
    }
    let found = classify_pattern(&pattern).map(|rule| rule.kind);
    let sampled = classify(Path::new(&sample)).map(|rule| rule.kind);
    assert!(found >= sampled, "{pattern:?} describes {sample:?}: {found:?} < {sampled:?}");
    assert!(
        classify_aimed(&pattern).map(|rule| rule.kind) <= found,
        "aimed at what it cannot match: {pattern:?}"
    );
});
