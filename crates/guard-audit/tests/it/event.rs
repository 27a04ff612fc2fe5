//! Events read, written, and refused.

use guard_audit::{Event, EventError, Filter, Log, MAX_EVENT_BYTES, Outcome, query};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::Place;

#[track_caller]
fn check(line: &str, want: Result<Event, EventError>) {
    assert_eq!(Event::from_json_line(line), want, "{line}");
}

#[test]
fn lines() {
    check(r#"{"event":"authn_login_fail"}"#, Ok(Event::new("authn_login_fail")));
    check(
        r#" {"detail":{"ip":"::1","n":[1,-2,0.1,null,true]},"risk":7,"id":"r1","outcome":"failure","object":"o","actor":"user:7","event":"a_1"} "#,
        Ok(Event::new("a_1")
            .actor("user:7")
            .object("o")
            .outcome(Outcome::Failure)
            .id("r1")
            .risk(7)
            .detail("ip", "::1")
            .detail("n", json!([1, -2, 0.1, null, true]))),
    );
    check(r#"{"event":"a","actor":null,"detail":null}"#, Ok(Event::new("a")));
    for line in [
        "",
        "{}",
        "[]",
        "null",
        "\"a\"",
        "{",
        r#"{"event":1}"#,
        r#"{"event":"a"}{"event":"a"}"#,
        r#"{"event":"a"} x"#,
        r#"{"event":"a","event":"b"}"#,
        r#"{"event":"a","seq":1}"#,
        r#"{"event":"a","severity":"low"}"#,
        r#"{"event":"a","outcome":"maybe"}"#,
        r#"{"event":"a","detail":[]}"#,
        r#"{"event":"a","detail":{"k":1,"k":1}}"#,
        r#"{"event":"a","detail":{"k":[{"k":1,"k":1}]}}"#,
        r#"{"event":"a","risk":-1}"#,
        r#"{"event":"a","risk":1.5}"#,
        r#"{"event":"a","actor":"\ud800"}"#,
        r#"{"event":"a","detail":{"k":1e999}}"#,
        "{\"event\":\"a\nb\"}",
    ] {
        check(line, Err(EventError::Syntax));
    }
    for name in ["", "A", "a-b", "a b", "é", "a\\n", &"a".repeat(65)] {
        check(&json!({ "event": name }).to_string(), Err(EventError::Name));
    }
    check(r#"{"event":"a","risk":101}"#, Err(EventError::Risk));
    check(r#"{"event":"a","risk":300}"#, Err(EventError::Risk));
    let deep = |levels: usize| {
        format!(r#"{{"event":"a","detail":{{"k":{}{}}}}}"#, "[".repeat(levels), "]".repeat(levels))
    };
    assert!(Event::from_json_line(&deep(15)).is_ok());
    check(&deep(16), Err(EventError::TooDeep));
    check(&deep(20_000), Err(EventError::Syntax));
    check(&"[".repeat(MAX_EVENT_BYTES + 1), Err(EventError::TooLarge));
    // Small as read, large once every hidden character is escaped.
    check(&format!(r#"{{"event":"a","actor":"{}"}}"#, "\x7f".repeat(20_000)), Err(EventError::TooLarge));
}

#[test]
fn codes() {
    let codes =
        [EventError::Name, EventError::TooLarge, EventError::TooDeep, EventError::Risk, EventError::Syntax]
            .map(|error| error.code());
    assert_eq!(
        codes,
        [
            "audit-event-name",
            "audit-event-too-large",
            "audit-event-too-deep",
            "audit-event-risk",
            "audit-event-syntax"
        ]
    );
}

#[test]
fn a_redacted_detail_says_that_there_was_a_secret() {
    let line = Event::new("authn_token_created").redacted("token").to_json_line().unwrap();
    assert_eq!(line, r#"{"event":"authn_token_created","detail":{"token":"[redacted]"}}"#);
}

const HOSTILE: &str = "a\r\n\0\x1b[31m\u{7f}\u{85}\u{9b}\u{2028}\u{202e}\u{200b}\u{feff}\u{e0041}é漢\"\\";

#[test]
fn hostile_text_is_one_line_and_safe_on_a_terminal() {
    let place = Place::new();
    let log = Log::open(place.log()).unwrap();
    let event =
        Event::new("order_refunded").actor(HOSTILE).object(HOSTILE).id(HOSTILE).detail(HOSTILE, HOSTILE);
    log.append_relaxed(&event).unwrap();
    let record = query(place.log(), &Filter::default()).unwrap().next().unwrap().unwrap();
    assert_eq!(record.actor.as_deref(), Some(HOSTILE));
    assert_eq!(record.detail[HOSTILE], Value::from(HOSTILE));
    for text in [record.to_string(), record.as_json().to_owned()] {
        assert!(text.chars().all(|char| (' '..='~').contains(&char) || "é漢".contains(char)), "{text}");
    }
    assert!(record.to_string().contains(
        r#" actor="a\r\n\u0000\u001b[31m\u007f\u0085\u009b\u2028\u202e\u200b\ufeff\udb40\udc41é漢\"\\""#
    ));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map(any::<String>(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn event() -> impl Strategy<Value = Event> {
    let text = proptest::option::of(any::<String>());
    let outcome = prop_oneof![
        Just(None),
        Just(Some(Outcome::Success)),
        Just(Some(Outcome::Failure)),
        Just(Some(Outcome::Unknown))
    ];
    let detail = proptest::collection::vec((any::<String>(), value()), 0..4);
    let risk = proptest::option::of(0..=100_u8);
    ("[a-z0-9_]{1,64}", text.clone(), text.clone(), text, outcome, risk, detail).prop_map(
        |(name, actor, object, id, outcome, risk, detail)| {
            let mut event = Event::new(name);
            event = actor.into_iter().fold(event, Event::actor);
            event = object.into_iter().fold(event, Event::object);
            event = id.into_iter().fold(event, Event::id);
            event = outcome.into_iter().fold(event, Event::outcome);
            event = risk.into_iter().fold(event, Event::risk);
            detail.into_iter().fold(event, |event, (key, value)| event.detail(key, value))
        },
    )
}

proptest! {
    #[test]
    fn an_event_reads_back_as_it_was_written(event in event()) {
        let line = event.to_json_line().unwrap();
        prop_assert_eq!(line.lines().count(), 1);
        prop_assert_eq!(Event::from_json_line(&line).unwrap(), event);
    }

    #[test]
    fn any_text_is_read_or_refused(line in any::<String>()) {
        if let Ok(event) = Event::from_json_line(&line) {
            prop_assert_eq!(Event::from_json_line(&event.to_json_line().unwrap()), Ok(event));
        }
    }
}
