//! Limits, configuration and doctor on a machine that has nothing yet.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::support::{User, feed, lines, stderr, stdout};

#[test]
fn limits_are_shown_and_explained() {
    let user = User::new();
    let shown = &lines(&user.run(["limits", "show", "--json"]))[0];
    assert_eq!(shown["requests"], json!({"limit": 10, "window_seconds": 60.0, "burst": 20}));
    assert_eq!(shown["cost_micro_usd"]["left"], json!(10_000_000));
    assert!(stdout(&user.run(["limits", "show", "--actor", "telegram:7"])).contains("telegram:7"));
    assert!(
        stdout(&user.run(["limits", "explain"])).contains("30 in 60 s"),
        "{}",
        stdout(&user.run(["limits", "explain"]))
    );
}

#[test]
fn state_is_private_from_the_start() {
    let user = User::new();
    assert!(user.run(["limits", "show"]).status.success());
    let mode = |path: std::path::PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(user.state()), 0o700);
    assert_eq!(mode(user.state().join("limits.sqlite")), 0o600);
    std::fs::set_permissions(user.state(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let output = user.run(["limits", "show"]);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    assert!(stderr(&output).contains("chmod") || stderr(&output).contains("private"), "{}", stderr(&output));
}

#[test]
fn production_names_everything_that_is_unsafe_at_once() {
    let user = User::new();
    let mut command = user.command(["limits", "show"]);
    command.env("ENVIRONMENT", "production").env("DEBUG", "true").env("APPROVED_DIRECTORY", "/etc");
    let output = feed(command, b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("DEBUG") && stderr(&output).contains("APPROVED_DIRECTORY"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn doctor_tries_things_and_says_what_it_found() {
    let user = User::new();
    let output = user.run(["doctor", "--json"]);
    let report = &lines(&output)[0];
    let checks = report["checks"].as_array().unwrap();
    let health =
        |name: &str| checks.iter().find(|line| line["check"] == name).map(|line| line["health"].clone());
    for name in ["configuration", "root", "guards", "state", "space", "limits", "audit"] {
        assert_eq!(health(name), Some(json!("ok")), "{name}: {report}");
    }
    assert!(health("cell").is_some());
    let output = user.run(["doctor", "--approved", "/nonexistent-directory"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("root-missing"), "{}", stdout(&output));
}

#[test]
fn a_directory_of_the_system_is_no_root() {
    let user = User::new();
    for directory in ["/", "/etc", "/usr"] {
        let output = user.run(["--approved", directory, "check", "command", "ls"]);
        assert_eq!(output.status.code(), Some(2), "{directory}: {}", stdout(&output));
    }
}
