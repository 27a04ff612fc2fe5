//! Connections to the model API that are kept for the next call.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout};

use super::Refusal;
use super::upstream::{Dialer, Upstream};

/// Connections that wait for a next call, and for how long: a server that closes one just as it is used again makes
/// the call fail, and fail closed.
const IDLE: usize = 4;
const KEPT: Duration = Duration::from_secs(10);
/// For a connection whose answer was just read to come to rest.
const REST: Duration = Duration::from_millis(50);
/// Bounds of the head of an answer.
const HEAD: usize = 64 * 1024;
const HEADERS: usize = 100;

/// A connection that is lent for one call.
pub(crate) struct Lent(SendRequest<Full<Bytes>>);

pub(crate) struct Pool {
    dialer: Dialer,
    idle: Mutex<Vec<(Lent, Instant)>>,
}

impl Pool {
    pub(crate) fn new(dialer: Dialer) -> Self {
        Self { dialer, idle: Mutex::default() }
    }

    pub(crate) fn upstream(&self) -> &Upstream {
        self.dialer.upstream()
    }

    /// A connection that is ready: a kept one that is still open, or a new one.
    pub(crate) async fn lend(&self, within: Duration) -> Result<Lent, Refusal> {
        while let Some((mut kept, since)) = self.take() {
            if since.elapsed() < KEPT && matches!(timeout(REST, kept.0.ready()).await, Ok(Ok(()))) {
                return Ok(kept);
            }
        }
        let open = async {
            let wire = self.dialer.dial().await?;
            let mut builder = Builder::new();
            builder.max_buf_size(HEAD).max_header_size(HEAD).max_headers(HEADERS);
            let handshake = builder.handshake(TokioIo::new(wire)).await;
            let (sender, connection) = handshake.map_err(|_| Refusal::UpstreamUnreachable)?;
            // It ends with the connection, at the latest when the last handle on it is dropped.
            tokio::spawn(connection);
            Ok(Lent(sender))
        };
        timeout(within, open).await.unwrap_or(Err(Refusal::UpstreamUnreachable))
    }

    /// Takes a connection back whose answer was read to its end.
    pub(crate) fn give_back(&self, lent: Lent) {
        let mut idle = self.lock();
        if idle.len() < IDLE && !lent.0.is_closed() {
            idle.push((lent, Instant::now()));
        }
    }

    fn take(&self) -> Option<(Lent, Instant)> {
        self.lock().pop()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Lent, Instant)>> {
        // A list of connections is whole between any two calls.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lent {
    /// Sends one request and waits for the head of its answer. A lost request is never repeated: it may be charged.
    pub(crate) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
        within: Duration,
    ) -> Result<Response<Incoming>, Refusal> {
        match timeout(within, self.0.send_request(request)).await {
            Err(_) => Err(Refusal::UpstreamTimeout),
            Ok(Err(error)) if error.is_parse() => Err(Refusal::UpstreamGarbage),
            Ok(Err(_)) => Err(Refusal::UpstreamUnreachable),
            Ok(Ok(answer)) => Ok(answer),
        }
    }
}
