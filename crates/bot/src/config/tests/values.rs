//! Each kind of value through the settings that have it: what is accepted, and what is refused with which code.

use super::*;

/// `name=value` in the environment of a complete configuration leads to these problems.
#[track_caller]
fn check(name: &str, value: &str, want: Option<&str>) {
    let mut fixture = Fixture::running();
    fixture.env("ALLOWED_USERS", "7,8").env(name, value);
    assert_eq!(fixture.codes(), want.into_iter().collect::<Vec<_>>(), "{name}={value:?}");
}

#[test]
fn flags() {
    for name in ["DEBUG", "ENABLE_FILE_UPLOADS", "ENABLE_SCHEDULER"] {
        for value in ["true", "false", "TRUE", "False", "1", "0", "yes", "no", ""] {
            check(name, value, None);
        }
        for value in ["on", "off", "y", "2", "truee", " true", "express:*"] {
            check(name, value, Some("not-a-flag"));
        }
    }
}

#[test]
fn numbers() {
    for (name, first, last) in [
        ("RATE_LIMIT_REQUESTS", "1", "100000"),
        ("RATE_LIMIT_WINDOW", "1", "86400"),
        ("RATE_LIMIT_BURST", "1", "100000"),
        ("CLAUDE_MAX_TURNS", "1", "1000"),
        ("CLAUDE_TIMEOUT_SECONDS", "1", "86400"),
        ("MAX_SESSIONS_PER_USER", "1", "100"),
        ("SESSION_TIMEOUT_HOURS", "1", "168"),
        ("API_SERVER_PORT", "1", "65535"),
        ("MAX_FILE_UPLOAD_SIZE_MB", "1", "2000"),
        ("AUDIT_LOG_RETENTION_DAYS", "1", "3650"),
        ("DATA_RETENTION_DAYS", "1", "3650"),
        ("VERBOSE_LEVEL", "0", "3"),
    ] {
        check(name, first, None);
        check(name, last, None);
        for value in ["99999999", "18446744073709551616", "340282366920938463463374607431768211456"] {
            check(name, value, Some("out-of-range"));
        }
        for value in ["-1", "+1", "1.0", "1e3", "0x10", "1_000", " 1", "1 ", "one", "\u{661}"] {
            check(name, value, Some("not-a-number"));
        }
        if name != "VERBOSE_LEVEL" {
            check(name, "0", Some("out-of-range"));
        }
    }
}

#[test]
fn money() {
    for value in ["0.000001", "1", "1.5", "1.500000", "10.00", "01"] {
        check("CLAUDE_MAX_COST_PER_REQUEST", value, None);
    }
    for value in [
        "0",
        "0.0",
        "-1",
        "+1",
        "1.",
        ".5",
        "1,5",
        "1e1",
        "0.0000001",
        "$1",
        "inf",
        "NaN",
        "1.5.0",
        "10000000",
    ] {
        check("CLAUDE_MAX_COST_PER_REQUEST", value, Some("not-an-amount"));
    }
    check("CLAUDE_MAX_COST_PER_REQUEST", "10.000001", Some("cost-run-above-user"));
    let mut fixture = Fixture::running();
    fixture.env("CLAUDE_MAX_COST_PER_USER", "0.3").env("CLAUDE_MAX_COST_PER_REQUEST", "0.123456");
    let cost = fixture.config().cost;
    assert_eq!((cost.per_user.micros(), cost.per_run.micros()), (300_000, 123_456));
}

#[test]
fn ids() {
    check("ALLOWED_USERS", "1", None);
    check("ALLOWED_USERS", "123456789, 987654321", None);
    check("ALLOWED_USERS", "4503599627370495", None);
    for value in ["0", "-7", "4503599627370496", "@name", "7;8", "7 8"] {
        check("ALLOWED_USERS", value, Some("not-an-id"));
    }
    check("ALLOWED_USERS", "7,,8", Some("empty-item"));
    check("ALLOWED_USERS", "7,", Some("empty-item"));
    check("ALLOWED_USERS", "7,07", Some("repeated-item"));
    check(
        "ALLOWED_USERS",
        &(1..=257).map(|id| id.to_string()).collect::<Vec<_>>().join(","),
        Some("too-many-items"),
    );
    check("GUARD_ADMINS", "8,7", None);
    check("GUARD_ADMINS", "9", Some("admin-not-allowed"));
    for name in ["GUARD_ALLOWED_CHATS", "NOTIFICATION_CHAT_IDS"] {
        check(name, "-1001234567890,7", None);
        check(name, "0", Some("not-an-id"));
        check(name, "--7", Some("not-an-id"));
        check(name, "-", Some("not-an-id"));
    }
}

#[test]
fn an_empty_allowlist_has_no_admin_and_the_first_user_is_the_owner() {
    let mut fixture = Fixture::running();
    assert_eq!(fixture.env("ALLOWED_USERS", "9,7").config().access.admins, [9]);
    assert_eq!(fixture.env("GUARD_ADMINS", "7").config().access.admins, [7]);
}

#[test]
fn paths() {
    for value in ["relative", "./x", "~/x", "$HOME/x", "/a/../b", ".."] {
        check("CLAUDE_CLI_PATH", value, Some("not-an-absolute-path"));
        check("GUARD_STATE_DIR", value, Some("not-an-absolute-path"));
        check("APPROVED_DIRECTORY", value, Some("not-an-absolute-path"));
    }
    check("CLAUDE_CLI_PATH", "/opt/claude/bin/claude", None);
}

#[test]
fn words() {
    for (name, value) in [("ENVIRONMENT", "Testing"), ("LOG_LEVEL", "CRITICAL"), ("APPROVALS", "careful")] {
        check(name, value, None);
    }
    for (name, value) in [("ENVIRONMENT", "staging"), ("LOG_LEVEL", "trace"), ("APPROVALS", "never")] {
        check(name, value, Some("not-a-choice"));
    }
    check("CLAUDE_MODEL", "claude-sonnet-4-5[1m]", None);
    check("CLAUDE_MODEL", "--dangerously-skip-permissions", Some("not-a-name"));
    check("CLAUDE_MODEL", "a b", Some("not-a-name"));
    check("CLAUDE_MODEL", &"a".repeat(129), Some("value-too-long"));
    check("TELEGRAM_BOT_USERNAME", "my_bot", None);
    check("TELEGRAM_BOT_USERNAME", "@my_bot", Some("not-a-name"));
    for name in ["CLAUDE_ALLOWED_TOOLS", "CLAUDE_DISALLOWED_TOOLS"] {
        check(name, "Read,Write, mcp__x__y", None);
        check(name, "Bash(rm *)", Some("not-a-name"));
        check(name, "--tools", Some("not-a-name"));
    }
}

#[test]
fn urls() {
    for value in [
        "https://api.telegram.org",
        "https://api.telegram.org:443/base/",
        "https://[2001:db8::1]:8443",
        "http://127.0.0.1:8081",
        "http://127.1.2.3",
        "http://localhost:8081",
        "http://[::1]:8081",
    ] {
        check("TELEGRAM_API_URL", value, None);
    }
    for value in [
        "http://api.telegram.org",
        "http://127.0.0.1.example.org",
        "http://localhost.example.org",
        "http://127.0.0.1@example.org",
        "http://example.org#127.0.0.1",
        "http://example.org\\@127.0.0.1",
        "http://0.0.0.0",
        "http://[::]",
        "http://127.1",
        "http://2130706433",
        "http://[::1",
        "http://127.0.0.1:0",
        "http://127.0.0.1:99999",
        "https://",
        "https:///x",
        "https://:443",
        "https://u:p@example.org",
        "https://example.org?x",
        "ftp://127.0.0.1",
        "api.telegram.org",
        "HTTP://example.org",
        "http://localhost%2eexample.org",
    ] {
        check("TELEGRAM_API_URL", value, Some("not-a-safe-url"));
    }
    check("GUARD_API_ADDRESS", "localhost", Some("not-an-address"));
    check("GUARD_REDIS_URL", "rediss://:pass@host:6379/0", None);
    check("GUARD_REDIS_URL", "http://host", Some("not-a-redis-url"));
}

#[test]
fn a_value_that_is_no_text_is_refused() {
    check("CLAUDE_MODEL", "a\nb", Some("control-character"));
    check("CLAUDE_MODEL", "\u{1b}[2J", Some("control-character"));
    check("CLAUDE_MODEL", &"a".repeat(5000), Some("value-too-long"));
    check("ANTHROPIC_API_KEY", "a\nb", Some("control-character"));
    let mut fixture = Fixture::running();
    let bytes = std::os::unix::ffi::OsStringExt::from_vec(vec![b'a', 0xff]);
    fixture.sources.env.insert("CLAUDE_MODEL".into(), bytes);
    assert_eq!(fixture.codes(), ["not-utf8"]);
}

#[test]
fn no_message_quotes_the_value() {
    let canary = "sk-canary-0123456789";
    let mut fixture = Fixture::running();
    let names: Vec<_> = fixture.rows().iter().filter_map(|row| row.name).collect();
    for name in &names {
        fixture.env(name, &format!("{canary}\u{1}"));
    }
    let errors = fixture.load().unwrap_err();
    assert_eq!(
        errors.problems.iter().filter(|problem| problem.fault.code() == "control-character").count(),
        names.len()
    );
    assert!(!errors.to_string().contains("canary"));
    assert!(!errors.report.to_string().contains("canary"));
    assert!(!format!("{errors:?} {:?}", fixture.sources).contains("canary"));
}
