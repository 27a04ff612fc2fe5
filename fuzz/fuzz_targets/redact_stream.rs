//! Redacts a text as a whole and in chunks.
//!
//! The first two bytes choose the lengths of the chunks.
#![no_main]

use guard_core::secret::Redactor;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static REDACTOR: LazyLock<Redactor> =
    LazyLock::new(|| Redactor::with_values(["swordfish", "open sesame"]).expect("two values"));

fuzz_target!(|input: &[u8]| {
    let Some(([first, second], text)) = input.split_first_chunk() else { return };
    let whole = REDACTOR.redact_bytes(text);

    let mut stream = REDACTOR.stream();
    let mut in_chunks = Vec::new();
    let mut rest = text;
    for width in [usize::from(*first).max(1), usize::from(*second).max(1)].into_iter().cycle() {
        let (chunk, after) = rest.split_at(width.min(rest.len()));
        in_chunks.extend(stream.push(chunk));
        // Nothing is written that could still turn out to be secret.
        assert!(whole.starts_with(&in_chunks), "written too early");
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    in_chunks.extend(stream.finish());
    assert_eq!(in_chunks, *whole, "chunks matter");
    assert_eq!(REDACTOR.redact_bytes(&whole), whole, "redacting again changes something");

    let found = REDACTOR.find(text);
    assert_eq!(found.is_empty(), *whole == *text);
    if let Some(secret) = found.first() {
        assert!(secret.range.start < secret.range.end && secret.range.end <= text.len());
        // Up to the first secret, and at most four bytes of it, nothing changes; then comes the mark.
        let same = whole.iter().zip(text).take_while(|(a, b)| a == b).count();
        assert!((secret.range.start..=secret.range.start + 4).contains(&same), "{same} of {secret:?}");
    }
});
