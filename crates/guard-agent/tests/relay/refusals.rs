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
