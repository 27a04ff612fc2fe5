//! What the cell, the relay and the hook cost, beside the bare agent at the same scripted model.
//!
//! Run with `cargo bench -p guard-e2e-claude --bench latency`; figures are printed, nothing is asserted about them.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    clippy::print_stdout,
    dead_code,
    reason = "a harness that looks at the clock, and shares the stand of the tests"
)]

#[path = "../tests/it/bare.rs"]
mod bare;
#[path = "../tests/it/cli.rs"]
mod cli;
#[path = "../tests/it/stand.rs"]
mod stand;
#[path = "../tests/it/stub.rs"]
mod stub;

use std::time::{Duration, Instant};

use guard_agent::claude::{Claude, Start};

use stand::{Stand, listen, never};
use stub::{Reply, bash};

const ROUNDS: usize = 5;
const CALLS: u32 = 10;

fn main() {
    let stand = Stand::new();
    let begin = Instant::now();
    let claude = Claude::new(stand.options()).expect("an agent");
    let prepared = begin.elapsed();
    let ours = |script: Vec<Reply>| {
        stand.stub(script);
        let begin = Instant::now();
        let start = Start { prompt: "do it".to_owned(), ..Start::default() };
        let session = claude.start(start, stand.judge()).expect("a run");
        session.control().finish();
        listen(session, never, |_, _| {});
        begin.elapsed()
    };
    let bare = |script: Vec<Reply>| {
        let begin = Instant::now();
        stand.bare(script, &[]);
        begin.elapsed()
    };
    let answer = || vec![Reply::Text("hi")];
    let calls = || (0..CALLS).map(|_| bash("echo hi")).collect::<Vec<_>>();
    let mut rounds: [Vec<Duration>; 4] = Default::default();
    for _ in 0..ROUNDS {
        let round = [ours(answer()), bare(answer()), ours(calls()), bare(calls())];
        rounds.iter_mut().zip(round).for_each(|(all, one)| all.push(one));
    }
    let [our_start, bare_start, our_calls, bare_calls] = rounds.map(median);
    let call = |all: Duration, start: Duration| all.saturating_sub(start) / CALLS;
    println!("median of {ROUNDS}, from the start to the end of the process");
    print("one start and answer", our_start, bare_start);
    print("one call of a tool", call(our_calls, our_start), call(bare_calls, bare_start));
    println!("once per bot: trying a cell and asking for the version {prepared:.0?}");
}

fn print(what: &str, ours: Duration, bare: Duration) {
    let added = ours.as_secs_f64() - bare.as_secs_f64();
    println!("{what}: {ours:.1?} guarded, {bare:.1?} bare, {:+.1} ms", added * 1_000.0);
}

/// The middle of some figures.
fn median(mut figures: Vec<Duration>) -> Duration {
    figures.sort();
    figures[figures.len() / 2]
}
