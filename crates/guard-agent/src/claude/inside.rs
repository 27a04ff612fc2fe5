//! The first process of the run inside the cell: it passes bytes from the cell's loopback to the relay's socket, and
//! starts the agent.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The first argument that makes an executable the agent's parent.
pub(super) const REQUEST: &str = "__guard-claude";
/// Connections at once; more are closed.
const MAX_CONNECTIONS: usize = 64;
const BUFFER: usize = 16 << 10;
/// The exit status where the agent cannot be started.
const CANNOT_START: i32 = 126;

/// Becomes the agent's parent where the first argument asks for it; otherwise returns at once.
///
/// Call it in `main` right after [`guard_sandbox::stage::run_if_requested`], in the executable that is the cells' stage.
///
/// # Examples
///
/// ```no_run
/// guard_sandbox::stage::run_if_requested();
/// guard_agent::claude::run_if_requested();
/// // What the host's own `main` does follows.
/// ```
pub fn run_if_requested() {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|request| request == REQUEST) {
        std::process::exit(run(arguments).unwrap_or(CANNOT_START));
    }
}

fn run(mut arguments: impl Iterator<Item = OsString>) -> io::Result<i32> {
    let missing = || io::Error::from(io::ErrorKind::InvalidInput);
    let socket = PathBuf::from(arguments.next().ok_or_else(missing)?);
    let program = arguments.next().ok_or_else(missing)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || forward(&listener, &socket));
    let mut agent = Command::new(program);
    let status = agent.args(arguments).env("ANTHROPIC_BASE_URL", format!("http://{address}")).status()?;
    Ok(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default()))
}

/// Connects every client to the socket, until the process ends.
fn forward(listener: &TcpListener, socket: &Path) {
    let open = Arc::new(AtomicUsize::new(0));
    for client in listener.incoming().filter_map(Result::ok) {
        if open.fetch_add(1, Ordering::Relaxed) >= MAX_CONNECTIONS {
            open.fetch_sub(1, Ordering::Relaxed);
            continue;
        }
        let (open, socket) = (Arc::clone(&open), socket.to_owned());
        thread::spawn(move || {
            // A connection that fails ends; the client sees that.
            connect(client, &socket).ok();
            open.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

fn connect(client: TcpStream, socket: &Path) -> io::Result<()> {
    client.set_nodelay(true)?;
    let relay = UnixStream::connect(socket)?;
    let (mut from_client, mut to_relay) = (client.try_clone()?, relay.try_clone()?);
    let upward = thread::spawn(move || {
        pass(&mut from_client, &mut to_relay).ok();
        to_relay.shutdown(Shutdown::Write).ok();
    });
    let (mut from_relay, mut to_client) = (relay, client);
    let result = pass(&mut from_relay, &mut to_client);
    to_client.shutdown(Shutdown::Both).ok();
    upward.join().ok();
    result
}

fn pass(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => to.write_all(buffer.get(..read).unwrap_or_default())?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
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
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || forward(&listener, &socket));
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
