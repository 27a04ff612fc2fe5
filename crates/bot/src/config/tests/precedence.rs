//! Defaults, policy file, `.env`, environment: the later wins; and what each purpose reads.

use std::time::Duration;

use super::*;
use crate::config::Environment;

#[test]
fn nothing_configured_means_the_defaults_of_development() {
    let config = Fixture::new(Purpose::Command).config();
    assert_eq!(config.environment, Environment::Development);
    assert_eq!((config.requests.limit.get(), config.requests.burst.get()), (10, 20));
    assert_eq!(config.requests.window, Duration::from_secs(60));
    assert_eq!((config.cost.per_user.micros(), config.cost.per_run.micros()), (10_000_000, 1_000_000));
    assert_eq!(config.agent.timeout, Duration::from_secs(20 * 60));
    assert_eq!(config.approval.expires, Duration::from_secs(30 * 60));
    assert_eq!(config.session.idle, Duration::from_secs(24 * 3600));
    assert_eq!(config.session.absolute, Duration::from_secs(7 * 24 * 3600));
    assert!(config.approved.is_none() && config.telegram.is_none() && config.api.is_none());
    assert!(config.cell.degraded.is_none() && config.access.token_key.is_none());
}

#[test]
fn production_has_its_own_defaults() {
    let mut fixture = Fixture::new(Purpose::Command);
    let config = fixture.env("ENVIRONMENT", "production").config();
    assert_eq!(config.environment, Environment::Production);
    assert_eq!((config.requests.limit.get(), config.requests.burst.get()), (5, 10));
    assert_eq!((config.cost.per_user.micros(), config.cost.per_run.micros()), (5_000_000, 500_000));
    assert_eq!(config.agent.timeout, Duration::from_secs(10 * 60));
    assert_eq!(config.approval.expires, Duration::from_secs(15 * 60));
    assert_eq!(config.session.idle, Duration::from_secs(12 * 3600));
    assert_eq!(config.session.absolute, Duration::from_secs(24 * 3600));
}

#[test]
fn each_source_is_stronger_than_the_one_before() {
    let mut fixture = Fixture::running();
    let shown = |fixture: &Fixture| fixture.shown("RATE_LIMIT_REQUESTS");
    let want = |value: &str, origin: &str| (value.to_owned(), origin.to_owned());
    assert_eq!(shown(&fixture), want("10", "default"));
    fixture.policy("# limits\n[requests]\nlimit = 11\n");
    assert_eq!(shown(&fixture), want("11", "guard.toml:3"));
    fixture.file("home/.config/guard/guard.env", "RATE_LIMIT_REQUESTS='14'\n", 0o600);
    assert_eq!(shown(&fixture), want("14", "guard.env:1"));
    fixture.dotenv("\nRATE_LIMIT_REQUESTS=12\n");
    assert_eq!(shown(&fixture), want("12", ".env:2"));
    fixture.env("RATE_LIMIT_REQUESTS", "13");
    assert_eq!(shown(&fixture), want("13", "environment"));
    assert_eq!(fixture.config().requests.limit.get(), 13);
    // Empty means not set.
    fixture.env("RATE_LIMIT_REQUESTS", "");
    assert_eq!(shown(&fixture), want("12", ".env:2"));
    fixture.dotenv("RATE_LIMIT_REQUESTS=\n");
    assert_eq!(shown(&fixture), want("14", "guard.env:1"));
    fixture.file("home/.config/guard/guard.env", "", 0o600);
    assert_eq!(shown(&fixture), want("11", "guard.toml:3"));
}

#[test]
fn a_stronger_value_that_is_wrong_is_not_replaced_by_a_weaker_one() {
    let mut fixture = Fixture::running();
    fixture.dotenv("RATE_LIMIT_REQUESTS=12\n");
    fixture.env("RATE_LIMIT_REQUESTS", "many");
    assert_eq!(fixture.problems(), ["RATE_LIMIT_REQUESTS: is not a whole number [not-a-number]"]);
}

#[test]
fn the_file_that_config_names_replaces_the_usual_one() {
    let mut fixture = Fixture::new(Purpose::Command);
    fixture.policy("[requests]\nlimit = 11\n");
    fixture.sources.config_file = Some(fixture.file("other.toml", "[requests]\nburst = 99\n", 0o600));
    let config = fixture.config();
    assert_eq!((config.requests.limit.get(), config.requests.burst.get()), (10, 99));
    fixture.sources.config_file = Some(fixture.base.join("missing.toml"));
    assert_eq!(fixture.codes(), ["file-missing"]);
}

#[test]
fn xdg_directories_are_followed_if_absolute() {
    let mut fixture = Fixture::new(Purpose::Command);
    let xdg = fixture.base.join("xdg");
    fixture.file("xdg/guard/guard.toml", "[requests]\nlimit = 11\n", 0o644);
    mode(&xdg.join("guard"), 0o755);
    fixture.env("XDG_CONFIG_HOME", xdg.to_str().unwrap()).env("XDG_STATE_HOME", "/nowhere/xdg");
    let config = fixture.config();
    assert_eq!(config.requests.limit.get(), 11);
    assert_eq!(config.state.path(), Path::new("/nowhere/xdg/guard"));
}

#[test]
fn relative_directories_are_refused() {
    let mut fixture = Fixture::new(Purpose::Command);
    assert_eq!(fixture.env("XDG_CONFIG_HOME", "xdg").codes(), ["no-home"]);
    assert_eq!(fixture.env("XDG_STATE_HOME", ".").codes(), ["no-home", "no-home"]);
    assert_eq!(
        fixture.unset("XDG_CONFIG_HOME").unset("XDG_STATE_HOME").env("HOME", ".").codes(),
        ["no-home", "no-home"]
    );
    assert_eq!(fixture.unset("HOME").codes(), ["no-home", "no-home"]);
}

#[test]
fn only_run_reads_the_dotenv_file() {
    for (purpose, want) in
        [(Purpose::Run, "12"), (Purpose::Command, "10"), (Purpose::Check, "10"), (Purpose::Hook, "10")]
    {
        let mut fixture = Fixture::running();
        fixture.sources.purpose = purpose;
        fixture.dotenv("RATE_LIMIT_REQUESTS=12\n");
        assert_eq!(fixture.shown("RATE_LIMIT_REQUESTS").0, want, "{purpose:?}");
    }
}

#[test]
fn commands_of_the_owner_read_what_init_wrote() {
    for (purpose, want) in
        [(Purpose::Run, "12"), (Purpose::Command, "12"), (Purpose::Check, "10"), (Purpose::Hook, "10")]
    {
        let mut fixture = Fixture::running();
        fixture.sources.purpose = purpose;
        fixture.file("home/.config/guard/guard.env", "RATE_LIMIT_REQUESTS=12\n", 0o600);
        assert_eq!(fixture.shown("RATE_LIMIT_REQUESTS").0, want, "{purpose:?}");
        fixture.sources.config_file = Some(fixture.file("elsewhere/guard.toml", "", 0o644));
        assert_eq!(fixture.shown("RATE_LIMIT_REQUESTS").0, "10", "it lies beside the policy file");
    }
}

#[test]
fn a_check_minds_two_variables_and_a_hook_none() {
    let mut fixture = Fixture::running();
    fixture.env("DEBUG", "express:*").env("ENVIRONMENT", "staging").env("DISABLE_TOOL_VALIDATION", "true");
    let state = fixture.base.join("state");
    fixture.env("GUARD_STATE_DIR", state.to_str().unwrap());
    assert_eq!(fixture.codes(), ["not-a-choice", "not-a-flag", "guard-switched-off"]);
    fixture.sources.purpose = Purpose::Check;
    let config = fixture.config();
    assert_eq!(config.approved, Some(fixture.base.join("project")));
    assert_eq!(config.state.path(), state);
    fixture.sources.purpose = Purpose::Hook;
    let config = fixture.config();
    assert_eq!(config.approved, None);
    assert_eq!(config.state.path(), fixture.base.join("home/.local/state/guard"));
}
