//! What a client gets back: a whole body, or a stream that is metered as it passes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http_body_util::Full;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};
use tokio::time::{Instant, Sleep, sleep};

use super::booking::Booking;
use super::credential::{AuthHeader, Echo};
use super::pool::Lent;
use super::state::Shared;
use super::{Event, Refusal, SseUsage};

/// The body of an answer.
pub(crate) enum Answer {
    Whole(Full<Bytes>),
    Stream(Box<Stream>),
}

/// An answer that ends before its end. The client sees that its stream broke off.
#[derive(Debug, thiserror::Error)]
#[error("the answer broke off")]
pub(crate) struct BrokenOff;

impl Answer {
    pub(crate) fn whole(status: StatusCode, headers: HeaderMap, body: Bytes) -> Response<Self> {
        let mut answer = Response::new(Self::Whole(Full::new(body)));
        *answer.status_mut() = status;
        *answer.headers_mut() = headers;
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        answer
    }

    pub(crate) fn refused(refusal: Refusal) -> Response<Self> {
        let mut headers = HeaderMap::new();
        headers.insert("x-guard-code", HeaderValue::from_static(refusal.code()));
        if refusal.status().is_client_error() && refusal.status() != StatusCode::TOO_MANY_REQUESTS {
            headers.insert("x-should-retry", HeaderValue::from_static("false"));
        }
        Self::whole(refusal.status(), headers, refusal.json().into())
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        match self.get_mut() {
            Self::Whole(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
            Self::Stream(stream) => stream.poll(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Stream(stream) => stream.over,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Stream(_) => SizeHint::default(),
        }
    }
}

/// A stream of events. Nothing is read from the API before the client has taken what came before.
pub(crate) struct Stream {
    shared: Arc<Shared>,
    body: Incoming,
    /// Both are given up as soon as the stream is over: the money is settled and the connection is free.
    booking: Option<Booking>,
    lent: Option<Lent>,
    usage: SseUsage,
    /// The credential of the call never comes back, even if the API repeats it.
    auth: Arc<AuthHeader>,
    echo: Echo,
    left: u64,
    idle: Pin<Box<Sleep>>,
    over: bool,
}

impl Stream {
    pub(crate) fn new(
        shared: Arc<Shared>,
        auth: Arc<AuthHeader>,
        body: Incoming,
        booking: Booking,
        lent: Lent,
    ) -> Self {
        let (left, idle) = (shared.limits.stream_bytes, Box::pin(sleep(shared.limits.idle)));
        let (usage, echo) = (SseUsage::new(), Echo::default());
        let (booking, lent) = (Some(booking), Some(lent));
        Self { shared, body, booking, lent, usage, auth, echo, left, idle, over: false }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        loop {
            if self.over {
                return Poll::Ready(None);
            }
            let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
                return match self.idle.as_mut().poll(cx) {
                    Poll::Ready(()) => self.break_off(Refusal::UpstreamTimeout),
                    Poll::Pending => Poll::Pending,
                };
            };
            let bytes = match frame {
                None if self.usage.has_ended() || self.usage.has_error() => {
                    self.end();
                    continue;
                }
                None | Some(Err(_)) => return self.break_off(Refusal::UpstreamGarbage),
                // Trailers mean nothing here and do not pass.
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) => bytes,
                    Err(_) => continue,
                },
            };
            return match self.meter(&bytes) {
                Ok(()) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Err(refusal) => self.break_off(refusal),
            };
        }
    }

    /// Reads and books what a piece tells, before the client has it.
    fn meter(&mut self, bytes: &Bytes) -> Result<(), Refusal> {
        self.idle.as_mut().reset(Instant::now() + self.shared.limits.idle);
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(length).ok_or(Refusal::AnswerTooLarge)?;
        let was_between = self.usage.is_between_events();
        let read = self.usage.push(bytes);
        if let (Some(booking), Some(message)) = (&mut self.booking, self.usage.message()) {
            booking.observe(message, self.usage.tokens(), self.usage.told());
        }
        let is_bad = read.is_err() || self.echo.is_in(bytes, &self.auth);
        if is_bad && was_between {
            // The piece is withheld as a whole, so the client still stands between two events.
            self.usage = SseUsage::new();
        }
        if is_bad { Err(Refusal::UpstreamGarbage) } else { Ok(()) }
    }

    fn end(&mut self) {
        self.over = true;
        // An error in the place of a message costs as little as one in the place of an answer; one that comes later does not
        // say what was written before it.
        if let Some(booking) = self.booking.as_mut().filter(|_| self.usage.message().is_none()) {
            booking.not_charged();
        }
        self.booking = None;
        if let Some(lent) = self.lent.take() {
            self.shared.pool.give_back(lent);
        }
    }

    /// Ends the stream with an error event where the client can read one, and abruptly otherwise.
    fn break_off(&mut self, refusal: Refusal) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        self.over = true;
        self.booking = None;
        self.lent = None;
        self.shared.tell(Event::Refused(refusal));
        if self.usage.is_between_events() {
            let event = format!("event: error\ndata: {}\n\n", refusal.json());
            Poll::Ready(Some(Ok(Frame::data(event.into()))))
        } else {
            Poll::Ready(Some(Err(BrokenOff)))
        }
    }
}
