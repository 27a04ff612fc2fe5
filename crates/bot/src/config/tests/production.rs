//! What production refuses, development notes, and both refuse.

use super::*;

/// Refused in production with `want`; development loads and notes the same code (or nothing, where `is_silent`).
#[track_caller]
fn check(change: impl Fn(&mut Fixture), want: &[&str], is_silent: bool) {
    let mut fixture = Fixture::running();
    change(&mut fixture);
    fixture.config();
    let noted = |code: &&&str| fixture.notes().iter().any(|note| note.code == **code);
    assert_eq!(want.iter().filter(noted).count(), if is_silent { 0 } else { want.len() }, "notes");
    assert_eq!(fixture.env("ENVIRONMENT", "production").codes(), want);
}

#[test]
fn an_ordinary_configuration_is_fit_for_production() {
    check(|_| {}, &[], false);
    check(
        |f| {
            f.env("LOG_LEVEL", "DEBUG");
        },
        &[],
        false,
    );
}

#[test]
fn root_is_refused() {
    check(|f| f.sources.euid = 0, &["runs-as-root"], false);
}

#[test]
fn debugging_is_refused() {
    check(
        |f| {
            f.env("DEBUG", "true");
        },
        &["debug-on"],
        true,
    );
}

#[test]
fn a_degraded_cell_is_refused() {
    check(|f| drop(f.policy("[cell]\ndegraded = { reason = \"old kernel\" }\n")), &["cell-degraded"], false);
}

#[test]
fn a_public_api_server_is_refused() {
    let api = |f: &mut Fixture, address: &str| {
        f.env("ENABLE_API_SERVER", "true")
            .env("WEBHOOK_API_SECRET", &"k".repeat(16))
            .env("GUARD_API_ADDRESS", address);
    };
    check(|f| api(f, "127.0.0.1"), &[], false);
    check(|f| api(f, "127.8.0.1"), &[], false);
    check(|f| api(f, "::1"), &[], false);
    check(|f| api(f, "0.0.0.0"), &["api-not-loopback"], false);
    check(|f| api(f, "::"), &["api-not-loopback"], false);
    check(|f| api(f, "192.168.1.2"), &["api-not-loopback"], false);
    // Of no consequence while the server is off.
    check(
        |f| {
            f.env("GUARD_API_ADDRESS", "0.0.0.0");
        },
        &[],
        false,
    );
}

#[test]
fn short_keys_are_refused() {
    let token = |f: &mut Fixture, length: usize| {
        f.env("ENABLE_TOKEN_AUTH", "true").env("AUTH_TOKEN_SECRET", &"k".repeat(length));
    };
    check(|f| token(f, 32), &[], false);
    check(|f| token(f, 31), &["secret-too-short"], false);
    let previous = |f: &mut Fixture| {
        token(f, 32);
        f.env("AUTH_TOKEN_SECRET_PREVIOUS", "short");
    };
    check(previous, &["secret-too-short"], false);
    let webhooks = |f: &mut Fixture| {
        f.env("ENABLE_API_SERVER", "true")
            .env("WEBHOOK_API_SECRET", "short")
            .env("GITHUB_WEBHOOK_SECRET", "short");
    };
    check(webhooks, &["secret-too-short", "secret-too-short"], false);
}

/// The policy file is looked for outside the home directory.
fn elsewhere(fixture: &mut Fixture) {
    let config = fixture.base.join("home/.config");
    fixture.env("XDG_CONFIG_HOME", config.to_str().unwrap());
}

#[test]
fn a_home_directory_is_refused() {
    // The guard's own files lie elsewhere: inside they are refused whatever the environment.
    let home = |f: &mut Fixture| {
        let project = f.base.join("project");
        let state = f.base.join("state");
        f.env("HOME", project.to_str().unwrap()).env("GUARD_STATE_DIR", state.to_str().unwrap());
        elsewhere(f);
    };
    check(home, &["root-is-home"], false);
    // A directory that holds homes.
    let homes = |f: &mut Fixture| {
        fs::create_dir_all(f.base.join("project/home")).unwrap();
        let (home, state) = (f.base.join("project/home"), f.base.join("state"));
        f.env("HOME", home.to_str().unwrap()).env("GUARD_STATE_DIR", state.to_str().unwrap());
        elsewhere(f);
    };
    check(homes, &["root-is-home"], false);
}

#[test]
fn a_directory_that_everybody_can_write_is_refused() {
    check(|f| mode(&f.base.join("project"), 0o777), &["root-shared"], false);
    check(|f| mode(&f.base.join("project"), 0o775), &[], false);
}

#[test]
fn everything_is_reported_at_once() {
    let mut fixture = Fixture::running();
    fixture.policy("[cell]\ndegraded = { reason = \"old kernel\" }\n[requests]\nlimit = 0\ncolour = 1\n");
    fixture
        .env("ENVIRONMENT", "production")
        .env("DEBUG", "1")
        .env("ALLOWED_USERS", "")
        .env("CLAUDE_MAX_TURNS", "x");
    assert_eq!(
        fixture.codes(),
        ["allowlist-empty", "out-of-range", "not-a-number", "unknown-key", "debug-on", "cell-degraded"]
    );
}

#[test]
fn what_is_unsafe_anywhere_is_refused_in_both() {
    for environment in ["development", "production"] {
        for (name, value, want) in [
            ("ALLOWED_USERS", "", "allowlist-empty"),
            ("TELEGRAM_API_URL", "http://example.org", "not-a-safe-url"),
            ("APPROVED_DIRECTORY", "/", "root-is-system"),
            ("APPROVED_DIRECTORY", "/usr", "root-is-system"),
            ("APPROVED_DIRECTORY", "/etc/ssl", "root-is-system"),
            ("APPROVED_DIRECTORY", "/proc/self", "root-is-system"),
            ("APPROVED_DIRECTORY", "/nowhere", "directory-missing"),
            ("APPROVED_DIRECTORY", "/dev/null", "directory-missing"),
            ("APPROVED_DIRECTORY", "", "setting-missing"),
            ("TELEGRAM_BOT_TOKEN", "", "setting-missing"),
            ("ENABLE_TOKEN_AUTH", "true", "setting-missing"),
            ("ENABLE_API_SERVER", "true", "api-without-secret"),
            ("CLAUDE_MAX_COST_PER_REQUEST", "10.01", "cost-run-above-user"),
            ("SESSION_TIMEOUT_HOURS", "169", "idle-above-absolute"),
            ("GUARD_ADMINS", "8", "admin-not-allowed"),
            ("DISABLE_SECURITY_PATTERNS", "true", "guard-switched-off"),
            ("DISABLE_TOOL_VALIDATION", "maybe", "guard-switched-off"),
            ("SANDBOX_ENABLED", "false", "guard-switched-off"),
        ] {
            let mut fixture = Fixture::running();
            fixture.env("ENVIRONMENT", environment).env(name, value);
            let codes = fixture.codes();
            assert!(codes.contains(&want), "{environment} {name}={value}: {codes:?}");
        }
    }
}

#[test]
fn the_values_that_switch_nothing_off_are_accepted() {
    let mut fixture = Fixture::running();
    fixture
        .env("DISABLE_SECURITY_PATTERNS", "false")
        .env("DISABLE_TOOL_VALIDATION", "0")
        .env("SANDBOX_ENABLED", "yes");
    fixture.config();
}

#[test]
fn two_credentials_are_refused_where_an_agent_runs() {
    let mut fixture = Fixture::running();
    fixture.env("ANTHROPIC_API_KEY", "a").env("CLAUDE_CODE_OAUTH_TOKEN", "b");
    assert_eq!(fixture.codes(), ["two-credentials"]);
    fixture.sources.purpose = Purpose::Hook;
    assert_eq!(fixture.codes(), [""; 0]);
}
