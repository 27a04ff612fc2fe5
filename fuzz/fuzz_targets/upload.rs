#![no_main]
//! Oracle: no name makes a content milder than it is under a name that says nothing; reading gives the answer of the
//! whole; every sentence ends, and says nothing of the name.

use guard_core::upload::Policy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    // The first line is the name.
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (name, bytes) = input.split_at(end);
    let Ok(name) = std::str::from_utf8(name) else { return };
    let bytes = bytes.get(1..).unwrap_or_default();
    let policy = Policy::default();
    let named = policy.judge(name, bytes);
    let plain = policy.judge("file", bytes);
    assert!(named.verdict().decision() >= plain.verdict().decision());
    assert_eq!(policy.judge_reader(name, bytes).unwrap(), named);
    for sentence in named.sentences() {
        assert!(sentence.ends_with('.') && sentence.len() < 600);
    }
});
