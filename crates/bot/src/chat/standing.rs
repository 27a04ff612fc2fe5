//! What the owner's settings mean for the chat, until they are read anew; replaced as a whole or not at all.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use guard_audit::{Event, Outcome};
use guard_auth::{Allowlist, UserId};
use guard_core::path::Root;
use secrecy::ExposeSecret as _;

use super::bot::Bot;
use super::sender::Rules;
use super::serve::{noted, unsupported};
use crate::cli::Common;
use crate::config::{Config, Purpose};
use crate::settings::Settings;
use crate::state::State;
use crate::workshop::{Kind, Workshop};

/// The settings at work.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) rules: Rules,
    pub(crate) workshop: Workshop,
    pub(crate) verbosity: u8,
    /// How long a question waits.
    pub(crate) expires: Duration,
}

impl Standing {
    /// Every guard proves itself and the agent is there, before anybody is let in.
    pub(super) fn new(
        config: Config,
        state: State,
        degraded: Option<String>,
        root: &Root,
        kind: Kind,
    ) -> anyhow::Result<Self> {
        let rules = rules(&config)?;
        let telegram = config.telegram.as_ref().context("TELEGRAM_BOT_TOKEN is not set [setting-missing]")?;
        let (verbosity, expires) = (telegram.verbosity, config.approval.expires);
        let log = state.log()?;
        let workshop = Workshop::new(config, state, log, degraded)?;
        let owner = rules.allowlist.users().next().and_then(|owner| rules.allowlist.authenticate(owner).ok());
        let owner = owner.context("ALLOWED_USERS names nobody [allowlist-empty]")?;
        drop(workshop.pipeline(&owner.actor(), root.path(), kind)?);
        Ok(Self { rules, workshop, verbosity, expires })
    }
}

fn rules(config: &Config) -> anyhow::Result<Rules> {
    let list: Vec<_> = config.access.allowed_users.iter().map(ToString::to_string).collect();
    let allowlist = Allowlist::parse(&list.join(","))
        .map_err(|error| anyhow::anyhow!("ALLOWED_USERS: {error} [{}]", error.code()))?;
    let admins = config.access.admins.iter().filter_map(|id| i64::try_from(*id).ok());
    let admins: BTreeSet<UserId> = admins.filter_map(|id| UserId::new(id).ok()).collect();
    let chats = config.telegram.iter().flat_map(|telegram| telegram.allowed_chats.iter().copied());
    Ok(Rules { allowlist, admins, chats: chats.collect() })
}

/// Reads the settings as the start did and puts them to work; on any error the old ones stay.
///
/// What runs goes on under the settings that it began with, but for people who are not on the list any more: that is
/// stopped.
pub(super) fn reload(bot: &Arc<Bot>, common: &Common, degraded: Option<String>) -> anyhow::Result<()> {
    let Settings { config, approved } = Settings::load(common, Purpose::Run)?;
    if let Some(unsupported) = unsupported(&config) {
        anyhow::bail!("{unsupported}");
    }
    let old = bot.standing();
    ensure!(
        is_same_bot(&config, old.workshop.config()) && Root::open(&approved)?.path() == bot.root.path(),
        "the bot, its server, its agent, the approved directory and the environment change only by a restart \
         [reload-needs-restart]"
    );
    noted(&config);
    let state = State::open(&config)?;
    let new = Arc::new(Standing::new(config, state, degraded, &bot.root, bot.kind)?);
    let event = Event::new("config_reloaded")
        .outcome(Outcome::Success)
        .detail("users", new.rules.allowlist.users().count())
        .detail("chats", new.rules.chats.len());
    // In force before it is told, and recorded before it is in force.
    bot.desk.record(event).map_err(|error| anyhow::anyhow!("{error} [{}]", error.code()))?;
    bot.stand(new);
    Ok(())
}

fn is_same_bot(new: &Config, old: &Config) -> bool {
    let address = |config: &Config| {
        let telegram = config.telegram.as_ref();
        telegram.map(|telegram| (telegram.token.expose_secret().to_owned(), telegram.api_url.clone()))
    };
    address(new) == address(old)
        && new.environment == old.environment
        && new.agent.kind == old.agent.kind
        && new.state.path() == old.state.path()
}
