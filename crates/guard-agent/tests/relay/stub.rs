//! A model API that does what a test says. Plain sockets and threads: nothing of what the relay is built on.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// Which connection it came on.
    pub(crate) connection: usize,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut pairs = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        pairs.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

pub(crate) struct Stub {
    pub(crate) port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Stub {
    /// Answers each request with `answer`; the connection is closed when that is false.
    pub(crate) fn start(answer: impl Fn(&Seen, &mut TcpStream) -> bool + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (all, answer) = (Arc::clone(&seen), Arc::new(answer));
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().flatten().enumerate() {
                let (all, answer) = (Arc::clone(&all), Arc::clone(&answer));
                thread::spawn(move || {
                    let mut reader = BufReader::new(stream.try_clone().unwrap());
                    let mut stream = stream;
                    while let Some(request) = read_request(&mut reader, connection) {
                        all.lock().unwrap().push(request.clone());
                        if !answer(&request, &mut stream) {
                            break;
                        }
                    }
                });
            }
        });
        Self { port, seen }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

pub(crate) fn read_request(reader: &mut impl BufRead, connection: usize) -> Option<Seen> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let mut seen = Seen { head, body: Vec::new(), connection };
    let length: usize = seen.header("content-length").map_or(0, |text| text.parse().unwrap());
    seen.body = vec![0; length];
    reader.read_exact(&mut seen.body).ok()?;
    Some(seen)
}

/// Sends what a closed connection may not take.
pub(crate) fn send(stream: &mut impl Write, bytes: impl AsRef<[u8]>) -> bool {
    stream.write_all(bytes.as_ref()).and_then(|()| stream.flush()).is_ok()
}

pub(crate) fn json(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
}

pub(crate) fn message(id: &str, input: u64, output: u64) -> String {
    let usage = format!(r#"{{"input_tokens":{input},"output_tokens":{output}}}"#);
    json("200 OK", &format!(r#"{{"id":"{id}","type":"message","content":[],"usage":{usage}}}"#))
}

pub(crate) const STREAM: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n\
    transfer-encoding: chunked\r\nset-cookie: a=b\r\nrequest-id: req_1\r\n\r\n";

pub(crate) fn chunk(data: &str) -> String {
    format!("{:x}\r\n{data}\r\n", data.len())
}

pub(crate) fn event(kind: &str, rest: &str) -> String {
    format!("event: {kind}\ndata: {{\"type\":\"{kind}\"{rest}}}\n\n")
}

pub(crate) fn start(id: &str, input: u64) -> String {
    let usage = format!(r#"{{"input_tokens":{input},"cache_read_input_tokens":0,"output_tokens":1}}"#);
    event("message_start", &format!(r#","message":{{"id":"{id}","usage":{usage}}}"#))
}

pub(crate) fn text(text: &str) -> String {
    event("content_block_delta", &format!(r#","index":0,"delta":{{"type":"text_delta","text":"{text}"}}"#))
}

pub(crate) fn stop(output: u64) -> String {
    let usage = format!(r#","delta":{{"stop_reason":"end_turn"}},"usage":{{"output_tokens":{output}}}"#);
    event("message_delta", &usage) + &event("message_stop", "")
}
