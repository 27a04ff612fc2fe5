//! What the network and the server do to a call.

use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use guard_telegram::{Error, SendOptions, Text};

use crate::stub::{Seen, Stub, raw, reply};

const SENT: &str = r#"{"ok":true,"result":{"message_id":77}}"#;

/// Fails with `fault` the first `times`, and then answers.
#[track_caller]
fn faulty(times: usize, fault: impl Fn(&mut TcpStream) -> bool + Send + Sync + 'static) -> Stub {
    Stub::start(
        move |seen: &Seen, stream| if seen.number < times { fault(stream) } else { reply(stream, 200, SENT) },
    )
}

async fn send(stub: &Stub) -> Result<i32, Error> {
    send_within(stub, Duration::from_secs(30)).await
}

async fn send_within(stub: &Stub, whole: Duration) -> Result<i32, Error> {
    let client = stub.client_with(|options| {
        options.limits.whole = whole;
        options.limits.answer_bytes = 64 * 1024;
    });
    client.send(5, &Text::plain("x"), &SendOptions::default()).await
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    for fault in [
        "HTTP/1.1 502 X\r\ncontent-length: 6\r\n\r\n<html>",
        "HTTP/1.1 500 X\r\ncontent-length: 2\r\n\r\n{}",
        "HTTP/1.1 200 X\r\ncontent-length: 100\r\n\r\n{\"ok\":",
        "",
    ] {
        let stub = faulty(2, move |stream| {
            raw(stream, fault);
            false
        });
        assert_eq!(send(&stub).await, Ok(77), "{fault}");
        assert_eq!(stub.seen().len(), 3, "{fault}");
    }
}

#[tokio::test]
async fn too_many_requests_wait_as_long_as_asked() {
    let body = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 0","parameters":{"retry_after":0}}"#;
    let stub = faulty(1, move |stream| reply(stream, 429, body));
    assert_eq!(send(&stub).await, Ok(77));
    let body = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7200","parameters":{"retry_after":7200}}"#;
    let stub = faulty(1, move |stream| reply(stream, 429, body));
    assert_eq!(send(&stub).await, Err(Error::RetryAfter { after: Duration::from_secs(7200) }));
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn a_server_that_never_answers_costs_a_bounded_time() {
    let stub = faulty(usize::MAX, |_| {
        thread::sleep(Duration::from_secs(2));
        false
    });
    assert_eq!(send_within(&stub, Duration::from_millis(300)).await, Err(Error::Timeout));
    assert!(stub.seen().len() <= 6, "as many attempts as the policy has");
}

#[tokio::test]
async fn a_trickle_is_no_answer() {
    let stub = faulty(1, |stream| {
        raw(stream, "HTTP/1.1 200 X\r\ncontent-length: 1000\r\n\r\n");
        (0..20).all(|_| {
            thread::sleep(Duration::from_millis(50));
            raw(stream, " ")
        });
        false
    });
    assert_eq!(send_within(&stub, Duration::from_millis(300)).await, Ok(77));
}

#[tokio::test]
async fn a_refusal_is_final() {
    for (code, description, want) in [
        (401, "Unauthorized", Error::Unauthorized),
        (403, "Forbidden: bot was blocked by the user", Error::Forbidden),
        (400, "Bad Request: chat not found", Error::ChatGone { moved_to: None }),
        (400, "Bad Request: can't parse entities: x", Error::Refused { status: 400 }),
    ] {
        let body = format!(r#"{{"ok":false,"error_code":{code},"description":"{description}"}}"#);
        let stub = faulty(1, move |stream| reply(stream, code, &body));
        assert_eq!(send(&stub).await, Err(want));
        assert_eq!(stub.seen().len(), 1);
    }
}

#[tokio::test]
async fn answers_are_bounded() {
    let stub = faulty(usize::MAX, |stream| {
        raw(stream, "HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n");
        (0..40).all(|_| raw(stream, format!("1000\r\n{}\r\n", "x".repeat(4096))));
        false
    });
    assert_eq!(send(&stub).await, Err(Error::TooLarge));
    let stub =
        faulty(usize::MAX, |stream| raw(stream, "HTTP/1.1 200 X\r\ncontent-length: 999999999\r\n\r\n"));
    assert_eq!(send(&stub).await, Err(Error::TooLarge));
    let stub = faulty(usize::MAX, |stream| raw(stream, format!("HTTP/1.1 200 {}", "x".repeat(200_000))));
    assert_eq!(send(&stub).await, Err(Error::Undecodable));
}

#[tokio::test]
async fn nobody_listens() {
    let stub = Stub::saying(SENT);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = guard_telegram::ApiUrl::parse(&format!("http://127.0.0.1:{port}")).unwrap();
    let client = guard_telegram::Client::new(crate::stub::token(), url).unwrap();
    assert_eq!(client.poll(None, Duration::ZERO).await.err(), Some(Error::Unreachable));
    assert!(stub.seen().is_empty());
}

#[tokio::test]
async fn a_connection_is_kept_and_one_that_was_closed_is_replaced() {
    let stub = Stub::start(|seen, stream| reply(stream, 200, SENT) && seen.number != 1);
    let client = stub.client();
    for _ in 0..3 {
        client.delete(5, 1).await.unwrap();
        thread::sleep(Duration::from_millis(20));
    }
    let connections: Vec<_> = stub.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 0, 1]);
}
