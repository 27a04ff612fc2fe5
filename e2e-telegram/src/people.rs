//! What people do.

use std::time::Duration;

use serde_json::{Value, json};

use crate::chat::Chat;
use crate::entities::{self, Entity};
use crate::params::Upload;
use crate::world::{Tap, World};

#[derive(Debug)]
pub(crate) struct Human {
    pub(crate) user: Value,
    pub(crate) has_blocked: bool,
}

/// What a person sends.
#[derive(Debug, Default)]
pub(crate) struct Sent<'a> {
    pub(crate) text: &'a str,
    pub(crate) reply_to: Option<i64>,
    /// Whose message is passed on.
    pub(crate) forwarded_from: Option<&'a str>,
    pub(crate) upload: Option<(Upload, Option<u64>)>,
    /// Whether the file is shown as a picture, of which Telegram keeps several sizes and no name.
    pub(crate) is_photo: bool,
}

impl World {
    pub(crate) fn add_person(&mut self, id: i64, name: &str) {
        let user = json!({"id": id, "is_bot": false, "first_name": name, "language_code": "en"});
        self.chats.entry(id).or_insert_with(|| Chat::private(&user));
        self.people.entry(id).or_insert(Human { user, has_blocked: false });
    }

    pub(crate) fn send(&mut self, person: i64, chat: i64, sent: Sent<'_>) -> i64 {
        let (number, date) = (self.number(chat), self.clock.unix());
        let place = self.chats.get_mut(&chat).expect("a chat that was made");
        place.is_open = true;
        let human = self.people.get_mut(&person).expect("a person who was made");
        human.has_blocked = false;
        let mut message =
            json!({"message_id": number, "from": human.user, "chat": place.value, "date": date});
        let (text, ranges) =
            if sent.upload.is_some() { ("caption", "caption_entities") } else { ("text", "entities") };
        if !sent.text.is_empty() {
            message[text] = json!(sent.text);
            let found = entities::commands(sent.text);
            if !found.is_empty() {
                message[ranges] = json!(found.iter().map(Entity::to_json).collect::<Vec<_>>());
            }
        }
        if let Some(quoted) = sent.reply_to.and_then(|number| place.quoted(number)) {
            message["reply_to_message"] = quoted;
        }
        if let Some(name) = sent.forwarded_from {
            message["forward_origin"] =
                json!({"type": "hidden_user", "sender_user_name": name, "date": date - 60});
        }
        if let Some((upload, size)) = sent.upload {
            let document = self.files.add(upload, size);
            if sent.is_photo {
                let size = |width: u32| {
                    json!({"file_id": document["file_id"], "file_unique_id": document["file_unique_id"],
                        "file_size": document["file_size"], "width": width, "height": width})
                };
                message["photo"] = json!([size(90), size(1280)]);
            } else {
                message["document"] = document;
            }
        }
        place.add(number, message.clone(), false);
        self.updates.push("message", message, self.clock.now());
        number
    }

    pub(crate) fn edit(&mut self, chat: i64, number: i64, text: &str) {
        let date = self.clock.unix();
        let stored = self.chats.get_mut(&chat).and_then(|chat| chat.messages.get_mut(&number));
        let stored = stored.expect("a message that was sent");
        stored.value["text"] = json!(text);
        stored.value["edit_date"] = json!(date);
        stored.value.as_object_mut().expect("an object").remove("entities");
        stored.edits += 1;
        let value = stored.value.clone();
        self.updates.push("edited_message", value, self.clock.now());
    }

    /// The number of the press.
    pub(crate) fn tap(&mut self, person: i64, chat: i64, number: i64, data: &str) -> String {
        let human = self.people.get(&person).expect("a person who was made");
        let id = format!("{}", 4_123_000_000_000_000_i64 + self.taps.len() as i64);
        let message = self.chats.get(&chat).and_then(|chat| chat.quoted(number)).unwrap_or_else(
            // The message is gone: what remains is where it was.
            || json!({"message_id": number, "chat": self.chats[&chat].value, "date": 0}),
        );
        let query = json!({
            "id": id, "from": human.user, "message": message, "chat_instance": format!("-{chat}77"), "data": data,
        });
        let now = self.clock.now();
        self.taps.insert(id.clone(), Tap { at: now, answer: None });
        self.updates.push("callback_query", query, now);
        id
    }

    /// Presses Stop under a draft; false where there is none to stop.
    pub(crate) fn stop_draft(&mut self, chat: i64, draft: Option<i64>) -> bool {
        let now = self.clock.now();
        self.drop_old_drafts(now);
        let found = self.drafts.iter().position(|found| {
            found.chat == chat && found.can_stop && draft.is_none_or(|draft| draft == found.id)
        });
        let Some(found) = found else { return false };
        let draft = self.drafts.remove(found);
        let value = json!({"chat": self.chats[&chat].value, "draft_id": draft.id});
        self.updates.push("stopped_message_generation", value, now);
        true
    }

    pub(crate) fn drop_old_drafts(&mut self, now: Duration) {
        self.drafts.retain(|draft| draft.until > now);
    }

    pub(crate) fn block(&mut self, person: i64) {
        let human = self.people.get_mut(&person).expect("a person who was made");
        human.has_blocked = true;
        let me = &self.me;
        let bot = json!({"id": me["id"], "is_bot": true, "first_name": me["first_name"], "username": me["username"]});
        let change = json!({
            "chat": self.chats[&person].value, "from": human.user, "date": self.clock.unix(),
            "old_chat_member": {"status": "member", "user": bot},
            "new_chat_member": {"status": "kicked", "user": bot, "until_date": 0},
        });
        self.updates.push("my_chat_member", change, self.clock.now());
    }
}
