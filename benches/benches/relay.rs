//! The relay beside the same calls made directly, to a model API of ours on this machine without any thinking time.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;

use guard_agent::relay::forward::Forwarder;
use guard_agent::relay::{Budget, Credential, MicroUsd, Model, Models, Options, Price, Relay, Upstream};
use guard_benches::{Case, compare};

/// What one call of the real client has in it: instructions, tools, a short conversation.
const PROMPT: usize = 88 * 1024;
const STREAM: usize = 10 << 20;

trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

fn main() -> Result<(), Box<dyn Error>> {
    let port = model_api()?;
    let free = MicroUsd::ZERO;
    let price =
        Price { input: free, output: free, cache_write: free, cache_write_hour: free, cache_read: free };
    let models = Models::new().with("main", Model { price, context_tokens: 200_000, output_tokens: 1 << 40 });
    let directory = tempfile::tempdir()?;
    let upstream = Upstream::parse(&format!("http://127.0.0.1:{port}"))?;
    let budget = Arc::new(Budget::new(MicroUsd::MAX));
    let credential = Credential::ApiKey("a-key-for-the-bench".into());
    let relay = Relay::start(Options::new(directory.path(), upstream, credential, models, budget))?;
    let (forwarder, socket) = (Forwarder::bind(0)?, relay.socket().to_owned());
    let forwarded = forwarder.port();
    thread::spawn(move || forwarder.run(&socket));

    let unix: Box<dyn Wire> = Box::new(UnixStream::connect(relay.socket())?);
    let mut direct = BufReader::new(tcp(port)?);
    let mut relayed = BufReader::new(unix);
    let mut forwarded = BufReader::new(tcp(forwarded)?);
    for (title, length, rounds) in
        [("one short answer to a call of 88 KiB", 0, 200), ("a stream of 10 MiB", STREAM, 30)]
    {
        let text = "a".repeat(PROMPT);
        let body = format!(
            r#"{{"model":"main","max_tokens":{length},"messages":[{{"role":"user","content":"{text}"}}]}}"#
        );
        let head = format!("POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
        let request = head + &body;
        compare(
            title,
            rounds,
            vec![
                Case::new("direct", || call(&mut direct, &request)),
                Case::new("through the relay's socket", || call(&mut relayed, &request)),
                Case::new("through forwarder and relay", || call(&mut forwarded, &request)),
            ],
        );
    }
    Ok(())
}

fn tcp(port: u16) -> Result<Box<dyn Wire>, Box<dyn Error>> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    Ok(Box::new(stream))
}

/// One call on a kept connection; the length of the answer's chunks.
#[allow(clippy::expect_used, reason = "a bench that fails stops")]
fn call(stream: &mut BufReader<Box<dyn Wire>>, request: &str) -> usize {
    stream.get_mut().write_all(request.as_bytes()).expect("the request is taken");
    let (mut line, mut total) = (String::new(), 0);
    let mut chunked = false;
    while line != "\r\n" {
        line.clear();
        assert!(stream.read_line(&mut line).expect("the head comes") > 0);
        chunked |= line == "transfer-encoding: chunked\r\n";
        assert!(!line.starts_with("HTTP/") || line.contains(" 200 "), "{line}");
    }
    assert!(chunked);
    let mut piece = Vec::new();
    loop {
        line.clear();
        stream.read_line(&mut line).expect("a chunk comes");
        let length = usize::from_str_radix(line.trim_end(), 16).expect("the length of a chunk");
        piece.resize(length + 2, 0);
        stream.read_exact(&mut piece).expect("the chunk is whole");
        total += length;
        if length == 0 {
            return total;
        }
    }
}

/// Streams as many bytes as `max_tokens` says, in events of 16 KiB, between a beginning and an end.
fn model_api() -> Result<u16, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            stream.set_nodelay(true).ok();
            thread::spawn(move || answer(stream));
        }
    });
    Ok(port)
}

fn answer(mut stream: TcpStream) -> Option<()> {
    let chunk = |data: &str| format!("{:x}\r\n{data}\r\n", data.len());
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let begin = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"usage\":{\"input_tokens\":1}}}\n\n";
    let end = "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":1}}\n\n";
    let text = "a".repeat(16 * 1024);
    let event = chunk(&format!(
        "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"delta\":\"{text}\"}}\n\n"
    ));
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let (mut line, mut length) = (String::new(), 0);
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
            if let Some(text) = line.strip_prefix("content-length: ") {
                length = text.trim_end().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body = String::from_utf8(body).ok()?;
        let wanted: usize = body.split("\"max_tokens\":").nth(1)?.split(',').next()?.parse().ok()?;
        stream.write_all((head.to_owned() + &chunk(begin)).as_bytes()).ok()?;
        for _ in 0..wanted / text.len() {
            stream.write_all(event.as_bytes()).ok()?;
        }
        stream.write_all((chunk(end) + "0\r\n\r\n").as_bytes()).ok()?;
    }
}
