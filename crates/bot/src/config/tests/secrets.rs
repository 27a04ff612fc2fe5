//! Secrets: directly or from a private file, and never shown.

use secrecy::ExposeSecret;

use super::*;
use crate::config::Credential;

/// What `ANTHROPIC_API_KEY_FILE` leads to for a file with this content and mode.
#[track_caller]
fn check(content: &[u8], bits: u32, want: Result<&str, &str>) {
    let mut fixture = Fixture::running();
    let path = fixture.file("secrets/key", content, bits);
    fixture.env("ANTHROPIC_API_KEY_FILE", path.to_str().unwrap());
    match (fixture.load(), want) {
        (Ok(config), Ok(want)) => match config.agent.credential {
            Some(Credential::ApiKey(key)) => assert_eq!(key.expose_secret(), want),
            other => panic!("{other:?}"),
        },
        (Err(errors), Err(want)) => assert_eq!(errors.codes(), [want]),
        (got, want) => panic!("{got:?} instead of {want:?}"),
    }
}

#[test]
fn a_file_holds_one_line() {
    check(b"sk-1\n", 0o600, Ok("sk-1"));
    check(b"sk-1", 0o400, Ok("sk-1"));
    check(b"sk-1\r\n", 0o600, Ok("sk-1"));
    check(b"", 0o600, Err("setting-missing"));
    check(b"\n", 0o600, Err("setting-missing"));
    check(b"sk-1\nsk-2\n", 0o600, Err("control-character"));
    check(b"sk\0", 0o600, Err("control-character"));
    check(b"sk\xff", 0o600, Err("not-utf8"));
    check(&[b'a'; 4097], 0o600, Err("file-too-large"));
    check(b"not a key", 0o600, Err("not-a-name"));
}

#[test]
fn a_file_is_closed_to_others() {
    for bits in [0o640, 0o604, 0o644, 0o610] {
        check(b"sk-1", bits, Err("file-readable-by-others"));
    }
    for bits in [0o620, 0o602, 0o666] {
        check(b"sk-1", bits, Err("file-writable-by-others"));
    }
}

#[test]
fn a_file_is_regular_ours_and_outside() {
    let mut fixture = Fixture::running();
    let set = |fixture: &mut Fixture, path: &Path| {
        fixture.env("ANTHROPIC_API_KEY_FILE", path.to_str().unwrap());
    };
    let pipe = fixture.base.join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    for (path, want) in [
        (fixture.base.join("missing"), "file-missing"),
        (fixture.base.clone(), "file-not-regular"),
        (pipe, "file-not-regular"),
        (PathBuf::from("/dev/null"), "file-not-regular"),
        (PathBuf::from("relative"), "not-an-absolute-path"),
        (fixture.file("project/key", "sk-1", 0o600), "file-inside-root"),
    ] {
        set(&mut fixture, &path);
        assert_eq!(fixture.codes(), [want], "{}", path.display());
    }
    // A link is followed, but not out of a root.
    let key = fixture.file("secrets/key", "sk-1", 0o600);
    for (link, want) in [("link", vec![]), ("project/link", vec!["file-inside-root"])] {
        let link = fixture.base.join(link);
        std::os::unix::fs::symlink(&key, &link).unwrap();
        set(&mut fixture, &link);
        assert_eq!(fixture.codes(), want);
    }
    set(&mut fixture, &key);
    fixture.disown(&key);
    assert_eq!(fixture.codes(), ["file-not-ours"]);
}

#[test]
fn both_ways_at_once_are_refused() {
    let mut fixture = Fixture::running();
    let path = fixture.file("secrets/key", "sk-1", 0o600);
    fixture.env("ANTHROPIC_API_KEY_FILE", path.to_str().unwrap()).env("ANTHROPIC_API_KEY", "sk-1");
    assert_eq!(fixture.codes(), ["secret-twice"]);
}

#[test]
fn tokens_have_their_form() {
    for token in [
        "your_bot_token_here",
        "12345678:short",
        ":AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "1234567A:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        let mut fixture = Fixture::running();
        assert_eq!(fixture.env("TELEGRAM_BOT_TOKEN", token).codes(), ["not-a-bot-token"], "{token}");
    }
}

#[test]
fn a_secret_is_never_shown() {
    let mut fixture = Fixture::running();
    let canary = "0123456789-canary-0123456789-canary";
    fixture
        .env("ENABLE_TOKEN_AUTH", "1")
        .env("ENABLE_API_SERVER", "1")
        .env("GUARD_REDIS_URL", &format!("redis://{canary}"));
    for name in [
        "AUTH_TOKEN_SECRET",
        "AUTH_TOKEN_SECRET_PREVIOUS",
        "ANTHROPIC_API_KEY",
        "WEBHOOK_API_SECRET",
        "GITHUB_WEBHOOK_SECRET",
    ] {
        fixture.env(name, canary);
    }
    let config = fixture.config();
    let json = serde_json::to_string(&config.report).unwrap();
    let debug = format!(
        "{config:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        config.telegram,
        config.access,
        config.access.token_key,
        config.agent,
        config.agent.credential,
        config.api
    );
    for text in [config.report.to_string(), json, debug] {
        assert!(!text.contains("canary") && !text.contains(TOKEN), "{text}");
    }
    assert_eq!(fixture.shown("AUTH_TOKEN_SECRET"), ("set".into(), "environment".into()));
    assert_eq!(fixture.shown("TELEGRAM_BOT_TOKEN"), ("set".into(), "environment".into()));
    assert_eq!(fixture.shown("CLAUDE_CODE_OAUTH_TOKEN"), ("not set".into(), "default".into()));
}

#[test]
fn a_previous_secret_is_kept_beside_the_current_one() {
    let mut fixture = Fixture::running();
    fixture
        .env("ENABLE_API_SERVER", "1")
        .env("GITHUB_WEBHOOK_SECRET", "new")
        .env("GITHUB_WEBHOOK_SECRET_PREVIOUS", "old");
    let github = fixture.config().api.unwrap().github.unwrap();
    assert_eq!(github.current.expose_secret(), "new");
    assert_eq!(github.previous.unwrap().expose_secret(), "old");
}
