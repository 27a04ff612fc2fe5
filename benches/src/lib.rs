//! Compares ways of doing one thing, interleaved in one run, and prints each as a ratio to the first.
//!
//! Machines differ and drift; a ratio between neighbours in time travels better than a number, and common
//! benchmark libraries run one case after the other. Run with `cargo bench -p guard-benches --bench NAME`.

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// One way of doing the thing.
pub struct Case<'a> {
    name: &'a str,
    run: Box<dyn FnMut() + 'a>,
    samples: Vec<f64>,
}

impl fmt::Debug for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<'a> Case<'a> {
    /// A named case; what `run` returns is kept from being optimised away.
    pub fn new<T>(name: &'a str, mut run: impl FnMut() -> T + 'a) -> Self {
        Self { name, run: Box::new(move || drop(black_box(run()))), samples: Vec::new() }
    }
}

/// Times every case in turn, `rounds` times, each sample being the mean of about a millisecond of calls, and prints
/// median, 99th percentile and the ratio of medians to the first case.
#[allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
pub fn compare(title: &str, rounds: usize, mut cases: Vec<Case<'_>>) {
    let mut batches = Vec::new();
    for case in &mut cases {
        let start = Instant::now();
        let mut calls = 0_u32;
        while start.elapsed() < Duration::from_millis(20) {
            (case.run)();
            calls += 1;
        }
        batches.push((calls / 20).max(1));
    }
    for _ in 0..rounds {
        for (case, batch) in cases.iter_mut().zip(&batches) {
            let start = Instant::now();
            for _ in 0..*batch {
                (case.run)();
            }
            case.samples.push(start.elapsed().as_secs_f64() * 1e9 / f64::from(*batch));
        }
    }
    println!("\n{title}");
    let mut floor = None;
    for case in &mut cases {
        case.samples.sort_by(f64::total_cmp);
        let at =
            |share: usize| case.samples.get(case.samples.len() * share / 100).copied().unwrap_or(f64::NAN);
        let (median, p99) = (at(50), at(99));
        let floor = *floor.get_or_insert(median);
        println!("  {:<44} {:>12.0} ns  p99 {:>12.0} ns  {:>6.2}x", case.name, median, p99, median / floor);
    }
}
