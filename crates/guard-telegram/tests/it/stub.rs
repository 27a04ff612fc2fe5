//! A Bot API server that does what a test says. Plain sockets and threads: nothing of what the client is built on.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use guard_telegram::{ApiUrl, BotToken, Client, Jitter, Options};
use secrecy::SecretString;

pub(crate) const TOKEN: &str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// The number of the request, from 0.
    pub(crate) number: usize,
    pub(crate) connection: usize,
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// The last part of the path.
    pub(crate) fn method(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub(crate) struct Stub {
    port: u16,
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
                thread::spawn(move || serve(&stream, connection, &all, &*answer));
            }
        });
        Self { port, seen }
    }

    /// Answers every request with the same JSON.
    pub(crate) fn saying(body: &'static str) -> Self {
        Self::start(move |_, stream| reply(stream, 200, body))
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "one request");
        seen[0].clone()
    }

    pub(crate) fn url(&self) -> ApiUrl {
        ApiUrl::parse(&format!("http://127.0.0.1:{}", self.port)).unwrap()
    }

    /// A client that repeats without waiting.
    pub(crate) fn client(&self) -> Client {
        self.client_with(|_| {})
    }

    pub(crate) fn client_with(&self, change: impl FnOnce(&mut Options)) -> Client {
        let mut options = Options::default();
        options.calls.first = Duration::from_millis(1);
        options.calls.most = Duration::from_millis(5);
        options.jitter = Jitter::from_source(|| 0);
        change(&mut options);
        Client::with_options(token(), self.url(), options).unwrap()
    }
}

pub(crate) fn token() -> BotToken {
    BotToken::parse(&SecretString::from(TOKEN)).unwrap()
}

fn serve(
    stream: &TcpStream,
    connection: usize,
    all: &Mutex<Vec<Seen>>,
    answer: &dyn Fn(&Seen, &mut TcpStream) -> bool,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream.try_clone().unwrap();
    while let Some(mut request) = read_request(&mut reader, connection) {
        {
            let mut all = all.lock().unwrap();
            request.number = all.len();
            all.push(request.clone());
        }
        if !answer(&request, &mut stream) {
            break;
        }
    }
}

fn read_request(reader: &mut impl BufRead, connection: usize) -> Option<Seen> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let path = head.split(' ').nth(1)?.to_owned();
    let length = head.to_ascii_lowercase();
    let length = length.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |text| text.trim().parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    Some(Seen { number: 0, connection, path, head, body })
}

/// Answers and keeps the connection.
pub(crate) fn reply(stream: &mut impl Write, status: u16, body: &str) -> bool {
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    raw(stream, format!("{head}{body}"))
}

/// Sends what a closed connection may not take.
pub(crate) fn raw(stream: &mut impl Write, bytes: impl AsRef<[u8]>) -> bool {
    stream.write_all(bytes.as_ref()).and_then(|()| stream.flush()).is_ok()
}
