//! Where the guard and its files may lie, and what the state directory must be.

use super::*;
use crate::config::Fault;

/// A configuration whose project holds something of the guard.
#[track_caller]
fn check(change: impl Fn(&mut Fixture), want: &str) {
    let mut fixture = Fixture::running();
    change(&mut fixture);
    assert_eq!(fixture.problems(), [want]);
}

const INSIDE: &str = "lies inside an approved directory, where an agent could change it [guard-inside-root]";

#[test]
fn nothing_of_the_guard_lies_inside_a_root() {
    check(
        |f| f.sources.executable = f.file("project/target/guard-bot", "", 0o755),
        &format!("executable: {INSIDE}"),
    );
    let state = |f: &mut Fixture| {
        let path = f.base.join("project/.state");
        f.env("GUARD_STATE_DIR", path.to_str().unwrap());
    };
    check(state, &format!("state directory: {INSIDE}"));
    let cli = |f: &mut Fixture| {
        let path = f.file("project/bin/claude", "", 0o755);
        f.env("CLAUDE_CLI_PATH", path.to_str().unwrap());
    };
    check(cli, &format!("CLAUDE_CLI_PATH: {INSIDE}"));
    let policy = |f: &mut Fixture| f.sources.config_file = Some(f.file("project/guard.toml", "", 0o600));
    check(
        policy,
        "guard.toml: lies inside an approved directory, where an agent could write it [file-inside-root]",
    );
}

#[test]
fn an_evaluated_directory_counts_as_a_root() {
    let mut fixture = Fixture::new(Purpose::Check);
    let bin = fixture.base.join("bin");
    fixture.sources = fixture.sources.clone().evaluating(bin);
    assert_eq!(fixture.codes(), ["guard-inside-root"]);
    for (root, want) in [("/", "root-is-system"), ("/etc", "root-is-system")] {
        let mut fixture = Fixture::new(Purpose::Check);
        fixture.sources = fixture.sources.clone().evaluating(root);
        assert!(fixture.codes().contains(&want), "{root}");
    }
    let mut fixture = Fixture::new(Purpose::Check);
    fixture.sources = fixture.sources.clone().evaluating("/nowhere/at/all");
    assert_eq!(fixture.codes(), [""; 0]);
}

#[test]
fn links_on_the_way_count() {
    // A link inside the project that leads out: the agent can turn it.
    let through = |f: &mut Fixture| {
        std::os::unix::fs::symlink(f.base.join("bin"), f.base.join("project/tools")).unwrap();
        f.sources.executable = f.base.join("project/tools/guard-bot");
    };
    check(through, &format!("executable: {INSIDE}"));
    // A link outside whose way leads through the project.
    let chain = |f: &mut Fixture| {
        std::os::unix::fs::symlink(f.base.join("bin"), f.base.join("project/tools")).unwrap();
        std::os::unix::fs::symlink("project/tools", f.base.join("tools")).unwrap();
        f.sources.executable = f.base.join("tools/guard-bot");
    };
    check(chain, &format!("executable: {INSIDE}"));
    // A link to something that does not exist yet.
    let dangling = |f: &mut Fixture| {
        std::os::unix::fs::symlink(f.base.join("project/later"), f.base.join("later")).unwrap();
        f.env("CLAUDE_CLI_PATH", &format!("{}/later/claude", f.base.display()));
    };
    check(dangling, &format!("CLAUDE_CLI_PATH: {INSIDE}"));
    let endless = |f: &mut Fixture| {
        std::os::unix::fs::symlink("loop", f.base.join("loop")).unwrap();
        f.sources.executable = f.base.join("loop");
    };
    check(
        endless,
        "executable: cannot be located, so it cannot be shown to lie outside the approved directory [not-locatable]",
    );
}

#[test]
fn a_sibling_with_the_same_prefix_is_outside() {
    let mut fixture = Fixture::running();
    fixture.sources.executable = fixture.file("project-tools/guard-bot", "", 0o755);
    fixture.config();
}

#[test]
fn a_program_found_later_is_judged_the_same_way() {
    let fixture = Fixture::running();
    let config = fixture.config();
    let (inside, outside) =
        (fixture.file("project/claude", "", 0o755), fixture.file("bin/claude", "", 0o755));
    assert_eq!(config.require_outside_roots(&inside), Err(Fault::GuardInsideRoot));
    assert_eq!(config.require_outside_roots(&outside), Ok(()));
}

#[test]
fn an_approved_directory_is_resolved() {
    let mut fixture = Fixture::running();
    let link = fixture.base.join("link");
    std::os::unix::fs::symlink(fixture.base.join("project"), &link).unwrap();
    fixture.env("APPROVED_DIRECTORY", link.to_str().unwrap());
    assert_eq!(fixture.config().approved, Some(fixture.base.join("project")));
    fixture.sources.executable = fixture.file("project/guard-bot", "", 0o755);
    assert_eq!(fixture.codes(), ["guard-inside-root"]);
}

#[test]
fn the_state_directory_is_private() {
    let mut fixture = Fixture::new(Purpose::Command);
    // Created by this process, so owned by its user.
    fixture.sources.euid = rustix::process::geteuid().as_raw();
    let state = fixture.base.join("a/b/state");
    fixture.env("GUARD_STATE_DIR", state.to_str().unwrap());
    let config = fixture.config();
    assert!(!state.exists(), "loading creates nothing");
    assert_eq!(config.state.create(), Ok(state.as_path()));
    let bits = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((bits(&state), bits(&fixture.base.join("a"))), (0o700, 0o700));
    assert_eq!(config.state.create(), Ok(state.as_path()), "again");

    mode(&state, 0o750);
    assert_eq!(config.state.create(), Err(Fault::StateNotPrivate));
    assert_eq!(fixture.codes(), ["state-not-private"]);
    mode(&state, 0o700);
    fixture.config();
    fixture.disown(&state);
    assert_eq!(fixture.codes(), ["state-not-private"]);
}

#[test]
fn the_state_directory_is_neither_a_link_nor_a_file() {
    let mut fixture = Fixture::new(Purpose::Command);
    fixture.sources.euid = rustix::process::geteuid().as_raw();
    let state = fixture.base.join("state");
    fixture.env("GUARD_STATE_DIR", state.to_str().unwrap());
    let config = fixture.config();
    std::os::unix::fs::symlink(fixture.base.join("home"), &state).unwrap();
    assert_eq!(fixture.codes(), ["state-not-private"]);
    assert_eq!(config.state.create(), Err(Fault::StateNotPrivate));
    fs::remove_file(&state).unwrap();
    fs::write(&state, "").unwrap();
    assert_eq!(fixture.codes(), ["state-not-private"]);
    assert_eq!(config.state.create(), Err(Fault::StateNotCreated));
}
