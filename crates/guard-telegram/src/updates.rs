use std::fmt;

use frankenstein::updates::Update;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Error;

/// The most updates of one answer; Telegram sends at most 100.
const MOST: usize = 1_000;

/// The updates of one answer, each decoded on its own.
///
/// `Debug` shows their numbers and nothing of what people wrote.
#[derive(Default)]
#[non_exhaustive]
pub struct Batch {
    /// In the order of their arrival.
    pub updates: Vec<Update>,
    /// What was there and could not be decoded. Record these: passing on confirms them.
    pub undecodable: Vec<Undecodable>,
    /// The offset that confirms all of this batch; none if the batch is empty.
    ///
    /// Ask with it only after everything in the batch was durably dealt with.
    pub next_offset: Option<i64>,
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<u32> = self.updates.iter().map(|update| update.update_id).collect();
        f.debug_struct("Batch")
            .field("updates", &ids)
            .field("undecodable", &self.undecodable)
            .field("next_offset", &self.next_offset)
            .finish()
    }
}

/// An update that is passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Undecodable {
    /// Its number; none if not even that can be read.
    pub update_id: Option<i64>,
    /// What is certain of it nevertheless, where a person wrote it in a private chat with their own hands.
    pub outline: Option<Outline>,
}

/// The bare bones of a message that could not be decoded: enough to tell its author so.
///
/// `Debug` does not show the text.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outline {
    /// Who wrote it; the private chat has the same number.
    pub person: i64,
    /// Its number in the chat.
    pub message: i64,
    /// Its text; empty where there is none.
    pub text: String,
}

impl Outline {
    /// The bare bones of a message in the private chat of `person`.
    #[must_use]
    pub fn new(person: i64, message: i64, text: impl Into<String>) -> Self {
        Self { person, message, text: text.into() }
    }

    /// Whatever could mean that the words are not the person's own leaves nothing.
    fn of(update: &str) -> Option<Self> {
        const OF_OTHERS: [&str; 7] = [
            "sender_chat",
            "forward_origin",
            "is_automatic_forward",
            "via_bot",
            "sender_business_bot",
            "business_connection_id",
            "guest_query_id",
        ];
        let update: serde_json::Value = serde_json::from_str(update).ok()?;
        let message = update.get("message")?.as_object()?;
        let (from, chat) = (message.get("from")?, message.get("chat")?);
        let person = from.get("id")?.as_i64()?;
        let is_own = from.get("is_bot")?.as_bool() == Some(false)
            && chat.get("type")?.as_str() == Some("private")
            && chat.get("id")?.as_i64() == Some(person)
            && !OF_OTHERS.iter().any(|name| message.contains_key(*name));
        let text = message.get("text").and_then(serde_json::Value::as_str).unwrap_or_default();
        is_own.then(|| {
            Self::new(person, message.get("message_id").and_then(|id| id.as_i64()).unwrap_or(0), text)
        })
    }
}

impl fmt::Debug for Outline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outline").field("person", &self.person).finish_non_exhaustive()
    }
}

impl Undecodable {
    /// The stable name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        if self.update_id.is_some() { "telegram-update-undecodable" } else { "telegram-update-without-id" }
    }
}

#[derive(Deserialize)]
struct Numbered {
    update_id: u64,
}

impl Batch {
    /// Decodes the result of `getUpdates`, a JSON array.
    ///
    /// An update of an unknown kind or shape costs only itself. One without a readable number is passed over when a
    /// later one is confirmed; a batch in which no number can be read cannot be confirmed and is refused.
    ///
    /// # Errors
    ///
    /// [`Error::Undecodable`].
    pub fn decode(result: &str) -> Result<Self, Error> {
        let raw: Vec<&RawValue> = serde_json::from_str(result).map_err(|_| Error::Undecodable)?;
        if raw.len() > MOST {
            return Err(Error::Undecodable);
        }
        let mut batch = Self::default();
        for update in &raw {
            let number = serde_json::from_str::<Numbered>(update.get()).ok();
            // The next offset must still be a number.
            let update_id = number.and_then(|n| i64::try_from(n.update_id).ok()).filter(|id| *id < i64::MAX);
            let next = update_id.map(|id| id.saturating_add(1));
            batch.next_offset = batch.next_offset.max(next);
            match serde_json::from_str(update.get()) {
                Ok(update) if update_id.is_some() => batch.updates.push(update),
                _ => batch.undecodable.push(Undecodable {
                    update_id,
                    outline: update_id.and_then(|_| Outline::of(update.get())),
                }),
            }
        }
        if batch.next_offset.is_none() && !raw.is_empty() { Err(Error::Undecodable) } else { Ok(batch) }
    }
}
