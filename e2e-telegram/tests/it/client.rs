//! The workspace's own client against the strict server: each of its calls, and what it makes of trouble.

use std::time::{Duration, Instant};

use guard_e2e_telegram::{Fault, Limits, Rate, Server};
use guard_telegram::{Answer, Button, Client, Edited, Error, SendOptions, Style, Text, Urgency};
use secrecy::SecretString;
use serde_json::json;

use crate::stand::{self, client, wait};

const ADA: i64 = 7;

/// A server that Ada has written to, and a client.
fn begun() -> (Server, Client) {
    let server = Server::start();
    server.set_limits(Limits::NONE);
    server.person(ADA, "Ada").say("/start");
    let client = client(&server);
    (server, client)
}

fn send(client: &Client, text: &str) -> Result<i32, Error> {
    wait(client.send(ADA, &Text::plain(text), &SendOptions::default()))
}

#[test]
fn every_call_of_the_client_is_one_that_the_server_accepts() {
    let (server, client) = begun();
    let ada = server.person(ADA, "Ada");
    assert_eq!(wait(client.me()).unwrap().username, "guard_test_bot");
    assert!(!wait(client.webhook()).unwrap().is_set);
    wait(client.delete_webhook()).unwrap();
    wait(client.set_commands(&[("help", "What there is"), ("stop", "End the run")])).unwrap();
    wait(client.typing(ADA, None)).unwrap();
    assert_eq!(wait(client.draft(ADA, 3, &Text::plain("so far"), true)), Ok(Edited::Done));
    assert_eq!(ada.draft().as_deref(), Some("so far"));
    let buttons = vec![vec![Button::new("Go", "x".repeat(64)).unwrap()]];
    let options = SendOptions { buttons: buttons.clone(), reply_to: Some(1), ..SendOptions::default() };
    let text = Text::markdown("**bold** `code` 👉 [link](https://example.org)\n\n```rust\nfn main() {}\n```");
    let number = wait(client.send(ADA, &text, &options)).unwrap();
    assert_eq!(ada.draft(), None, "a message ends the draft");
    let urgent = Urgency::Urgent;
    let edited = Text::plain("👉").with(Style::bold(), " done");
    assert_eq!(wait(client.edit(ADA, number, &edited, &buttons, urgent)), Ok(Edited::Done));
    assert_eq!(wait(client.edit(ADA, number, &edited, &buttons, urgent)), Ok(Edited::Unchanged));
    assert_eq!(wait(client.edit_buttons(ADA, number, &[], urgent)), Ok(Edited::Done));
    wait(client.send_document(ADA, "log.txt", b"a line\n", &Text::plain("the log"), &SendOptions::default()))
        .unwrap();
    let tap = ada.tap_data(number.into(), "x");
    wait(client.answer_tap(&tap, "seen", false)).unwrap();
    assert_eq!(ada.answer(&tap), Some(("seen".to_owned(), false)));
    ada.upload("data.csv", "text/csv", b"a,b\n", "look");
    let batch = wait(client.poll(None, Duration::ZERO)).unwrap();
    assert_eq!((batch.updates.len(), batch.undecodable.len()), (3, 0));
    let file = ada.messages().into_iter().rev().find_map(|message| message.document).unwrap().1;
    let (file, mut bytes) = (wait(client.file(&file)).unwrap(), Vec::new());
    assert_eq!(wait(client.download(&file, 4, &mut bytes)), Ok(4));
    assert_eq!(bytes, b"a,b\n");
    wait(client.delete(ADA, number)).unwrap();
    // Nothing that it sends leaves formatting or previews to the server.
    for call in server.calls() {
        let is_repeated = call.description.starts_with("Bad Request: message is not modified");
        assert!(call.status == 200 || is_repeated, "{call:#?}");
        assert!(!call.params.contains_key("parse_mode"), "{call:#?}");
        if ["sendMessage", "editMessageText"].contains(&call.method.as_str()) {
            assert_eq!(call.params["link_preview_options"], r#"{"is_disabled":true}"#);
        }
    }
}

#[test]
fn whatever_an_agent_writes_is_accepted() {
    let (server, client) = begun();
    let long = format!(
        "# Title\n\n{}\n```rust\n{}\n```\n",
        "some *words* 👉 ".repeat(600),
        "let x = 1;\n".repeat(400)
    );
    let broken = "**open _and [never](closed `\n> - 1. ~~x\n<b>&amp;\u{202e}\u{0}\r\n```";
    let blank = "\u{2028}\u{a0}\n\t";
    let nested = format!("{}x{}", "**a *b ".repeat(60), "*".repeat(90));
    for source in [long.as_str(), broken, blank, nested.as_str(), "😀".repeat(5000).as_str()] {
        match Answer::markdown(source, |text| text.into()) {
            Answer::Messages(pieces) => {
                for piece in pieces {
                    match wait(client.send(ADA, &piece, &SendOptions::default())) {
                        Ok(_) | Err(Error::Empty) => {}
                        Err(error) => panic!("{error} for {:?}", piece.as_str()),
                    }
                }
            }
            Answer::File { head, content } => {
                let (options, content) = (SendOptions::default(), content.as_bytes());
                wait(client.send_document(ADA, "answer.md", content, &head, &options)).unwrap();
            }
        }
    }
    let refused: Vec<_> = server.calls().into_iter().filter(|call| call.status != 200).collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[track_caller]
fn check(fault: Fault, want: Result<(), &str>) {
    let (server, client) = begun();
    server.fault("sendMessage", 1, fault);
    let sent = send(&client, "hello").map(drop).map_err(|error| error.code());
    assert_eq!(sent, want, "{fault:?}");
}

#[test]
fn one_failure_of_a_send_is_made_good() {
    let wait = Duration::from_millis(300);
    for fault in [Fault::Drop, Fault::DropAnswer, Fault::Status(502), Fault::CutBody, Fault::Slow(wait)] {
        check(fault, Ok(()));
    }
    check(Fault::TooMany { retry_after: 1 }, Ok(()));
    // Sent, as far as anybody can tell; the answer says nothing that could be asked again.
    check(Fault::CutJson, Err("telegram-undecodable"));
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let (server, client) = begun();
    server.fault("getUpdates", 5, Fault::Endless);
    let begun = Instant::now();
    assert_eq!(wait(client.poll(None, Duration::ZERO)).unwrap_err(), Error::TooLarge);
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn refusals_are_told_apart() {
    let (server, client) = begun();
    let eve = server.person(8, "Eve");
    let text = Text::plain("x");
    let to = |chat| wait(client.send(chat, &text, &SendOptions::default()));
    assert_eq!(to(999), Err(Error::ChatGone { moved_to: None }));
    eve.say("hi");
    eve.block();
    assert_eq!(to(8), Err(Error::Forbidden));
    assert_eq!(wait(client.edit(ADA, 999, &text, &[], Urgency::Ordinary)), Err(Error::MessageGone));
    assert_eq!(wait(client.answer_tap("1", "x", false)), Err(Error::TapExpired));
    server.push(json!({"brand_new_kind": {}}));
    let batch = wait(client.poll(None, Duration::ZERO)).unwrap();
    assert_eq!(batch.undecodable.len(), 1);
    // A connection belongs to the runtime that made it.
    let first = stand::client(&server);
    let poll =
        std::thread::spawn(move || wait(first.poll(batch.next_offset, Duration::from_secs(20))).map(drop));
    // The first poll is there before the second replaces it.
    server.wait_call("a long poll", |call| call.params.get("timeout").is_some_and(|timeout| timeout == "20"));
    std::thread::sleep(Duration::from_millis(100));
    wait(client.poll(batch.next_offset, Duration::ZERO)).unwrap();
    assert_eq!(poll.join().unwrap(), Err(Error::OtherPoller));
    server.revoke("4800000001:AAEanother");
    assert_eq!(wait(client.me()).unwrap_err(), Error::Unauthorized);
}

#[test]
fn the_token_is_in_no_error() {
    let (server, client) = begun();
    let token = SecretString::from(server.token());
    server.fault("", 100, Fault::Status(503));
    let error = wait(client.me()).unwrap_err();
    let said = format!("{error} {error:?} {client:?}");
    let secret = secrecy::ExposeSecret::expose_secret(&token).split(':').nth(1).unwrap().to_owned();
    assert!(!said.contains(&secret), "{said}");
}

#[test]
fn the_pace_of_the_client_keeps_within_what_telegram_advises() {
    let (server, client) = begun();
    server.set_limits(Limits::default());
    let begun = Instant::now();
    for number in 0..7 {
        send(&client, &format!("message {number}")).unwrap();
    }
    assert!(begun.elapsed() >= Duration::from_secs(3), "{:?}", begun.elapsed());
    assert!(server.calls().iter().all(|call| call.status == 200));
}

#[test]
fn a_stricter_server_is_obeyed() {
    let (server, client) = begun();
    let rate = Rate { burst: 1, every: Duration::from_secs(2) };
    server.set_limits(Limits { private: rate, ..Limits::NONE });
    for number in 0..3 {
        send(&client, &format!("message {number}")).unwrap();
    }
    let texts: Vec<_> =
        server.person(ADA, "Ada").messages().into_iter().filter(|m| m.from_bot).map(|m| m.text).collect();
    assert_eq!(texts, ["message 0", "message 1", "message 2"]);
    assert!(server.calls().iter().any(|call| call.status == 429));
}
