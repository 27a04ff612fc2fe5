//! Names that mean nothing here: of the older bot, or misspelt.

use super::*;
use crate::config::legacy::UNUSED;

fn notes(fixture: &Fixture) -> Vec<(&'static str, String)> {
    fixture
        .notes()
        .into_iter()
        .map(|note| (note.code, note.about))
        .filter(|(code, _)| *code != "file-ignored")
        .collect()
}

#[test]
fn the_older_bots_settings_are_listed() {
    let mut fixture = Fixture::running();
    fixture.dotenv(UNUSED.iter().map(|name| format!("{name}=x\n")).collect::<String>());
    assert_eq!(
        notes(&fixture),
        UNUSED.iter().map(|name| ("setting-unused", (*name).to_owned())).collect::<Vec<_>>()
    );
    assert!(UNUSED.is_sorted());
    // Empty is as good as not there.
    fixture.dotenv("VOICE_PROVIDER=\n");
    assert_eq!(notes(&fixture), []);
}

#[test]
fn misspelt_names_are_noted() {
    let mut fixture = Fixture::running();
    fixture.dotenv("ALLOWED_USER=9\nMY_OWN=1\n");
    fixture
        .env("RATE_LIMITS_BURST", "1")
        .env("GUARD_COLOUR", "1")
        .env("CLAUDE_PROJECT_DIR", "/x")
        .env("LESS", "-R");
    assert_eq!(
        notes(&fixture),
        [
            ("setting-unknown", ".env ALLOWED_USER (did you mean ALLOWED_USERS?)".to_owned()),
            ("setting-unknown", ".env MY_OWN".to_owned()),
            ("setting-unknown", "environment GUARD_COLOUR".to_owned()),
            ("setting-unknown", "environment RATE_LIMITS_BURST (did you mean RATE_LIMIT_BURST?)".to_owned()),
        ]
    );
}

#[test]
fn a_dotenv_file_of_the_older_bot_starts_this_one() {
    let mut fixture = Fixture::running();
    fixture.unset("TELEGRAM_BOT_TOKEN").unset("ALLOWED_USERS").unset("APPROVED_DIRECTORY");
    let project = fixture.base.join("project");
    fixture.dotenv(format!(
        "# === REQUIRED ===\nTELEGRAM_BOT_TOKEN={TOKEN}\nTELEGRAM_BOT_USERNAME=my_bot\nAPPROVED_DIRECTORY={}\n\n\
         ALLOWED_USERS=123456789,987654321\nENABLE_TOKEN_AUTH=false\nAUTH_TOKEN_SECRET=\nDISABLE_SECURITY_PATTERNS=false\n\
         USE_SDK=true\nCLAUDE_CLI_PATH=\nCLAUDE_MAX_TURNS=10\nCLAUDE_TIMEOUT_SECONDS=300\nCLAUDE_MAX_COST_PER_USER=10.0\n\
         CLAUDE_MAX_COST_PER_REQUEST=5.0\nCLAUDE_ALLOWED_TOOLS=Read,Write,EnterPlanMode, ExitPlanMode\nRATE_LIMIT_REQUESTS=10\n\
         RATE_LIMIT_WINDOW=60\nRATE_LIMIT_BURST=20\nDATABASE_URL=sqlite:///data/bot.db\nSESSION_TIMEOUT_HOURS=24\n\
         LOG_LEVEL=INFO\nENABLE_TELEMETRY=false\nENVIRONMENT=development\nDEBUG=false\n",
        project.display()
    ));
    let config = fixture.config();
    assert_eq!(config.access.allowed_users, [123_456_789, 987_654_321]);
    assert_eq!(config.agent.allowed_tools.unwrap(), ["Read", "Write", "EnterPlanMode", "ExitPlanMode"]);
    assert_eq!(config.cost.per_run.micros(), 5_000_000);
}
