//! `answerCallbackQuery`: once, and soon.

use std::time::Duration;

use serde_json::json;

use crate::answer::{Answer, Refused};
use crate::params::Params;
use crate::world::World;

/// Telegram tells no figure; clients stop waiting after about this time.
const ANSWERABLE: Duration = Duration::from_secs(60);
const MOST_TEXT: usize = 200;

pub(super) fn answer(world: &mut World, params: &Params) -> Answer {
    let now = world.clock.now();
    let text = params.text("text");
    if text.encode_utf16().count() > MOST_TEXT {
        return Err(Refused::bad("MESSAGE_TOO_LONG"));
    }
    match world.taps.get_mut(params.text("callback_query_id")) {
        Some(tap) if tap.answer.is_none() && now < tap.at + ANSWERABLE => {
            tap.answer = Some((text.to_owned(), params.flag("show_alert")));
            Ok(json!(true).into())
        }
        Some(_) | None => {
            Err(Refused::bad("query is too old and response timeout expired or query ID is invalid"))
        }
    }
}
