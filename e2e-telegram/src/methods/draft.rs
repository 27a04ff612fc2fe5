//! `sendMessageDraft`: a message while it is being written, in a private chat.

use std::time::Duration;

use serde_json::json;

use crate::answer::{Answer, Refused};
use crate::limits::GLOBAL;
use crate::params::Params;
use crate::text::{MOST, Raw};
use crate::world::{Draft, World};

/// How long a draft is shown.
const SHOWN: Duration = Duration::from_secs(30);

pub(super) fn send(world: &mut World, params: &Params) -> Answer {
    let raw = Raw::parse(params, "text", "entities")?;
    let id = params.number("draft_id").unwrap_or_default();
    if id == 0 {
        return Err(Refused::bad("draft identifier must be non-zero"));
    }
    let chat = world.writable(params)?;
    if world.chats.get(&chat).is_none_or(|chat| !chat.is_private) {
        return Err(Refused::bad("TEXTDRAFT_PEER_INVALID"));
    }
    // Empty text shows that the bot is thinking.
    let text = raw.finish()?;
    if text.units() > MOST {
        return Err(Refused::bad("message is too long"));
    }
    let (now, global) = (world.clock.now(), world.limits.global);
    world.buckets.take(now, &[(GLOBAL, global)]).map_err(Refused::too_many)?;
    world.drop_old_drafts(now);
    world.drafts.retain(|draft| draft.chat != chat);
    let can_stop = params.flag("can_stop");
    world.drafts.push(Draft { chat, id, text: text.text, can_stop, until: now + SHOWN });
    Ok(json!(true).into())
}
