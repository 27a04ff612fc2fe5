//! `sendDocument` and `getFile`.

use serde_json::json;

use super::send;
use crate::answer::{Answer, Refused};
use crate::keyboard;
use crate::params::Params;
use crate::text::{MOST_CAPTION, Raw};
use crate::world::World;

pub(super) fn send(world: &mut World, params: &mut Params) -> Answer {
    let raw = Raw::parse(params, "caption", "caption_entities")?;
    let markup = keyboard::parse(params)?;
    let upload =
        match params.get("document").and_then(|text| text.strip_prefix("attach://")).map(str::to_owned) {
            Some(name) => params.files.remove(&name),
            None => params.files.remove("document"),
        };
    let known = params.get("document").and_then(|id| world.files.document(id));
    if upload.as_ref().is_some_and(|upload| upload.bytes.is_empty()) {
        return Err(Refused::bad("file must be non-empty"));
    }
    if upload.is_none() && known.is_none() {
        return Err(Refused::bad(match params.get("document") {
            None => "there is no document in the request",
            Some(_) => "wrong file identifier/HTTP URL specified",
        }));
    }
    let chat = world.writable(params)?;
    let reply = send::reply(world, chat, params)?;
    let caption = raw.finish()?;
    if caption.units() > MOST_CAPTION {
        return Err(Refused::bad("message caption is too long"));
    }
    let mut content = json!({});
    if let Some(document) = known.or_else(|| upload.map(|upload| world.files.add(upload, None))) {
        content["document"] = document;
    }
    if !caption.text.is_empty() {
        content["caption"] = json!(caption.text);
    }
    if !caption.entities.is_empty() {
        content["caption_entities"] = caption.entities_json();
    }
    Ok(send::post(world, chat, content, reply, markup)?.into())
}

pub(super) fn get(world: &mut World, params: &Params) -> Answer {
    let id = params.get("file_id").ok_or_else(|| Refused::bad("file_id not specified"))?;
    let now = world.clock.now();
    Ok(world.files.open(id, now)?.into())
}
