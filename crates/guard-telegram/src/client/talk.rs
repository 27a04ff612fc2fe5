//! Calls that show nothing in a chat and are not counted.

use frankenstein::methods::{
    AnswerCallbackQueryParams, DeleteWebhookParams, SendChatActionParams, SetMyCommandsParams,
};
use frankenstein::types::{BotCommand, ChatAction};
use hyper::body::Bytes;
use serde::Deserialize;

use super::{Client, Done};
use crate::api::json;
use crate::wire::Body;
use crate::{Error, Text};

/// The most characters that the answer to a tap may have.
const TOAST: usize = 200;

/// Who the bot is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Me {
    /// Its number.
    pub id: u64,
    /// Its name, without the `@`.
    #[serde(default)]
    pub username: String,
}

/// Whether updates are pushed somewhere instead of being polled.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Webhook {
    /// A webhook is set. Its address may hold a secret and is not kept.
    pub is_set: bool,
    /// Updates that wait.
    pub pending: u32,
}

#[derive(Deserialize)]
struct WireWebhook {
    url: String,
    pending_update_count: u32,
}

impl Client {
    /// Asks who the bot is, which also proves the token.
    ///
    /// # Errors
    ///
    /// [`Error::Unauthorized`], or any of the network and the server.
    pub async fn me(&self) -> Result<Me, Error> {
        self.plain("getMe", Body::Json(Bytes::from_static(b"{}")), None).await
    }

    /// Asks whether a webhook is set.
    ///
    /// # Errors
    ///
    /// Any of the network and the server.
    pub async fn webhook(&self) -> Result<Webhook, Error> {
        let wire: WireWebhook =
            self.plain("getWebhookInfo", Body::Json(Bytes::from_static(b"{}")), None).await?;
        Ok(Webhook { is_set: !wire.url.is_empty(), pending: wire.pending_update_count })
    }

    /// Deletes the webhook and keeps what waits.
    ///
    /// # Errors
    ///
    /// Any of the network and the server.
    pub async fn delete_webhook(&self) -> Result<(), Error> {
        let _: Done =
            self.plain("deleteWebhook", json(&DeleteWebhookParams::builder().build())?, None).await?;
        Ok(())
    }

    /// Sets the list of commands that people are offered: names without the slash, and what they do.
    ///
    /// # Errors
    ///
    /// Any of the network and the server.
    pub async fn set_commands(&self, commands: &[(&str, &str)]) -> Result<(), Error> {
        let commands = commands
            .iter()
            .map(|(name, what)| BotCommand::builder().command(*name).description(*what).build())
            .collect::<Vec<_>>();
        let params = SetMyCommandsParams::builder().commands(commands).build();
        let _: Done = self.plain("setMyCommands", json(&params)?, None).await?;
        Ok(())
    }

    /// Shows for five seconds that the bot is writing. Worth one try only.
    ///
    /// # Errors
    ///
    /// Any of the network and the server.
    pub async fn typing(&self, chat: i64, thread: Option<i32>) -> Result<(), Error> {
        let params = SendChatActionParams::builder()
            .chat_id(chat)
            .action(ChatAction::Typing)
            .maybe_message_thread_id(thread)
            .build();
        let _: Done =
            self.0.api.result("sendChatAction", json(&params)?, self.0.api.http.limits.whole).await?;
        Ok(())
    }

    /// Answers a tap, so that the button stops waiting; `text` is shown for a moment, or in a box that must be closed.
    ///
    /// # Errors
    ///
    /// [`Error::TapExpired`], or any of the network and the server.
    pub async fn answer_tap(&self, tap: &str, text: &str, as_box: bool) -> Result<(), Error> {
        let shown: String = Text::plain(text).as_str().chars().take(TOAST).collect();
        let params = AnswerCallbackQueryParams::builder()
            .callback_query_id(tap)
            .maybe_text((!shown.is_empty()).then_some(shown))
            .show_alert(as_box)
            .build();
        let _: Done = self.plain("answerCallbackQuery", json(&params)?, None).await?;
        Ok(())
    }

    async fn plain<T: serde::de::DeserializeOwned>(
        &self,
        method: &str,
        body: Body,
        chat: Option<i64>,
    ) -> Result<T, Error> {
        self.call(method, body, self.0.api.http.limits.whole, chat).await
    }
}
