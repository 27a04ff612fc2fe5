//! Other people's client libraries hold a scripted conversation with the server.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use guard_e2e_telegram::Server;

use crate::cache;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/clients");
const GRAMMY: &str = "1.46.0";

/// What each conversation has to call successfully.
const METHODS: [&str; 13] = [
    "getMe",
    "getUpdates",
    "sendMessage",
    "sendMessageDraft",
    "sendDocument",
    "sendChatAction",
    "editMessageText",
    "deleteMessage",
    "answerCallbackQuery",
    "getFile",
    "setMyCommands",
    "deleteWebhook",
    "logOut",
];

/// What each conversation has to be told.
const ERRORS: [(u16, &str); 20] = [
    (400, "Bad Request: chat not found"),
    (400, "Bad Request: message is too long"),
    (400, "Bad Request: can't parse entities: "),
    (400, "Bad Request: BUTTON_DATA_INVALID"),
    (400, "Bad Request: BOT_COMMAND_INVALID"),
    (400, "Bad Request: command description must be non-empty"),
    (400, "Bad Request: TEXTDRAFT_PEER_INVALID"),
    (400, "Bad Request: message to be replied not found"),
    (400, "Bad Request: message to edit not found"),
    (400, "Bad Request: message to delete not found"),
    (
        400,
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same",
    ),
    (400, "Bad Request: query is too old and response timeout expired or query ID is invalid"),
    (400, "Bad Request: entity beginning at UTF-16 offset 0 ends "),
    (400, "Bad Request: text must be non-empty"),
    (400, "Bad Request: file must be non-empty"),
    (403, "Forbidden: bot was blocked by the user"),
    (
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    ),
    (
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    ),
    (429, "Too Many Requests: retry after "),
    (400, "Logged out"),
];

/// Runs a script and looks at what the server saw of it. `except` are the errors that the library does not let a script
/// provoke, or the other script does.
#[track_caller]
fn converse(mut script: Command, except: &[&str]) {
    let server = Server::start();
    let output = cache::run(script.arg(server.url()).arg(server.token()));
    assert_eq!(output.lines().last(), Some("the conversation went as scripted"), "{output}");
    let calls = server.calls();
    let called: BTreeSet<_> =
        calls.iter().filter(|call| call.status == 200).map(|call| call.method.as_str()).collect();
    let missing: Vec<_> = METHODS.iter().filter(|method| !called.contains(**method)).collect();
    assert!(missing.is_empty(), "never called: {missing:?}");
    let was_told = |(code, words): &&(u16, &str)| {
        calls.iter().any(|call| call.status == *code && call.description.starts_with(words))
    };
    let untold: Vec<_> =
        ERRORS.iter().filter(|error| !was_told(error) && !except.contains(&error.1)).collect();
    assert!(untold.is_empty(), "never told: {untold:?}");
}

#[test]
fn aiogram_holds_the_scripted_conversation() {
    let scripts = Path::new(SCRIPTS).join("aiogram");
    let requirements = fs::read_to_string(scripts.join("requirements.txt")).expect("the requirements");
    let version = requirements.lines().find_map(|line| line.strip_prefix("aiogram==")).expect("a version");
    let place = cache::place(&format!("aiogram-{version}"), |place| {
        cache::run(Command::new("python3").args(["-m", "venv"]).arg(place.join("venv")));
        cache::run(
            Command::new(place.join("venv/bin/python"))
                .args(["-m", "pip", "--disable-pip-version-check", "install", "--quiet"])
                .args(["--only-binary", ":all:", "--requirement"])
                .arg(scripts.join("requirements.txt")),
        );
    });
    let mut script = Command::new(place.join("venv/bin/python"));
    script.arg(scripts.join("conversation.py")).env("PYTHONDONTWRITEBYTECODE", "1");
    converse(script, &["Bad Request: command description must be non-empty"]);
}

#[test]
fn grammy_holds_the_scripted_conversation() {
    let place = cache::place(&format!("grammy-{GRAMMY}"), |place| {
        let mut npm = Command::new("npm");
        npm.args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--prefix"]);
        cache::run(npm.arg(place).arg(format!("grammy@{GRAMMY}")).current_dir(place));
    });
    // A module looks for packages above itself.
    let script =
        tempfile::Builder::new().suffix(".mjs").tempfile_in(&place).expect("a file beside the package");
    fs::copy(Path::new(SCRIPTS).join("grammy/conversation.mjs"), script.path()).expect("a copy");
    let mut node = Command::new("node");
    node.arg(script.path());
    converse(node, &["Bad Request: text must be non-empty", "Bad Request: file must be non-empty"]);
}
