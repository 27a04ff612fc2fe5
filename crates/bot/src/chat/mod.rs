//! `guard-bot run`: a person drives the agent from Telegram.
//!
//! ```text
//! poll -> sender (who) -> command (what) -> inbox (durable) -> bot (one worker a person) -> pipeline (gate, agent)
//!                                                                   |  person, card, live, line: what the chat shows
//!                                                                   |  upload, keep: a file that came with a message
//! ```

mod attachment;
mod bot;
mod buttons;
mod card;
mod command;
mod commands;
mod desk;
mod files;
mod inbox;
mod keep;
mod line;
mod live;
mod memory;
mod pages;
mod pairing;
mod person;
mod poll;
mod progress;
mod quiet;
mod sender;
mod serve;
mod setup;
mod standing;
mod stop;
mod upload;

pub(crate) use serve::{Arguments, run};
pub(crate) use setup::{Health, InitArguments, examine, init};
