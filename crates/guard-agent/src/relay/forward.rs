//! The cell's end of the relay: passes bytes from the cell's loopback to the bound socket.
//!
//! Plain threads and no runtime, so that the small program that sets up a cell can carry it.

use std::io;
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Connections at one time, of two threads each; further ones wait in the system's queue.
const CONNECTIONS: usize = 64;
const STACK: usize = 64 * 1024;
/// After a failure to accept, which is the system's want of something.
const PAUSE: Duration = Duration::from_millis(100);

/// A listening forwarder.
#[derive(Debug)]
pub struct Forwarder {
    listener: TcpListener,
    port: u16,
}

impl Forwarder {
    /// Listens on the loopback address, at this port or, for zero, at any.
    ///
    /// # Errors
    ///
    /// What the system refused.
    pub fn bind(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    /// The port for `ANTHROPIC_BASE_URL=http://127.0.0.1:PORT` and `HTTPS_PROXY`.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Forwards every connection to the socket, for as long as the process lives.
    pub fn run(&self, socket: &Path) -> ! {
        let socket: Arc<Path> = PathBuf::from(socket).into();
        let places = Arc::new(Places::default());
        loop {
            let place = Place::take(&places);
            let started = self.listener.accept().and_then(|(client, _)| {
                let socket = Arc::clone(&socket);
                spawn(move || {
                    // The client sees a lost connection, which is what there is to say.
                    forward(client, &socket).ok();
                    drop(place);
                })
            });
            if started.is_err() {
                thread::sleep(PAUSE);
            }
        }
    }
}

fn spawn(work: impl FnOnce() + Send + 'static) -> io::Result<thread::JoinHandle<()>> {
    thread::Builder::new().stack_size(STACK).spawn(work)
}

fn forward(client: TcpStream, socket: &Path) -> io::Result<()> {
    client.set_nodelay(true)?;
    let relay = UnixStream::connect(socket)?;
    let (client_again, relay_again) = (client.try_clone()?, relay.try_clone()?);
    let up = spawn(move || {
        io::copy(&mut &client_again, &mut &relay_again).ok();
        // The end of a request may come before its answer: only this way is closed.
        relay_again.shutdown(Shutdown::Write).ok();
    })?;
    io::copy(&mut &relay, &mut &client).ok();
    // After the answer's end nobody reads the rest of the request: both ways are closed, and the other thread ends.
    client.shutdown(Shutdown::Both).ok();
    relay.shutdown(Shutdown::Both).ok();
    up.join().ok();
    Ok(())
}

/// How many connections there are.
#[derive(Default)]
struct Places {
    taken: Mutex<usize>,
    freed: Condvar,
}

struct Place(Arc<Places>);

impl Place {
    fn take(places: &Arc<Places>) -> Self {
        let taken = places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |taken: &mut usize| *taken >= CONNECTIONS;
        let mut taken = places.freed.wait_while(taken, full).unwrap_or_else(PoisonError::into_inner);
        *taken += 1;
        Self(Arc::clone(places))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn bytes_pass_both_ways_and_ends_are_passed_on() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("relay");
        let relay = UnixListener::bind(&socket).unwrap();
        thread::spawn(move || {
            for client in relay.incoming() {
                let mut client = client.unwrap();
                let mut request = Vec::new();
                client.read_to_end(&mut request).unwrap();
                request.reverse();
                client.write_all(&request).unwrap();
            }
        });
        let forwarder = Forwarder::bind(0).unwrap();
        let address = (Ipv4Addr::LOCALHOST, forwarder.port());
        thread::spawn(move || forwarder.run(&socket));
        for size in [0, 1, 100_000] {
            let sent: Vec<u8> = (0..size).map(|number| (number % 251) as u8).collect();
            let mut client = TcpStream::connect(address).unwrap();
            client.write_all(&sent).unwrap();
            client.shutdown(Shutdown::Write).unwrap();
            let mut got = Vec::new();
            client.read_to_end(&mut got).unwrap();
            got.reverse();
            assert_eq!(got, sent);
        }
    }
}
