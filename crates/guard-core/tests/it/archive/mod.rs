//! Archives: what is accepted, what is refused and with which code.

mod bombs;
mod build;
mod differences;
mod extract;
mod links;
mod names;
mod nested;
mod ordinary;
mod streams;
mod tars;
mod zips;

use std::io::Cursor;

use guard_core::archive::{Limits, Report, inspect};

pub(crate) fn look(bytes: &[u8]) -> Report {
    inspect(Cursor::new(bytes), &Limits::default())
}

/// The code that refuses the archive, or `ok`.
pub(crate) fn verdict(report: &Report) -> &'static str {
    if report.is_accepted() { "ok" } else { report.verdict().reasons().next().unwrap().code() }
}

#[track_caller]
pub(crate) fn check(class: &str, bytes: &[u8], want: &str) {
    let report = look(bytes);
    assert_eq!(verdict(&report), want, "{class}: {:?}", report.verdict());
}

/// Accepted, with these findings.
#[track_caller]
pub(crate) fn check_notes(class: &str, bytes: &[u8], want: &[&str]) {
    let report = look(bytes);
    let notes: Vec<_> = report.verdict().findings().iter().map(|finding| finding.code()).collect();
    assert_eq!((report.is_accepted(), notes.as_slice()), (true, want), "{class}");
}
