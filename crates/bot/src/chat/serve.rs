//! Start, work and end of `guard-bot run`.

use std::fs::File;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use guard_audit::{Event, Outcome};
use guard_core::path::Root;
use guard_store::Store;
use guard_telegram::{ApiUrl, Backoff, BotToken, Client, Error, Jitter, Me, Next, Retry};
use rustix::fs::{FlockOperation, Mode, OFlags};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};

use super::bot::{Bot, Parts, now};
use super::command::COMMANDS;
use super::desk::Desk;
use super::inbox::{Inbox, MIGRATIONS};
use super::line::{Line, Spot, may_pass};
use super::memory::Memory;
use super::poll::Poll;
use super::standing::{Standing, reload};
use super::stop::Stop;
use crate::cli::Common;
use crate::config::{AgentKind, Config, Purpose, Telegram};
use crate::settings::Settings;
use crate::state::State;
use crate::workshop::Kind;
use crate::{render, say};

/// Between two tries to tell of interruptions; doubled each time.
const REPORT_FIRST: Duration = Duration::from_secs(5);
const REPORT_MOST: Duration = Duration::from_secs(300);
/// How long runs may go on after the program was asked to end.
const GRACE: Duration = Duration::from_secs(20);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Who does the work; else GUARD_AGENT.
    #[arg(long)]
    agent: Option<Kind>,
    /// Work with a weaker cell where bubblewrap or user namespaces are missing.
    #[arg(long)]
    allow_degraded: bool,
}

pub(crate) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let Settings { config, approved } = Settings::load(common, Purpose::Run)?;
    let telegram = supported(&config)?;
    let token = BotToken::parse(&telegram.token).map_err(explain)?;
    let client = Client::new(token.clone(), ApiUrl::parse(&telegram.api_url).map_err(explain)?);
    let client = client.map_err(explain)?;
    let state = State::open(&config)?;
    let _only = only_one(&state, token.bot_id())?;
    let store = Store::open(state.chat(token.bot_id()), MIGRATIONS)
        .map_err(|error| anyhow::anyhow!("the store of the chat: {error} [{}]", error.code()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("the runtime")?;
    let started = Started {
        common: common.clone(),
        kind: arguments.agent.unwrap_or_else(|| kind(config.agent.kind)),
        degraded: arguments.allow_degraded.then(|| "--allow-degraded".to_owned()),
        config,
        approved,
        state,
        store,
        client,
    };
    let ended = runtime.block_on(serve(started));
    // What still runs is ended with the process, and reported when it comes back.
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended.map(|()| ExitCode::SUCCESS)
}

struct Started {
    common: Common,
    kind: Kind,
    degraded: Option<String>,
    config: Config,
    approved: std::path::PathBuf,
    state: State,
    store: Store,
    client: Client,
}

/// What this version cannot hold: running without it would be a hole, or would do less than was asked for.
pub(super) fn unsupported(config: &Config) -> Option<&'static str> {
    (config.access.token_key.is_some() || config.redis_url.is_some()).then_some(
        "ENABLE_TOKEN_AUTH and GUARD_REDIS_URL are not supported yet, and the bot does not run without them where \
         they are set [not-supported-yet]",
    )
}

/// Refuses settings whose silence would be a hole, and names those that only do nothing.
fn supported(config: &Config) -> anyhow::Result<&Telegram> {
    if let Some(unsupported) = unsupported(config) {
        bail!("{unsupported}");
    }
    noted(config);
    config.telegram.as_ref().context("TELEGRAM_BOT_TOKEN is not set [setting-missing]")
}

/// Says what is set and means nothing, or something doubtful.
pub(super) fn noted(config: &Config) {
    for note in &config.report.notes {
        say::log(format_args!("note: {}", render::output(&note.to_string())));
    }
}

const fn kind(kind: AgentKind) -> Kind {
    match kind {
        AgentKind::Claude => Kind::Claude,
        AgentKind::Shell => Kind::Shell,
    }
}

/// Two programs that poll with one token would take each other's updates.
pub(super) fn only_one(state: &State, bot: &str) -> anyhow::Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let file =
        rustix::fs::open(state.chat_lock(bot), flags, Mode::RUSR | Mode::WUSR).context("the lock file")?;
    if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        bail!("this bot is running already on this machine [already-running]");
    }
    Ok(File::from(file))
}

async fn serve(started: Started) -> anyhow::Result<()> {
    let again = (started.common.clone(), started.degraded.clone());
    let bot = Arc::new(make(started).await?);
    bot.inbox.recover(now()).map_err(unstored)?;
    let event = Event::new("sys_startup").outcome(Outcome::Success).detail("agent", bot.agent_name());
    bot.desk.record(event).map_err(|error| anyhow::anyhow!("{error} [{}]", error.code()))?;
    let username = render::plain(&bot.username);
    say::line(format_args!("guard-bot: @{username} listens, {} works in {}", bot.agent_name(), shown(&bot)))
        .ok();
    let stop = Arc::new(Stop::new());
    tokio::spawn(wait_for_signal(Arc::clone(&stop))?);
    tokio::spawn(wait_for_hangup(Arc::clone(&bot), Arc::clone(&stop), again)?);
    tokio::spawn(introduce(Arc::clone(&bot)));
    tokio::spawn(report_interrupted(Arc::clone(&bot)));
    let kept = bot.standing().workshop.config().retention.data;
    let polled = Poll::new(Arc::clone(&bot), kept).map_err(unstored)?.run(&stop).await;
    bot.is_closing.store(true, Ordering::SeqCst);
    wind_down(&bot).await;
    let event = Event::new("sys_shutdown").outcome(Outcome::Success).detail("running", bot.busy());
    let recorded = bot.desk.record(event).and_then(|()| bot.desk.books().log().anchor());
    polled?;
    recorded.map(drop).map_err(|error| anyhow::anyhow!("{error} [{}]", error.code()))
}

async fn make(started: Started) -> anyhow::Result<Bot> {
    let Started { kind, degraded, config, approved, state, store, client, .. } = started;
    let root = Root::open(&approved)
        .map_err(|error| anyhow::anyhow!("the approved directory: {error} [{}]", error.code()))?;
    for concern in root.concerns().unwrap_or_default() {
        say::log(format_args!("note: {}", render::finding(&concern)));
    }
    let standing = Standing::new(config, state, degraded, &root, kind)?;
    let workshop = &standing.workshop;
    let me = introduced(&client).await?;
    if let Some(telegram) = &workshop.config().telegram {
        named(telegram, &me.username)?;
    }
    let memory = Memory::new(store.clone());
    let is_locked = memory.locked_by().map_err(unstored)?.is_some();
    let line = Line::new(client, workshop.redactor());
    let desk = Desk::new(line, workshop.books(), Instant::now());
    Ok(Bot::new(Parts {
        desk,
        standing,
        inbox: Inbox::new(store),
        memory,
        root,
        kind,
        username: me.username,
        is_locked,
    }))
}

/// Asks Telegram who the bot is. A machine that starts before its network is up waits for it.
async fn introduced(client: &Client) -> anyhow::Result<Me> {
    let mut backoff = Backoff::new(Retry::polls(), Jitter::from_system());
    let mut is_told = false;
    loop {
        let error = match client.me().await {
            Ok(me) => return Ok(me),
            Err(error) if may_pass(&error) => error,
            Err(error) => return Err(explain(error)).context("Telegram"),
        };
        let Next::Again { after, loud } = backoff.failed(&error) else {
            return Err(explain(error)).context("Telegram");
        };
        if loud || !is_told {
            is_told = true;
            say::log(format_args!("{error} [{}]; trying again", error.code()));
        }
        sleep(after).await;
    }
}

/// Where the name of the bot was set, the token must be that bot's.
pub(super) fn named(telegram: &Telegram, username: &str) -> anyhow::Result<()> {
    let is_other = telegram.username.as_ref().is_some_and(|name| !name.eq_ignore_ascii_case(username));
    ensure!(
        !is_other,
        "TELEGRAM_BOT_USERNAME names another bot than the token, which is that of @{} [bot-other-name]",
        render::plain(username)
    );
    Ok(())
}

/// The first signal asks to end, the second ends at once.
fn wait_for_signal(stop: Arc<Stop>) -> anyhow::Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate()).context("signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("signals")?;
    Ok(async move {
        for is_second in [false, true] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if is_second {
                std::process::exit(130);
            }
            stop.begin();
        }
    })
}

/// A service is told by this signal to read its settings anew; at a terminal it means that the terminal is gone.
fn wait_for_hangup(
    bot: Arc<Bot>,
    stop: Arc<Stop>,
    (common, degraded): (Common, Option<String>),
) -> anyhow::Result<impl Future<Output = ()> + Send> {
    let mut hangup = signal(SignalKind::hangup()).context("signals")?;
    let is_at_terminal = rustix::termios::isatty(std::io::stdin());
    Ok(async move {
        while hangup.recv().await.is_some() {
            if is_at_terminal {
                return stop.begin();
            }
            // It reads files and proves guards.
            let reloaded = tokio::task::block_in_place(|| reload(&bot, &common, degraded.clone()));
            match reloaded {
                Ok(()) => {
                    say::line("guard-bot: the settings were read anew").ok();
                }
                Err(error) => {
                    let error = render::output(&format!("{error:#}"));
                    say::log(format_args!("the settings stay as they were: {error}"));
                }
            }
        }
    })
}

/// Telegram offers the commands while somebody types. Nothing depends on it.
async fn introduce(bot: Arc<Bot>) {
    if let Err(error) = bot.desk.line.client().set_commands(COMMANDS).await {
        say::log(format_args!("the list of commands could not be set [{}]", error.code()));
    }
}

/// Tells everybody whose run did not survive the end of the program, until each of them was told.
async fn report_interrupted(bot: Arc<Bot>) {
    let text = "This was interrupted when the bot ended, and is not started again. Look at what it did, and send it \
                anew if you want it.";
    let mut pause = REPORT_FIRST;
    loop {
        let Ok(interrupted) = bot.inbox.interrupted() else {
            sleep(REPORT_MOST).await;
            continue;
        };
        if interrupted.is_empty() {
            return;
        }
        for found in interrupted {
            let told = match bot.standing().rules.speaker_again(found.person, found.chat) {
                Ok(_) => {
                    let spot = Spot { chat: found.chat, reply_to: i32::try_from(found.message).ok() };
                    bot.desk.line.say(spot, text).await.map(drop)
                }
                // Whoever is not heard any more is not told either.
                Err(_) => Err(Error::Forbidden),
            };
            let is_over = match &told {
                Ok(()) => true,
                Err(error) => {
                    say::log(format_args!("an interruption could not be told [{}]", error.code()));
                    !may_pass(error)
                }
            };
            if is_over && let Err(error) = bot.inbox.reported(found.id, now()) {
                say::log(format_args!("a report could not be stored [{}]", error.code()));
            }
        }
        sleep(pause).await;
        pause = (pause * 2).min(REPORT_MOST);
    }
}

/// Waits for what runs; what takes too long is reported as interrupted when the program comes back.
async fn wind_down(bot: &Arc<Bot>) {
    let deadline = Instant::now() + GRACE;
    if bot.busy() > 0 {
        say::line(format_args!("guard-bot: waiting for {} to end", bot.busy())).ok();
    }
    while bot.busy() > 0 && Instant::now() < deadline {
        sleep(Duration::from_millis(100)).await;
    }
}

fn shown(bot: &Bot) -> String {
    render::plain(&bot.root.path().display().to_string())
}

pub(super) fn explain(error: Error) -> anyhow::Error {
    anyhow::anyhow!("{error} [{}]", error.code())
}

fn unstored(error: guard_store::StoreError) -> anyhow::Error {
    anyhow::anyhow!("the store of the chat: {error} [{}]", error.code())
}
