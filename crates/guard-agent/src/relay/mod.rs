//! The one way out of a cell without network: to the model API, on the owner's terms.
//!
//! A [`Relay`] listens on a Unix socket that is bound into the cell, where a [`Forwarder`](forward::Forwarder) makes
//! it a port. It passes the model API's requests on and nothing else. The credential is added outside and cannot be
//! read inside; the model is one with a price; each call is [reserved](Meter) before it is sent, and its cost is read
//! from the answer as it passes. An answer that breaks off is booked at what it told plus the most that it may have
//! cost unseen.
//!
//! The API itself must not become the way out, so what it would fetch, run or keep for the client is refused: content
//! by address or by file number, tools that run at the API, fields that are not known. Hosts that a person approved
//! are reached by CONNECT.
//!
//! ```
//! use std::sync::Arc;
//! use guard_agent::relay::{Budget, Credential, MicroUsd, Model, Models, Options, Price, Relay, Upstream};
//!
//! let price = Price {
//!     input: MicroUsd::new(3_000_000), // three dollars for a million tokens
//!     output: MicroUsd::new(15_000_000),
//!     cache_write: MicroUsd::new(3_750_000),
//!     cache_write_hour: MicroUsd::new(6_000_000),
//!     cache_read: MicroUsd::new(300_000),
//! };
//! let models = Models::new().with("claude-sonnet-4-5", Model { price, context_tokens: 200_000, output_tokens: 64_000 });
//! let budget = Arc::new(Budget::new(MicroUsd::new(500_000)));
//! # let directory = tempfile::tempdir()?;
//! # let directory = directory.path();
//! # let key = "sk-ant-example";
//! let options = Options::new(
//!     directory, // the owner's alone
//!     Upstream::parse("http://127.0.0.1:8123")?,
//!     Credential::ApiKey(key.into()),
//!     models,
//!     budget,
//! );
//! let relay = Relay::start(options.on_event(|event| eprintln!("{event:?}")))?;
//! println!("bind {} into the cell", relay.socket().display());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Out of scope
//!
//! - What the model is told: everything that the cell holds may be sent to the model API.
//! - Tools that run at the API, such as its web search: they cannot be judged here and cost by the use.
//! - Charges that the answer does not tell, and discounts: the provider's bill is the provider's.
//! - Proxies on the way to the model API, and fetching or refreshing OAuth tokens.

mod answer;
mod booking;
mod call;
mod content;
mod credential;
mod error;
mod event;
pub mod forward;
mod handle;
mod headers;
mod host;
mod meter;
mod model;
mod options;
mod pool;
mod price;
mod refusal;
mod request;
mod serve;
mod socket;
mod sse;
mod state;
mod timed;
mod tunnel;
mod upstream;
mod usage;

pub use crate::MicroUsd;
pub use credential::Credential;
pub use error::RelayError;
pub use event::{Booked, Event};
pub use handle::Relay;
pub use host::Host;
pub use meter::{Budget, Meter, MeterRefusal};
pub use model::{Model, Models};
pub use options::{Limits, Options};
pub use price::Price;
pub use refusal::Refusal;
pub use sse::{SseUsage, Unreadable};
pub use upstream::Upstream;
pub use usage::Tokens;
