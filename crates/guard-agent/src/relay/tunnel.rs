//! CONNECT to hosts that a person approved.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::answer::Answer;
use super::host::is_public;
use super::state::{Reach, Shared};
use super::{Event, Host, Refusal};

/// What is read at once, in bytes.
const PIECE: usize = 16 * 1024;
/// The most addresses of a host that are tried.
const ADDRESSES: usize = 8;

/// Judges a CONNECT, opens the tunnel and says so; the bytes flow once the client has the answer.
pub(crate) async fn connect(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Answer>, Refusal> {
    let host = target(request.uri())?;
    let Some(reach) = shared.reach(&host) else {
        shared.tell(Event::HostRefused(host));
        return Err(Refusal::Host);
    };
    let permit = Arc::clone(&shared.tunnels).try_acquire_owned().map_err(|_| Refusal::TunnelsFull)?;
    let open = timeout(shared.limits.connect, dial(&host, reach));
    let remote = open.await.unwrap_or(Err(Refusal::HostUnreachable))?;
    shared.tell(Event::TunnelOpened(host.clone()));
    let tunnel =
        Tunnel { shared, host, sent: AtomicU64::new(0), received: AtomicU64::new(0), _permit: permit };
    tokio::spawn(tunnel.run(hyper::upgrade::on(request), remote));
    Ok(Response::new(Answer::Whole(http_body_util::Full::default())))
}

fn target(uri: &Uri) -> Result<Host, Refusal> {
    let authority = uri.authority().ok_or(Refusal::Host)?.as_str();
    // The port must be written out here, as the standard has it.
    let host = Host::parse(authority).map_err(|_| Refusal::Host)?;
    if authority.ends_with(&format!(":{}", host.port())) { Ok(host) } else { Err(Refusal::Host) }
}

/// Connects to the addresses that were judged, never to the name again: it may resolve differently the next time.
async fn dial(host: &Host, reach: Reach) -> Result<TcpStream, Refusal> {
    let found =
        tokio::net::lookup_host((host.name(), host.port())).await.map_err(|_| Refusal::HostUnreachable)?;
    let found: Vec<SocketAddr> = found.take(ADDRESSES).collect();
    if reach == Reach::Public && !found.iter().all(|address| is_public(address.ip())) {
        return Err(Refusal::Address);
    }
    TcpStream::connect(found.as_slice()).await.map_err(|_| Refusal::HostUnreachable)
}

struct Tunnel {
    shared: Arc<Shared>,
    host: Host,
    sent: AtomicU64,
    received: AtomicU64,
    _permit: OwnedSemaphorePermit,
}

impl Tunnel {
    async fn run(self, upgrade: OnUpgrade, remote: TcpStream) {
        let Ok(Ok(client)) = timeout(self.shared.limits.request, upgrade).await else { return };
        let (from_client, to_client) = tokio::io::split(TokioIo::new(client));
        let (from_remote, to_remote) = remote.into_split();
        let up = self.pass(from_client, to_remote, &self.sent);
        let down = self.pass(from_remote, to_client, &self.received);
        tokio::join!(up, down);
    }

    /// Passes bytes one way until that way ends, or neither way has moved for too long.
    async fn pass(
        &self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
        count: &AtomicU64,
    ) {
        let idle = self.shared.limits.tunnel_idle;
        let mut piece = vec![0; PIECE];
        while let Some(length) = self.read(&mut from, &mut piece, idle).await {
            let Some(bytes) = piece.get(..length).filter(|bytes| !bytes.is_empty()) else { break };
            if !matches!(timeout(idle, to.write_all(bytes)).await, Ok(Ok(()))) {
                break;
            }
            count.fetch_add(u64::try_from(length).unwrap_or(0), Ordering::Relaxed);
        }
        // The other way may go on; a peer that is gone already makes this fail, which changes nothing.
        timeout(idle, to.shutdown()).await.ok();
    }

    /// The next bytes, none at the end, nothing on an error or when both ways are idle.
    async fn read(
        &self,
        from: &mut (impl AsyncRead + Unpin),
        piece: &mut [u8],
        idle: Duration,
    ) -> Option<usize> {
        loop {
            let before = self.moved();
            match timeout(idle, from.read(piece)).await {
                Ok(read) => return read.ok(),
                Err(_) if self.moved() == before => return None,
                Err(_) => {}
            }
        }
    }

    fn moved(&self) -> u64 {
        self.sent.load(Ordering::Relaxed).wrapping_add(self.received.load(Ordering::Relaxed))
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        let (sent, received) = (self.sent.load(Ordering::Relaxed), self.received.load(Ordering::Relaxed));
        self.shared.tell(Event::TunnelClosed { host: self.host.clone(), sent, received });
    }
}
