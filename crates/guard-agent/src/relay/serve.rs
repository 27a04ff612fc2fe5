//! Accepts connections and hands out their requests.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::answer::Answer;
use super::state::Shared;
use super::timed::Timed;
use super::{Event, call, tunnel};

/// Bounds of the head of a request.
const HEAD: usize = 64 * 1024;
const HEADERS: usize = 100;
/// After a failure to accept, which is the system's want of something.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves for ever.
pub(crate) async fn serve(shared: Arc<Shared>, listener: UnixListener) -> Infallible {
    let connections = Arc::new(Semaphore::new(shared.limits.connections.clamp(1, Semaphore::MAX_PERMITS)));
    loop {
        // The semaphore is never closed; were it, nothing more would be accepted.
        let Ok(permit) = Arc::clone(&connections).acquire_owned().await else {
            return std::future::pending().await;
        };
        match listener.accept().await {
            Ok((stream, _)) => {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    connection(shared, stream).await;
                    drop(permit);
                });
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}

async fn connection(shared: Arc<Shared>, stream: UnixStream) {
    let io = TokioIo::new(Timed::new(stream, shared.limits.idle));
    let (head, within) = (HEAD, shared.limits.request);
    let service = service_fn(move |request| respond(Arc::clone(&shared), request));
    let served = Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(within)
        .max_buf_size(head)
        .max_header_size(head)
        .max_headers(HEADERS)
        .serve_connection(io, service)
        .with_upgrades();
    // What goes wrong here is the client's business, and the client is told by the connection itself.
    served.await.ok();
}

async fn respond(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Answer>, Infallible> {
    let answered = if request.method() == Method::CONNECT {
        tunnel::connect(Arc::clone(&shared), request).await
    } else {
        call::relay(Arc::clone(&shared), request).await
    };
    Ok(answered.unwrap_or_else(|refusal| {
        shared.tell(Event::Refused(refusal));
        Answer::refused(refusal)
    }))
}
