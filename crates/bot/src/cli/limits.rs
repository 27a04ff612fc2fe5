//! `guard-bot limits`: what is allowed, what is used, and what the rule means.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use guard_auth::Principal;
use serde_json::json;

use super::Common;
use crate::config::Purpose;
use crate::say;
use crate::settings::Settings;
use crate::state::{Limits, State};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print the limits and what a principal has used.
    Show {
        /// The principal, such as `telegram:123`; the user of this process unless given.
        #[arg(long)]
        actor: Option<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say exactly what the limits admit.
    Explain,
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(common, Purpose::Command)?;
    let limits = State::open(&settings.config)?.limits(&settings.config)?;
    match &arguments.what {
        What::Show { actor, json } => {
            let actor = actor.clone().map_or_else(this_user, Ok)?;
            if *json {
                say::line(as_json(&limits, &actor)?)?;
            } else {
                say::line(table(&limits, &actor)?)?;
            }
        }
        What::Explain => say::line(explanation(&limits))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The principal that the user of this process is.
///
/// # Errors
///
/// The process is set-uid.
pub(crate) fn this_user() -> anyhow::Result<String> {
    let (real, effective) = (rustix::process::getuid(), rustix::process::geteuid());
    Ok(Principal::local(real.as_raw(), effective.as_raw())?.actor())
}

/// The limits in one line.
pub(crate) fn sentence(limits: &Limits) -> String {
    let asked = &limits.asked;
    format!(
        "{} requests per {} s, {} at once after a pause; {} per day, {} per run",
        asked.limit,
        asked.window.as_secs_f64(),
        asked.burst,
        limits.costs.policy().per_day(),
        limits.costs.policy().per_run(),
    )
}

/// The limits, and what `actor` has used of the money.
///
/// # Errors
///
/// The store cannot be read.
pub(crate) fn table(limits: &Limits, actor: &str) -> anyhow::Result<String> {
    let balance = limits.costs.balance(actor)?;
    Ok(format!(
        "actor     {}\nlimits    {}\nspent     {}\nheld      {}\nleft      {}",
        crate::render::plain(actor),
        sentence(limits),
        balance.spent,
        balance.held,
        balance.left,
    ))
}

fn as_json(limits: &Limits, actor: &str) -> anyhow::Result<serde_json::Value> {
    let balance = limits.costs.balance(actor)?;
    let resets_at = balance.resets_at.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    Ok(json!({
        "actor": actor,
        "requests": {
            "limit": limits.asked.limit,
            "window_seconds": limits.asked.window.as_secs_f64(),
            "burst": limits.asked.burst,
        },
        "cost_micro_usd": {
            "per_day": limits.costs.policy().per_day().micros(),
            "per_run": limits.costs.policy().per_run().micros(),
            "spent": balance.spent.micros(),
            "held": balance.held.micros(),
            "left": balance.left.micros(),
            "resets_at_unix": resets_at,
        },
    }))
}

fn explanation(limits: &Limits) -> String {
    let quota = &limits.quota;
    let policy = limits.costs.policy();
    format!(
        "requests  one allowance comes back every {:.3} s, at most {} are saved up.\n\
         \u{20}         In any window of w seconds at most {} + w / {:.3} are admitted: {} in {} s.\n\
         \u{20}         Prompts count. Stopping, status, answers and an agent's tool calls never do.\n\
         money     before a run starts, what it may cost at most is held: {}.\n\
         \u{20}         It starts only if spent + held + that <= {} for the UTC day.\n\
         \u{20}         At the end the real cost is booked and the rest is free again. A hold that is never settled,\n\
         \u{20}         because the program died, counts as spent after {} min.",
        quota.interval().as_secs_f64(),
        quota.burst(),
        quota.burst(),
        quota.interval().as_secs_f64(),
        quota.admits_within(limits.asked.window),
        limits.asked.window.as_secs_f64(),
        policy.per_run(),
        policy.per_day(),
        policy.lease().max(Duration::from_secs(60)).as_secs() / 60,
    )
}
