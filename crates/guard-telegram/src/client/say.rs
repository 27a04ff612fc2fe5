//! What people see in a chat: messages, edits and drafts, all from one budget.

use frankenstein::methods::{
    DeleteMessageParams, EditMessageReplyMarkupParams, EditMessageTextParams, SendMessageDraftParams,
    SendMessageParams,
};
use frankenstein::types::{
    InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReplyMarkup, ReplyParameters,
};

use super::{Button, Client, Done, SendOptions, Sent};
use crate::api::json;
use crate::pace::{Key, Replaced};
use crate::text::MESSAGE;
use crate::wire::Body;
use crate::{Error, Text, Urgency};

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edited {
    /// It is shown.
    Done,
    /// It was shown already.
    Unchanged,
    /// A later change of the same message came first; this one was not sent.
    Superseded,
}

impl Client {
    /// Sends a message of at most 4096 UTF-16 units and gives its number.
    ///
    /// # Errors
    ///
    /// [`Error::Empty`], [`Error::TooLarge`], [`Error::Backlog`], or any of the network and the server.
    pub async fn send(&self, chat: i64, text: &Text, options: &SendOptions) -> Result<i32, Error> {
        let text = text.fitting(MESSAGE)?;
        let params = SendMessageParams::builder()
            .chat_id(chat)
            .text(text.as_str())
            .entities(text.entities())
            .link_preview_options(no_preview())
            .disable_notification(options.silent)
            .maybe_message_thread_id(options.thread)
            .maybe_reply_parameters(options.reply_to.map(reply))
            .maybe_reply_markup(markup(&options.buttons).map(ReplyMarkup::InlineKeyboardMarkup))
            .build();
        let Some(_turn) = self.0.pacer.turn(chat, options.urgency, None).await? else {
            return Err(Error::Backlog);
        };
        let sent: Sent =
            self.call("sendMessage", json(&params)?, self.0.api.http.limits.whole, Some(chat)).await?;
        Ok(sent.message_id)
    }

    /// Replaces the text and the buttons of a message. While an edit waits for its turn, a later one replaces it.
    ///
    /// # Errors
    ///
    /// [`Error::MessageGone`], and those of [`send`](Self::send).
    pub async fn edit(
        &self,
        chat: i64,
        message: i32,
        text: &Text,
        buttons: &[Vec<Button>],
        urgency: Urgency,
    ) -> Result<Edited, Error> {
        let text = text.fitting(MESSAGE)?;
        let params = EditMessageTextParams::builder()
            .chat_id(chat)
            .message_id(message)
            .text(text.as_str())
            .entities(text.entities())
            .link_preview_options(no_preview())
            .maybe_reply_markup(markup(buttons))
            .build();
        self.replace("editMessageText", json(&params)?, (chat, Replaced::Message(message)), urgency).await
    }

    /// Replaces only the buttons of a message; with none they are taken away.
    ///
    /// # Errors
    ///
    /// Those of [`edit`](Self::edit).
    pub async fn edit_buttons(
        &self,
        chat: i64,
        message: i32,
        buttons: &[Vec<Button>],
        urgency: Urgency,
    ) -> Result<Edited, Error> {
        let params = EditMessageReplyMarkupParams::builder()
            .chat_id(chat)
            .message_id(message)
            .maybe_reply_markup(markup(buttons))
            .build();
        let body = json(&params)?;
        // It leaves the text alone, so it must not replace a change of the text that waits.
        self.paced("editMessageReplyMarkup", body, chat, urgency, None).await
    }

    /// Shows a draft, which a private chat displays as being written, and which vanishes unless a message follows.
    ///
    /// An empty text shows that the bot thinks. `number` names the draft and is not 0.
    ///
    /// # Errors
    ///
    /// [`Error::NoMethod`] of an older server, [`Error::Refused`] where drafts are not possible; those of
    /// [`send`](Self::send).
    pub async fn draft(&self, chat: i64, number: i32, text: &Text, can_stop: bool) -> Result<Edited, Error> {
        let fitting = if text.is_empty() { Text::default() } else { text.fitting(MESSAGE)? };
        let params = SendMessageDraftParams::builder()
            .chat_id(chat)
            .draft_id(number)
            .text(fitting.as_str())
            .entities(fitting.entities())
            .can_stop(can_stop)
            .build();
        let key = (chat, Replaced::Draft(number));
        self.replace("sendMessageDraft", json(&params)?, key, Urgency::Ordinary).await
    }

    /// Deletes a message.
    ///
    /// # Errors
    ///
    /// [`Error::MessageGone`], or any of the network and the server.
    pub async fn delete(&self, chat: i64, message: i32) -> Result<(), Error> {
        let params = DeleteMessageParams::builder().chat_id(chat).message_id(message).build();
        let _: Done =
            self.call("deleteMessage", json(&params)?, self.0.api.http.limits.whole, Some(chat)).await?;
        Ok(())
    }

    async fn replace(&self, method: &str, body: Body, key: Key, urgency: Urgency) -> Result<Edited, Error> {
        self.paced(method, body, key.0, urgency, Some(key)).await
    }

    async fn paced(
        &self,
        method: &str,
        body: Body,
        chat: i64,
        urgency: Urgency,
        key: Option<Key>,
    ) -> Result<Edited, Error> {
        let Some(_turn) = self.0.pacer.turn(chat, urgency, key).await? else {
            return Ok(Edited::Superseded);
        };
        match self.call::<Done>(method, body, self.0.api.http.limits.whole, Some(chat)).await {
            Ok(_) => Ok(Edited::Done),
            Err(Error::NotModified) => Ok(Edited::Unchanged),
            Err(error) => Err(error),
        }
    }
}

pub(super) fn reply(message: i32) -> ReplyParameters {
    ReplyParameters::builder().message_id(message).allow_sending_without_reply(true).build()
}

pub(super) fn markup(rows: &[Vec<Button>]) -> Option<InlineKeyboardMarkup> {
    let button = |button: &Button| {
        InlineKeyboardButton::builder().text(&button.label).callback_data(&button.data).build()
    };
    let rows: Vec<Vec<_>> = rows.iter().map(|row| row.iter().map(button).collect()).collect();
    (!rows.is_empty()).then(|| InlineKeyboardMarkup::builder().inline_keyboard(rows).build())
}

fn no_preview() -> LinkPreviewOptions {
    LinkPreviewOptions::builder().is_disabled(true).build()
}
