//! That calls go through the pace. The pace itself is tested on a held clock.

use guard_telegram::{Edited, SendOptions, Text, Urgency};

use crate::stub::{Stub, reply};

const SENT: &str = r#"{"ok":true,"result":{"message_id":77}}"#;
const LATER: &str = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}"#;

#[tokio::test]
async fn a_message_that_must_wait_keeps_its_place() {
    let stub = Stub::start(|seen, stream| match seen.number {
        0 => reply(stream, 429, LATER),
        _ => reply(stream, 200, SENT),
    });
    let client = stub.client();
    let send = |text: &'static str| {
        let client = client.clone();
        tokio::spawn(async move { client.send(5, &Text::plain(text), &SendOptions::default()).await })
    };
    let (one, two, three) = (send("one"), send("two"), send("three"));
    for sent in [one, two, three] {
        assert_eq!(sent.await.unwrap(), Ok(77));
    }
    let texts: Vec<_> =
        stub.seen().iter().map(|seen| seen.json()["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(texts, ["one", "one", "two", "three"]);
}

#[tokio::test]
async fn edits_that_wait_are_replaced_by_the_latest() {
    let stub = Stub::saying(SENT);
    let client = stub.client_with(|options| options.rates.chat_burst = options.rates.chat_per_second);
    client.send(5, &Text::plain("uses the burst up"), &SendOptions::default()).await.unwrap();
    let mut edits = Vec::new();
    for number in 0..4 {
        let client = client.clone();
        let text = Text::plain(&number.to_string());
        edits.push(tokio::spawn(async move { client.edit(5, 77, &text, &[], Urgency::Ordinary).await }));
        tokio::task::yield_now().await;
    }
    let mut outcomes = Vec::new();
    for edit in edits {
        outcomes.push(edit.await.unwrap().unwrap());
    }
    assert_eq!(outcomes, [Edited::Superseded, Edited::Superseded, Edited::Superseded, Edited::Done]);
    assert_eq!(stub.seen().len(), 2);
    assert_eq!(stub.seen()[1].json()["text"], "3");
}
