//! The requests and answers that the `tgbot` crate tests itself with, through the decoder and through the server.
//! Nothing of them is kept here: the crate comes from the registry into cargo's own cache.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use guard_e2e_telegram::{Limits, Server};
use guard_telegram::frankenstein::AsyncTelegramApi;
use guard_telegram::frankenstein::response::MethodResponse;
use guard_telegram::frankenstein::types::Message;
use guard_telegram::frankenstein::updates::{Update, UpdateContent};
use guard_telegram::{Batch, Error};
use serde_json::{Value, json};

use crate::cache;
use crate::stand::{client, wait};

const VERSION: &str = "0.47.0";
const FIXTURES: usize = 433;

struct Fixture {
    name: String,
    method: String,
    /// As JSON, whatever the kind of body.
    request: Value,
    /// The whole answer.
    answer: Value,
}

/// All of them, read once.
fn fixtures() -> &'static [Fixture] {
    static ALL: OnceLock<Vec<Fixture>> = OnceLock::new();
    ALL.get_or_init(|| {
        let place = cache::place(&format!("tgbot-{VERSION}"), |place| {
            let source = download(place);
            let data = place.join("data");
            fs::create_dir(&data).expect("a directory");
            for entry in fs::read_dir(source.join("tests/data")).expect("the fixtures").flatten() {
                fs::copy(entry.path(), data.join(entry.file_name())).expect("a copy");
            }
        });
        let mut all: Vec<_> = fs::read_dir(place.join("data"))
            .expect("the fixtures")
            .flatten()
            .map(|entry| read(&entry.path()))
            .collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        assert_eq!(all.len(), FIXTURES, "the crate has that many");
        all
    })
}

/// Has cargo fetch the one package, and finds where.
fn download(place: &Path) -> PathBuf {
    let package = place.join("package");
    fs::create_dir_all(package.join("src")).expect("a directory");
    fs::write(package.join("src/lib.rs"), "").expect("a file");
    let manifest = format!(
        "[package]\nname = \"fixtures\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[dependencies]\ntgbot = {{ version = \"={VERSION}\", default-features = false }}\n[workspace]\n"
    );
    fs::write(package.join("Cargo.toml"), manifest).expect("a manifest");
    let metadata = cache::run(
        Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--quiet"])
            .current_dir(&package),
    );
    let metadata: Value = serde_json::from_str(&metadata).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let found = packages.iter().find(|package| package["name"] == "tgbot").expect("the crate");
    Path::new(found["manifest_path"].as_str().expect("a path")).parent().expect("a directory").to_owned()
}

fn read(path: &Path) -> Fixture {
    let value: Value = serde_json::from_slice(&fs::read(path).expect("a fixture")).expect("JSON");
    let body = &value["req_body"];
    let request = body.get("json").or(body.get("multipart")).cloned().unwrap_or_else(|| json!({}));
    Fixture {
        name: path.file_name().expect("a name").to_string_lossy().into_owned(),
        method: value["url_path"].as_str().expect("a method").to_owned(),
        request,
        answer: value["rep_body"].clone(),
    }
}

/// An update that any bot understands.
fn plain(id: u32) -> Value {
    let user = json!({"id": 7, "is_bot": false, "first_name": "Ada"});
    let chat = json!({"id": 7, "type": "private", "first_name": "Ada"});
    json!({"update_id": id, "message": {"message_id": id, "from": user, "chat": chat, "date": 1, "text": "hello"}})
}

/// The updates of a fixture, or its result in the place of a message.
fn updates(fixture: &Fixture) -> Vec<Value> {
    let result = &fixture.answer["result"];
    match result.as_array().filter(|_| fixture.method == "getUpdates") {
        Some(updates) => updates.clone(),
        None => vec![json!({"update_id": 0, "message": result})],
    }
}

/// All texts of a value that are long enough to be recognised.
fn texts(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text.len() >= 6 => {
            found.insert(text.clone());
        }
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(values) => values.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

#[track_caller]
fn assert_silent(fixture: &Fixture, said: &str) {
    let mut words = BTreeSet::new();
    texts(&fixture.answer, &mut words);
    let leaked: Vec<_> = words.iter().filter(|word| said.contains(word.as_str())).collect();
    assert!(leaked.is_empty(), "{}: {said} tells {leaked:?}", fixture.name);
}

#[test]
fn no_fixture_costs_its_neighbours_in_a_batch() {
    let (mut decoded, mut passed_over) = (0, 0);
    for fixture in fixtures() {
        for mut update in updates(fixture) {
            update["update_id"] = json!(2);
            let batch = json!([plain(1), update, plain(3)]).to_string();
            let batch = Batch::decode(&batch).unwrap_or_else(|error| panic!("{}: {error}", fixture.name));
            let ids: Vec<_> = batch.updates.iter().map(|update| update.update_id).collect();
            let skipped: Vec<_> = batch.undecodable.iter().map(|passed| passed.update_id).collect();
            match (ids.as_slice(), skipped.as_slice()) {
                ([1, 2, 3], []) => decoded += 1,
                ([1, 3], [Some(2)]) => passed_over += 1,
                other => panic!("{}: {other:?}", fixture.name),
            }
            assert_eq!(batch.next_offset, Some(4), "{}", fixture.name);
            assert_silent(fixture, &format!("{:?}", batch.undecodable));
        }
    }
    // The rest are results that are no message, such as `true`.
    assert_eq!((decoded, passed_over), (228, 323));
}

#[test]
fn every_update_of_the_fixtures_arrives_in_one_poll_or_is_reported() {
    let server = Server::start();
    let all: Vec<Value> = fixtures()
        .iter()
        .filter(|fixture| fixture.method == "getUpdates")
        .flat_map(updates)
        .zip(1000..)
        .map(|(mut update, id): (Value, u32)| {
            update["update_id"] = json!(id);
            update
        })
        .collect();
    server.answer_with("getUpdates", json!({"ok": true, "result": all}));
    let batch = wait(client(&server).poll(None, Duration::ZERO)).expect("a batch");
    assert_eq!(batch.updates.len() + batch.undecodable.len(), all.len());
    assert_eq!(batch.next_offset, Some(1000 + i64::try_from(all.len()).unwrap()));
    // Kinds that the types of this version do not know in this shape, and one that nobody does.
    let unknown =
        ["rich_message", "suggested_post_info", "managed_bot_created", "suggested_post_refunded", "key"];
    assert_eq!(batch.undecodable.len(), unknown.len());
    for (passed, key) in batch.undecodable.iter().zip(unknown) {
        let update = &all[usize::try_from(passed.update_id.expect("a number") - 1000).unwrap()];
        assert!(update.get(key).or(update["message"].get(key)).is_some(), "{key} is not in {update}");
    }
    let kinds: BTreeSet<_> = batch.updates.iter().map(kind).collect();
    for kind in ["message", "edited message", "callback query", "change of membership"] {
        assert!(kinds.contains(kind), "{kind} is not among {kinds:?}");
    }
}

fn kind(update: &Update) -> &'static str {
    match &update.content {
        UpdateContent::Message(_) => "message",
        UpdateContent::EditedMessage(_) => "edited message",
        UpdateContent::CallbackQuery(_) => "callback query",
        UpdateContent::MyChatMember(_) => "change of membership",
        _ => "another",
    }
}

#[test]
fn every_answer_comes_through_the_client_whole() {
    let server = Server::start();
    let client = client(&server);
    let (mut messages, mut undecodable) = (0, Vec::new());
    for fixture in fixtures() {
        let request = || Some(fixture.request.clone());
        server.answer_with(&fixture.method, fixture.answer.clone());
        let raw: Result<MethodResponse<Value>, Error> =
            wait(client.api().request(&fixture.method, request()));
        let raw = raw.unwrap_or_else(|error| panic!("{}: {error}", fixture.name));
        assert_eq!(raw.result, fixture.answer["result"], "{}", fixture.name);
        if fixture.answer["result"]
            .get("message_id")
            .is_some_and(|_| fixture.answer["result"].get("chat").is_some())
        {
            server.answer_with(&fixture.method, fixture.answer.clone());
            let typed: Result<MethodResponse<Message>, Error> =
                wait(client.api().request(&fixture.method, request()));
            match typed {
                Ok(_) => messages += 1,
                Err(error) => {
                    assert_eq!(error, Error::Undecodable, "{}", fixture.name);
                    assert_silent(fixture, &format!("{error} {error:?}"));
                    undecodable.push(fixture.name.as_str());
                }
            }
        }
    }
    assert_eq!((messages, undecodable), (86, vec!["send-rich-message-blocks.json"]));
}

#[test]
fn every_request_is_answered_by_the_server_in_its_own_words() {
    let server = Server::start();
    server.set_limits(Limits::NONE);
    server.person(1, "Ada").say("hello");
    let client = client(&server);
    let mut told = BTreeMap::<_, u32>::new();
    // What ends the conversation with this server comes last.
    let (last, first): (Vec<_>, Vec<_>) =
        fixtures().iter().partition(|fixture| ["close", "logOut"].contains(&fixture.method.as_str()));
    for fixture in first.into_iter().chain(last) {
        let mut request = fixture.request.clone();
        // A poll that nothing ends would take its time.
        if let Some(timeout) = request.get_mut("timeout") {
            *timeout = json!(0);
        }
        let answer: Result<MethodResponse<Value>, Error> =
            wait(client.api().request(&fixture.method, Some(request)));
        let answer = match answer {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.code().to_owned(),
        };
        *told.entry(answer).or_default() += 1;
    }
    let known = [
        "ok",
        "telegram-no-method",
        "telegram-refused",
        "telegram-chat-gone",
        "telegram-message-gone",
        "telegram-tap-expired",
        "telegram-retry-after",
        "telegram-webhook-set",
    ];
    let strange: Vec<_> = told.keys().filter(|code| !known.contains(&code.as_str())).collect();
    assert!(strange.is_empty(), "{strange:?}");
    assert_eq!(server.calls().len(), FIXTURES);
    assert!(server.calls().iter().all(|call| call.status != 0));
}
