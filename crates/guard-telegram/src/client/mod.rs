mod files;
mod options;
mod say;
mod talk;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::time::sleep;

use crate::api::json;
use crate::pace::Pacer;
use crate::wire::{Body, Envelope};
use crate::{Api, ApiUrl, Backoff, Batch, BotToken, Error, Next};

pub use files::RemoteFile;
pub use options::{Button, Options, SendOptions};
pub use say::Edited;
pub use talk::{Me, Webhook};

/// Beyond the time-out of a poll, for its answer to arrive.
const POLL_SLACK: Duration = Duration::from_secs(15);
/// The longest poll that Telegram's proxies reliably keep open.
const LONGEST_POLL: Duration = Duration::from_secs(50);

/// A bot's way to Telegram: paced, repeated where that helps, bounded.
///
/// Clones share connections and budget. Messages to one chat arrive in the order in which they were sent, urgent ones
/// first. A message whose answer is lost is sent again, so a person may see it twice but does not miss it.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.0.api).finish()
    }
}

struct Inner {
    api: Api,
    pacer: Arc<Pacer>,
    options: Options,
}

impl Client {
    /// A client for one bot on one server. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// [`Error::Roots`].
    pub fn new(token: BotToken, url: ApiUrl) -> Result<Self, Error> {
        Self::with_options(token, url, Options::default())
    }

    /// The same with other bounds, rates, repetition or randomness.
    ///
    /// # Errors
    ///
    /// [`Error::Roots`].
    pub fn with_options(token: BotToken, url: ApiUrl, options: Options) -> Result<Self, Error> {
        let api = Api::with_limits(token, url, &options.roots, options.limits.clone())?;
        let pacer = Arc::new(Pacer::new(options.rates.clone()));
        Ok(Self(Arc::new(Inner { api, pacer, options })))
    }

    /// The thin client, for methods that have no place here. Its calls are neither paced nor repeated.
    #[must_use]
    pub fn api(&self) -> &Api {
        &self.0.api
    }

    /// Asks once for updates from `offset` on, and waits up to `wait` (at most 50 s) for one to arrive.
    ///
    /// Only kinds that a bot of this workspace handles are asked for: messages, edits, taps, stops of a draft, and
    /// being added or removed. Nothing is repeated: [`Backoff`] tells when to ask again.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of the network and the server.
    pub async fn poll(&self, offset: Option<i64>, wait: Duration) -> Result<Batch, Error> {
        match self.poll_some(offset, wait, 100).await {
            // Large updates are few; ask for them one at a time.
            Err(Error::TooLarge) => self.poll_some(offset, wait, 1).await,
            other => other,
        }
    }

    async fn poll_some(&self, offset: Option<i64>, wait: Duration, limit: u32) -> Result<Batch, Error> {
        let wait = wait.min(LONGEST_POLL);
        let allowed =
            ["message", "edited_message", "callback_query", "stopped_message_generation", "my_chat_member"];
        let params = serde_json::json!({
            "offset": offset, "limit": limit, "timeout": wait.as_secs(), "allowed_updates": allowed,
        });
        let within = wait.saturating_add(POLL_SLACK);
        let (status, bytes) = self.0.api.http.call("getUpdates", json(&params)?, within).await?;
        Batch::decode(Envelope::open(status, &bytes)?.get())
    }

    /// Calls a method until it succeeds, is refused, or enough was tried.
    async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        body: Body,
        within: Duration,
        chat: Option<i64>,
    ) -> Result<T, Error> {
        let mut backoff = Backoff::new(self.0.options.calls.clone(), self.0.options.jitter.clone());
        loop {
            let error = match self.0.api.result(method, body.clone(), within).await {
                Ok(result) => return Ok(result),
                Err(error) => error,
            };
            if let (Error::RetryAfter { after }, Some(chat)) = (&error, chat) {
                self.0.pacer.pause(chat, *after);
            }
            match backoff.failed(&error) {
                Next::Again { after, .. } => sleep(after).await,
                Next::GiveUp => return Err(error),
            }
        }
    }
}

/// What is read of a message that was sent. More could only make a message that arrived look like one that did not.
#[derive(Deserialize)]
struct Sent {
    message_id: i32,
}

/// A result that is true or, of some methods, the changed message; it tells nothing more than that it worked.
type Done = Box<RawValue>;
