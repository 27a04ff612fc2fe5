//! `guard-bot init`: from a token to settings that work; and what `guard-bot doctor` says of them.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{BufRead as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail, ensure};
use clap::Args;
use guard_auth::UserId;
use guard_telegram::frankenstein::types::{ChatType, Message};
use guard_telegram::frankenstein::updates::UpdateContent;
use guard_telegram::{ApiUrl, Backoff, BotToken, Client, Jitter, Next, Retry, SendOptions, Text};
use rustix::termios::{LocalModes, OptionalActions};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::{Instant, sleep, timeout_at};

use super::command::Said;
use super::pairing::{LIFE, Pairing, PairingError};
use super::serve::{explain, only_one, unsupported};
use crate::cli::Common;
use crate::config::{AgentKind, Config, Purpose, Sources, Telegram, settings_file};
use crate::engine;
use crate::state::State;
use crate::{render, say};

/// Answers with old messages that are passed over before the code is shown.
const MAX_OLD: usize = 1000;
/// The longest line that is read from the terminal or a file.
const MAX_LINE: u64 = 4096;

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// A file with the bot's token; else TELEGRAM_BOT_TOKEN or TELEGRAM_BOT_TOKEN_FILE, else it is asked for.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The owner's Telegram user id; else the owner pairs with a one-time code.
    #[arg(long, value_name = "ID")]
    owner: Option<i64>,
    /// Who does the work.
    #[arg(long, default_value = "claude", value_parser = ["claude", "shell"])]
    agent: String,
    /// Replace settings that were written before.
    #[arg(long)]
    force: bool,
}

/// Asks for what is missing, tries it, and writes it where only the owner reads.
pub(crate) fn init(common: &Common, arguments: &InitArguments) -> anyhow::Result<ExitCode> {
    let mut sources =
        Sources::from_process(Purpose::Run, common.config.clone()).context("current directory")?;
    let file =
        settings_file(&sources).context("neither HOME nor XDG_CONFIG_HOME names a directory [no-home]")?;
    ensure!(
        arguments.force || fs::symlink_metadata(&file).is_err(),
        "there are settings already; `--force` replaces them [init-exists]"
    );
    let token = token(&sources, arguments)?;
    let approved = approved(&sources, common)?;
    // The settings are judged by the same rules as at every start, before anybody is asked to pair.
    sources.env.insert("TELEGRAM_BOT_TOKEN".into(), token.expose_secret().into());
    sources.env.remove(std::ffi::OsStr::new("TELEGRAM_BOT_TOKEN_FILE"));
    sources.env.insert("APPROVED_DIRECTORY".into(), approved.clone().into());
    sources.env.insert("ALLOWED_USERS".into(), arguments.owner.unwrap_or(1).to_string().into());
    sources.env.insert("GUARD_AGENT".into(), arguments.agent.clone().into());
    // What was written before is replaced, so what is wrong with it does not matter.
    let mut judged = sources.clone();
    judged.config_file = None;
    judged.env.insert("XDG_CONFIG_HOME".into(), "/nonexistent/guard-init".into());
    let config = Config::load(&judged.evaluating(&approved)).map_err(refused)?;
    config
        .require_outside_roots(file.parent().unwrap_or(&file))
        .map_err(|fault| anyhow!("the settings would be written into it: {fault} [{}]", fault.code()))?;
    let telegram = config.telegram.as_ref().context("TELEGRAM_BOT_TOKEN is not set [setting-missing]")?;
    if let Some(unsupported) = unsupported(&config) {
        bail!("{unsupported}");
    }
    // A bot that runs would take the code for itself, and this would take what was meant for the bot.
    let _only =
        only_one(&State::open(&config)?, BotToken::parse(&telegram.token).map_err(explain)?.bot_id())?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("the runtime")?;
    let client = client(telegram)?;
    let owner = runtime.block_on(owner(&client, telegram, arguments.owner))?;
    let approved = config.approved.as_deref().unwrap_or(&approved);
    let text = settings(&token, owner, approved, arguments, telegram)?;
    write(&file, &text)?;
    say::line(format_args!(
        "Written to {}, closed to everybody else.",
        render::plain(&file.display().to_string())
    ))?;
    for name in ["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN"] {
        if arguments.agent == "claude" && sources.env.contains_key(std::ffi::OsStr::new(name)) {
            say::line(format_args!(
                "{name} is set in this shell only: a service finds it where the file names it, too."
            ))?;
        }
    }
    say::line("`guard-bot doctor` looks it over, `guard-bot run` starts the bot.")?;
    Ok(ExitCode::SUCCESS)
}

fn refused(errors: crate::config::ConfigErrors) -> anyhow::Error {
    anyhow!("these settings are refused\n{errors}")
}

fn client(telegram: &Telegram) -> anyhow::Result<Client> {
    let token = BotToken::parse(&telegram.token).map_err(explain)?;
    Client::new(token, ApiUrl::parse(&telegram.api_url).map_err(explain)?).map_err(explain)
}

fn token(sources: &Sources, arguments: &InitArguments) -> anyhow::Result<SecretString> {
    let set = sources.env.get(std::ffi::OsStr::new("TELEGRAM_BOT_TOKEN")).and_then(|value| value.to_str());
    let named = sources.env.get(std::ffi::OsStr::new("TELEGRAM_BOT_TOKEN_FILE")).map(PathBuf::from);
    let file = arguments.token_file.clone().or(named.filter(|named| !named.as_os_str().is_empty()));
    let text = match (file, set.filter(|set| !set.is_empty())) {
        (Some(path), _) => first_line(fs::File::open(path).context("the file of the token")?)?,
        (None, Some(set)) => set.to_owned(),
        (None, None) => {
            say::line(
                "A bot is made by writing /newbot to @BotFather in Telegram; it answers with a token.",
            )?;
            ask_hidden("Token")?
        }
    };
    Ok(SecretString::from(text.trim().to_owned()))
}

fn approved(sources: &Sources, common: &Common) -> anyhow::Result<PathBuf> {
    let set = sources.env.get(std::ffi::OsStr::new("APPROVED_DIRECTORY")).filter(|set| !set.is_empty());
    let given = match (&common.approved, set) {
        (Some(path), _) => path.clone(),
        (None, Some(set)) => PathBuf::from(set),
        (None, None) => {
            say::line("The directory of the project, or of all projects. Nothing outside of it is touched.")?;
            PathBuf::from(ask("Directory")?.trim())
        }
    };
    fs::canonicalize(&given).map_err(|_| anyhow!("the approved directory does not exist [directory-missing]"))
}

fn ask(what: &str) -> anyhow::Result<String> {
    say::piece(format_args!("{what}: "))?;
    let text = first_line(std::io::stdin())?;
    ensure!(!text.trim().is_empty(), "nothing was given [init-no-answer]");
    Ok(text)
}

/// Asks without showing what is typed.
fn ask_hidden(what: &str) -> anyhow::Result<String> {
    let stdin = std::io::stdin();
    let Ok(before) = rustix::termios::tcgetattr(&stdin) else { return ask(what) };
    let mut hidden = before.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    rustix::termios::tcsetattr(&stdin, OptionalActions::Flush, &hidden).context("the terminal")?;
    let answer = ask(what);
    rustix::termios::tcsetattr(&stdin, OptionalActions::Flush, &before).context("the terminal")?;
    say::line("")?;
    answer
}

fn first_line(from: impl std::io::Read) -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::BufReader::new(from.take(MAX_LINE)).read_line(&mut line).context("it is not text")?;
    Ok(line)
}

/// Tries the token, and lets the owner pair unless they are named.
async fn owner(client: &Client, telegram: &Telegram, named: Option<i64>) -> anyhow::Result<UserId> {
    let me = client.me().await.map_err(explain).context("Telegram")?;
    super::serve::named(telegram, &me.username)?;
    say::line(format_args!("The token is that of @{}.", render::plain(&me.username)))?;
    if let Some(id) = named {
        return UserId::new(id).map_err(|error| anyhow!("--owner: {error} [{}]", error.code()));
    }
    // Nobody can have known the code before it was shown, so old messages are no attempts.
    let offset = pass_over(client).await?;
    let (mut pairing, code) =
        Pairing::new(Instant::now()).map_err(|error| anyhow!("{error} [{}]", error.code()))?;
    say::line(format_args!(
        "Within {} minutes write this to @{} in a private chat:\n\n/pair {code}\n",
        LIFE.as_secs() / 60,
        render::plain(&me.username)
    ))?;
    let expires = pairing.expires();
    let paired = timeout_at(expires, pair(client, &mut pairing, &me.username, offset)).await;
    let Ok(paired) = paired else {
        bail!("{} [{}]", PairingError::Expired, PairingError::Expired.code());
    };
    let owner = paired?;
    say::line(format_args!("Paired: the owner is the Telegram user {owner}."))?;
    Ok(owner)
}

/// Reads what waits and returns the offset behind it.
async fn pass_over(client: &Client) -> anyhow::Result<Option<i64>> {
    let mut backoff = Backoff::new(Retry::calls(), Jitter::from_system());
    let mut offset = None;
    for _ in 0..MAX_OLD {
        match client.poll(offset, Duration::ZERO).await {
            Ok(batch) if batch.next_offset.is_none() => break,
            Ok(batch) => offset = batch.next_offset,
            Err(error) => match backoff.failed(&error) {
                Next::Again { after, .. } => sleep(after).await,
                Next::GiveUp => return Err(explain(error)),
            },
        }
    }
    Ok(offset)
}

async fn pair(
    client: &Client,
    pairing: &mut Pairing,
    bot: &str,
    mut offset: Option<i64>,
) -> anyhow::Result<UserId> {
    let mut backoff = Backoff::new(Retry::polls(), Jitter::from_system());
    loop {
        let batch = match client.poll(offset, Duration::from_secs(25)).await {
            Ok(batch) => batch,
            Err(error) => match backoff.failed(&error) {
                Next::Again { after, .. } => {
                    sleep(after).await;
                    continue;
                }
                Next::GiveUp => return Err(explain(error)),
            },
        };
        backoff.succeeded();
        offset = batch.next_offset.or(offset);
        for update in &batch.updates {
            let UpdateContent::Message(message) = &update.content else { continue };
            let Some((person, code)) = attempt(message, bot) else { continue };
            let tried = pairing.attempt(&code, Instant::now());
            if !matches!(tried, Err(PairingError::Wrong)) {
                // Neither the bot that starts later nor another `init` must see this message as its first.
                client.poll(offset, Duration::ZERO).await.ok();
            }
            match tried {
                Ok(()) => {
                    let text =
                        Text::plain("Paired: you are the owner of this bot. Start it with `guard-bot run`.");
                    client.send(person.get(), &text, &SendOptions::default()).await.ok();
                    return Ok(person);
                }
                // Whoever guesses hears nothing.
                Err(PairingError::Wrong) => say::line("Somebody sent a wrong code.")?,
                Err(error) => bail!("{error} [{}]", error.code()),
            }
        }
    }
}

/// A code that a person wrote with their own hands in a private chat.
fn attempt(message: &Message, bot: &str) -> Option<(UserId, String)> {
    let from = message.from.as_deref()?;
    let is_own = !from.is_bot
        && message.sender_chat.is_none()
        && message.forward_origin.is_none()
        && message.via_bot.is_none()
        && message.business_connection_id.is_none();
    let person = UserId::new(i64::try_from(from.id).ok()?).ok()?;
    let is_private = message.chat.type_field == ChatType::Private && message.chat.id == person.get();
    let Said::Pair(code) = Said::parse(message.text.as_deref()?, Some(bot)) else { return None };
    (is_own && is_private).then_some((person, code))
}

/// The settings as a file that `guard-bot` reads.
fn settings(
    token: &SecretString,
    owner: UserId,
    approved: &Path,
    arguments: &InitArguments,
    telegram: &Telegram,
) -> anyhow::Result<SecretString> {
    let approved = approved.to_str().context("the approved directory is not UTF-8 [path-not-utf8]")?;
    let is_plain = !approved.contains('\'') && !approved.contains(char::is_control);
    ensure!(
        is_plain,
        "the approved directory's name holds a quote or a control character [path-not-portable]"
    );
    let mut text = format!(
        "# Written by `guard-bot init`. Every setting: docs/configuration.md\n\
         TELEGRAM_BOT_TOKEN='{}'\nALLOWED_USERS='{owner}'\nAPPROVED_DIRECTORY='{approved}'\nGUARD_AGENT='{}'\n",
        token.expose_secret(),
        arguments.agent,
    );
    if telegram.api_url != "https://api.telegram.org" {
        text.push_str(&format!("TELEGRAM_API_URL='{}'\n", telegram.api_url));
    }
    Ok(SecretString::from(text))
}

/// Writes the file whole or not at all, with mode 0600 from its first moment.
fn write(file: &Path, text: &SecretString) -> anyhow::Result<()> {
    let directory = file.parent().context("the settings have no directory")?;
    DirBuilder::new().recursive(true).mode(0o700).create(directory).context("the configuration directory")?;
    let new = file.with_extension("new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).context("the settings");
        }
        _ => {}
    }
    let mut opened =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new).context("the settings")?;
    opened.write_all(text.expose_secret().as_bytes()).context("the settings")?;
    opened.sync_all().context("the settings")?;
    fs::rename(&new, file).context("the settings")?;
    Ok(())
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    Ok,
    Note,
    Bad,
}

/// What there is to say about the chat: a stable name, how it is, and words.
pub(crate) fn examine(config: &Config) -> Vec<(&'static str, Health, String)> {
    let Some(telegram) = &config.telegram else {
        return vec![("telegram", Health::Note, "not set up; `guard-bot init` does it".to_owned())];
    };
    let users = config.access.allowed_users.len();
    if let Some(unsupported) = unsupported(config) {
        return vec![("telegram", Health::Bad, unsupported.to_owned())];
    }
    let mut lines = vec![("allowlist", Health::Ok, format!("{users} may use the bot, and nobody else"))];
    if !telegram.allowed_chats.is_empty() {
        let chats = telegram.allowed_chats.len();
        lines.push((
            "chats",
            Health::Note,
            format!("{chats} groups count beside private chats: every member sees what is said there"),
        ));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (client, runtime) = match (client(telegram), runtime) {
        (Ok(client), Ok(runtime)) => (client, runtime),
        (Err(error), _) => {
            lines.push(("telegram", Health::Bad, format!("{error:#}")));
            return lines;
        }
        (_, Err(error)) => {
            lines.push(("telegram", Health::Bad, format!("the runtime: {error}")));
            return lines;
        }
    };
    runtime.block_on(async {
        match client.me().await {
            Ok(me) => lines.push(match super::serve::named(telegram, &me.username) {
                Ok(()) => ("telegram", Health::Ok, format!("the token is that of @{}", me.username)),
                Err(error) => ("telegram", Health::Bad, format!("{error:#}")),
            }),
            Err(error) => {
                lines.push(("telegram", Health::Bad, format!("{error} [{}]", error.code())));
                return;
            }
        }
        lines.push(match client.webhook().await {
            Ok(webhook) if webhook.is_set => (
                "webhook",
                Health::Bad,
                "a webhook is set, so nothing can be polled; call deleteWebhook [telegram-webhook-set]"
                    .to_owned(),
            ),
            Ok(webhook) => ("webhook", Health::Ok, format!("none is set; {} updates wait", webhook.pending)),
            Err(error) => ("webhook", Health::Note, format!("cannot be told: {error} [{}]", error.code())),
        });
    });
    let approved = config.approved.as_deref().unwrap_or(Path::new("/"));
    lines.push(match (config.agent.kind, engine::program(config, approved)) {
        (AgentKind::Shell, _) => ("agent", Health::Ok, "shell: each message is a command line".to_owned()),
        (AgentKind::Claude, Ok(_)) => ("agent", Health::Ok, "claude: each message is a prompt".to_owned()),
        (AgentKind::Claude, Err(fault)) => {
            ("agent", Health::Bad, format!("{fault} [{}]; or set GUARD_AGENT=shell", fault.code()))
        }
    });
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[track_caller]
    fn check(changes: Value, want: Option<(i64, &str)>) {
        let mut message = json!({
            "message_id": 5, "date": 1, "text": "/pair ABCD EFGH",
            "from": {"id": 7, "is_bot": false, "first_name": "A"},
            "chat": {"id": 7, "type": "private"},
        });
        for (name, value) in changes.as_object().unwrap() {
            message[name] = value.clone();
        }
        let message: Message = serde_json::from_value(message).unwrap();
        let got = attempt(&message, "my_bot").map(|(person, code)| (person.get(), code));
        assert_eq!(got, want.map(|(person, code)| (person, code.to_owned())), "{changes}");
    }

    #[test]
    fn only_a_person_in_a_private_chat_can_pair() {
        check(json!({}), Some((7, "ABCD EFGH")));
        check(json!({"text": "/pair@my_bot abcd"}), Some((7, "abcd")));
        check(json!({"text": "/pair@other_bot abcd"}), None);
        check(json!({"text": "ABCD"}), None);
        check(json!({"chat": {"id": -5, "type": "group"}}), None);
        check(json!({"chat": {"id": 8, "type": "private"}}), None);
        check(json!({"from": {"id": 7, "is_bot": true, "first_name": "B"}}), None);
        check(json!({"from": null}), None);
        check(json!({"sender_chat": {"id": -5, "type": "channel"}}), None);
        check(json!({"forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "M"}}), None);
    }

    #[test]
    fn the_settings_are_private_from_their_first_moment_and_replaced_whole() {
        use std::os::unix::fs::PermissionsExt as _;
        let temporary = tempfile::tempdir().unwrap();
        let file = temporary.path().join("config/guard/guard.env");
        for text in ["A=1\n", "A=2\n"] {
            write(&file, &SecretString::from(text)).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
            assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
        }
    }
}
