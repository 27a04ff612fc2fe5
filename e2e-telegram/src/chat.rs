//! Chats and the messages in them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::answer::Refused;

/// How many messages of a chat are kept.
const KEPT: usize = 5000;

#[derive(Clone, Debug)]
pub(crate) struct Stored {
    /// As the API shows it.
    pub(crate) value: Value,
    pub(crate) from_bot: bool,
    pub(crate) edits: u32,
}

#[derive(Debug)]
pub(crate) struct Chat {
    pub(crate) value: Value,
    pub(crate) is_private: bool,
    /// A bot cannot write first.
    pub(crate) is_open: bool,
    pub(crate) messages: BTreeMap<i64, Stored>,
    next: i64,
}

impl Chat {
    pub(crate) fn private(user: &Value) -> Self {
        let mut value = json!({"id": user["id"], "first_name": user["first_name"], "type": "private"});
        if let Some(username) = user.get("username") {
            value["username"] = username.clone();
        }
        Self { value, is_private: true, is_open: false, messages: BTreeMap::new(), next: 1 }
    }

    pub(crate) fn supergroup(id: i64, title: &str) -> Self {
        let value = json!({"id": id, "title": title, "type": "supergroup"});
        Self { value, is_private: false, is_open: true, messages: BTreeMap::new(), next: 1 }
    }

    /// The number of a supergroup's next message: each counts for itself.
    pub(crate) fn take_number(&mut self) -> i64 {
        self.next += 1;
        self.next - 1
    }

    pub(crate) fn add(&mut self, number: i64, value: Value, from_bot: bool) {
        self.messages.insert(number, Stored { value, from_bot, edits: 0 });
        while self.messages.len() > KEPT {
            self.messages.pop_first();
        }
    }

    /// A message without what it replies to: the API nests one level only.
    pub(crate) fn quoted(&self, number: i64) -> Option<Value> {
        let mut value = self.messages.get(&number)?.value.clone();
        value.as_object_mut()?.remove("reply_to_message");
        Some(value)
    }

    /// A message of the bot, to change.
    ///
    /// # Errors
    ///
    /// 400 where there is none, or it is another's.
    pub(crate) fn own(&mut self, number: i64) -> Result<&mut Stored, Refused> {
        let stored =
            self.messages.get_mut(&number).ok_or_else(|| Refused::bad("message to edit not found"))?;
        if stored.from_bot { Ok(stored) } else { Err(Refused::bad("message can't be edited")) }
    }
}
