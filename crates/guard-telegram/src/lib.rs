//! A Telegram Bot API client that does not lose updates, does not show its token and does not flood.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use guard_telegram::{ApiUrl, BotToken, Client, SendOptions, Text};
//! use secrecy::SecretString;
//!
//! # async fn run() -> Result<(), guard_telegram::Error> {
//! let token = BotToken::parse(&SecretString::from("110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"))?;
//! let client = Client::new(token, ApiUrl::default())?;
//! let batch = client.poll(None, Duration::from_secs(50)).await?;
//! for passed_over in &batch.undecodable {
//!     eprintln!("{}: {:?}", passed_over.code(), passed_over.update_id);
//! }
//! client.send(42, &Text::plain("hello"), &SendOptions::default()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! - [`Client`] sends, edits, polls and fetches; [`Api`] is the thin client below it, with every method of the Bot API.
//! - [`Batch`] holds updates that were decoded one by one.
//! - [`Rates`] and [`Urgency`] say who may send when; [`Retry`] and [`Backoff`] what happens after an error.
//! - [`Text`] is plain text with styles, which cannot be escaped wrongly because nothing is escaped; [`Answer`] is what
//!   an agent wrote, as a few messages or a file.
//!
//! # Out of scope
//!
//! Deciding who may talk to the bot, remembering the offset, webhooks. Secrets are found by a function of the caller.

mod api;
mod api_url;
mod client;
mod error;
mod pace;
mod retry;
mod text;
mod token;
mod updates;
mod wire;

pub use api::Api;
pub use api_url::ApiUrl;
pub use client::{Button, Client, Edited, Me, Options, RemoteFile, SendOptions, Webhook};
pub use error::Error;
pub use frankenstein;
pub use pace::{Rates, Urgency};
pub use retry::{Backoff, Jitter, Next, Retry};
pub use text::{Answer, CAPTION, Code, MESSAGE, Style, Text};
pub use token::BotToken;
pub use updates::{Batch, Outline, Undecodable};
pub use wire::{Limits, Roots};
