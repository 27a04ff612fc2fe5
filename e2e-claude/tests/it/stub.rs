//! A model of ours: answers the Messages API from a script.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// One answer of the model.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Text(&'static str),
    Tool(&'static str, Value),
    /// Commands at one time.
    Commands(&'static [&'static str]),
    /// A tool with an input as the model writes it, which need not be proper text.
    Written(&'static str, &'static str),
    /// Writes this into the file that the agent has named for the plan.
    Plan(&'static str),
    /// Reads a part of the file that the agent has named for a long result.
    ReadResult,
    Error(u16),
    /// Text of so many bytes.
    Long(usize),
    /// Never answers.
    Stall,
    /// Begins to say something, and never ends.
    Hang,
    /// Begins to say something, and is gone.
    Cut,
    /// Is gone at once.
    Close,
    /// Something else answers in its place.
    Garbage,
    /// Says in a stream that it has too much to do.
    Overloaded,
}

/// What is said of an answer that comes to no end.
pub(crate) const BEGINNING: &str = "This begins and ";

pub(crate) fn bash(command: impl Into<String>) -> Reply {
    Reply::Tool("Bash", json!({"command": command.into(), "description": "scripted"}))
}

/// The script and what was asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stub {
    script: Arc<Mutex<VecDeque<Reply>>>,
    /// Request line and headers, and the body, of every request.
    requests: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Stub {
    pub(crate) fn new(script: impl IntoIterator<Item = Reply>) -> Self {
        let stub = Self::default();
        stub.restart(script);
        stub
    }

    pub(crate) fn restart(&self, script: impl IntoIterator<Item = Reply>) {
        *self.script.lock().unwrap() = script.into_iter().collect();
        self.requests.lock().unwrap().clear();
    }

    pub(crate) fn requests(&self) -> Vec<(String, Value)> {
        self.requests.lock().unwrap().clone()
    }

    /// The bodies of the calls that belong to the conversation.
    pub(crate) fn conversations(&self) -> Vec<Value> {
        let is_main = |body: &Value| body["tools"].as_array().is_some_and(|tools| !tools.is_empty());
        self.requests().into_iter().map(|(_, body)| body).filter(is_main).collect()
    }

    /// Everything that was sent to the model, as text.
    pub(crate) fn heard(&self) -> String {
        self.requests().into_iter().map(|(head, body)| format!("{head}\n{body}\n")).collect()
    }

    pub(crate) fn listen_tcp(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let stub = self.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (stub, write) = (stub.clone(), client.try_clone().expect("a handle"));
                thread::spawn(move || stub.serve(client, write));
            }
        });
        address
    }

    fn serve(&self, from: impl Read, mut to: impl Write) {
        let mut from = BufReader::new(from);
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if from.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line == "\r\n" {
                break;
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        if from.read_exact(&mut body).is_err() {
            return;
        }
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        self.requests.lock().unwrap().push((head.clone(), body.clone()));
        if !head.starts_with("POST /v1/messages") || head.starts_with("POST /v1/messages/") {
            respond(
                &mut to,
                "404 Not Found",
                "application/json",
                r#"{"type":"error","error":{"type":"not_found_error","message":"no"}}"#,
            );
            return;
        }
        // Small tasks beside the conversation have no tools and no part in the script.
        let is_main = body["tools"].as_array().is_some_and(|tools| !tools.is_empty());
        let reply = is_main.then(|| self.script.lock().unwrap().pop_front()).flatten();
        let tools = match reply.unwrap_or(Reply::Text("Done.")) {
            Reply::Stall => return thread::sleep(Duration::from_secs(60)),
            Reply::Close => return,
            Reply::Hang => {
                begin(&mut to);
                return thread::sleep(Duration::from_secs(60));
            }
            Reply::Cut => return begin(&mut to),
            Reply::Garbage => return respond(&mut to, "200 OK", "text/html", "<html>Please log in</html>"),
            Reply::Overloaded => {
                let error =
                    json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
                return respond(
                    &mut to,
                    "200 OK",
                    "text/event-stream",
                    &format!("event: error\ndata: {error}\n\n"),
                );
            }
            Reply::Long(bytes) => {
                let text = "word ".repeat(bytes / 5);
                return respond(&mut to, "200 OK", "text/event-stream", &stream(&text, &[]));
            }
            Reply::Error(status) => {
                let error = json!({"type": "error", "error": {"type": "invalid_request_error", "message": "the stub refuses"}});
                return respond(
                    &mut to,
                    &format!("{status} Refused"),
                    "application/json",
                    &error.to_string(),
                );
            }
            // The agent asks for a whole answer where a stream has failed.
            Reply::Text(text) if body["stream"] != true => {
                let usage = json!({"input_tokens": 100, "output_tokens": 20});
                let message = json!({"id": "msg_whole", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
                    "content": [{"type": "text", "text": text}], "stop_reason": "end_turn", "stop_sequence": null, "usage": usage});
                return respond(&mut to, "200 OK", "application/json", &message.to_string());
            }
            Reply::Text(text) => return respond(&mut to, "200 OK", "text/event-stream", &stream(text, &[])),
            Reply::Tool(name, input) => vec![(name, input.to_string())],
            Reply::Commands(all) => {
                all.iter().map(|text| ("Bash", json!({"command": text}).to_string())).collect()
            }
            Reply::Written(name, input) => vec![(name, input.to_owned())],
            Reply::ReadResult => {
                let file = named(&body.to_string(), "/home/cell/.claude/projects/", ".txt");
                vec![("Read", json!({"file_path": file, "offset": 1200, "limit": 100}).to_string())]
            }
            Reply::Plan(text) => {
                let file = named(&body.to_string(), "/home/cell/.claude/plans/", ".md");
                let input = json!({"file_path": file, "content": text});
                vec![("Write", input.to_string())]
            }
        };
        respond(&mut to, "200 OK", "text/event-stream", &stream("I will use a tool.", &tools));
    }
}

fn respond(to: &mut impl Write, status: &str, kind: &str, body: &str) {
    let length = body.len();
    // The client may have gone.
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    to.write_all(head.as_bytes()).and_then(|()| to.write_all(body.as_bytes())).ok();
}

/// The first events of an answer, of an announced length that it will not reach.
fn begin(to: &mut impl Write) {
    let whole = stream(BEGINNING, &[]);
    let part = whole.split("event: content_block_stop").next().unwrap_or_default();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 100000\r\n\r\n";
    to.write_all(head.as_bytes()).and_then(|()| to.write_all(part.as_bytes())).ok();
}

/// A file out of what the agent has told its model.
fn named(told: &str, begin: &str, end: &str) -> String {
    let from = told.find(begin).unwrap_or_default();
    let to = told[from..].find(end).map_or(from, |at| from + at + end.len());
    told[from..to].to_owned()
}

/// A message as server-sent events.
fn stream(text: &str, tools: &[(&str, String)]) -> String {
    static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let next = || NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let mut events = vec![json!({"type": "message_start", "message": {
        "id": format!("msg_{:08}", next()), "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
        "content": [], "stop_reason": null, "stop_sequence": null,
        "usage": {"input_tokens": 100, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 1},
    }})];
    let mut block = |index: usize, block: Value, deltas: Vec<Value>| {
        events.push(json!({"type": "content_block_start", "index": index, "content_block": block}));
        events.extend(
            deltas
                .into_iter()
                .map(|delta| json!({"type": "content_block_delta", "index": index, "delta": delta})),
        );
        events.push(json!({"type": "content_block_stop", "index": index}));
    };
    let words = text.split_inclusive(' ').map(|word| json!({"type": "text_delta", "text": word})).collect();
    block(0, json!({"type": "text", "text": ""}), words);
    for (number, (name, input)) in tools.iter().enumerate() {
        let start =
            json!({"type": "tool_use", "id": format!("toolu_{:08}", next()), "name": name, "input": {}});
        block(number + 1, start, vec![json!({"type": "input_json_delta", "partial_json": input})]);
    }
    let reason = if tools.is_empty() { "end_turn" } else { "tool_use" };
    events.push(json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null}, "usage": {"output_tokens": 20}}));
    events.push(json!({"type": "message_stop"}));
    let line =
        |event: &Value| format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap_or_default());
    events.iter().map(line).collect()
}
