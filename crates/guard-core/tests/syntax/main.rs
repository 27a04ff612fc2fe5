//! The shell parser against hand-written trees.
#![cfg(feature = "command")]

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
