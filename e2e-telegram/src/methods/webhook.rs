//! Webhooks, as far as they are in the way of polling. Nothing is ever sent to one.

use serde_json::{Value, json};

use crate::answer::{Answer, Done, Refused};
use crate::params::Params;
use crate::world::World;

pub(super) fn set(world: &mut World, params: &Params) -> Answer {
    let Some(url) = params.get("url") else { return delete(world, params) };
    if !url.starts_with("https://") {
        return Err(Refused::bad("bad webhook: An HTTPS URL must be provided for webhook"));
    }
    if params.flag("drop_pending_updates") {
        world.updates.drop_pending();
    }
    if let Some(list) = params.json("allowed_updates", "can't parse allowed_updates")? {
        world.updates.allow(&list);
    }
    let was_set = world.webhook.as_deref() == Some(url);
    world.webhook = Some(url.to_owned());
    // Ends a poll that waits.
    world.poll += 1;
    let description = if was_set { "Webhook is already set" } else { "Webhook was set" };
    Ok(Done { result: json!(true), description: Some(description) })
}

pub(super) fn delete(world: &mut World, params: &Params) -> Answer {
    if params.flag("drop_pending_updates") {
        world.updates.drop_pending();
    }
    let was_set = world.webhook.take().is_some();
    let description = if was_set { "Webhook was deleted" } else { "Webhook is already deleted" };
    Ok(Done { result: json!(true), description: Some(description) })
}

pub(super) fn info(world: &World) -> Value {
    json!({
        "url": world.webhook.clone().unwrap_or_default(), "has_custom_certificate": false,
        "pending_update_count": world.updates.pending(),
    })
}
