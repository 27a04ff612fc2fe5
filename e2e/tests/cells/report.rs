//! The report on real cells, whole and degraded.

use guard_sandbox::{Network, Outcome, report};

use super::stand::Stand;

#[test]
fn a_whole_cell_holds_every_line() {
    let report = report(&Stand::new().profile()).expect("a report");
    assert!(report.holds(), "{report}");
    assert!(report.lines.len() > 25, "{report}");
}

#[test]
fn the_network_is_the_only_difference_of_a_cell_with_one() {
    let report = report(&Stand::new().profile().network(Network::Host)).expect("a report");
    assert!(report.holds(), "{report}");
    let reached = report.lines.iter().find(|line| line.code == "tcp-host").map(|line| line.observed);
    assert_eq!(reached, Some(Outcome::Allowed));
}

#[test]
fn a_degraded_cell_admits_what_does_not_hold() {
    let profile = Stand::new().profile().bubblewrap("/nonexistent/bwrap").degraded("the tests have a reason");
    let report = report(&profile).expect("a report");
    let mut not_held: Vec<&str> =
        report.lines.iter().filter(|line| !line.held).map(|line| line.code).collect();
    not_held.retain(|code| *code != "user-zero");
    let want = [
        "stat-outside",
        "read-secret",
        "read-secret-directory",
        "write-read-only",
        "write-guarded",
        "move-guarded",
        "see-host",
    ];
    not_held.sort_unstable();
    let mut want = want.to_vec();
    want.sort_unstable();
    assert_eq!(not_held, want, "{report}");
    assert_eq!(report.degraded.as_deref(), Some("the tests have a reason"));
    assert!(!report.enforced.secrets_masked && !report.enforced.guarded && report.enforced.no_network);
}
