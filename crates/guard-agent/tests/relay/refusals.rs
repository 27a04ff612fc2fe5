//! What does not reach the model API.

use guard_agent::relay::{Event, Refusal};

use super::setup::{BODY, limits, post, rig, rig_with};
use super::stub::{Stub, message, send};

#[test]
fn only_the_models_own_requests_pass() {
    let stub = Stub::start(|_, stream| send(stream, message("msg_1", 1, 1)));
    let rig = rig(&stub.url());
    #[track_caller]
    fn refused(rig: &super::setup::Rig, request: String, want: Refusal) {
        let before = rig.events().len();
        let reply = rig.raw(&request);
        let got = (reply.code(), reply.body.starts_with(r#"{"type":"error","error":{"type":""#));
        assert_eq!(got, (Some(want.code()), true), "{request} -> {reply:?}");
        assert_eq!(rig.events().get(before..), Some(&[Event::Refused(want)][..]));
    }
    let get = |line: &str| format!("{line}\r\nhost: x\r\nconnection: close\r\n\r\n");
    for line in [
        "GET /v1/messages HTTP/1.1",
        "PUT /v1/messages HTTP/1.1",
        "POST / HTTP/1.1",
        "HEAD / HTTP/1.1",
        "POST /v1/messages/ HTTP/1.1",
        "POST /v1//messages HTTP/1.1",
        "POST /v1/messages/batches HTTP/1.1",
        "POST /v1/messages/../files HTTP/1.1",
        "POST /v1/messages%2f HTTP/1.1",
        "POST /v1/messages?beta=false HTTP/1.1",
        "POST /v1/messages?beta=true&x HTTP/1.1",
        "POST /v1/messages? HTTP/1.1",
        "POST /v1/files HTTP/1.1",
        "POST http://collect.example/v1/messages HTTP/1.1",
        "POST https://127.0.0.1/v1/messages HTTP/1.1",
        "POST //v1/messages HTTP/1.1",
        "POST /./v1/messages HTTP/1.1",
        "POST /v1/./messages HTTP/1.1",
        "POST /v1/messages/../messages HTTP/1.1",
        "POST /x/..//v1/messages HTTP/1.1",
        "POST /V1/messages HTTP/1.1",
        "POST /v1/Messages HTTP/1.1",
        "POST /v1/%6dessages HTTP/1.1",
        "POST /v1/messages%00 HTTP/1.1",
        "POST /v1%2fmessages HTTP/1.1",
        "POST /v1/messages; HTTP/1.1",
        "POST /v1/messages;a=b HTTP/1.1",
        "POST /v1/messages. HTTP/1.1",
        "POST /v1/messages?BETA=true HTTP/1.1",
        "POST /v1/messages?beta=true?x HTTP/1.1",
        "POST /v1/messages?beta=%74rue HTTP/1.1",
        "POST /v1/messages?x&beta=true HTTP/1.1",
        "POST /v1/messages/count_tokens/ HTTP/1.1",
        "POST /v1/messages/batches/x/results HTTP/1.1",
        "POST /v1/complete HTTP/1.1",
        "POST /v1/models HTTP/1.1",
        "DELETE /v1/messages HTTP/1.1",
        "post /v1/messages HTTP/1.1",
        "POST /api/oauth/token HTTP/1.1",
        "OPTIONS * HTTP/1.1",
    ] {
        if line.starts_with("HEAD") {
            assert_eq!(rig.raw(get(line)).code(), Some("relay-path-refused"));
        } else {
            refused(&rig, get(line), Refusal::Path);
        }
    }
    let with = |headers: &str| post("/v1/messages", headers, BODY);
    refused(&rig, with("content-encoding: gzip\r\n"), Refusal::Header);
    refused(&rig, with("anthropic-beta: a, context-1m-2025-08-07\r\n"), Refusal::Header);
    refused(&rig, with(&format!("x-claude-x: {}\r\n", "a".repeat(9000))), Refusal::Header);
    let body = |body: &str| post("/v1/messages", "", body);
    refused(&rig, body("{"), Refusal::Body);
    let main = r#"{"model":"main","max_tokens":1,"messages":[]"#;
    for twice in [r#","model":"dear"}"#, r#","mod\u0065l":"dear"}"#, r#","max_tokens":9}"#, "}{}", "},"] {
        refused(&rig, body(&format!("{main}{twice}")), Refusal::Body);
    }
    refused(&rig, body(&format!("\u{feff}{main}}}")), Refusal::Body);
    refused(&rig, body(&format!("{main},\"Model\":\"dear\"}}")), Refusal::Field);
    refused(&rig, body(&format!("{main},\"model\\u0000\":\"dear\"}}")), Refusal::Field);
    refused(&rig, body(r#"{"model":"dear\u0000main","max_tokens":1,"messages":[]}"#), Refusal::Model);
    refused(&rig, body(r#"{"model":["main"],"max_tokens":1,"messages":[]}"#), Refusal::Body);
    refused(&rig, body(r#"{"model":"dear","max_tokens":1,"messages":[]}"#), Refusal::Model);
    refused(&rig, body(r#"{"model":"main ","max_tokens":1,"messages":[]}"#), Refusal::Model);
    refused(&rig, body(r#"{"model":"main","max_tokens":1001,"messages":[]}"#), Refusal::OutputLimit);
    refused(&rig, body(r#"{"model":"main","max_tokens":1,"messages":[],"speed":"fast"}"#), Refusal::Field);
    refused(
        &rig,
        body(r#"{"model":"main","max_tokens":1,"messages":[],"tools":[{"type":"web_fetch_1"}]}"#),
        Refusal::ServerTool,
    );
    refused(&rig, post("/v1/messages/count_tokens", "", r#"{"model":"dear","messages":[]}"#), Refusal::Model);
    assert_eq!(stub.seen().len(), 0);
    // And the counterpart: what is allowed does pass.
    assert_eq!(rig.post(BODY).status, 200);
    assert_eq!(rig.raw(post("/v1/messages?beta=true", "", BODY)).status, 200);
    assert_eq!(
        rig.raw(post("/v1/messages/count_tokens?beta=true", "", r#"{"model":"small","messages":[]}"#)).status,
        200
    );
    assert_eq!(stub.seen().len(), 3);
}

#[test]
fn bytes_that_are_no_text_are_no_request() {
    let stub = Stub::start(|_, stream| send(stream, message("msg_1", 1, 1)));
    let rig = rig(&stub.url());
    let with = |name: &[u8]| {
        let mut body = br#"{"model":"main","max_tokens":1,"messages":[],"metadata":{"user_id":""#.to_vec();
        body.extend(name);
        body.extend(br#""}}"#);
        let mut request = post("/v1/messages", "", &"x".repeat(body.len())).into_bytes();
        request.truncate(request.len() - body.len());
        request.extend(body);
        request
    };
    let plain = rig.raw(with(b"plain"));
    assert_eq!(plain.status, 200, "{plain:?}");
    // Overlong, cut off, half of a pair: a lenient reader makes something else of each.
    for bytes in [&b"\xc0\xa2"[..], b"\xff", b"\xe2\x82", b"\xed\xa0\x80"] {
        assert_eq!(rig.raw(with(bytes)).code(), Some("relay-body-refused"), "{bytes:x?}");
    }
    assert_eq!(stub.seen().len(), 1);
}

/// The statuses of the answers to these bytes; whatever reached the API is one plain request of its own.
#[track_caller]
fn answers(requests: &str) -> (Vec<u16>, usize) {
    let stub = Stub::start(|_, stream| send(stream, message("msg_1", 1, 1)));
    let rig = rig(&stub.url());
    let all = rig.all(requests);
    let statuses =
        all.split("HTTP/1.1 ").skip(1).filter_map(|answer| answer.get(..3)?.parse().ok()).collect();
    for seen in stub.seen() {
        assert!(seen.head.starts_with("POST /v1/messages HTTP/1.1\r\n"), "{}", seen.head);
        assert_eq!(seen.header("host"), stub.url().strip_prefix("http://"), "{}", seen.head);
        let names: Vec<_> = seen.head.lines().skip(1).filter_map(|line| line.split(':').next()).collect();
        let mut once = names.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), names.len(), "{names:?}");
        for gone in ["transfer-encoding", "connection", "upgrade", "trailer", "expect", "x-collect", "te"] {
            assert!(!names.contains(&gone), "{gone}: {}", seen.head);
        }
        assert_eq!(seen.body, BODY.as_bytes());
    }
    (statuses, stub.seen().len())
}

#[test]
fn no_request_is_smuggled_in_another() {
    #[track_caller]
    fn check(requests: &str, want: (&[u16], usize)) {
        let (statuses, seen) = answers(requests);
        assert_eq!((statuses.as_slice(), seen), want, "{requests}");
    }
    let length = BODY.len();
    let head = "POST /v1/messages HTTP/1.1\r\nhost: collect.example\r\n";
    let files = "POST /v1/files HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    let last = post("/v1/messages", "", BODY);
    let chunked = format!("{length:x}\r\n{BODY}\r\n0\r\n\r\n");
    let with = |headers: &str, body: &str| format!("{head}{headers}\r\n{body}");
    let plain = with(&format!("content-length: {length}\r\n"), BODY);
    // One after the other on one connection, each judged by itself.
    check(&format!("{plain}{last}"), (&[200, 200], 2));
    check(&format!("{plain}{files}"), (&[200, 403], 1));
    check(&with("transfer-encoding: chunked\r\n", &format!("{chunked}{files}")), (&[200, 403], 1));
    // Two lengths; a length beside pieces counts for nothing, and nothing is read behind them.
    check(&with(&format!("content-length: {length}\r\ncontent-length: 4\r\n"), BODY), (&[400], 0));
    check(&with(&format!("content-length: {length}, 4\r\n"), BODY), (&[400], 0));
    check(&with(&format!("content-length: +{length}\r\n"), BODY), (&[400], 0));
    check(
        &with("content-length: 4\r\ntransfer-encoding: chunked\r\n", &format!("{chunked}{files}")),
        (&[200], 1),
    );
    check(
        &with("transfer-encoding: chunked\r\ncontent-length: 4\r\n", &format!("{chunked}{files}")),
        (&[200], 1),
    );
    for coding in
        ["xchunked", "chunked, identity", "identity", "gzip", "chunked\r\ntransfer-encoding: identity"]
    {
        check(&with(&format!("transfer-encoding: {coding}\r\n"), &chunked), (&[400], 0));
    }
    // Heads that readers split in different places.
    check(&with(&format!("transfer-encoding : chunked\r\ncontent-length: {length}\r\n"), BODY), (&[400], 0));
    check(&with(&format!("x-collect: a\r\n b\r\ncontent-length: {length}\r\n"), BODY), (&[400], 0));
    check(&with(&format!("x-claude-a: a\rx-collect: b\r\ncontent-length: {length}\r\n"), BODY), (&[400], 0));
    check(&with(&format!("x-claude-a: a\0b\r\ncontent-length: {length}\r\n"), BODY), (&[400], 0));
    check(
        &with(
            &format!("x-claude-a: a\nx-collect: b\r\nconnection: close\r\ncontent-length: {length}\r\n"),
            BODY,
        ),
        (&[200], 1),
    );
    // Nothing of the connection's own affairs goes on.
    let affairs = "connection: close, x-claude-a\r\nupgrade: h2c\r\nte: trailers\r\ntrailer: x-collect\r\nx-http-method-override: GET\r\n";
    check(&with(&format!("{affairs}content-length: {length}\r\n"), BODY), (&[200], 1));
    let pieces = format!("{length:x};x-collect=1\r\n{BODY}\r\n0\r\nx-collect: 1\r\n\r\n");
    check(&with(&format!("{affairs}transfer-encoding: chunked\r\n"), &pieces), (&[200], 1));
    check("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (&[], 0));
}

#[test]
fn sizes_and_times_of_requests_are_bounded() {
    let stub = Stub::start(|_, stream| send(stream, message("msg_1", 1, 1)));
    let mut limits = limits();
    limits.request_bytes = 1000;
    let rig = rig_with(&stub.url(), u64::MAX, limits);
    let long = BODY.replace("hello", &"a".repeat(1000));
    assert_eq!(rig.post(&long).code(), Some("relay-body-too-large"));
    let chunked = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{long}\r\n0\r\n\r\n",
        long.len()
    );
    assert_eq!(rig.raw(chunked).code(), Some("relay-body-too-large"));
    let promised =
        "POST /v1/messages HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 500\r\n\r\n{";
    assert_eq!(rig.raw(promised).code(), Some("relay-body-timeout"));
    // Heads are refused or given up by the parser itself, whose answers have no body.
    let many: String = (0..200).map(|number| format!("x-{number}: 1\r\n")).collect();
    assert_eq!(rig.raw(post("/v1/messages", &many, BODY)).status, 431);
    assert_eq!(rig.raw(post("/v1/messages", &format!("x: {}\r\n", "a".repeat(100_000)), BODY)).status, 431);
    assert_ne!(rig.raw("POST /v1/messages HTTP/1.1\r\nhost: x\r\n").status, 200);
    assert_ne!(rig.raw("\0\u{1}garbage\r\n\r\n").status, 200);
    assert_eq!(stub.seen().len(), 0);
}
