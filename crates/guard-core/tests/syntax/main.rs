//! The shell parser against hand-written trees.
#![cfg(feature = "command")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking"
)]

mod bounds;
mod print;

use guard_core::command::syntax::parse;

#[track_caller]
fn check(text: &str, want: &str) {
    let found = match parse(text) {
        Ok(script) => print::script(&script),
        Err(error) => error.code().to_owned(),
    };
    assert_eq!(found, want, "{text}");
}

#[test]
fn simple() {
    check("echo a", "[echo a]");
}
