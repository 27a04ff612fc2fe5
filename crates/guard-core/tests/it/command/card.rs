//! What a person reads before they say yes.

use guard_core::command::Policy;

use super::context;

#[track_caller]
fn card(text: &str, want: &str) {
    let evaluation = Policy::agent().evaluate(text, &context().cwd("web"));
    assert_eq!(evaluation.card().to_string(), want);
}

#[test]
fn the_text_says_what_runs() {
    card(
        "git fetch",
        "ask · risk 35\n$ git fetch\nin web\n\nwhy\n- the command uses the network\n  git fetch\n\nwhat it does\nwrites web\nuses the network\nneeds \
         sandbox, no-network, secrets-masked\n",
    );
}

#[test]
fn what_is_written_otherwise_is_decoded() {
    card(
        "X=1 c\\at $'\\x2e'env",
        "deny · risk 85\n$ X=1 c\\at $'\\x2e'env\nin web\n\nwhat runs\n1. cat .env\n\nwhy\n- the file holds secrets\n  .env\n\nwhat it does\nreads \
         web/.env\nsets X to 1\n",
    );
}

#[test]
fn hidden_characters_are_seen() {
    card(
        "echo a\u{202e}b",
        "deny · risk 80\n$ echo a\\u{202e}b\nin web\n\nwhat runs\n1. echo 'a\\u{202e}b'\n\nwhy\n- the command contains characters that are not \
         shown\n  U+202E\n  instead: write the character as an escape, or leave it out\n",
    );
}
