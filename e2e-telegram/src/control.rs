//! The same handles for other languages: `POST /control/ACTION` with a JSON object.

use std::time::Duration;

use serde_json::{Value, json};

use crate::chat::Chat;
use crate::fault::{Fault, Planned};
use crate::limits::{Limits, Rate};
use crate::params::Upload;
use crate::people::Sent;
use crate::server::Shared;

/// Status and body of the answer.
pub(crate) fn act(shared: &Shared, action: &str, body: &[u8]) -> (u16, Value) {
    let given = if body.is_empty() { json!({}) } else { serde_json::from_slice(body).unwrap_or_default() };
    match run(shared, action, &given) {
        Some(result) => (200, result),
        None => (400, json!({"error": "no such action, or a field is missing"})),
    }
}

fn run(shared: &Shared, action: &str, given: &Value) -> Option<Value> {
    let number = |name: &str| given[name].as_i64();
    let text = |name: &str| given[name].as_str().unwrap_or_default();
    let chat = || number("chat").or(number("person"));
    Some(match action {
        "person" => {
            shared.with(|world| world.add_person(number("id").unwrap_or(7), text("name")));
            json!(null)
        }
        "group" => {
            let id = number("id")?;
            shared.with(|world| world.chats.insert(id, Chat::supergroup(id, text("title"))));
            json!(null)
        }
        "say" => {
            let (person, chat) = (number("person")?, chat()?);
            let forwarded_from = given["author"].as_str();
            let upload = given["file"].as_str().map(|file| {
                let upload = Upload {
                    name: file.to_owned(),
                    mime: Some("text/plain".to_owned()),
                    bytes: text("content").as_bytes().to_vec(),
                };
                (upload, given["size"].as_u64())
            });
            let sent = Sent {
                text: text("text"),
                reply_to: number("reply_to"),
                forwarded_from,
                upload,
                is_photo: false,
            };
            shared.with(|world| {
                (world.people.contains_key(&person) && world.chats.contains_key(&chat))
                    .then(|| json!(world.send(person, chat, sent)))
            })?
        }
        "edit" => {
            shared
                .with(|world| world.edit(chat().unwrap_or(7), number("message").unwrap_or(0), text("text")));
            json!(null)
        }
        "tap" => {
            let (person, chat, message) = (number("person")?, chat()?, number("message")?);
            json!(shared.with(|world| world.tap(person, chat, message, text("data"))))
        }
        "answer" => {
            let answer = shared.with(|world| world.taps.get(text("tap")).and_then(|tap| tap.answer.clone()));
            json!(answer)
        }
        "stop_draft" => json!(shared.with(|world| world.stop_draft(chat().unwrap_or(7), None))),
        "block" => {
            let person = number("person")?;
            shared.with(|world| world.block(person));
            json!(null)
        }
        "push" => {
            let update = given["update"].clone();
            json!(shared.with(|world| {
                let until = world.clock.now() + Duration::from_secs(86_400);
                world.updates.push_raw(update, until)
            }))
        }
        "redeliver" => {
            let count = usize::try_from(number("count")?).ok()?;
            json!(shared.with(|world| world.updates.redeliver(count)))
        }
        "fault" => {
            let fault = fault(text("fault"), given)?;
            let left = given["times"].as_u64().map_or(Some(1), |times| u32::try_from(times).ok())?;
            let planned = Planned { method: text("method").to_ascii_lowercase(), left, fault };
            shared.with(|world| world.faults.push(planned));
            json!(null)
        }
        "skip" => {
            shared
                .with(|world| world.clock.skip(Duration::from_secs(given["seconds"].as_u64().unwrap_or(0))));
            json!(null)
        }
        "limits" => {
            let rate = |name: &str| Rate {
                burst: u32::try_from(given[name][0].as_u64().unwrap_or(0)).unwrap_or(0),
                every: Duration::from_millis(given[name][1].as_u64().unwrap_or(0)),
            };
            let limits = Limits { private: rate("private"), group: rate("group"), global: rate("global") };
            shared.with(|world| world.limits = limits);
            json!(null)
        }
        "messages" => {
            let chat = chat()?;
            let found = shared.with(|world| {
                let messages = world.chats.get(&chat).map(|chat| &chat.messages);
                messages.into_iter().flatten().map(|(_, stored)| stored.value.clone()).collect::<Vec<_>>()
            });
            json!(found)
        }
        "pending" => json!(shared.with(|world| world.updates.pending())),
        _ => return None,
    })
}

fn fault(name: &str, given: &Value) -> Option<Fault> {
    let number = given["number"].as_u64().unwrap_or(1);
    Some(match name {
        "drop" => Fault::Drop,
        "drop-answer" => Fault::DropAnswer,
        "status" => Fault::Status(u16::try_from(number).ok()?),
        "too-many" => Fault::TooMany { retry_after: number },
        "slow" => Fault::Slow(Duration::from_millis(number)),
        "cut-json" => Fault::CutJson,
        "cut-body" => Fault::CutBody,
        "stall" => Fault::Stall,
        "endless" => Fault::Endless,
        "reversed" => Fault::Reversed,
        "doubled" => Fault::Doubled,
        _ => return None,
    })
}
