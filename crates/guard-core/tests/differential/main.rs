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

mod benign;
mod cases;
mod files;
mod judged;
mod mutate;
mod options;
mod quoting;
mod seen;
mod shell;

use std::env;

use guard_core::command::syntax::{Script, SyntaxError, parse, parse_portable};

use self::benign::BENIGN;
use self::cases::{DATA, FLOW, INERT, RUNS, STREAMS, WORDS, WRITTEN};
use self::files::View;
use self::judged::tally;
use self::mutate::{Random, grow, mutate};
use self::shell::How;

/// Mutated texts that plain `cargo test` runs.
const USUAL: usize = 2000;
/// Texts that are made, run and judged together.
const CHUNK: usize = 1000;

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
    for (text, ran) in texts.iter().zip(shell::run(How::Program(shell), texts)) {
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
    for (text, ran) in texts.iter().zip(shell::run(How::Program(&bash()), &texts)) {
        assert!(!ran, "bash runs the marker: {text}");
        if let Ok(script) = parse(text) {
            assert!(!seen::shows_marker(&script), "the tree shows a marker that bash does not run: {text}");
        }
    }
}

#[test]
fn every_mutated_case_that_runs_the_marker_is_shown_or_refused() {
    let count = count(USUAL);
    let mut random = random();
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

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().and_then(|text| text.parse().ok())
}

fn count(usual: usize) -> usize {
    number("GUARD_DIFFERENTIAL").and_then(|count| usize::try_from(count).ok()).unwrap_or(usual)
}

fn random() -> Random {
    Random(number("GUARD_DIFFERENTIAL_SEED").unwrap_or(1))
}

#[test]
fn no_mutated_case_hides_the_marker_from_the_evaluation() {
    let mut random = random();
    let cases: Vec<&str> = [RUNS, INERT, WORDS, FLOW, DATA, STREAMS, WRITTEN, BENIGN].concat();
    let (mut executed, mut ran, mut shown) = (0, 0, 0);
    let mut missed = Vec::new();
    while executed < count(USUAL) {
        let texts: Vec<String> = (0..count(USUAL).min(CHUNK)).map(|_| grow(&cases, &mut random)).collect();
        let score = tally(How::Forked, &texts);
        executed += texts.len();
        ran += score.ran;
        shown += score.shown;
        missed.extend(score.missed);
        if executed % (10 * CHUNK) == 0 {
            println!("{executed} executed, {ran} ran the marker, {shown} shown by name, missed: {missed:#?}");
        }
    }
    println!("{executed} executed, {ran} ran the marker, {shown} shown by name, {} missed", missed.len());
    assert!(missed.is_empty(), "the marker runs, and the evaluation allows it unseen: {missed:#?}");
    assert!(ran > executed / 5, "too few texts run the marker to prove anything");
}

#[test]
fn ordinary_work_stays_allowed_however_it_is_written() {
    let plain = judged::allowed(&owned(BENIGN));
    assert!(plain.1.is_empty(), "not allowed as it stands: {:#?}", plain.1);
    let mut random = random();
    let texts: Vec<String> = (0..count(USUAL / 4)).map(|_| benign::mutate(&mut random)).collect();
    let (allowed, others) = judged::allowed(&texts);
    let read = allowed + others.len();
    println!("{read} of {} read by bash, {allowed} of them allowed", texts.len());
    if number("GUARD_DIFFERENTIAL").is_some() {
        println!("not allowed: {:#?}", others.iter().take(60).collect::<Vec<_>>());
    }
    assert!(read * 10 >= texts.len() * 9, "most of the texts have to be texts that bash reads");
    assert!(allowed * 10 >= read * 9, "{allowed} of {read} are allowed: {others:#?}");
}

/// The list without what bash does not run, which is an error of the list, and without what is missed.
#[track_caller]
fn expect_judged(texts: &[&str]) {
    let bash = bash();
    let score = tally(How::Program(&bash), &owned(texts));
    println!("{} ran, {} shown by name; quiet: {:#?}", score.ran, score.shown, score.quiet);
    assert!(
        score.missed.is_empty(),
        "the marker runs, and the evaluation allows it unseen: {:#?}",
        score.missed
    );
    assert!(score.quiet.is_empty(), "bash does not run the marker: {:#?}", score.quiet);
}

#[test]
fn no_written_word_hides_the_marker_from_the_evaluation() {
    expect_judged(WORDS);
}

#[test]
fn no_way_through_a_script_hides_the_marker_from_the_evaluation() {
    expect_judged(FLOW);
}

#[test]
fn no_stream_hides_the_marker_from_the_evaluation() {
    expect_judged(STREAMS);
}

#[test]
fn no_written_file_hides_the_marker_from_the_evaluation() {
    expect_judged(WRITTEN);
}

#[test]
fn no_data_and_no_program_hides_the_marker_from_the_evaluation() {
    expect_judged(DATA);
}

#[test]
fn the_cases_of_the_parser_are_not_allowed_either() {
    expect_judged(RUNS);
}

#[test]
fn the_arguments_that_are_read_are_those_that_a_shell_makes() {
    for (shell, for_any_shell) in [("bash", false), ("sh", true)] {
        let program = shell::shell(shell).expect("a shell");
        // A thousand lines fit on one command line.
        let mut random = random();
        for _ in 0..count(USUAL).div_ceil(1000).min(20) {
            let lines = quoting::lines(1000, &mut random, for_any_shell);
            assert!(lines.len() > 300, "too few lines are read to prove anything: {}", lines.len());
            for ((line, read), made) in lines.iter().zip(quoting::by_shell(&program, &lines)) {
                assert_eq!(read, &made, "{shell}: {line}");
            }
        }
    }
}

#[test]
fn what_gives_files_away_does_and_is_not_allowed() {
    for (view, texts) in [(View::Text, files::LEAKS), (View::Disk, files::LINKED)] {
        let texts = owned(texts);
        let seen = files::run(view, &texts);
        let quiet: Vec<&String> = texts
            .iter()
            .zip(seen)
            .filter(|(_, seen)| *seen == files::Seen::default())
            .map(|(text, _)| text)
            .collect();
        assert!(quiet.is_empty(), "these give nothing away: {quiet:#?}");
        let (_, missed) = files::tally(view, &texts);
        assert!(missed.is_empty(), "{view:?}: allowed, and gives a file away: {missed:#?}");
    }
}

#[test]
fn no_allowed_text_gives_files_away() {
    let mut random = random();
    let cases: Vec<&str> = [files::LEAKS, files::LINKED, BENIGN].concat();
    let (mut made, mut ran) = (0, 0);
    let mut missed = Vec::new();
    while made < count(USUAL) {
        let view = [View::Disk, View::Text][(made / CHUNK) & 1];
        let texts: Vec<String> =
            (0..count(USUAL).min(CHUNK)).map(|_| files::grow(&cases, &mut random)).collect();
        let (allowed, gave) = files::tally(view, &texts);
        made += texts.len();
        ran += allowed;
        missed.extend(gave);
    }
    println!("{made} made, {ran} allowed and run, {} of them give a file away", missed.len());
    assert!(missed.is_empty(), "allowed, and gives a file away: {missed:#?}");
    assert!(ran > made / 10, "too few are allowed to prove anything");
}

#[test]
fn no_option_hides_what_is_done_with_its_value() {
    let mut random = random();
    let programs = options::programs();
    let options = options::options(&programs);
    let (mut made, mut ran) = (0, 0);
    let mut missed = Vec::new();
    while made < count(USUAL) {
        let texts: Vec<String> =
            (0..count(USUAL).min(CHUNK)).map(|_| options::text(&options, &mut random)).collect();
        let (allowed, gave) = options::tally(&programs, &texts);
        made += texts.len();
        ran += allowed;
        missed.extend(gave);
    }
    let of = programs.len();
    println!("{made} made for {of} programs, {ran} allowed and run, missed: {missed:#?}");
    assert!(missed.is_empty(), "allowed, and does what was not said: {missed:#?}");
    assert!(of >= 60 && ran > made / 10, "too few are allowed to prove anything: {ran} of {of} programs");
}
