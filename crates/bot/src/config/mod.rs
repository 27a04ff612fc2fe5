//! Reads the configuration once, reports every problem with its place, and hands out typed values.
//!
//! Phase one reads text: the policy file `guard.toml`, the settings that `init` wrote beside it (`guard.env`), the
//! `.env` file (`run` only) and the environment, each stronger than the one before. Phase two turns every text into a value, then looks at the whole: where things
//! lie ([`place`]) and whether production may run like this ([`production`]). A [`Config`] exists only when nothing
//! was found; otherwise [`ConfigErrors`] carries everything at once.
//!
//! # Out of scope
//! A project cannot configure anything, not even tighten: files inside an approved directory are never read, only
//! reported as ignored.

#![allow(
    dead_code,
    reason = "settings of Telegram, webhooks and the model are read and checked before those land"
)]

mod choice;
mod dotenv;
mod fault;
mod file;
mod ignored;
mod layers;
mod legacy;
mod load;
mod model;
mod place;
mod policy_file;
mod prices;
mod production;
mod reader;
mod report;
mod roots;
mod secret;
mod sections;
mod settings;
mod sources;
mod state;
#[cfg(test)]
mod tests;
mod typo;
mod uploads;
mod values;

pub(crate) use choice::{AgentKind, Approvals};
pub(crate) use layers::settings_file;
pub(crate) use model::*;
pub(crate) use report::ConfigErrors;
pub(crate) use sources::{Purpose, Sources};

#[cfg(test)]
use {
    choice::Environment,
    fault::Fault,
    report::{Note, Row, Shown},
    values::ProgramPattern,
};
