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
mod tiling;
mod zips;

use std::io::Cursor;

use guard_core::archive::{Limits, RULES, Report, inspect};

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

/// A rule without a case here could be taken away unnoticed.
#[test]
fn every_rule_refuses_or_reports_something_here() {
    let tables = [
        include_str!("bombs.rs"),
        include_str!("differences.rs"),
        include_str!("extract.rs"),
        include_str!("links.rs"),
        include_str!("names.rs"),
        include_str!("nested.rs"),
        include_str!("streams.rs"),
        include_str!("tars.rs"),
        include_str!("zips.rs"),
    ]
    .concat();
    let missing = RULES.iter().map(|rule| rule.code).filter(|code| !tables.contains(&format!("\"{code}\"")));
    assert_eq!(missing.collect::<Vec<_>>(), [""; 0]);
}
