//! Reads the configuration once, reports every problem with its place, and hands out typed values.
//!
//! Phase one reads text: the policy file `guard.toml`, the `.env` file (`run` only) and the environment, each
//! stronger than the one before. Phase two turns every text into a value, then looks at the whole: where things
//! lie ([`place`]) and whether production may run like this ([`production`]). A [`Config`] exists only when nothing
//! was found; otherwise [`ConfigErrors`] carries everything at once.
//!
//! # Out of scope
//! A project cannot configure anything, not even tighten: files inside an approved directory are never read, only
//! reported as ignored.

#![allow(dead_code, unused_imports, reason = "the commands that read it land separately")]

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
mod values;

pub(crate) use choice::{Approvals, Environment, LogLevel};
pub(crate) use fault::Fault;
pub(crate) use model::*;
pub(crate) use report::{ConfigErrors, Note, Origin, Place, Problem, Report, Row, Shown, Source};
pub(crate) use sources::{Purpose, Sources};
pub(crate) use state::StateDir;
pub(crate) use values::{NamePattern, ProgramPattern, Reason};
