//! A model API that stalls, dies, answers garbage or never stops.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use guard_agent::relay::{Event, MicroUsd, Refusal};

use super::setup::{BODY, limits, post, rig, rig_with, worst_input};
use super::stub::{STREAM, Stub, chunk, event, json, send, start, stop, text};

/// The relay's answer to an API that writes these bytes and then `stays` or closes.
#[track_caller]
fn check(bytes: &str, stays: bool, want: Refusal, charged: bool) {
    let answer = bytes.to_owned();
    let stub = Stub::start(move |_, stream| {
        send(stream, &answer);
        if stays {
            std::thread::sleep(Duration::from_secs(3));
        }
        false
    });
    let mut limits = limits();
    limits.answer_bytes = 100_000;
    let rig = rig_with(&stub.url(), u64::MAX, limits);
    let reply = rig.post(BODY);
    assert_eq!(
        (reply.code(), reply.status),
        (Some(want.code()), if want == Refusal::UpstreamTimeout { 504 } else { 502 })
    );
    assert!(rig.events().contains(&Event::Refused(want)));
    let worst = MicroUsd::new(worst_input() + 100 * 10);
    assert_eq!(rig.budget.spent(), if charged { worst } else { MicroUsd::ZERO }, "{bytes:.60}");
}

#[test]
fn answers_before_the_stream() {
    let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "a".repeat(200_000));
    let many: String = "HTTP/1.1 200 OK\r\n".to_owned() + &"x: y\r\n".repeat(500);
    let ok = |headers: &str, body: &str| {
        format!("HTTP/1.1 200 OK\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
    };
    let kind = "content-type: application/json\r\n";
    check("", false, Refusal::UpstreamUnreachable, true);
    check("", true, Refusal::UpstreamTimeout, true);
    check("HTTP/1.1 200 OK\r\n", true, Refusal::UpstreamTimeout, true);
    check("SSH-2.0-OpenSSH_9.9\r\n\r\n", false, Refusal::UpstreamGarbage, true);
    check(&endless, true, Refusal::UpstreamGarbage, true);
    check(&many, true, Refusal::UpstreamGarbage, true);
    check(&ok("content-type: text/html\r\n", "<html>"), false, Refusal::UpstreamGarbage, true);
    check(&ok("", "{}"), false, Refusal::UpstreamGarbage, true);
    check(&ok(kind, "{"), false, Refusal::UpstreamGarbage, true);
    check(&ok(kind, r#"{"id":"m"}"#), false, Refusal::UpstreamGarbage, true);
    check(&ok(kind, r#"{"id":"m","usage":{"input_tokens":-1}}"#), false, Refusal::UpstreamGarbage, true);
    check(
        &ok("content-encoding: gzip\r\ncontent-type: application/json\r\n", "x"),
        false,
        Refusal::UpstreamGarbage,
        true,
    );
    check(&ok(kind, &"a".repeat(200_000)), true, Refusal::AnswerTooLarge, true);
    check(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10000000000\r\n\r\n{",
        true,
        Refusal::AnswerTooLarge,
        true,
    );
    check(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 90\r\n\r\n{",
        true,
        Refusal::UpstreamTimeout,
        true,
    );
    check(
        "HTTP/1.1 302 Found\r\nlocation: http://10.0.0.1/\r\ncontent-length: 0\r\n\r\n",
        false,
        Refusal::UpstreamGarbage,
        true,
    );
    check(
        "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 0\r\n\r\n",
        false,
        Refusal::UpstreamGarbage,
        false,
    );
}

#[test]
fn nobody_listens() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let rig = rig(&format!("http://127.0.0.1:{free}"));
    assert_eq!(rig.post(BODY).code(), Some("relay-upstream-unreachable"));
    assert_eq!(rig.budget.spent(), MicroUsd::ZERO);
}

/// What a client reads of a stream, and whether it was ended properly.
#[track_caller]
fn stream(sent: &str, end: &str, stays: bool, want: Option<Refusal>, proper: bool) {
    let answer = STREAM.to_owned() + &chunk(sent) + end;
    let stub = Stub::start(move |_, stream| {
        send(stream, &answer);
        if stays {
            std::thread::sleep(Duration::from_secs(3));
        }
        false
    });
    let mut limits = limits();
    limits.stream_bytes = 200_000;
    let rig = rig_with(&stub.url(), u64::MAX, limits);
    let reply = rig.post(BODY);
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body.ends_with("0\r\n\r\n"), proper, "{reply:?}");
    let error = "event: error\ndata: {\"type\":\"error\"";
    assert_eq!(reply.body.contains(error), want.is_some() && proper);
    let refused = rig.wait(|event| {
        if let Event::Refused(refusal) = event {
            return Some(Some(*refusal));
        }
        matches!(event, Event::Booked(booked) if booked.complete).then_some(None)
    });
    assert_eq!(refused, want);
}

#[test]
fn streams_that_go_wrong() {
    let begun = start("msg_1", 7) + &text("hello");
    let whole = begun.clone() + &stop(3);
    stream(&whole, "0\r\n\r\n", false, None, true);
    // Between two events the client is told why; inside one it can only see that the rest is missing.
    stream(&begun, "", true, Some(Refusal::UpstreamTimeout), true);
    stream(&begun, "", false, Some(Refusal::UpstreamGarbage), true);
    stream(&begun, "0\r\n\r\n", false, Some(Refusal::UpstreamGarbage), true);
    stream(&begun, "zz\r\n", false, Some(Refusal::UpstreamGarbage), true);
    stream(
        &(begun.clone() + "event: content_block_delta\ndata: {"),
        "",
        true,
        Some(Refusal::UpstreamTimeout),
        false,
    );
    // Usage that cannot be read ends the stream: further output would be free.
    stream(
        &begun,
        &chunk(&event("message_delta", r#","usage":{"output_tokens":"3"}"#)),
        true,
        Some(Refusal::UpstreamGarbage),
        true,
    );
    stream(&begun, &chunk("data: not json\n\n"), true, Some(Refusal::UpstreamGarbage), true);
    let much: String = (0..300).map(|_| chunk(&text(&"x".repeat(1000)))).collect();
    let answer = STREAM.to_owned() + &chunk(&begun) + &much;
    let stub = Stub::start(move |_, stream| send(stream, &answer));
    let mut limits = limits();
    limits.stream_bytes = 100_000;
    let rig = rig_with(&stub.url(), u64::MAX, limits);
    assert!(rig.post(BODY).body.len() < 110_000);
    assert_eq!(rig.wait(|event| matches!(event, Event::Refused(Refusal::AnswerTooLarge)).then_some(())), ());
}

#[test]
fn an_error_in_a_stream_is_the_apis_own_and_costs_what_may_have_been_written() {
    let error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    let most = 7 * 2 + 100 * 10;
    for (begun, cost) in
        [(String::new(), 0), (start("msg_1", 7), most), (start("msg_1", 7) + &text("hello"), most)]
    {
        let sent = begun + error;
        let answer = STREAM.to_owned() + &chunk(&sent) + "0\r\n\r\n";
        let stub = Stub::start(move |_, stream| send(stream, &answer));
        let mut rig = rig(&stub.url());
        let reply = rig.post(BODY);
        assert_eq!((reply.status, reply.body.matches("event: error").count()), (200, 1), "{reply:?}");
        assert!(reply.body.contains(error) && reply.body.ends_with("0\r\n\r\n"), "{reply:?}");
        rig.relay = None;
        assert_eq!(rig.budget.spent(), MicroUsd::new(cost), "{sent}");
        assert!(!rig.events().iter().any(|event| matches!(event, Event::Refused(_))), "{:?}", rig.events());
    }
    // One that breaks off afterwards is still an error, and nobody's message before that.
    stream(error, "", false, Some(Refusal::UpstreamGarbage), true);
}

#[test]
fn a_slow_client_holds_the_api_back_and_is_given_up() {
    let written = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&written);
    let stub = Stub::start(move |_, stream| {
        send(stream, STREAM.to_owned() + &chunk(&start("msg_1", 7)));
        let piece = chunk(&text(&"x".repeat(8000)));
        while send(stream, &piece) {
            count.fetch_add(8000, Ordering::Relaxed);
        }
        false
    });
    let rig = rig(&stub.url());
    let mut client = UnixStream::connect(rig.socket()).unwrap();
    client.write_all(post("/v1/messages", "", BODY).as_bytes()).unwrap();
    client.read_exact(&mut [0; 300]).unwrap();
    // The client reads no more. What waits is in the buffers of the system, and the relay gives up in time.
    let booked = rig.booked();
    assert_eq!((booked.cost, booked.complete), (MicroUsd::new(7 * 2 + 100 * 10), false));
    assert!(written.load(Ordering::Relaxed) < 16 << 20, "{written:?} bytes were taken from the API");
}

#[test]
fn an_answer_that_is_whole_json_is_whole() {
    let body = format!(r#"{{"id":"m","usage":{{"output_tokens":1}},"text":"{}"}}"#, "x".repeat(1 << 20));
    let answer = json("200 OK", &body);
    let stub = Stub::start(move |_, stream| send(stream, &answer));
    assert_eq!(rig(&stub.url()).post(BODY).body, body);
}
