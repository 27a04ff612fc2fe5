//! One request: the token, the method, the fault that was planned for it, the answer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE};
use hyper::{Request, Response, StatusCode};
use serde_json::{Value, json};
use tokio::time::Sleep;

use crate::answer::{Answer, Refused, wire};
use crate::body;
use crate::control;
use crate::fault::Fault;
use crate::methods;
use crate::params::{Params, unescape};
use crate::server::Shared;

/// How a body comes to the bot.
pub(crate) enum Reply {
    Whole(Option<Bytes>),
    /// This, and then the connection ends.
    Cut(Option<Bytes>),
    /// Nothing for a while, and then the connection ends.
    Stall(Pin<Box<Sleep>>),
    /// So many mebibytes of spaces.
    Endless(u32),
}

impl Body for Reply {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let broken = || Poll::Ready(Some(Err(io::Error::other("a planned fault"))));
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Cut(bytes) => match bytes.take() {
                Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
                None => broken(),
            },
            Self::Stall(sleep) => {
                ready!(sleep.as_mut().poll(context));
                broken()
            }
            Self::Endless(0) => Poll::Ready(None),
            Self::Endless(left) => {
                *left -= 1;
                Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![b' '; 1 << 20])))))
            }
        }
    }
}

/// The connection is to be closed without an answer.
#[derive(Debug)]
pub(crate) struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed by a planned fault")
    }
}

impl std::error::Error for Closed {}

pub(crate) async fn serve(
    shared: Arc<Shared>,
    request: Request<Incoming>,
) -> Result<Response<Reply>, Closed> {
    let Ok(path) = unescape(&request.uri().path().replace('+', "%2B")) else {
        return Ok(respond(&Err(Refused::bad("wrong percent encoding"))));
    };
    if let Some(action) = path.strip_prefix("/control/") {
        let body = request.into_body().collect().await.map_err(|_| Closed)?.to_bytes();
        let (status, body) = control::act(&shared, action, &body);
        return Ok(json_response(status, &body));
    }
    if let Some(rest) = path.strip_prefix("/file/bot") {
        return Ok(download(&shared, rest));
    }
    let Some((token, method)) = path.strip_prefix("/bot").and_then(|rest| rest.split_once('/')) else {
        return Ok(respond(&Err(not_found())));
    };
    if let Err(refused) = authorize(&shared, token) {
        return Ok(respond(&Err(refused)));
    }
    let method = method.to_owned();
    let params = body::read(request).await;
    let lower = method.to_ascii_lowercase();
    let number = shared.with(|world| {
        let nothing = Params::default();
        world.begin_call(&method, params.as_ref().unwrap_or(&nothing))
    });
    let hold = shared.with(|world| world.count_for_hold());
    if hold == Some(false) {
        std::future::pending::<()>().await;
    }
    let before = |fault| matches!(fault, Fault::Drop | Fault::Status(_) | Fault::TooMany { .. });
    match shared.with(|world| world.take_fault(&lower, before)) {
        Some(Fault::Drop) => return Err(Closed),
        Some(Fault::Status(status)) => {
            shared.with(|world| world.end_call(number, status, &Value::Null));
            let page = "<html><head><title>Bad Gateway</title></head><body>nginx</body></html>";
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            return Ok(response(status, "text/html", Reply::Whole(Some(Bytes::from(page)))));
        }
        Some(Fault::TooMany { retry_after }) => {
            let answer = Err(Refused::too_many(retry_after));
            let (status, body) = wire(&answer);
            shared.with(|world| world.end_call(number, status, &body));
            return Ok(respond(&answer));
        }
        _ => {}
    }
    if let Some(body) = shared.with(|world| world.take_canned(&lower)) {
        shared.with(|world| world.end_call(number, 200, &body));
        return Ok(json_response(200, &body));
    }
    let answer = match params {
        Err(refused) => Err(refused),
        Ok(params) if lower == "getupdates" => poll(&shared, &params).await,
        Ok(mut params) => shared.with(|world| methods::call(world, &lower, &mut params)),
    };
    if hold == Some(true) {
        // It may have been released while a poll waited.
        let is_held = shared.with(|world| world.hold.as_mut().map(|hold| hold.is_held = true));
        if is_held.is_some() {
            std::future::pending::<()>().await;
        }
    }
    finish(&shared, &lower, number, answer).await
}

/// The faults of the way back.
async fn finish(
    shared: &Shared,
    method: &str,
    number: u64,
    mut answer: Answer,
) -> Result<Response<Reply>, Closed> {
    // An empty batch has nothing to lose.
    let is_idle = method == "getupdates"
        && answer.as_ref().is_ok_and(|done| done.result.as_array().is_some_and(Vec::is_empty));
    let fault = if is_idle { None } else { shared.with(|world| world.take_fault(method, |_| true)) };
    if let Ok(done) = &mut answer
        && let Some(updates) = done.result.as_array_mut()
    {
        match fault {
            Some(Fault::Reversed) => updates.reverse(),
            Some(Fault::Doubled) => {
                *updates = updates.iter().flat_map(|update| [update.clone(), update.clone()]).collect();
            }
            _ => {}
        }
    }
    let (status, body) = wire(&answer);
    let is_lost = matches!(fault, Some(Fault::DropAnswer | Fault::CutBody | Fault::Stall));
    shared.with(|world| world.end_call(number, if is_lost { 0 } else { status }, &body));
    let text = body.to_string();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let half = |text: &str| Bytes::copy_from_slice(&text.as_bytes()[..text.len() / 2]);
    let mut reply = match fault {
        Some(Fault::Drop | Fault::DropAnswer) => return Err(Closed),
        Some(Fault::Slow(time)) => {
            tokio::time::sleep(time).await;
            return Ok(json_response(status.as_u16(), &body));
        }
        Some(Fault::CutJson) => {
            return Ok(response(status, "application/json", Reply::Whole(Some(half(&text)))));
        }
        Some(Fault::CutBody) => response(status, "application/json", Reply::Cut(Some(half(&text)))),
        Some(Fault::Stall) => {
            let sleep = Box::pin(tokio::time::sleep(Duration::from_secs(60)));
            response(status, "application/json", Reply::Stall(sleep))
        }
        Some(Fault::Endless) => return Ok(response(status, "application/json", Reply::Endless(256))),
        _ => return Ok(json_response(status.as_u16(), &body)),
    };
    reply.headers_mut().insert(CONTENT_LENGTH, text.len().into());
    Ok(reply)
}

/// `getUpdates`.
async fn poll(shared: &Shared, params: &Params) -> Answer {
    let offset = params.number("offset").unwrap_or_default();
    let limit = params.number("limit").unwrap_or(100).clamp(1, 100);
    let timeout = params.number("timeout").unwrap_or_default().clamp(0, 50);
    let allowed = params.json("allowed_updates", "can't parse allowed_updates")?;
    // Whoever waits learns of it and gives way.
    let mine = shared.with(|world| {
        if world.is_logged_out {
            return Err(Refused::new(400, "Logged out"));
        }
        if world.webhook.is_some() {
            return Err(Refused::conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            ));
        }
        if let Some(list) = &allowed {
            world.updates.allow(list);
        }
        world.poll += 1;
        Ok(world.poll)
    })?;
    let deadline = tokio::time::sleep(Duration::from_secs(timeout.unsigned_abs()));
    tokio::pin!(deadline);
    loop {
        let woken = shared.wake.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        let is_over = timeout == 0 || deadline.is_elapsed();
        let found = shared.with_confirming(|world| {
            if world.poll != mine {
                return Err(Refused::conflict(if world.webhook.is_some() {
                    "terminated by setWebhook request"
                } else {
                    "terminated by other getUpdates request; make sure that only one bot instance is running"
                }));
            }
            let now = world.clock.now();
            Ok(world.updates.fetch(offset, usize::try_from(limit).unwrap_or(100), now))
        })?;
        if !found.is_empty() || is_over {
            return Ok(json!(found).into());
        }
        tokio::select! {
            () = &mut woken => {}
            () = &mut deadline => {}
        }
    }
}

/// The public server knows no path for what does not look like a token.
fn authorize(shared: &Shared, token: &str) -> Result<(), Refused> {
    let shape = token.split_once(':');
    if !shape.is_some_and(|(id, secret)| {
        !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) && !secret.is_empty()
    }) {
        return Err(not_found());
    }
    if shared.with(|world| world.token == token) { Ok(()) } else { Err(Refused::new(401, "Unauthorized")) }
}

fn not_found() -> Refused {
    Refused::new(404, "Not Found")
}

fn download(shared: &Shared, rest: &str) -> Response<Reply> {
    let Some((token, path)) = rest.split_once('/') else { return respond(&Err(not_found())) };
    if let Err(refused) = authorize(shared, token) {
        return respond(&Err(refused));
    }
    let fault = shared.with(|world| world.take_fault("download", |_| true));
    let found = shared.with(|world| world.files.download(path, world.clock.now()));
    match (found, fault) {
        (None, _) => respond(&Err(not_found())),
        (Some(_), Some(Fault::Endless)) => {
            response(StatusCode::OK, "application/octet-stream", Reply::Endless(256))
        }
        (Some(bytes), Some(_)) => {
            let length = bytes.len();
            let half = Bytes::copy_from_slice(&bytes[..length / 2]);
            let mut reply = response(StatusCode::OK, "application/octet-stream", Reply::Cut(Some(half)));
            reply.headers_mut().insert(CONTENT_LENGTH, length.into());
            reply
        }
        (Some(bytes), None) => {
            let length = bytes.len();
            let body = Reply::Whole(Some(Bytes::from(bytes)));
            let mut reply = response(StatusCode::OK, "application/octet-stream", body);
            reply.headers_mut().insert(CONTENT_LENGTH, length.into());
            reply
        }
    }
}

fn respond(answer: &Answer) -> Response<Reply> {
    let (status, body) = wire(answer);
    json_response(status, &body)
}

fn json_response(status: u16, body: &Value) -> Response<Reply> {
    let text = body.to_string();
    let length = text.len();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = response(status, "application/json", Reply::Whole(Some(Bytes::from(text))));
    reply.headers_mut().insert(CONTENT_LENGTH, length.into());
    reply
}

fn response(status: StatusCode, kind: &'static str, body: Reply) -> Response<Reply> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    response
}
