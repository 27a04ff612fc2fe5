//! What is sent for each call.

use guard_telegram::{Button, Edited, Error, SendOptions, Style, Text, Urgency};
use serde_json::json;

use crate::stub::{Stub, TOKEN};

const SENT: &str =
    r#"{"ok":true,"result":{"message_id":77,"date":0,"chat":{"id":5,"type":"new kind"},"unknown":{}}}"#;
const TRUE: &str = r#"{"ok":true,"result":true}"#;

fn buttons() -> Vec<Vec<Button>> {
    vec![vec![Button::new("Stop", "stop:1").unwrap()]]
}

#[tokio::test]
async fn a_message_has_entities_and_no_preview_and_no_parse_mode() {
    let stub = Stub::saying(SENT);
    let text = Text::plain("see 😀 ").with(Style::bold(), "now");
    let options = SendOptions {
        buttons: buttons(),
        reply_to: Some(3),
        thread: Some(9),
        silent: true,
        ..SendOptions::default()
    };
    // The rest of the answer is of a kind that nobody knows; the message arrived all the same.
    assert_eq!(stub.client().send(5, &text, &options).await, Ok(77));
    let seen = stub.only();
    assert_eq!(seen.path, format!("/bot{TOKEN}/sendMessage"));
    assert_eq!(
        seen.json(),
        json!({
            "chat_id": 5, "text": "see 😀 now", "message_thread_id": 9, "disable_notification": true,
            "entities": [{"type": "bold", "offset": 7, "length": 3}],
            "link_preview_options": {"is_disabled": true},
            "reply_parameters": {"message_id": 3, "allow_sending_without_reply": true},
            "reply_markup": {"inline_keyboard": [[{"text": "Stop", "callback_data": "stop:1"}]]},
        })
    );
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_before_it_is_sent() {
    let stub = Stub::saying(SENT);
    let client = stub.client();
    let options = SendOptions::default();
    assert_eq!(client.send(5, &Text::plain(" \n"), &options).await, Err(Error::Empty));
    assert_eq!(client.send(5, &Text::plain(&"😀".repeat(2049)), &options).await, Err(Error::TooLarge));
    assert_eq!(client.send(5, &Text::plain(&"😀".repeat(2048)), &options).await, Ok(77));
    assert_eq!(Button::new("x", ""), Err(Error::ButtonData));
    assert_eq!(Button::new("x", "é".repeat(33)), Err(Error::ButtonData));
    assert!(Button::new("x", "é".repeat(32)).is_ok());
    assert_eq!(Button::new("Al\u{202e}low", "y"), Button::new("Al<U+202E>low", "y"));
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn an_edit_to_the_same_text_is_no_error() {
    let stub = Stub::start(|_, stream| {
        let body = r#"{"ok":false,"error_code":400,"description":"Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message"}"#;
        crate::stub::reply(stream, 400, body)
    });
    let edited = stub.client().edit(5, 77, &Text::plain("x"), &[], Urgency::Ordinary).await;
    assert_eq!(edited, Ok(Edited::Unchanged));
    let want = json!({"chat_id": 5, "message_id": 77, "text": "x", "entities": [], "link_preview_options": {"is_disabled": true}});
    assert_eq!(stub.only().json(), want);
}

#[tokio::test]
async fn drafts_deletions_taps_and_typing() {
    let stub = Stub::saying(TRUE);
    let client = stub.client();
    assert_eq!(client.draft(5, 4, &Text::plain("so far"), true).await, Ok(Edited::Done));
    assert_eq!(client.draft(5, 5, &Text::default(), false).await, Ok(Edited::Done));
    client.delete(5, 77).await.unwrap();
    client.answer_tap("q1", &"x".repeat(300), true).await.unwrap();
    client.answer_tap("q2", "", false).await.unwrap();
    client.typing(5, None).await.unwrap();
    client.set_commands(&[("help", "what there is")]).await.unwrap();
    client.delete_webhook().await.unwrap();
    let seen: Vec<_> = stub.seen().iter().map(|seen| (seen.method().to_owned(), seen.json())).collect();
    let want = [
        (
            "sendMessageDraft",
            json!({"chat_id": 5, "draft_id": 4, "text": "so far", "entities": [], "can_stop": true}),
        ),
        (
            "sendMessageDraft",
            json!({"chat_id": 5, "draft_id": 5, "text": "", "entities": [], "can_stop": false}),
        ),
        ("deleteMessage", json!({"chat_id": 5, "message_id": 77})),
        (
            "answerCallbackQuery",
            json!({"callback_query_id": "q1", "text": "x".repeat(200), "show_alert": true}),
        ),
        ("answerCallbackQuery", json!({"callback_query_id": "q2", "show_alert": false})),
        ("sendChatAction", json!({"chat_id": 5, "action": "typing"})),
        ("setMyCommands", json!({"commands": [{"command": "help", "description": "what there is"}]})),
        ("deleteWebhook", json!({})),
    ];
    assert_eq!(seen, want.map(|(method, body)| (method.to_owned(), body)));
}

#[tokio::test]
async fn who_the_bot_is() {
    let stub = Stub::saying(
        r#"{"ok":true,"result":{"id":110201543,"is_bot":true,"first_name":"G","username":"guard_bot","new":[1]}}"#,
    );
    let me = stub.client().me().await.unwrap();
    assert_eq!((me.id, me.username.as_str()), (110_201_543, "guard_bot"));
}

#[tokio::test]
async fn a_webhook_is_told_without_its_address() {
    let stub = Stub::saying(
        r#"{"ok":true,"result":{"url":"https://x.example/secret","has_custom_certificate":false,"pending_update_count":3}}"#,
    );
    let webhook = stub.client().webhook().await.unwrap();
    assert_eq!((webhook.is_set, webhook.pending), (true, 3));
    assert!(!format!("{webhook:?}").contains("secret"));
}

#[tokio::test]
async fn every_other_method_through_the_trait() {
    use guard_telegram::frankenstein::AsyncTelegramApi;
    let stub = Stub::saying(r#"{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"G"}}"#);
    let me = stub.client().api().get_me().await.unwrap();
    assert_eq!(me.result.first_name, "G");
}
