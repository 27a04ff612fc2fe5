//! A Bot API server for tests: strict as Telegram is, on the loopback, with people who are scripted and faults on
//! demand.
//!
//! ```
//! use guard_e2e_telegram::{Fault, Server};
//!
//! let server = Server::start();
//! let ada = server.person(7, "Ada");
//! ada.say("hello");
//! server.fault("getUpdates", 1, Fault::TooMany { retry_after: 2 });
//! println!("a bot finds it at {} with the token {}", server.url(), server.token());
//! assert!(ada.messages().iter().all(|message| !message.from_bot));
//! ```
//!
//! The whole interface: [`Server`] (the world and its faults), [`Person`] (what people do and see), [`Call`] (what the
//! bot did). [`Server::url`] with `/control/ACTION` appended offers the same to other languages; the binary
//! `telegram-test-server` is nothing but that. Descriptions of errors are those that the public server gives; where
//! Telegram documents a bound but no text, the text is of the same shape.
//!
//! # Out of scope
//!
//! - What no bot of this workspace calls: media other than documents, inline mode, payments, topics, rich messages.
//! - `parse_mode=Markdown`, the old one, and quotes in MarkdownV2: `unsupported parse_mode` and a reserved character.
//! - Links, mentions and hashtags found by themselves; only commands are.
//! - Telegram's real rates, which are not published: [`Limits`] holds what its documentation advises.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test server that meets what it does not expect fails the test, and knows which kinds it means"
)]

mod answer;
mod body;
mod calls;
mod chat;
mod clock;
mod control;
mod entities;
mod fault;
mod files;
mod html;
mod http;
mod keyboard;
mod limits;
mod markdown;
mod methods;
mod multipart;
mod params;
mod people;
mod person;
mod server;
mod text;
mod updates;
mod world;

pub use calls::Call;
pub use fault::Fault;
pub use limits::{Limits, Rate};
pub use person::{Button, Message, Person};
pub use server::{Server, run};
