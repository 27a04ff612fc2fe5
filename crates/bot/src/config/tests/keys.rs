//! `guard.toml`: every key, relaxations with their reasons, and mistakes with their lines.

use guard_sandbox::Toolchain;

use super::*;

#[track_caller]
fn check(text: &str, want: &[&str]) {
    let mut fixture = Fixture::new(Purpose::Command);
    fixture.policy(text);
    assert_eq!(fixture.problems(), want, "{text}");
}

#[test]
fn every_key_arrives() {
    let mut fixture = Fixture::new(Purpose::Command);
    let project = fixture.base.join("project");
    fixture.policy(format!(
        r#"
environment = "testing"
approved-directory = "{}"
requests = {{ limit = 1, window-seconds = 2, burst = 3 }}
[cost]
per-user = 4.000001
per-run = "0.5"
[approval]
mode = "careful"
expires-minutes = 5
[session]
idle-hours = 6
absolute-hours = 7
per-user = 8
[cell]
degraded = {{ reason = "an old kernel" }}
[toolchains]
presets = ["rust", "go"]
[commands]
ask = ["terraform", "just"]
deny = ["kubectl"]
[[commands.allow]]
program = "shellcheck"
reason = "reads only"
[secrets]
names = ["*.vault", "deploy/prod.yml"]
[audit]
retention-days = 9
"#,
        project.display()
    ));
    let config = fixture.config();
    assert_eq!(config.approved, Some(project));
    assert_eq!(
        (config.requests.limit.get(), config.requests.window.as_secs(), config.requests.burst.get()),
        (1, 2, 3)
    );
    assert_eq!((config.cost.per_user.micros(), config.cost.per_run.micros()), (4_000_001, 500_000));
    assert_eq!((config.approval.mode.as_str(), config.approval.expires.as_secs()), ("careful", 300));
    assert_eq!((config.session.idle.as_secs(), config.session.absolute.as_secs()), (6 * 3600, 7 * 3600));
    assert_eq!(config.session.per_user.get(), 8);
    assert_eq!(config.cell.degraded.unwrap().as_str(), "an old kernel");
    assert_eq!(config.agent.toolchains, [Toolchain::Rust, Toolchain::Go]);
    let names = |list: &[crate::config::ProgramPattern]| {
        list.iter().map(|p| p.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&config.commands.ask), ["terraform", "just"]);
    assert_eq!(names(&config.commands.deny), ["kubectl"]);
    let allow: Vec<_> =
        config.commands.allow.iter().map(|a| (a.program.as_str(), a.reason.as_str())).collect();
    assert_eq!(allow, [("shellcheck", "reads only")]);
    assert_eq!(
        config.secret_names.iter().map(|n| n.as_str()).collect::<Vec<_>>(),
        ["*.vault", "deploy/prod.yml"]
    );
    assert_eq!(config.retention.audit.as_secs(), 9 * 24 * 3600);
}

#[test]
fn unknown_keys_are_refused() {
    check("limit = 1", &["guard.toml:1: is not a known key [unknown-key]"]);
    check(
        "\n[requests]\nlimt = 1",
        &["guard.toml:3: is not a known key [unknown-key]; did you mean `requests.limit`?"],
    );
    check(
        "[request]\nlimit = 1",
        &["guard.toml:2: is not a known key [unknown-key]; did you mean `requests.limit`?"],
    );
    check("[telegram]\ntoken = 'x'", &["guard.toml:2: is not a known key [unknown-key]"]);
    check("[colours]", &["guard.toml:1: is not a known key [unknown-key]"]);
    check(
        "'requests.limit' = 1",
        &["guard.toml:1: is not a known key [unknown-key]; did you mean `requests.limit`?"],
    );
    check(
        "[requests.limit]\nx = 1",
        &["guard.toml:2: is not a known key [unknown-key]; did you mean `requests.limit`?"],
    );
    check("[requests]", &[]);
    check(
        "[[commands.allow]]\nprogram='x'\nreason='y'\nwhy=1",
        &["guard.toml:4: is not a known key [unknown-key]"],
    );
}

#[test]
fn a_relaxation_needs_a_reason() {
    const MISSING: &str = "needs a reason: write a table with the key `reason` [reason-missing]";
    check("cell.degraded = true", &[&format!("guard.toml:1: {MISSING}")]);
    check("cell.degraded = {}", &[&format!("guard.toml:1: {MISSING}")]);
    check("cell.degraded.reason = ' '", &[&format!("guard.toml:1 cell.degraded.reason: {MISSING}")]);
    check("[commands]\nallow = ['x']", &[&format!("guard.toml:2: {MISSING}")]);
    check("[[commands.allow]]\nprogram = 'x'", &[&format!("guard.toml:2: {MISSING}")]);
    check("[[commands.allow]]\nprogram = 'x'\nreason = ''", &[&format!("guard.toml:3: {MISSING}")]);
    check("[[commands.allow]]\nreason = 'x'", &["guard.toml:2: needs the key `program` [program-missing]"]);
}

#[test]
fn kinds_of_files_are_added_with_a_reason_and_never_against_the_guard() {
    let kind = |changes: &str| {
        format!("[[uploads.kinds]]\nid = 'x-data'\nwords = 'X data'\nextensions = ['xd', 'xe']\n{changes}")
    };
    check(&kind("reason = 'ours'\nmagic = ['50 41 52 31']\nask = true"), &[]);
    check(
        &kind(""),
        &[
            "guard.toml:2: needs `id`, `words`, `extensions` and `reason`, as docs/configuration.md shows them [upload-kind-incomplete]",
        ],
    );
    check(
        &kind("reason = ''"),
        &["guard.toml:5: needs a reason: write a table with the key `reason` [reason-missing]"],
    );
    check(
        &kind("reason = 'y'\nmagic = '50'"),
        &[
            "guard.toml:2: a magic is not hexadecimal, too long, or fixes fewer than four bytes [upload-kind-magic]",
        ],
    );
    check(
        "[[uploads.kinds]]\nid = 'x'\nwords = 'x'\nextensions = ['exe']\nreason = 'y'",
        &[
            "guard.toml:2: an extension is missing, not lower-case letters and digits, or belongs to another kind [upload-kind-extension]",
        ],
    );
    check(&kind("reason = 'y'\nclass = 'x'"), &["guard.toml:6: is not a known key [unknown-key]"]);
    check("[uploads]\nwithout = ['sqlite', 'html']", &[]);
    check(
        "[uploads]\nwithout = ['pe']",
        &["uploads.without: cannot be switched off in this bot; remove the line [guard-switched-off]"],
    );
    check(
        "[uploads]\nwithout = ['nonesuch']",
        &["uploads.without: is not the id of a kind of files in upload_kinds.toml [upload-kind-unknown]"],
    );
    check(
        "[[commands.allow]]\nprogram = ['x', 'y']\nreason = 'z'",
        &[
            "guard.toml:2: has to be a text, a number, true or false, or a list of these [not-a-scalar]",
            "guard.toml:2: has a character that is not allowed here [not-a-name]",
        ],
    );
}

#[test]
fn a_relaxation_names_one_program() {
    for program in ["*", "ba*", "/bin/sh", "a;b", "-x", "../x"] {
        check(
            &format!("[[commands.allow]]\nprogram = '{program}'\nreason = 'x'"),
            &["guard.toml:2: has a character that is not allowed here [not-a-name]"],
        );
    }
}

#[test]
fn values_of_the_wrong_kind_are_refused() {
    check(
        "[requests]\nlimit = 'ten'",
        &["guard.toml:2 RATE_LIMIT_REQUESTS: is not a whole number [not-a-number]"],
    );
    check("[requests]\nlimit = 0x10", &["guard.toml:2: is not a whole number [not-a-number]"]);
    check(
        "[requests]\nlimit = 1979-05-27",
        &["guard.toml:2: has to be a text, a number, true or false, or a list of these [not-a-scalar]"],
    );
    check(
        "[cost]\nper-run = 1e-1",
        &[
            "guard.toml:2 CLAUDE_MAX_COST_PER_REQUEST: is not an amount in USD such as 0.50: above zero, up to a million, at most six decimals [not-an-amount]",
        ],
    );
    check(
        "[commands]\ndeny = ['a,b']",
        &["guard.toml:2: has a character that is not allowed here [not-a-name]"],
    );
    check(
        "[commands]\ndeny = [['a']]",
        &["guard.toml:2: has to be a text, a number, true or false, or a list of these [not-a-scalar]"],
    );
    check(
        "[[commands.deny]]\nx = 1",
        &[
            "guard.toml:1 commands.deny: has to be a text, a number, true or false, or a list of these [not-a-scalar]",
        ],
    );
    check(
        "[toolchains]\npresets = ['rust', 'zig']",
        &["guard.toml:2 toolchains.presets: is not one of rust, node, python, go [not-a-choice]"],
    );
    for name in ["*", "*/*", "**", "/etc/x", "../x", "a/../b"] {
        let mut fixture = Fixture::new(Purpose::Command);
        fixture.policy(format!("[secrets]\nnames = ['{name}']"));
        let want = if name.contains(['e', 'x', 'a']) { "not-a-name" } else { "matches-everything" };
        assert_eq!(fixture.codes(), [want], "{name}");
    }
}

#[test]
fn syntax_errors_have_their_lines() {
    check(
        "a = 1\nb = \nc = 2\nd d\n",
        &["guard.toml:2: is not valid TOML [toml-syntax]", "guard.toml:4: is not valid TOML [toml-syntax]"],
    );
    check("[requests]\nlimit = 1\nlimit = 2\n", &["guard.toml:3: is not valid TOML [toml-syntax]"]);
}
