//! Listeners on the host for what is to stay in the cell: TCP, UDP, Unix sockets by path and by abstract name.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Everything that was heard, from whatever side.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

pub(crate) struct Traps {
    heard: Heard,
    /// Of TCP and UDP alike, at every address of the host.
    pub(crate) port: u16,
    /// An address of the host beside the loopback, where it has one.
    pub(crate) address: String,
    pub(crate) socket: PathBuf,
    pub(crate) name: String,
    /// Places of the host that hold what was left in them.
    places: Vec<PathBuf>,
}

impl Traps {
    /// With a socket in `directory`.
    pub(crate) fn set(directory: &Path) -> Self {
        let heard = Heard::default();
        let tcp = TcpListener::bind("0.0.0.0:0").expect("a port");
        let port = tcp.local_addr().expect("an address").port();
        let udp = UdpSocket::bind(("0.0.0.0", port)).expect("the same port");
        let socket = directory.join("trap.sock");
        let name = format!("guard-trap-{}-{port}", std::process::id());
        let by_path = UnixListener::bind(&socket).expect("a socket");
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        let by_name = UnixListener::bind_addr(&address).expect("a socket");
        let listen = heard.clone();
        thread::spawn(move || tcp.incoming().flatten().for_each(|client| listen.client(client)));
        for unix in [by_path, by_name] {
            let listen = heard.clone();
            thread::spawn(move || unix.incoming().flatten().for_each(|client| listen.client(client)));
        }
        let listen = heard.clone();
        thread::spawn(move || {
            let mut packet = [0; 4096];
            while let Ok(read) = udp.recv(&mut packet) {
                listen.add(&packet[..read]);
            }
        });
        Self { heard, port, address: own_address(), socket, name, places: Vec::new() }
    }

    /// What appears in this file or directory counts as heard; the file goes with the traps.
    pub(crate) fn watch(&mut self, place: PathBuf) {
        self.places.push(place);
    }

    pub(crate) fn heard(&self, canary: &str) -> bool {
        let is_in = |bytes: &[u8]| bytes.windows(canary.len()).any(|part| part == canary.as_bytes());
        is_in(&self.heard.0.lock().unwrap()) || self.places.iter().any(|place| is_below(place, &is_in))
    }
}

impl Drop for Traps {
    fn drop(&mut self) {
        for place in &self.places {
            fs::remove_file(place).ok();
        }
    }
}

impl Heard {
    fn add(&self, bytes: &[u8]) {
        self.0.lock().unwrap().extend_from_slice(bytes);
    }

    /// Hears a client out, and tells it what an HTTP client wants to hear, so that it goes on.
    fn client(&self, mut client: impl Read + Write + Send + 'static) {
        let heard = self.clone();
        thread::spawn(move || {
            let mut piece = [0; 65536];
            while let Ok(read @ 1..) = client.read(&mut piece) {
                heard.add(&piece[..read]);
                if client.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").is_err() {
                    break;
                }
            }
        });
    }
}

/// Whether a file below has this in it, or in its name.
fn is_below(place: &Path, is_in: &impl Fn(&[u8]) -> bool) -> bool {
    let Ok(about) = fs::symlink_metadata(place) else { return false };
    if about.is_dir() {
        return fs::read_dir(place)
            .into_iter()
            .flatten()
            .flatten()
            .any(|entry| is_below(&entry.path(), is_in));
    }
    is_in(place.as_os_str().as_encoded_bytes())
        || (about.is_file() && fs::read(place).is_ok_and(|bytes| is_in(&bytes)))
}

fn own_address() -> String {
    // Connecting a datagram socket sends nothing; it chooses an address.
    let socket = UdpSocket::bind("0.0.0.0:0").expect("a socket");
    socket.set_write_timeout(Some(Duration::from_secs(1))).ok();
    let found = socket.connect("192.0.2.1:9").and_then(|()| socket.local_addr());
    found.map_or_else(|_| "127.0.0.1".to_owned(), |address| address.ip().to_string())
}
