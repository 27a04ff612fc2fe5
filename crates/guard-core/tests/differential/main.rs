//! The parser against the real shell: whenever a shell runs the marker program, the tree shows it or there is no tree.
//!
//! `GUARD_DIFFERENTIAL=N` runs N mutated texts instead of two thousand, `GUARD_DIFFERENTIAL_SEED=S` other ones.
#![cfg(all(unix, feature = "command"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking"
)]

mod cases;
mod mutate;
mod seen;
mod shell;

use std::env;

use guard_core::command::syntax::{Script, SyntaxError, parse, parse_portable};

use self::cases::{INERT, RUNS};
use self::mutate::{Random, mutate};

/// Mutated texts that plain `cargo test` runs.
const USUAL: usize = 2000;

#[derive(Default)]
struct Score {
    ran: usize,
    shown: usize,
    refused: usize,
    quiet: Vec<String>,
    missed: Vec<String>,
}

fn score(shell: &str, texts: &[String], parse: fn(&str) -> Result<Script, SyntaxError>) -> Score {
    let mut score = Score::default();
    for (text, ran) in texts.iter().zip(shell::run(shell, texts)) {
        if !ran {
            score.quiet.push(text.clone());
            continue;
        }
        score.ran += 1;
        match parse(text) {
            Err(_) => score.refused += 1,
            Ok(script) if seen::shows_marker(&script) => score.shown += 1,
            Ok(_) => score.missed.push(text.clone()),
        }
    }
    let Score { ran, shown, refused, .. } = score;
    println!(
        "{shell}: {ran} ran the marker, {shown} shown, {refused} refused, {} missed",
        score.missed.len()
    );
    score
}

#[track_caller]
fn expect_no_miss(score: &Score) {
    assert!(
        score.missed.is_empty(),
        "the shell ran the marker, the tree does not show it: {:#?}",
        score.missed
    );
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn bash() -> String {
    shell::shell("bash").expect("this test needs bash")
}

#[test]
fn every_written_case_runs_the_marker_in_bash_and_shows_it() {
    let score = score(&bash(), &owned(RUNS), parse);
    expect_no_miss(&score);
    assert!(score.quiet.is_empty(), "bash does not run the marker: {:#?}", score.quiet);
}

#[test]
fn what_bash_does_not_run_is_not_shown() {
    let texts = owned(INERT);
    for (text, ran) in texts.iter().zip(shell::run(&bash(), &texts)) {
        assert!(!ran, "bash runs the marker: {text}");
        if let Ok(script) = parse(text) {
            assert!(!seen::shows_marker(&script), "the tree shows a marker that bash does not run: {text}");
        }
    }
}

#[test]
fn every_mutated_case_that_runs_the_marker_is_shown_or_refused() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let count = number("GUARD_DIFFERENTIAL").and_then(|count| usize::try_from(count).ok()).unwrap_or(USUAL);
    let mut random = Random(number("GUARD_DIFFERENTIAL_SEED").unwrap_or(1));
    let cases: Vec<&str> = RUNS.iter().chain(INERT).copied().collect();
    let texts: Vec<String> =
        (0..count).map(|_| mutate(&cases, &mut random)).filter(|text| !text.contains('\0')).collect();
    let score = score(&bash(), &texts, parse);
    expect_no_miss(&score);
    assert!(score.ran > count / 10, "too few texts run the marker to prove anything");
    assert!(score.shown * 2 > score.ran, "most of what runs has to be understood");
    // A quarter of them under the small shell too, where the machine has it.
    if let Some(dash) = shell::shell("dash") {
        let texts: Vec<String> = texts.into_iter().step_by(4).collect();
        expect_no_miss(&self::score(&dash, &texts, parse_portable));
    }
}
