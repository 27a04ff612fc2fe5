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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Undecodable {
    /// Its number; none if not even that can be read.
    pub update_id: Option<i64>,
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
                _ => batch.undecodable.push(Undecodable { update_id }),
            }
        }
        if batch.next_offset.is_none() && !raw.is_empty() { Err(Error::Undecodable) } else { Ok(batch) }
    }
}
