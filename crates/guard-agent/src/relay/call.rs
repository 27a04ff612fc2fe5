//! The way of one request to the model API.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE};
use hyper::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use tokio::time::timeout;

use super::answer::{Answer, Stream};
use super::booking::Booking;
use super::credential::AuthHeader;
use super::model::Quote;
use super::pool::Lent;
use super::request::Call;
use super::state::Shared;
use super::usage::{Told, WireMessage};
use super::{Refusal, headers};

/// The API's operations that a run needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Messages,
    CountTokens,
}

impl Route {
    /// Parses the target of a request, which must be a path and nothing else.
    pub(crate) fn parse(method: &Method, uri: &Uri) -> Result<Self, Refusal> {
        if method != Method::POST
            || uri.authority().is_some()
            || !matches!(uri.query(), None | Some("beta=true"))
        {
            return Err(Refusal::Path);
        }
        match uri.path() {
            "/v1/messages" => Ok(Self::Messages),
            "/v1/messages/count_tokens" => Ok(Self::CountTokens),
            _ => Err(Refusal::Path),
        }
    }
}

/// Reads, judges, reserves, sends, and passes the answer back.
pub(crate) async fn relay(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Answer>, Refusal> {
    let route = Route::parse(request.method(), request.uri())?;
    let auth = shared.credential();
    let upstream = shared.pool.upstream();
    let headers = headers::upward(request.headers(), &auth, upstream)?;
    let target = upstream.path(request.uri().path_and_query().map_or("", |target| target.as_str()));
    // Held until the head of a stream or the whole of another answer was read: it bounds the bodies in memory.
    let _permit =
        Arc::clone(&shared.calls).acquire_owned().await.map_err(|_| Refusal::UpstreamUnreachable)?;

    let (most, within) = (shared.limits.request_bytes, shared.limits.request);
    let body = read(request.into_body(), most, within).await.map_err(|unread| match unread {
        Unread::Late => Refusal::BodyTimeout,
        Unread::TooLong => Refusal::BodyTooLarge,
        Unread::Broken => Refusal::Body,
    })?;
    let call = Call::parse(&body, route == Route::CountTokens)?;
    let model = *shared.models.get(&call.model).ok_or(Refusal::Model)?;
    if call.extent.max_tokens > model.output_tokens {
        return Err(Refusal::OutputLimit);
    }
    let mut onward = Request::new(Full::new(body));
    *onward.method_mut() = Method::POST;
    *onward.uri_mut() = target.parse().map_err(|_| Refusal::Path)?;
    *onward.headers_mut() = headers;

    let mut booking = match route {
        Route::CountTokens => None,
        Route::Messages => {
            let quote = Quote::new(&model, &call.extent);
            Some(Booking::reserve(Arc::clone(&shared), call.model, model, quote).await?)
        }
    };
    let mut lent = shared.pool.lend(shared.limits.connect).await?;
    if let Some(booking) = &mut booking {
        booking.sent();
    }
    let answer = lent.send(onward, shared.limits.first_byte).await?;
    pass_back(shared, auth, answer, booking, lent).await
}

async fn pass_back(
    shared: Arc<Shared>,
    auth: Arc<AuthHeader>,
    answer: Response<Incoming>,
    booking: Option<Booking>,
    lent: Lent,
) -> Result<Response<Answer>, Refusal> {
    let status = answer.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !(is_error || status == StatusCode::OK) || answer.headers().contains_key(CONTENT_ENCODING) {
        return Err(Refusal::UpstreamGarbage);
    }
    let headers = headers::downward(answer.headers(), &auth);
    match (kind(answer.headers()), booking) {
        (Some("text/event-stream"), Some(booking)) if !is_error => {
            let stream = Stream::new(shared, auth, answer.into_body(), booking, lent);
            let mut response = Response::new(Answer::Stream(Box::new(stream)));
            *response.headers_mut() = headers;
            response
                .headers_mut()
                .insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("text/event-stream"));
            Ok(response)
        }
        (Some("application/json"), booking) => {
            let (most, within) = (shared.limits.answer_bytes, shared.limits.idle);
            let body = read(answer.into_body(), most, within).await.map_err(|unread| match unread {
                Unread::Late => Refusal::UpstreamTimeout,
                Unread::TooLong => Refusal::AnswerTooLarge,
                Unread::Broken => Refusal::UpstreamGarbage,
            })?;
            shared.pool.give_back(lent);
            book(booking, &body, is_error)?;
            // An error may repeat what the request held.
            if auth.is_in(&body) {
                Err(Refusal::UpstreamGarbage)
            } else {
                Ok(Answer::whole(status, headers, body))
            }
        }
        (_, booking) => {
            // An error page of something in between: the model was not asked, or its refusal would be JSON.
            if let Some(mut booking) = booking.filter(|_| is_error) {
                booking.not_charged();
            }
            Err(Refusal::UpstreamGarbage)
        }
    }
}

fn kind(headers: &HeaderMap) -> Option<&str> {
    Some(headers.get(CONTENT_TYPE)?.to_str().ok()?.split(';').next()?.trim())
}

/// Why a body was not read.
enum Unread {
    Late,
    TooLong,
    Broken,
}

/// Reads a body to its end; one that announces more than `most` not at all.
async fn read(body: Incoming, most: usize, within: Duration) -> Result<Bytes, Unread> {
    if usize::try_from(body.size_hint().lower()).map_or(true, |announced| announced > most) {
        return Err(Unread::TooLong);
    }
    match timeout(within, Limited::new(body, most).collect()).await {
        Err(_) => Err(Unread::Late),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Unread::TooLong),
        Ok(Err(_)) => Err(Unread::Broken),
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
    }
}

fn book(booking: Option<Booking>, body: &[u8], is_error: bool) -> Result<(), Refusal> {
    let Some(mut booking) = booking else { return Ok(()) };
    if is_error {
        booking.not_charged();
        return Ok(());
    }
    let message: WireMessage = serde_json::from_slice(body).map_err(|_| Refusal::UpstreamGarbage)?;
    let id = message.id.filter(|id| (1..=256).contains(&id.len())).ok_or(Refusal::UpstreamGarbage)?;
    let usage = message.usage.ok_or(Refusal::UpstreamGarbage)?;
    let tokens = usage.tokens();
    booking.observe(&id, tokens, Told::of(usage.tells_input(), usage.tells_output(), tokens));
    Ok(())
}
