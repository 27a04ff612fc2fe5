//! A person at a phone.

use std::sync::Arc;

use serde_json::Value;

use crate::chat::Stored;
use crate::params::Upload;
use crate::people::Sent;
use crate::server::Shared;
use crate::world::World;

/// A button under a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Button {
    /// What it says.
    pub text: String,
    /// What the bot gets when it is pressed; empty for a link.
    pub data: String,
}

/// A message as a person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// Its number in the chat.
    pub id: i64,
    /// Whether the bot wrote it.
    pub from_bot: bool,
    /// The text, or the caption.
    pub text: String,
    /// How often it was edited.
    pub edits: u32,
    /// All buttons, row by row.
    pub buttons: Vec<Button>,
    /// The name and the number of an attached file.
    pub document: Option<(String, String)>,
    /// The whole of it as the API shows it.
    pub raw: Value,
}

impl Message {
    fn new(id: i64, stored: &Stored) -> Self {
        let value = &stored.value;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let rows = value["reply_markup"]["inline_keyboard"].as_array();
        let buttons = rows.into_iter().flatten().filter_map(Value::as_array).flatten();
        let button =
            |button: &Value| Button { text: text(&button["text"]), data: text(&button["callback_data"]) };
        let document = value.get("document");
        Self {
            id,
            from_bot: stored.from_bot,
            text: text(value.get("text").unwrap_or(&value["caption"])),
            edits: stored.edits,
            buttons: buttons.map(button).collect(),
            document: document.map(|document| (text(&document["file_name"]), text(&document["file_id"]))),
            raw: value.clone(),
        }
    }

    /// The button that says this.
    #[must_use]
    pub fn button(&self, text: &str) -> Option<&Button> {
        self.buttons.iter().find(|button| button.text == text)
    }
}

/// A person in one chat with the bot.
#[derive(Clone, Debug)]
pub struct Person {
    shared: Arc<Shared>,
    id: i64,
    chat: i64,
}

impl Person {
    pub(crate) fn new(shared: Arc<Shared>, id: i64, chat: i64) -> Self {
        Self { shared, id, chat }
    }

    /// The same person in a group.
    #[must_use]
    pub fn in_chat(&self, chat: i64) -> Self {
        Self { chat, ..self.clone() }
    }

    /// Who this is.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.id
    }

    /// Writes; gets the number of the message.
    pub fn say(&self, text: &str) -> i64 {
        self.send(Sent { text, ..Sent::default() })
    }

    /// Writes in reply.
    pub fn reply(&self, to: i64, text: &str) -> i64 {
        self.send(Sent { text, reply_to: Some(to), ..Sent::default() })
    }

    /// Passes on what somebody else wrote.
    pub fn forward(&self, author: &str, text: &str) -> i64 {
        self.send(Sent { text, forwarded_from: Some(author), ..Sent::default() })
    }

    /// Sends a file.
    pub fn upload(&self, name: &str, mime: &str, bytes: &[u8], caption: &str) -> i64 {
        let upload = Upload { name: name.to_owned(), mime: Some(mime.to_owned()), bytes: bytes.to_vec() };
        self.send(Sent { text: caption, upload: Some((upload, None)), ..Sent::default() })
    }

    /// Sends a picture as a photo.
    pub fn photo(&self, bytes: &[u8], caption: &str) -> i64 {
        let upload = Upload { name: "photo.jpg".to_owned(), mime: None, bytes: bytes.to_vec() };
        self.send(Sent { text: caption, upload: Some((upload, None)), is_photo: true, ..Sent::default() })
    }

    /// Passes on a file that somebody else sent.
    pub fn forward_file(&self, author: &str, name: &str, bytes: &[u8]) -> i64 {
        let upload = Upload { name: name.to_owned(), mime: None, bytes: bytes.to_vec() };
        self.send(Sent { forwarded_from: Some(author), upload: Some((upload, None)), ..Sent::default() })
    }

    /// Sends a file of which the server only says that it is so large.
    pub fn upload_huge(&self, name: &str, size: u64) -> i64 {
        let upload = Upload { name: name.to_owned(), mime: None, bytes: b"not all of it".to_vec() };
        self.send(Sent { upload: Some((upload, Some(size))), ..Sent::default() })
    }

    fn send(&self, sent: Sent<'_>) -> i64 {
        self.shared.with(|world| world.send(self.id, self.chat, sent))
    }

    /// Changes an own message.
    pub fn edit(&self, message: i64, text: &str) {
        self.shared.with(|world| world.edit(self.chat, message, text));
    }

    /// Deletes any message of the private chat, for both sides, as Telegram lets people do.
    pub fn delete(&self, message: i64) {
        let chat = self.chat;
        self.shared.with(|world| world.chats.get_mut(&chat).and_then(|chat| chat.messages.remove(&message)));
    }

    /// Presses the button that says `text`; gets the number of the press.
    ///
    /// # Panics
    ///
    /// Where the message has no such button.
    #[track_caller]
    pub fn tap(&self, message: i64, text: &str) -> String {
        let found = self.messages().into_iter().find(|found| found.id == message);
        let found = found.unwrap_or_else(|| panic!("no message {message}"));
        let button = found.button(text).unwrap_or_else(|| panic!("no button {text:?} in {found:#?}"));
        self.tap_data(message, &button.data)
    }

    /// Presses a button that need not be there: a client may send any data for any message.
    pub fn tap_data(&self, message: i64, data: &str) -> String {
        self.shared.with(|world| world.tap(self.id, self.chat, message, data))
    }

    /// What the bot answered to a press: the text and whether it is an alert.
    #[must_use]
    pub fn answer(&self, tap: &str) -> Option<(String, bool)> {
        self.shared.with_quietly(|world| world.taps.get(tap).and_then(|tap| tap.answer.clone()))
    }

    /// The answer to a press, waited for.
    ///
    /// # Panics
    ///
    /// Where none comes within half a minute.
    #[track_caller]
    pub fn wait_answer(&self, tap: &str) -> (String, bool) {
        let found = self.shared.wait(|world| world.taps.get(tap).and_then(|tap| tap.answer.clone()));
        found.unwrap_or_else(|| panic!("no answer to the press {tap}"))
    }

    /// The draft that is shown in the chat now.
    #[must_use]
    pub fn draft(&self) -> Option<String> {
        self.shared.with_quietly(|world| {
            world.drop_old_drafts(world.clock.now());
            world.drafts.iter().find(|draft| draft.chat == self.chat).map(|draft| draft.text.clone())
        })
    }

    /// Presses Stop under the draft; false where there is nothing to stop.
    #[must_use]
    pub fn stop_draft(&self) -> bool {
        self.shared.with(|world| world.stop_draft(self.chat, None))
    }

    /// Blocks the bot, until the next message.
    pub fn block(&self) {
        self.shared.with(|world| world.block(self.id));
    }

    /// The content of a file that was sent in any chat.
    #[must_use]
    pub fn read_file(&self, id: &str) -> Option<Vec<u8>> {
        self.shared.with_quietly(|world| world.files.bytes(id))
    }

    /// The chat as it is now, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.shared.with_quietly(|world| messages(world, self.chat))
    }

    /// The first message of the bot that `is` accepts, waited for.
    ///
    /// # Panics
    ///
    /// Where none comes within half a minute.
    #[track_caller]
    pub fn wait(&self, what: &str, mut is: impl FnMut(&Message) -> bool) -> Message {
        let chat = self.chat;
        let found = self
            .shared
            .wait(|world| messages(world, chat).into_iter().find(|message| message.from_bot && is(message)));
        match found {
            Some(message) => message,
            None => {
                let seen: Vec<_> =
                    self.messages().into_iter().map(|message| (message.from_bot, message.text)).collect();
                panic!("no message: {what}\n{seen:#?}")
            }
        }
    }

    /// The first message of the bot after `after` that holds `text`, waited for.
    ///
    /// # Panics
    ///
    /// Where none comes within half a minute.
    #[track_caller]
    pub fn wait_text(&self, after: i64, text: &str) -> Message {
        self.wait(text, |message| message.id > after && message.text.contains(text))
    }
}

pub(crate) fn messages(world: &World, chat: i64) -> Vec<Message> {
    let messages = world.chats.get(&chat).map(|chat| &chat.messages);
    messages.into_iter().flatten().map(|(id, stored)| Message::new(*id, stored)).collect()
}
