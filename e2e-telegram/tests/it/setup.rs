//! From a token to a bot that works: `init` with a one-time code, `doctor`, `run`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use crate::bot::{ADA, Bot};

/// A bot whose settings `init` has yet to write.
fn bare() -> Bot {
    let bot = Bot::new();
    ["TELEGRAM_BOT_TOKEN", "APPROVED_DIRECTORY", "ALLOWED_USERS", "GUARD_AGENT"]
        .into_iter()
        .fold(bot, Bot::without)
}

#[test]
fn the_owner_pairs_with_a_code_and_has_a_bot_that_works() {
    let mut bot = bare();
    let (ada, eve) = (bot.ada(), bot.eve());
    let (token, file) = (bot.server.token(), bot.path().join("home/token"));
    fs::write(&file, format!("{token}\n")).unwrap();
    let approved = bot.approved();
    let arguments = [
        "init",
        "--agent",
        "shell",
        "--token-file",
        file.to_str().unwrap(),
        "--approved",
        approved.to_str().unwrap(),
    ];
    let mut init = bot.command(&arguments).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(init.stdout.take().unwrap()).lines().map_while(Result::ok);
    let code = lines.find_map(|line| line.strip_prefix("/pair ").map(str::to_owned)).expect("a code");
    // A wrong code, and the right one in another's mouth: forwarded, or in a group.
    eve.say("/pair 22222222");
    let group = bot.server.group(-1_001_234, "Group");
    ada.in_chat(group).say(&format!("/pair {code}"));
    ada.forward("Mallory", &format!("/pair {code}"));
    let said = ada.say(&format!("/pair {code}"));
    ada.wait_text(said, "you are the owner");
    assert!(init.wait().unwrap().success());
    let rest: String = lines.collect();
    assert!(
        rest.contains(&format!("the owner is the Telegram user {ADA}")) && !rest.contains(&token),
        "{rest}"
    );
    assert_eq!(eve.messages().len(), 1, "a stranger hears nothing");
    // The settings are the owner's alone, and hold no code.
    let directory = bot.path().join("home/config/guard");
    let mut written = fs::read_dir(&directory).unwrap().map(Result::unwrap);
    let settings = written.next().expect("settings");
    assert!(written.next().is_none());
    assert_eq!(settings.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(settings.path()).unwrap();
    assert!(text.contains(&token) && text.contains(&ADA.to_string()) && !text.contains(&code), "{text}");
    // Nothing is left to be set: the address of the server was taken over too.
    bot = bot.without("TELEGRAM_API_URL");
    let doctor = bot.command(&["doctor"]).output().unwrap();
    let report = String::from_utf8(doctor.stdout).unwrap();
    assert!(report.contains("@guard_test_bot") && !report.contains(&token), "{report}");
    bot.start();
    let said = ada.say("echo it works");
    ada.wait_text(said, "it works");
    // The code is used up, and the bot that runs knows nothing of codes.
    eve.say(&format!("/pair {code}"));
    let said = ada.say("/pwd");
    ada.wait("an answer", |message| message.id > said);
    bot.server.wait_confirmed();
    assert_eq!(eve.messages().len(), 2);
    // A second `init` does not overwrite.
    let again = bot.command(&arguments).stdin(Stdio::null()).output().unwrap();
    assert!(!again.status.success());
    assert!(String::from_utf8(again.stderr).unwrap().contains("[init-exists]"));
}

#[test]
fn five_wrong_codes_end_the_pairing() {
    let bot = bare().with("TELEGRAM_BOT_TOKEN", "");
    let bot = {
        let token = bot.server.token();
        bot.with("TELEGRAM_BOT_TOKEN", &token)
    };
    let (eve, approved) = (bot.eve(), bot.approved());
    // What was sent before the code was shown is no attempt: else nobody could pair for a day.
    for number in 0..6 {
        eve.say(&format!("/pair 2222222{}", number + 2));
    }
    for _ in 0..2 {
        let mut init = bot.command(&["init", "--agent", "shell", "--approved", approved.to_str().unwrap()]);
        let init = init.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut init = init.spawn().unwrap();
        let mut lines = BufReader::new(init.stdout.take().unwrap()).lines().map_while(Result::ok);
        lines.find(|line| line.starts_with("/pair ")).expect("a code");
        for number in 0..5 {
            eve.say(&format!("/pair 3333333{}", number + 2));
        }
        let output = init.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains("[pairing-exhausted]"), "{said}");
        assert!(fs::read_dir(bot.path().join("home/config/guard")).is_err());
    }
    assert_eq!(eve.messages().len(), 16, "a stranger hears nothing");
}

#[test]
fn what_cannot_work_is_refused_before_anybody_writes() {
    let refused = |bot: &Bot, code: &str| {
        let output = bot.command(&["run"]).stdin(Stdio::null()).output().unwrap();
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!output.status.success() && said.contains(code), "{code} is not in {said}");
        assert!(!said.contains("AAE"), "{said}");
    };
    refused(
        &Bot::new().with("TELEGRAM_BOT_TOKEN", "4800000001:AAEwrongwrongwrongwrongwrongwrong_xx"),
        "[telegram-unauthorized]",
    );
    refused(&Bot::new().with("TELEGRAM_API_URL", "http://192.0.2.1"), "TELEGRAM_API_URL");
    refused(&Bot::new().without("ALLOWED_USERS"), "ALLOWED_USERS");
    refused(&Bot::new().without("TELEGRAM_BOT_TOKEN"), "TELEGRAM_BOT_TOKEN");
    let mut first = Bot::new();
    first.start();
    refused(&first, "[already-running]");
    // Nor does `init` take a code, or anything else, away from a bot that runs.
    let approved = first.approved();
    let arguments = ["init", "--force", "--agent", "shell", "--approved", approved.to_str().unwrap()];
    let output = first.command(&arguments).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("[already-running]"), "{said}");
}

#[test]
fn settings_that_are_not_there_yet_are_refused_or_named() {
    let ask = |bot: &Bot, arguments: &[&str]| {
        let output = bot.command(arguments).stdin(Stdio::null()).output().unwrap();
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!output.status.success(), "{arguments:?}: {said}");
        said
    };
    let key = "x".repeat(40);
    let tokens = |bot: Bot| bot.with("ENABLE_TOKEN_AUTH", "true").with("AUTH_TOKEN_SECRET", &key);
    let redis = |bot: Bot| bot.with("GUARD_REDIS_URL", "redis://127.0.0.1:6379");
    for bot in [tokens(Bot::new()), redis(Bot::new())] {
        for arguments in [&["run"][..], &["doctor"]] {
            let said = ask(&bot, arguments);
            assert!(said.contains("[not-supported-yet]") && !said.contains(&key), "{said}");
        }
        // Nobody is asked to pair with a bot that will not start.
        let approved = bot.approved();
        let said = ask(&bot, &["init", "--force", "--approved", approved.to_str().unwrap()]);
        assert!(said.contains("[not-supported-yet]") && !said.contains("/pair"), "{said}");
        assert!(bot.server.calls().is_empty());
    }
    let other = Bot::new().with("TELEGRAM_BOT_USERNAME", "some_other_bot");
    assert!(ask(&other, &["run"]).contains("[bot-other-name]"));
    assert!(ask(&other, &["doctor"]).contains("[bot-other-name]"));
    // What does nothing is named, in the settings that docs/configuration.md lists and in those of the older bot.
    let mut noted = Bot::new()
        .with("TELEGRAM_BOT_USERNAME", "Guard_Test_Bot")
        .with("ENABLE_API_SERVER", "true")
        .with("GITHUB_WEBHOOK_SECRET", &key)
        .with("ENABLE_SCHEDULER", "true")
        .with("MAX_SESSIONS_PER_USER", "3")
        .with("ENABLE_VOICE_MESSAGES", "true");
    noted.start();
    let said = noted.said();
    for name in ["ENABLE_API_SERVER", "ENABLE_SCHEDULER", "MAX_SESSIONS_PER_USER", "ENABLE_VOICE_MESSAGES"] {
        assert!(said.lines().any(|line| line.contains("note") && line.contains(name)), "{name}: {said}");
    }
    assert!(!said.contains("RATE_LIMIT_REQUESTS") && !said.contains(&key), "{said}");
}

#[test]
fn a_bot_that_starts_before_its_network_waits_for_it() {
    let mut bot = Bot::new();
    bot.server.fault("getMe", 8, guard_e2e_telegram::Fault::Status(502));
    bot.launch();
    bot.server.wait_call("a try", |call| call.method == "getMe" || call.method == "getme");
    bot.wait_listening();
    assert!(bot.said().contains("trying again"), "{}", bot.said());
}

#[test]
fn the_unit_leaves_the_cell_what_it_needs() {
    let unit = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/guard-bot.service");
    let unit = fs::read_to_string(unit).unwrap();
    let options = unit.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>();
    for needed in ["ExecStart=%h/.cargo/bin/guard-bot run", "Restart=on-failure", "NoNewPrivileges=yes"] {
        assert!(options.contains(&needed), "{needed}");
    }
    for broken in
        ["ProtectProc", "ProtectKernelTunables", "ProcSubset", "RestrictNamespaces", "PrivateUsers", "UMask"]
    {
        assert!(
            !options.iter().any(|line| line.starts_with(broken)),
            "{broken} breaks the cell, or its files"
        );
    }
    // The one option that a test can have without a service manager.
    let mut bot = Bot::new();
    let run = bot.command(&["run"]);
    let mut command = std::process::Command::new("setpriv");
    command.arg("--no-new-privs").arg(run.get_program()).args(run.get_args()).env_clear();
    command.envs(run.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(bot.path());
    bot.launch_as(command);
    bot.wait_listening();
    let ada = bot.ada();
    let said = ada.say("cd web && touch made && ls");
    ada.wait_text(said, "made");
}
