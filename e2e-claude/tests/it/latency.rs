//! What the cell and the hook cost, beside the bare agent. The bounds are wide; the figures are printed.

use std::time::{Duration, Instant};

use guard_agent::claude::{Claude, Event, Start};

use crate::stand::{Stand, listen, never};
use crate::stub::{Reply, bash};

/// The middle of some figures.
fn median(mut figures: Vec<Duration>) -> Duration {
    figures.sort();
    figures[figures.len() / 2]
}

#[test]
fn a_start_and_a_call_cost_little_more_than_without() {
    let stand = Stand::new();
    stand.stub([]);
    let claude = Claude::new(stand.options()).expect("an agent");
    let calls = || (0..10).map(|_| bash("echo hi"));
    let run = |script: Vec<Reply>| {
        stand.stub(script);
        let begin = Instant::now();
        let start = Start { prompt: "do it".to_owned(), ..Start::default() };
        let session = claude.start(start, stand.judge()).expect("a run");
        session.control().finish();
        let mut turn = Duration::ZERO;
        listen(session, never, |event, _| {
            if matches!(event, Event::Turn(_)) {
                turn = begin.elapsed();
            }
        });
        turn
    };
    let bare = |script: Vec<Reply>| {
        let begin = Instant::now();
        stand.bare(script, &[]);
        begin.elapsed()
    };
    let (mut ours, mut theirs, mut our_calls, mut their_calls) = (vec![], vec![], vec![], vec![]);
    for _ in 0..3 {
        ours.push(run(vec![Reply::Text("hi")]));
        theirs.push(bare(vec![Reply::Text("hi")]));
        our_calls.push(run(calls().collect()));
        their_calls.push(bare(calls().collect()));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let call = |total: Duration, start: Duration| total.saturating_sub(start) / 10;
    let (our_call, their_call) = (call(median(our_calls), ours), call(median(their_calls), theirs));
    println!(
        "start and one answer: {ours:.0?} in the cell, {theirs:.0?} bare; one call: {our_call:.1?} and {their_call:.1?}"
    );
    assert!(ours < theirs + Duration::from_secs(3), "{ours:?} {theirs:?}");
    assert!(our_call < their_call + Duration::from_millis(200), "{our_call:?} {their_call:?}");
}
