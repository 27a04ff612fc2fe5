//! A relay for a test, and a client of one request.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use guard_agent::relay::{
    Booked, Budget, Credential, Event, Limits, MicroUsd, Model, Models, Options, Price, Relay, Upstream,
};
use tempfile::TempDir;

/// The credential; no client may ever see it.
pub(crate) const CANARY: &str = "sk-ant-canary-0123456789";

pub(crate) struct Rig {
    pub(crate) relay: Option<Relay>,
    pub(crate) budget: Arc<Budget>,
    pub(crate) directory: TempDir,
    events: Arc<Mutex<Vec<Event>>>,
}

/// One token of input costs 2, one of output 10 millionths of a dollar; the hour's cache, the dearest input, 3.
pub(crate) fn model() -> Model {
    let usd = |micros: u64| MicroUsd::new(micros * 1_000_000);
    let price = Price {
        input: usd(2),
        output: usd(10),
        cache_write: usd(2),
        cache_write_hour: usd(3),
        cache_read: usd(1),
    };
    Model { price, context_tokens: 100_000, output_tokens: 1000 }
}

pub(crate) fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.first_byte = Duration::from_millis(600);
    limits.idle = Duration::from_millis(600);
    limits.request = Duration::from_millis(900);
    limits.tunnel_idle = Duration::from_millis(400);
    limits
}

pub(crate) fn rig(url: &str) -> Rig {
    rig_with(url, u64::MAX, limits())
}

pub(crate) fn rig_with(url: &str, budget: u64, limits: Limits) -> Rig {
    rig_to(Upstream::parse(url).unwrap(), Credential::ApiKey(CANARY.into()), budget, limits)
}

pub(crate) fn rig_to(upstream: Upstream, credential: Credential, budget: u64, limits: Limits) -> Rig {
    let directory = tempfile::tempdir().unwrap();
    let budget = Arc::new(Budget::new(MicroUsd::new(budget)));
    let meter = Arc::clone(&budget);
    let models = Models::new().with("main", model()).with("small", model());
    let events = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::clone(&events);
    let options = Options::new(directory.path(), upstream, credential, models, meter)
        .limits(limits)
        .on_event(move |event| all.lock().unwrap().push(event));
    Rig { relay: Some(Relay::start(options).unwrap()), budget, directory, events }
}

impl Rig {
    pub(crate) fn relay(&self) -> &Relay {
        self.relay.as_ref().unwrap()
    }

    pub(crate) fn socket(&self) -> &Path {
        self.relay().socket()
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }

    /// The first event that `pick` likes, which may be a moment away.
    #[track_caller]
    pub(crate) fn wait<T>(&self, pick: impl Fn(&Event) -> Option<T>) -> T {
        let end = now() + Duration::from_secs(5);
        while now() < end {
            if let Some(found) = self.events().iter().find_map(&pick) {
                return found;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the event did not come; there were {:?}", self.events());
    }

    #[track_caller]
    pub(crate) fn booked(&self) -> Booked {
        self.wait(|event| if let Event::Booked(booked) = event { Some(booked.clone()) } else { None })
    }

    /// Sends bytes and reads until the relay closes the connection.
    #[track_caller]
    pub(crate) fn raw(&self, bytes: impl AsRef<[u8]>) -> Reply {
        Reply::new(self.exchange(bytes).as_slice())
    }

    /// All answers to several requests on one connection.
    pub(crate) fn all(&self, bytes: impl AsRef<[u8]>) -> String {
        String::from_utf8_lossy(&self.exchange(bytes)).into_owned()
    }

    fn exchange(&self, bytes: impl AsRef<[u8]>) -> Vec<u8> {
        let mut stream = UnixStream::connect(self.socket()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        // The relay may refuse before it has read everything.
        stream.write_all(bytes.as_ref()).ok();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).ok();
        all
    }

    #[track_caller]
    pub(crate) fn post(&self, body: &str) -> Reply {
        self.raw(post("/v1/messages", "", body))
    }
}

pub(crate) fn post(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-api-key: dummy\r\n{headers}content-length: {length}\r\n\r\n{body}"
    )
}

pub(crate) const BODY: &str =
    r#"{"model":"main","max_tokens":100,"messages":[{"role":"user","content":"hello"}]}"#;

/// What the worst case of [`BODY`] costs: each byte a token at the dearest price, and what the API adds.
pub(crate) fn worst_input() -> u64 {
    (BODY.len() as u64 + 4096) * 3
}

/// The answer to one request, free of the credential.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    #[track_caller]
    fn new(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains(CANARY), "the credential reached the client");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_ascii_lowercase(), body: body.into() }
    }

    pub(crate) fn code(&self) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix("x-guard-code: "))
    }
}

#[allow(clippy::disallowed_methods, reason = "a test waits in real time")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[test]
fn the_socket_is_private_and_goes_with_the_relay() {
    let mut rig = rig("http://127.0.0.1:9");
    let socket = rig.socket().to_owned();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&socket), mode(socket.parent().unwrap())), (0o600, 0o700));
    rig.relay = None;
    assert_eq!(std::fs::read_dir(rig.directory.path()).unwrap().count(), 0);
}

#[test]
fn a_directory_of_others_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), PermissionsExt::from_mode(0o770)).unwrap();
    let code = |directory: &Path, credential: &str, models: Models| {
        let upstream = Upstream::parse("http://127.0.0.1:9").unwrap();
        let meter = Arc::new(Budget::new(MicroUsd::ZERO));
        let options = Options::new(directory, upstream, Credential::ApiKey(credential.into()), models, meter);
        Relay::start(options).err().map(|error| error.code())
    };
    let one = || Models::new().with("main", model());
    assert_eq!(code(directory.path(), CANARY, one()), Some("relay-directory-refused"));
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(code(directory.path(), CANARY, Models::new()), Some("relay-models-refused"));
    for credential in ["", "short", "has a space in it", "has\r\nx-evil: 1"] {
        assert_eq!(code(directory.path(), credential, one()), Some("relay-credential-refused"));
    }
    let deep = directory.path().join("d".repeat(90));
    std::fs::create_dir(&deep).unwrap();
    assert_eq!(code(&deep, CANARY, one()), Some("relay-socket-path-too-long"));
    assert_eq!(std::fs::read_dir(&deep).unwrap().count(), 0);
    assert_eq!(code(&directory.path().join("missing"), CANARY, one()), Some("relay-start-failed"));
}

#[test]
fn debug_shows_no_credential() {
    let credential = Credential::OauthToken(CANARY.into());
    let shown = format!("{credential:?} {:?}", Credential::ApiKey(CANARY.into()));
    assert_eq!(shown, "OauthToken([redacted]) ApiKey([redacted])");
    let rig = rig("http://127.0.0.1:9");
    assert!(!format!("{:?} {:?}", rig.relay(), rig.events()).contains(CANARY));
}
