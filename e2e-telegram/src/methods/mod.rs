//! The methods, one file each family. `getUpdates` waits and is in `http.rs`.

mod callback;
mod commands;
mod documents;
mod draft;
mod edit;
mod send;
mod webhook;

use std::time::Duration;

use serde_json::json;

use crate::answer::{Answer, Refused};
use crate::params::Params;
use crate::world::World;

/// Carries a call out. `method` is in lower case: names are compared without it.
pub(crate) fn call(world: &mut World, method: &str, params: &mut Params) -> Answer {
    if world.is_logged_out {
        return Err(Refused::new(400, "Logged out"));
    }
    match method {
        "getme" => Ok(world.me.clone().into()),
        "sendmessage" => send::message(world, params),
        "sendmessagedraft" => draft::send(world, params),
        "senddocument" => documents::send(world, params),
        "sendchataction" => send::action(world, params),
        "editmessagetext" => edit::text(world, params),
        "editmessagereplymarkup" => edit::markup(world, params),
        "deletemessage" => edit::delete(world, params),
        "answercallbackquery" => callback::answer(world, params),
        "getfile" => documents::get(world, params),
        "setmycommands" => commands::set(world, params),
        "getmycommands" => commands::get(world, params),
        "deletemycommands" => commands::delete(world, params),
        "setwebhook" => webhook::set(world, params),
        "deletewebhook" => webhook::delete(world, params),
        "getwebhookinfo" => Ok(webhook::info(world).into()),
        "logout" => {
            world.is_logged_out = true;
            Ok(json!(true).into())
        }
        "close" => {
            // Refused in the first ten minutes of a server, so that a bot in a loop cannot.
            let left = Duration::from_secs(600).saturating_sub(world.clock.now()).as_secs();
            if left > 0 { Err(Refused::too_many(left)) } else { Ok(json!(true).into()) }
        }
        _ => Err(Refused::new(404, "Not Found: method not found")),
    }
}
