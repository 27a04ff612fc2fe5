//! Who sent an update, decided by the person's id and never by the chat's; everything that is not clear is refused.

use std::collections::BTreeSet;

use guard_auth::{Allowlist, Principal, UserId};
use guard_telegram::Outline;
use guard_telegram::frankenstein::types::{
    CallbackQuery, Chat, ChatType, MaybeInaccessibleMessage, Message, User,
};
use guard_telegram::frankenstein::updates::UpdateContent;

use super::attachment::Attachment;
use super::command::Said;

/// Who may use the bot, and where.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) allowlist: Allowlist,
    pub(crate) admins: BTreeSet<UserId>,
    /// Groups that count beside private chats.
    pub(crate) chats: BTreeSet<i64>,
}

/// A person who may use the bot, in a chat where they may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Speaker {
    pub(crate) principal: Principal,
    pub(crate) person: UserId,
    pub(crate) is_admin: bool,
    pub(crate) chat: i64,
    pub(crate) is_private: bool,
}

/// An update, understood as far as it concerns the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Somebody wrote something.
    Text { by: Speaker, message: i64, text: String },
    /// Somebody sent a file, with words under it or without.
    File { by: Speaker, message: i64, file: Box<Attachment>, caption: String },
    /// Somebody sent something that is not understood: a place, a voice, a forwarded message.
    Unusable { by: Speaker, message: i64, why: Unusable },
    /// Somebody changed what they had written.
    Edited { by: Speaker, message: i64 },
    /// Somebody tapped a button.
    Tapped { by: Speaker, query: String, message: i64, data: String },
    /// Somebody stopped a draft by Telegram's own button; in a private chat that can only be the person.
    StoppedDraft { by: Speaker, draft: i64 },
    /// A group that counts has another number from now on, which nobody listed.
    Moved { from: i64, to: i64 },
    /// Somebody who may not use the bot, or not here. They get no answer.
    Refused { source: i64, why: NotHeard },
    /// Nothing that concerns the bot.
    Nothing,
}

/// Why somebody is not heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotHeard {
    /// Not on the allowlist.
    Unknown,
    /// An anonymous admin, or a channel: nobody who can be named.
    Chat,
    /// Another bot.
    Bot,
    /// No sender at all.
    Nobody,
    /// A person of the allowlist, in a chat that is not.
    Place,
}

impl NotHeard {
    /// The stable kebab-case name.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "auth-unknown-user",
            Self::Chat => "sender-is-chat",
            Self::Bot => "sender-is-bot",
            Self::Nobody => "sender-missing",
            Self::Place => "chat-not-allowed",
        }
    }
}

/// Why a message of somebody who is heard is no instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// Somebody else's words.
    Forwarded,
    /// Written by way of another bot or account.
    Indirect,
    /// Neither text nor a file.
    NotText,
    /// Telegram sent it in a form that this version does not know.
    Unreadable,
}

impl Unusable {
    /// The stable kebab-case name.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Forwarded => "message-forwarded",
            Self::Indirect => "message-indirect",
            Self::NotText => "message-not-text",
            Self::Unreadable => "message-unreadable",
        }
    }

    /// What the person is told.
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::Forwarded => {
                "A forwarded message is somebody else's words, so it is not run, and a file in it not taken. Write or \
                 send it yourself if you want it."
            }
            Self::Indirect => "A message that another bot or account wrote for you is not run.",
            Self::NotText => "Only text, documents and photos are understood here.",
            Self::Unreadable => {
                "Something in this message is newer than this bot, so it is not run. Send it as plain text."
            }
        }
    }
}

impl Rules {
    /// Whether somebody who was heard in a chat would be heard there now: the lists may have changed since.
    pub(crate) fn speaker_again(&self, person: UserId, chat: i64) -> Result<Speaker, NotHeard> {
        let principal = self.allowlist.authenticate(person).map_err(|_| NotHeard::Unknown)?;
        let is_private = chat == person.get();
        if !is_private && !self.chats.contains(&chat) {
            return Err(NotHeard::Place);
        }
        let is_admin = self.admins.contains(&person);
        Ok(Speaker { principal, person, is_admin, chat, is_private })
    }

    /// Understands one update.
    pub(crate) fn see(&self, update: &UpdateContent) -> Seen {
        #[allow(clippy::wildcard_enum_match_arm, reason = "kinds of updates that come later concern nobody")]
        match update {
            UpdateContent::Message(message) => self.message(message),
            UpdateContent::EditedMessage(message) => match self.speaker(message) {
                Ok(by) => Seen::Edited { by, message: message.message_id.into() },
                Err(refused) => refused,
            },
            UpdateContent::CallbackQuery(tap) => self.tap(tap),
            UpdateContent::StoppedMessageGeneration(stopped) => self.stopped(&stopped.chat, stopped.draft_id),
            _ => Seen::Nothing,
        }
    }

    /// Understands what could not be decoded as a whole, as far as that is safe: a person must not think that they were
    /// heard, and a stop or a lock counts in any form.
    pub(crate) fn see_outline(&self, outline: &Outline) -> Seen {
        let by = match self.authenticate_id(outline.person, outline.person, true) {
            Ok(by) => by,
            Err(refused) => return refused,
        };
        let message = outline.message;
        if matches!(Said::parse(&outline.text, None), Said::Stop | Said::Lock) {
            Seen::Text { by, message, text: outline.text.clone() }
        } else {
            Seen::Unusable { by, message, why: Unusable::Unreadable }
        }
    }

    fn message(&self, message: &Message) -> Seen {
        if let Some(to) = message.migrate_to_chat_id.filter(|_| self.chats.contains(&message.chat.id)) {
            return Seen::Moved { from: message.chat.id, to };
        }
        let by = match self.speaker(message) {
            Ok(by) => by,
            Err(refused) => return refused,
        };
        let number = message.message_id.into();
        let unusable = |why| Seen::Unusable { by, message: number, why };
        if message.forward_origin.is_some() || message.is_automatic_forward == Some(true) {
            return unusable(Unusable::Forwarded);
        }
        let is_indirect = message.via_bot.is_some()
            || message.sender_business_bot.is_some()
            || message.business_connection_id.is_some()
            || message.guest_query_id.is_some()
            || message.guest_bot_caller_user.is_some()
            || message.guest_bot_caller_chat.is_some();
        if is_indirect {
            return unusable(Unusable::Indirect);
        }
        match (&message.text, Attachment::of(message)) {
            (Some(text), _) => Seen::Text { by, message: number, text: text.clone() },
            (None, Some(file)) => {
                let caption = message.caption.clone().unwrap_or_default();
                Seen::File { by, message: number, file: Box::new(file), caption }
            }
            (None, None) if is_service(message) => Seen::Nothing,
            (None, None) => unusable(Unusable::NotText),
        }
    }

    fn speaker(&self, message: &Message) -> Result<Speaker, Seen> {
        if let Some(chat) = &message.sender_chat {
            return Err(Seen::Refused { source: chat.id, why: NotHeard::Chat });
        }
        let from = message.from.as_deref();
        let from = from.ok_or(Seen::Refused { source: message.chat.id, why: NotHeard::Nobody })?;
        self.authenticate(from, &message.chat)
    }

    fn tap(&self, tap: &CallbackQuery) -> Seen {
        let (chat, message) = match &tap.message {
            Some(MaybeInaccessibleMessage::Message(message)) => (&*message.chat, message.message_id),
            Some(MaybeInaccessibleMessage::InaccessibleMessage(message)) => {
                (&message.chat, message.message_id)
            }
            // The bot offers nothing inline, so no button of its own is there.
            None => {
                let source = i64::try_from(tap.from.id).unwrap_or(i64::MAX);
                return Seen::Refused { source, why: NotHeard::Place };
            }
        };
        match self.authenticate(&tap.from, chat) {
            Ok(by) => Seen::Tapped {
                by,
                query: tap.id.clone(),
                message: message.into(),
                data: tap.data.clone().unwrap_or_default(),
            },
            Err(refused) => refused,
        }
    }

    fn stopped(&self, chat: &Chat, draft: i64) -> Seen {
        let person =
            UserId::new(chat.id).map(|person| self.allowlist.authenticate(person).map(|by| (by, person)));
        match person {
            Ok(Ok((principal, person))) if chat.type_field == ChatType::Private => {
                let is_admin = self.admins.contains(&person);
                let by = Speaker { principal, person, is_admin, chat: chat.id, is_private: true };
                Seen::StoppedDraft { by, draft }
            }
            Ok(_) | Err(_) => Seen::Refused { source: chat.id, why: NotHeard::Unknown },
        }
    }

    fn authenticate(&self, from: &User, chat: &Chat) -> Result<Speaker, Seen> {
        let source = i64::try_from(from.id).unwrap_or(i64::MAX);
        if from.is_bot {
            return Err(Seen::Refused { source, why: NotHeard::Bot });
        }
        let is_private = chat.type_field == ChatType::Private && chat.id == source;
        let is_listed = matches!(chat.type_field, ChatType::Group | ChatType::Supergroup)
            && self.chats.contains(&chat.id);
        self.authenticate_id(source, chat.id, is_private || is_listed)
    }

    fn authenticate_id(&self, source: i64, chat: i64, is_place: bool) -> Result<Speaker, Seen> {
        let refused = |why| Err(Seen::Refused { source, why });
        let Ok(person) = UserId::new(source) else { return refused(NotHeard::Unknown) };
        let Ok(principal) = self.allowlist.authenticate(person) else { return refused(NotHeard::Unknown) };
        if !is_place {
            return refused(NotHeard::Place);
        }
        let is_admin = self.admins.contains(&person);
        Ok(Speaker { principal, person, is_admin, chat, is_private: chat == source })
    }
}

/// What Telegram itself says in a chat: somebody joined, a title changed.
fn is_service(message: &Message) -> bool {
    let is_content = message.animation.is_some()
        || message.audio.is_some()
        || message.document.is_some()
        || message.photo.is_some()
        || message.sticker.is_some()
        || message.story.is_some()
        || message.video.is_some()
        || message.video_note.is_some()
        || message.voice.is_some()
        || message.caption.is_some()
        || message.rich_message.is_some()
        || message.live_photo.is_some()
        || message.paid_media.is_some()
        || message.checklist.is_some()
        || message.contact.is_some()
        || message.dice.is_some()
        || message.game.is_some()
        || message.poll.is_some()
        || message.venue.is_some()
        || message.location.is_some();
    !is_content
}

#[cfg(test)]
mod tests {
    #![allow(clippy::wildcard_enum_match_arm, reason = "what is not expected fails the test")]

    use serde_json::{Value, json};

    use super::*;

    fn rules() -> Rules {
        Rules {
            allowlist: Allowlist::parse("7,8").unwrap(),
            admins: [UserId::new(7).unwrap()].into(),
            chats: [-100].into(),
        }
    }

    fn message() -> Value {
        json!({
            "message_id": 5, "date": 1, "text": "hello",
            "from": {"id": 7, "is_bot": false, "first_name": "A"},
            "chat": {"id": 7, "type": "private"},
        })
    }

    fn see(kind: &str, content: Value) -> Seen {
        rules().see(&serde_json::from_value(json!({ kind: content })).unwrap())
    }

    /// A message like the plain one with some members changed.
    #[track_caller]
    fn check(changes: Value, want: Result<(i64, &str), &'static str>) {
        let mut message = message();
        for (name, value) in changes.as_object().unwrap() {
            message[name] = value.clone();
        }
        let got = match see("message", message) {
            Seen::Text { by, text, .. } => Ok((by.person.get(), text)),
            Seen::File { by, file, caption, .. } => {
                Ok((by.person.get(), format!("{}: {caption}", file.name)))
            }
            Seen::Unusable { why, .. } => Err(why.code()),
            Seen::Refused { why, .. } => Err(why.code()),
            Seen::Nothing => Err("nothing"),
            other => panic!("{other:?}"),
        };
        assert_eq!(got, want.map(|(id, text)| (id, text.to_owned())), "{changes}");
    }

    fn user(id: i64) -> Value {
        json!({"id": id, "is_bot": false, "first_name": "A"})
    }

    #[test]
    fn the_person_decides_and_not_the_chat() {
        check(json!({}), Ok((7, "hello")));
        check(json!({"from": user(9), "chat": {"id": 9, "type": "private"}}), Err("auth-unknown-user"));
        // Somebody else in a chat that has the number of a person of the list.
        check(json!({"from": user(9)}), Err("auth-unknown-user"));
        check(json!({"from": user(8)}), Err("chat-not-allowed"));
        check(json!({"chat": {"id": -100, "type": "supergroup"}}), Ok((7, "hello")));
        check(json!({"from": user(9), "chat": {"id": -100, "type": "supergroup"}}), Err("auth-unknown-user"));
        check(json!({"chat": {"id": -101, "type": "group"}}), Err("chat-not-allowed"));
        check(json!({"chat": {"id": -100, "type": "channel"}}), Err("chat-not-allowed"));
        check(json!({"chat": {"id": 7, "type": "group"}}), Err("chat-not-allowed"));
    }

    #[test]
    fn nobody_hides_behind_a_chat_or_a_bot() {
        let group = json!({"id": -100, "type": "supergroup"});
        // An anonymous admin: the group speaks, in the name of a user that is Telegram's own.
        check(json!({"chat": group, "sender_chat": group, "from": user(7)}), Err("sender-is-chat"));
        check(json!({"chat": group, "sender_chat": {"id": -900, "type": "channel"}}), Err("sender-is-chat"));
        check(json!({"from": null}), Err("sender-missing"));
        check(json!({"from": {"id": 7, "is_bot": true, "first_name": "B"}}), Err("sender-is-bot"));
        check(json!({"via_bot": {"id": 44, "is_bot": true, "first_name": "B"}}), Err("message-indirect"));
        check(json!({"business_connection_id": "x"}), Err("message-indirect"));
    }

    #[test]
    fn forwarded_words_are_not_the_persons_own() {
        let origin = json!({"type": "hidden_user", "date": 1, "sender_user_name": "M"});
        check(json!({"forward_origin": origin}), Err("message-forwarded"));
        check(json!({"is_automatic_forward": true}), Err("message-forwarded"));
    }

    #[test]
    fn what_is_no_text_is_said_or_passed_over() {
        check(json!({"text": null, "dice": {"emoji": "x", "value": 3}}), Err("message-not-text"));
        check(json!({"text": null, "caption": "rm"}), Err("message-not-text"));
        let document = json!({"file_id": "F", "file_unique_id": "U", "file_name": "a.txt"});
        check(json!({"text": null, "document": document, "caption": "look"}), Ok((7, "a.txt: look")));
        check(json!({"text": null, "document": document, "from": user(9)}), Err("auth-unknown-user"));
        let origin = json!({"type": "hidden_user", "date": 1, "sender_user_name": "M"});
        check(
            json!({"text": null, "document": document, "forward_origin": origin}),
            Err("message-forwarded"),
        );
        check(json!({"text": null, "new_chat_title": "t"}), Err("nothing"));
    }

    #[test]
    fn a_group_that_moves_is_told_and_does_not_take_its_rights_along() {
        let group = json!({"id": -100, "type": "supergroup"});
        let moved = json!({"text": null, "migrate_to_chat_id": -100_777});
        let in_group = |chat: &Value, changes: &Value| {
            let mut message = message();
            message["chat"] = chat.clone();
            for (name, value) in changes.as_object().unwrap() {
                message[name] = value.clone();
            }
            see("message", message)
        };
        assert_eq!(in_group(&group, &moved), Seen::Moved { from: -100, to: -100_777 });
        let other = json!({"id": -101, "type": "group"});
        assert!(matches!(in_group(&other, &moved), Seen::Refused { .. }), "a group that never counted");
        let new = json!({"id": -100_777, "type": "supergroup"});
        let came = json!({"text": null, "migrate_from_chat_id": -100});
        for changes in [came, json!({"text": "hello"})] {
            assert!(matches!(in_group(&new, &changes), Seen::Refused { why: NotHeard::Place, .. }));
        }
    }

    #[test]
    fn what_cannot_be_decoded_stops_but_runs_nothing() {
        let outline = |person, text: &str| Outline::new(person, 5, text);
        let see = |outline: &Outline| rules().see_outline(outline);
        assert!(matches!(see(&outline(7, "/stop")), Seen::Text { message: 5, .. }));
        assert!(matches!(see(&outline(7, "/lock@my_bot")), Seen::Text { .. }));
        for text in ["hello", "/unlock", "/new", "/cd web", ""] {
            let seen = see(&outline(7, text));
            assert!(matches!(seen, Seen::Unusable { why: Unusable::Unreadable, .. }), "{text}: {seen:?}");
        }
        assert!(matches!(see(&outline(9, "/stop")), Seen::Refused { why: NotHeard::Unknown, .. }));
        assert!(matches!(see(&outline(-100, "/stop")), Seen::Refused { .. }));
    }

    #[test]
    fn an_edit_is_only_an_edit() {
        assert!(matches!(see("edited_message", message()), Seen::Edited { message: 5, .. }));
        let mut strangers = message();
        strangers["from"] = user(9);
        assert!(matches!(see("edited_message", strangers), Seen::Refused { .. }));
    }

    #[test]
    fn posts_of_channels_and_messages_of_businesses_concern_nobody() {
        for kind in ["channel_post", "edited_channel_post", "business_message", "guest_message"] {
            assert_eq!(see(kind, message()), Seen::Nothing, "{kind}");
        }
    }

    #[track_caller]
    fn check_tap(from: i64, message: Value, want: Result<i64, &'static str>) {
        let tap =
            json!({"id": "q", "from": user(from), "chat_instance": "c", "data": "d", "message": message});
        let got = match see("callback_query", tap) {
            Seen::Tapped { by, message: 5, .. } => Ok(by.person.get()),
            Seen::Refused { why, .. } => Err(why.code()),
            other => panic!("{other:?}"),
        };
        assert_eq!(got, want);
    }

    #[test]
    fn whoever_taps_is_the_one_who_answers() {
        check_tap(7, message(), Ok(7));
        // In a group the message is the bot's own, and any member can tap.
        let in_group = json!({"message_id": 5, "date": 0, "chat": {"id": -100, "type": "supergroup"}});
        check_tap(8, in_group.clone(), Ok(8));
        check_tap(9, in_group, Err("auth-unknown-user"));
        check_tap(8, message(), Err("chat-not-allowed"));
        check_tap(7, Value::Null, Err("chat-not-allowed"));
    }
}
