//! Clients that nobody here wrote, over the socket and through the forwarder.

use std::path::Path;
use std::process::{Command, Stdio};

use guard_agent::relay::forward::Forwarder;
use guard_agent::relay::{Credential, Event, MicroUsd, Refusal, Upstream};

use super::setup::{BODY, CANARY, limits, rig, rig_to, rig_with};
use super::stub::{STREAM, Stub, chunk, json, message, send, start, stop, text};

#[track_caller]
fn output(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    assert!(!text.contains(CANARY), "the credential reached the client");
    text
}

fn curl(socket: &Path, body: &str) -> Command {
    let mut curl = Command::new("curl");
    curl.args([
        "-sS",
        "-i",
        "--max-time",
        "20",
        "-H",
        "x-api-key: dummy",
        "-H",
        "authorization: Bearer dummy",
    ]);
    curl.args([
        "-H",
        "anthropic-version: 2023-06-01",
        "-H",
        "te: trailers",
        "-H",
        "x-forwarded-for: 10.0.0.1",
    ]);
    curl.args(["-H", "proxy-authorization: Basic dummy", "-H", "cookie: a=b", "-H", "accept-encoding: gzip"]);
    curl.args(["-d", body, "http://localhost/v1/messages?beta=true", "--unix-socket"]).arg(socket);
    curl
}

/// Python's own HTTP client, on a socket of any kind: several requests on one connection.
const PYTHON: &str = r#"
import http.client, socket, sys
where, bodies = sys.argv[1], sys.argv[2:]
class Client(http.client.HTTPConnection):
    def connect(self):
        if where.startswith("/"):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.connect(where)
        else:
            self.sock = socket.create_connection(("127.0.0.1", int(where)))
client = Client("relay", timeout=20)
for body in bodies:
    client.request("POST", "/v1/messages", body, {"x-api-key": "dummy"})
    answer = client.getresponse()
    print(answer.status, answer.getheader("content-type"), answer.read().decode())
"#;

fn python(at: &str, bodies: &[&str]) -> String {
    output(Command::new("python3").args(["-c", PYTHON, at]).args(bodies))
}

#[test]
fn curl_gets_its_answer_and_never_a_credential() {
    let stub = Stub::start(|_, stream| send(stream, message("msg_1", 7, 3)));
    let rig = rig(&stub.url());
    let answer = output(&mut curl(rig.socket(), BODY));
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(r#""output_tokens":3}}"#),
        "{answer}"
    );
    let seen = stub.seen().remove(0);
    assert_eq!(seen.body, BODY.as_bytes());
    assert!(seen.head.starts_with("POST /v1/messages?beta=true HTTP/1.1\r\n"));
    let mut names: Vec<_> = seen.head.lines().filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    names.sort_unstable();
    let want = [
        "accept",
        "accept-encoding",
        "anthropic-version",
        "content-length",
        "content-type",
        "host",
        "user-agent",
        "x-api-key",
    ];
    assert_eq!(names, want);
    assert_eq!(seen.header("x-api-key"), Some(CANARY));
    assert_eq!(seen.header("accept-encoding"), Some("identity"));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(rig.budget.spent(), MicroUsd::new(7 * 2 + 3 * 10));
}

#[test]
fn an_oauth_token_is_a_bearer_and_says_so() {
    let stub = Stub::start(|_, stream| send(stream, message("msg_1", 7, 3)));
    let credential = Credential::OauthToken(CANARY.into());
    let rig = rig_to(Upstream::parse(&stub.url()).unwrap(), credential, u64::MAX, limits());
    output(curl(rig.socket(), BODY).args(["-H", "anthropic-beta: one", "-H", "anthropic-beta: two,three"]));
    let seen = stub.seen().remove(0);
    assert_eq!(seen.header("authorization"), Some(&*format!("Bearer {CANARY}")));
    assert_eq!(seen.header("anthropic-beta"), Some("one,two,three,oauth-2025-04-20"));
    assert_eq!(seen.header("x-api-key"), None);
    rig.relay().replace_credential(Credential::ApiKey("sk-ant-another".into())).unwrap();
    output(&mut curl(rig.socket(), BODY));
    let seen = stub.seen().remove(1);
    assert_eq!((seen.header("x-api-key"), seen.header("authorization")), (Some("sk-ant-another"), None));
}

#[test]
fn python_reads_streams_unchanged_over_socket_and_forwarder() {
    let whole = start("msg_1", 7) + &text("hello") + &text(&"x".repeat(100_000)) + &stop(3);
    let want = whole.clone();
    let stub = Stub::start(move |_, stream| {
        let pieces: String =
            whole.as_bytes().chunks(777).map(|piece| chunk(std::str::from_utf8(piece).unwrap())).collect();
        send(stream, STREAM.to_owned() + &pieces + "0\r\n\r\n")
    });
    let rig = rig(&stub.url());
    let want = format!("200 text/event-stream {want}\n");
    assert_eq!(python(rig.socket().to_str().unwrap(), &[BODY, BODY]), want.repeat(2));
    // Both calls used one connection to the API.
    assert_eq!(stub.seen().iter().map(|seen| seen.connection).collect::<Vec<_>>(), [0, 0]);
    let forwarder = Forwarder::bind(0).unwrap();
    let (port, socket) = (forwarder.port().to_string(), rig.socket().to_owned());
    std::thread::spawn(move || forwarder.run(&socket));
    assert_eq!(python(&port, &[BODY, BODY]), want.repeat(2));
    let http = format!("http://127.0.0.1:{port}/v1/messages");
    let answer = output(Command::new("curl").args(["-sS", "--max-time", "20", "-d", BODY, &http]));
    assert_eq!(format!("200 text/event-stream {answer}\n"), want);
    assert_eq!(rig.budget.spent(), MicroUsd::new(5 * (7 * 2 + 3 * 10)));
    let booked = rig.booked();
    assert_eq!((booked.message.as_deref(), &*booked.model, booked.complete), (Some("msg_1"), "main", true));
}

#[test]
fn a_large_request_passes_whole() {
    let stub = Stub::start(|_, stream| send(stream, message("msg_1", 1, 1)));
    let mut limits = limits();
    limits.request = std::time::Duration::from_secs(20);
    limits.first_byte = std::time::Duration::from_secs(20);
    let rig = rig_with(&stub.url(), u64::MAX, limits);
    let body = BODY.replace("hello", &"a".repeat(20 << 20));
    let file = rig.directory.path().join("body");
    std::fs::write(&file, &body).unwrap();
    // curl asks first whether it may send this much.
    let answer = output(&mut curl(rig.socket(), &format!("@{}", file.display())));
    assert!(answer.contains("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(stub.seen().remove(0).body == body.as_bytes());
}

#[test]
fn errors_of_the_api_pass_and_cost_nothing() {
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    let stub = Stub::start(move |_, stream| {
        let head = "HTTP/1.1 529 Overloaded\r\nretry-after: 7\r\nx-should-retry: true\r\nset-cookie: a=b\r\n";
        let length = error.len();
        send(
            stream,
            format!("{head}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{error}"),
        )
    });
    let rig = rig(&stub.url());
    let answer = output(&mut curl(rig.socket(), BODY)).to_ascii_lowercase();
    assert!(answer.starts_with("http/1.1 529 ") && answer.ends_with(&error.to_ascii_lowercase()), "{answer}");
    assert!(answer.contains("\r\nretry-after: 7\r\n") && answer.contains("\r\nx-should-retry: true\r\n"));
    assert!(!answer.contains("cookie"));
    assert_eq!(rig.budget.spent(), MicroUsd::ZERO);
}

#[test]
fn an_api_that_repeats_the_credential_is_not_passed_on() {
    for status in ["401 Unauthorized", "200 OK"] {
        let stub = Stub::start(move |seen, stream| {
            let key = seen.header("x-api-key").unwrap();
            let body = format!(r#"{{"id":"m","usage":{{"input_tokens":1}},"error":"bad key {key}"}}"#);
            let answer = json(status, &body).replace("\r\n\r\n", &format!("\r\nrequest-id: {key}\r\n\r\n"));
            send(stream, answer)
        });
        let rig = rig(&stub.url());
        let reply = rig.post(BODY);
        assert_eq!(reply.code(), Some("relay-upstream-garbage"));
    }
}

#[test]
fn a_stream_that_repeats_the_credential_ends_before_it() {
    for cut in [0, 1, 9, CANARY.len()] {
        let stub = Stub::start(move |seen, stream| {
            let said = format!("your key is {}", seen.header("x-api-key").unwrap());
            let event = text(&said);
            let at = event.find(CANARY).unwrap() + cut;
            send(stream, STREAM.to_owned() + &chunk(&start("msg_1", 7)));
            send(stream, chunk(&event[..at]));
            std::thread::sleep(std::time::Duration::from_millis(20));
            send(stream, chunk(&event[at..]) + &chunk(&stop(3)) + "0\r\n\r\n")
        });
        let rig = rig(&stub.url());
        // No answer with the credential in it is read in these tests.
        let reply = rig.post(BODY);
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(
            rig.wait(|event| matches!(event, Event::Refused(Refusal::UpstreamGarbage)).then_some(())),
            ()
        );
        let booked = rig.booked();
        assert_eq!((booked.cost, booked.complete), (MicroUsd::new(7 * 2 + 100 * 10), false));
    }
}
