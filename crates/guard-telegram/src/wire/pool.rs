//! Connections that are kept for the next request.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout};

use super::dial::Dialer;
use crate::Error;

/// Connections that wait for a next request, and for how long.
const IDLE: usize = 8;
const KEPT: Duration = Duration::from_secs(30);
/// For a connection whose answer was just read to come to rest.
const REST: Duration = Duration::from_millis(50);
/// Bounds of the head of an answer.
const HEAD: usize = 64 * 1024;
const HEADERS: usize = 100;

/// A connection that is lent for one request.
pub(crate) struct Lent {
    sender: SendRequest<Full<Bytes>>,
    /// It served a request before, so the server may have closed it in the meantime.
    used: bool,
}

pub(crate) struct Pool {
    pub(crate) dialer: Dialer,
    idle: Mutex<Vec<(Lent, Instant)>>,
}

impl Pool {
    pub(crate) fn new(dialer: Dialer) -> Self {
        Self { dialer, idle: Mutex::default() }
    }

    /// Sends one request and waits for the head of its answer; the caller bounds the time of that.
    ///
    /// Only a request that provably was not written to a kept connection is sent again, on a new one.
    pub(crate) async fn send(
        &self,
        mut request: Request<Full<Bytes>>,
        connect: Duration,
    ) -> Result<(Response<Incoming>, Lent), Error> {
        loop {
            let mut lent = self.lend(connect).await?;
            match lent.sender.try_send_request(request).await {
                Ok(answer) => {
                    lent.used = true;
                    return Ok((answer, lent));
                }
                Err(mut error) => match error.take_message() {
                    Some(unsent) if lent.used => request = unsent,
                    Some(_) => return Err(Error::Unreachable),
                    None if error.error().is_parse() => return Err(Error::Undecodable),
                    None => return Err(Error::BrokenOff),
                },
            }
        }
    }

    async fn lend(&self, within: Duration) -> Result<Lent, Error> {
        while let Some((mut kept, since)) = self.take() {
            if since.elapsed() < KEPT && matches!(timeout(REST, kept.sender.ready()).await, Ok(Ok(()))) {
                return Ok(kept);
            }
        }
        let open = async {
            let wire = self.dialer.dial().await?;
            let mut builder = Builder::new();
            builder.max_buf_size(HEAD).max_header_size(HEAD).max_headers(HEADERS);
            let handshake = builder.handshake(TokioIo::new(wire)).await;
            let (sender, connection) = handshake.map_err(|_| Error::Unreachable)?;
            // It ends with the connection, at the latest when the last handle on it is dropped.
            tokio::spawn(connection);
            Ok(Lent { sender, used: false })
        };
        timeout(within, open).await.unwrap_or(Err(Error::Unreachable))
    }

    /// Takes a connection back whose answer was read to its end.
    pub(crate) fn give_back(&self, lent: Lent) {
        let mut idle = self.lock();
        if idle.len() < IDLE && !lent.sender.is_closed() {
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
