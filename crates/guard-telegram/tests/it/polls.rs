//! Updates, decoded one by one.

use std::time::Duration;

use guard_telegram::{Batch, Error};
use serde_json::json;

use crate::stub::{Stub, reply};

fn message(id: u64) -> String {
    format!(
        r#"{{"update_id":{id},"message":{{"message_id":1,"date":1,"chat":{{"id":5,"type":"private"}},"text":"m{id}"}}}}"#
    )
}

/// Numbers of what was decoded, of what was not, and the next offset.
type Want<'a> = (&'a [u32], &'a [Option<i64>], Option<i64>);

#[track_caller]
fn check(result: &[&str], want: Result<Want<'_>, Error>) {
    let got = Batch::decode(&format!("[{}]", result.join(",")));
    let seen = got.as_ref().map(|batch| {
        let ids: Vec<u32> = batch.updates.iter().map(|update| update.update_id).collect();
        let lost: Vec<_> = batch.undecodable.iter().map(|lost| lost.update_id).collect();
        (ids, lost, batch.next_offset)
    });
    let want = want.map(|(ids, lost, next)| (ids.to_vec(), lost.to_vec(), next));
    assert_eq!(seen.map_err(Clone::clone), want, "{:.200}", result.join(","));
}

#[test]
fn a_strange_update_costs_only_itself() {
    let (one, three) = (message(1), message(3));
    check(&[], Ok((&[], &[], None)));
    check(&[&one], Ok((&[1], &[], Some(2))));
    check(&[&one, r#"{"update_id":2,"a_new_kind":{}}"#, &three], Ok((&[1, 3], &[Some(2)], Some(4))));
    check(&[&one, r#"{"update_id":2,"message":{"text":7}}"#, &three], Ok((&[1, 3], &[Some(2)], Some(4))));
    check(&[&one, r#"{"update_id":2}"#], Ok((&[1], &[Some(2)], Some(3))));
    check(
        &[r#"{"update_id":4294967296,"message":{}}"#],
        Ok((&[], &[Some(4_294_967_296)], Some(4_294_967_297))),
    );
}

#[test]
fn an_update_without_a_number_is_passed_over_with_a_later_one() {
    let one = message(1);
    for strange in
        ["7", "null", "[]", "{}", r#"{"update_id":"2"}"#, r#"{"update_id":-2}"#, r#"{"update_id":2.5}"#]
    {
        check(&[strange, &one], Ok((&[1], &[None], Some(2))));
    }
    check(&[&one, r#"{"update_id":9223372036854775807}"#], Ok((&[1], &[None], Some(2))));
}

#[test]
fn a_batch_that_cannot_be_confirmed_is_refused() {
    check(&["{}"], Err(Error::Undecodable));
    check(&["7", "null"], Err(Error::Undecodable));
    for result in ["", "{}", "null", "[1", "[]]", &format!("[{}1]", "1,".repeat(1_000))] {
        assert_eq!(Batch::decode(result).err(), Some(Error::Undecodable), "{result:.20}");
    }
}

#[test]
fn depth_is_bounded() {
    let deep = format!(
        r#"{{"update_id":2,"message":{}{}}}"#,
        r#"{"reply_to_message":"#.repeat(50_000),
        "}".repeat(50_000)
    );
    let broken = format!("[{},{deep}]", message(1));
    assert_eq!(Batch::decode(&broken).err(), Some(Error::Undecodable), "no value at the bottom");
    let deep = format!(r#"{{"update_id":2,"x":{}{}}}"#, "[".repeat(50_000), "]".repeat(50_000));
    check(&[&message(1), &deep], Ok((&[1], &[Some(2)], Some(3))));
}

#[test]
fn a_batch_that_is_logged_shows_no_words() {
    let unknown = r#"{"update_id":2,"x":"secret words"}"#;
    let mut private = odd();
    private["update_id"] = 3.into();
    let batch = Batch::decode(&format!("[{},{unknown},{private}]", message(1))).unwrap();
    let shown = format!("{batch:?}");
    assert!(shown.contains("updates: [1]") && shown.contains("update_id: Some(3)"), "{shown}");
    assert!(!shown.contains("words"), "{shown}");
}

/// A message in a form that is not known, with nothing strange about who wrote it.
fn odd() -> serde_json::Value {
    serde_json::json!({"update_id": 2, "message": {
        "message_id": 5, "date": 1, "text": "secret words", "entities": "not a list",
        "chat": {"id": 7, "type": "private"}, "from": {"id": 7, "is_bot": false, "first_name": "A"},
    }})
}

#[test]
fn of_a_message_that_cannot_be_decoded_only_what_is_certain_is_kept() {
    #[track_caller]
    fn check(change: impl FnOnce(&mut serde_json::Value), want: Option<(i64, i64, &str)>) {
        let mut update = odd();
        change(&mut update);
        let batch = Batch::decode(&format!("[{update}]")).unwrap();
        assert!(batch.updates.is_empty());
        let got = batch.undecodable[0].outline.as_ref();
        assert_eq!(got.map(|got| (got.person, got.message, got.text.as_str())), want, "{update}");
    }
    check(|_| {}, Some((7, 5, "secret words")));
    check(|update| update["message"]["text"] = serde_json::Value::Null, Some((7, 5, "")));
    for (name, value) in [
        ("sender_chat", serde_json::json!({"id": -5})),
        ("forward_origin", serde_json::json!({})),
        ("via_bot", serde_json::json!({"id": 9})),
        ("business_connection_id", "x".into()),
        ("chat", serde_json::json!({"id": -5, "type": "group"})),
        ("chat", serde_json::json!({"id": 8, "type": "private"})),
        ("from", serde_json::json!({"id": 7, "is_bot": true})),
        ("from", serde_json::json!({"id": 7})),
        ("from", serde_json::Value::Null),
    ] {
        check(|update| update["message"][name] = value, None);
    }
    check(
        |update| {
            let message = update["message"].take();
            update["edited_message"] = message;
        },
        None,
    );
}

#[tokio::test]
async fn a_poll_asks_for_what_is_handled() {
    let stub = Stub::saying(r#"{"ok":true,"result":[]}"#);
    let batch = stub.client().poll(Some(17), Duration::from_secs(500)).await.unwrap();
    assert_eq!(batch.next_offset, None);
    let kinds =
        ["message", "edited_message", "callback_query", "stopped_message_generation", "my_chat_member"];
    assert_eq!(
        stub.only().json(),
        json!({"offset": 17, "limit": 100, "timeout": 50, "allowed_updates": kinds})
    );
}

#[tokio::test]
async fn a_batch_that_is_too_large_is_asked_for_one_by_one() {
    let stub = Stub::start(|seen, stream| {
        let body = if seen.json()["limit"] == 1 {
            format!(r#"{{"ok":true,"result":[{}]}}"#, message(8))
        } else {
            format!(r#"{{"ok":true,"result":["{}"]}}"#, "x".repeat(70_000))
        };
        reply(stream, 200, &body)
    });
    let client = stub.client_with(|options| options.limits.answer_bytes = 64 * 1024);
    let batch = client.poll(None, Duration::ZERO).await.unwrap();
    assert_eq!(batch.next_offset, Some(9));
}
