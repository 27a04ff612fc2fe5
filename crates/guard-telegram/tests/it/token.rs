//! The token is in the path of requests and nowhere else.

use std::time::Duration;

use guard_telegram::{Api, ApiUrl, Client, Options, SendOptions, Text};

use crate::stub::{Stub, TOKEN, raw, reply, token};

#[tokio::test]
async fn no_debug_or_error_shows_it() {
    let secret = TOKEN.split(':').nth(1).unwrap();
    let echo = |body: &str| body.replace("TOKEN", TOKEN);
    let mut shown = vec![
        format!("{:?}", token()),
        format!("{:?}", Client::new(token(), ApiUrl::default()).unwrap()),
        format!("{:#?}", Api::new(token(), ApiUrl::default()).unwrap()),
        format!("{:?}", Options::default()),
    ];
    // A server that sends the token back, in every place where a client could pick it up.
    let bodies = [
        r#"{"ok":false,"error_code":400,"description":"Bad Request: /botTOKEN/sendMessage"}"#,
        r#"{"ok":true,"result":{"message_id":"TOKEN"}}"#,
        "TOKEN",
        r#"{"ok":true,"result":"TOKEN"}"#,
    ];
    for body in bodies {
        let body = echo(body);
        let stub = Stub::start(move |_, stream| reply(stream, 400, &body));
        let client = stub.client();
        let error = client.send(5, &Text::plain("x"), &SendOptions::default()).await.unwrap_err();
        shown.push(format!("{error} {error:?} {}", error.code()));
        let error = client.poll(None, Duration::ZERO).await.unwrap_err();
        shown.push(format!("{error} {error:?}"));
        shown.push(format!("{client:?}"));
    }
    let stub = Stub::start(|_, stream| raw(stream, "garbage"));
    shown.push(format!("{:?}", stub.client().me().await.unwrap_err()));
    for text in shown {
        assert!(!text.contains(secret), "{text}");
    }
}
