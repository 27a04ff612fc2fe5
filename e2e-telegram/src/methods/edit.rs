//! `editMessageText`, `editMessageReplyMarkup` and `deleteMessage`.

use serde_json::{Value, json};

use super::send;
use crate::answer::{Answer, Refused};
use crate::keyboard;
use crate::params::Params;
use crate::text::{MOST, Raw};
use crate::world::World;

const NOT_MODIFIED: &str = "message is not modified: specified new message content and reply markup are exactly the same \
    as a current content and reply markup of the message";
/// After this a message stays for the others.
const DELETABLE: u64 = 48 * 3600;

pub(super) fn text(world: &mut World, params: &Params) -> Answer {
    if params.get("text").is_none() {
        return Err(Refused::bad("message text is empty"));
    }
    let raw = Raw::parse(params, "text", "entities")?;
    let markup = keyboard::parse(params)?;
    let preview = send::preview(params)?;
    let chat = world.writable(params)?;
    let number = number(params)?;
    let text = raw.finish()?;
    if text.text.is_empty() {
        return Err(Refused::bad("text must be non-empty"));
    }
    if text.units() > MOST {
        return Err(Refused::bad("message is too long"));
    }
    change(world, chat, number, |message| {
        if message.get("text").is_none() {
            return Err(Refused::bad("there is no text in the message to edit"));
        }
        message["text"] = json!(text.text);
        put(message, "entities", (!text.entities.is_empty()).then(|| text.entities_json()));
        put(message, "link_preview_options", preview);
        // What is not given is taken away.
        put(message, "reply_markup", markup);
        Ok(())
    })
}

pub(super) fn markup(world: &mut World, params: &Params) -> Answer {
    let markup = keyboard::parse(params)?;
    let chat = world.writable(params)?;
    let number = number(params)?;
    change(world, chat, number, |message| {
        put(message, "reply_markup", markup);
        Ok(())
    })
}

pub(super) fn delete(world: &mut World, params: &Params) -> Answer {
    let chat = world.writable(params)?;
    let number = number(params)?;
    let now = world.clock.unix();
    let place = world.chats.get_mut(&chat).ok_or_else(|| Refused::bad("chat not found"))?;
    let stored = place.messages.get(&number).ok_or_else(|| Refused::bad("message to delete not found"))?;
    if now - stored.value["date"].as_u64().unwrap_or_default() > DELETABLE {
        return Err(Refused::bad("message can't be deleted for everyone"));
    }
    place.messages.remove(&number);
    Ok(json!(true).into())
}

fn number(params: &Params) -> Result<i64, Refused> {
    params.number("message_id").ok_or_else(|| Refused::bad("message identifier is not specified"))
}

fn put(message: &mut Value, name: &str, value: Option<Value>) {
    if let Some(message) = message.as_object_mut() {
        match value {
            Some(value) => message.insert(name.to_owned(), value),
            None => message.remove(name),
        };
    }
}

fn change(
    world: &mut World,
    chat: i64,
    number: i64,
    change: impl FnOnce(&mut Value) -> Result<(), Refused>,
) -> Answer {
    let date = world.clock.unix();
    let place = world.chats.get_mut(&chat).ok_or_else(|| Refused::bad("chat not found"))?;
    let stored = place.own(number)?;
    let mut changed = stored.value.clone();
    change(&mut changed)?;
    if changed == stored.value {
        return Err(Refused::bad(NOT_MODIFIED));
    }
    changed["edit_date"] = json!(date);
    world.pace(chat)?;
    let place = world.chats.get_mut(&chat).ok_or_else(|| Refused::bad("chat not found"))?;
    let stored = place.own(number)?;
    stored.value = changed.clone();
    stored.edits += 1;
    Ok(changed.into())
}
