//! `sendMessage` and `sendChatAction`.

use serde_json::{Value, json};

use crate::answer::{Answer, Refused};
use crate::keyboard;
use crate::params::Params;
use crate::text::{MOST, Raw};
use crate::world::World;

const ACTIONS: [&str; 11] = [
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
];

pub(super) fn message(world: &mut World, params: &Params) -> Answer {
    if params.get("text").is_none() {
        return Err(Refused::bad("message text is empty"));
    }
    let raw = Raw::parse(params, "text", "entities")?;
    let markup = keyboard::parse(params)?;
    let preview = preview(params)?;
    let chat = world.writable(params)?;
    let reply = reply(world, chat, params)?;
    let text = raw.finish()?;
    if text.text.is_empty() {
        return Err(Refused::bad("text must be non-empty"));
    }
    if text.units() > MOST {
        return Err(Refused::bad("message is too long"));
    }
    let mut content = json!({"text": text.text});
    if !text.entities.is_empty() {
        content["entities"] = text.entities_json();
    }
    if let Some(preview) = preview {
        content["link_preview_options"] = preview;
    }
    Ok(post(world, chat, content, reply, markup)?.into())
}

/// Puts a message of the bot into a chat.
pub(super) fn post(
    world: &mut World,
    chat: i64,
    content: Value,
    reply: Option<Value>,
    markup: Option<Value>,
) -> Result<Value, Refused> {
    world.pace(chat)?;
    let (number, me, date) = (world.number(chat), world.myself(), world.clock.unix());
    let place = world.chats.get_mut(&chat).ok_or_else(|| Refused::bad("chat not found"))?;
    let mut message = json!({"message_id": number, "from": me, "chat": place.value, "date": date});
    if let (Some(message), Value::Object(content)) = (message.as_object_mut(), content) {
        message.extend(content);
        message.extend(reply.map(|reply| ("reply_to_message".to_owned(), reply)));
        message.extend(markup.map(|markup| ("reply_markup".to_owned(), markup)));
    }
    place.add(number, message.clone(), true);
    // A draft ends with the message that it became.
    world.drafts.retain(|draft| draft.chat != chat);
    Ok(message)
}

/// The message that is replied to.
pub(super) fn reply(world: &World, chat: i64, params: &Params) -> Result<Option<Value>, Refused> {
    let given = params.json("reply_parameters", "can't parse reply parameters JSON object")?;
    let (number, is_optional) = match &given {
        Some(given) => {
            let number = given["message_id"].as_i64();
            (
                number.ok_or_else(|| Refused::bad("message identifier is not specified"))?,
                &given["allow_sending_without_reply"],
            )
        }
        None => match params.number("reply_to_message_id") {
            Some(number) => (number, &Value::Null),
            None => return Ok(None),
        },
    };
    let is_optional = is_optional == &json!(true) || params.flag("allow_sending_without_reply");
    let found = world.chats.get(&chat).and_then(|chat| chat.quoted(number));
    if found.is_none() && !is_optional {
        return Err(Refused::bad("message to be replied not found"));
    }
    Ok(found)
}

/// What the message tells about link previews: only whether they are off.
pub(super) fn preview(params: &Params) -> Result<Option<Value>, Refused> {
    let given = params.json("link_preview_options", "can't parse link preview options JSON object")?;
    let is_off = given.is_some_and(|given| given["is_disabled"] == json!(true))
        || params.flag("disable_web_page_preview");
    Ok(is_off.then(|| json!({"is_disabled": true})))
}

pub(super) fn action(world: &mut World, params: &Params) -> Answer {
    if !ACTIONS.contains(&params.text("action")) {
        return Err(Refused::bad("wrong parameter action in request"));
    }
    world.writable(params)?;
    Ok(json!(true).into())
}
