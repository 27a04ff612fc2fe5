use std::fmt;
use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request, StatusCode};
use tokio::time::timeout;

use super::dial::Dialer;
use super::limits::Limits;
use super::pool::{Lent, Pool};
use super::roots::Roots;
use crate::{ApiUrl, BotToken, Error};

/// The body of a request.
#[derive(Clone)]
pub(crate) enum Body {
    Json(Bytes),
    /// With its content type.
    Form(Bytes, HeaderValue),
}

/// Requests to one server in the name of one bot.
pub(crate) struct Http {
    token: BotToken,
    pool: Pool,
    pub(crate) limits: Limits,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("url", self.pool.dialer.url()).finish_non_exhaustive()
    }
}

impl Http {
    pub(crate) fn new(token: BotToken, url: ApiUrl, roots: &Roots, limits: Limits) -> Result<Self, Error> {
        Ok(Self { token, pool: Pool::new(Dialer::new(url, roots)?), limits })
    }

    /// Calls a method and gives the whole answer, whatever its status.
    pub(crate) async fn call(
        &self,
        method: &str,
        body: Body,
        within: Duration,
    ) -> Result<(StatusCode, Bytes), Error> {
        let (body, kind) = match body {
            Body::Json(body) => (body, HeaderValue::from_static("application/json")),
            Body::Form(body, kind) => (body, kind),
        };
        let mut request = self.request(&format!("/bot{}/{method}", self.token.expose()), body)?;
        *request.method_mut() = Method::POST;
        request.headers_mut().insert(CONTENT_TYPE, kind);
        let exchange = async {
            let (answer, lent) = self.pool.send(request, self.limits.connect).await?;
            let status = answer.status();
            let bytes = read(answer.into_body(), self.limits.answer_bytes).await?;
            self.pool.give_back(lent);
            Ok((status, bytes))
        };
        timeout(within, exchange).await.unwrap_or(Err(Error::Timeout))
    }

    /// Asks for a file and gives its body, unread.
    pub(crate) async fn file(&self, path: &str) -> Result<(StatusCode, Incoming, Lent), Error> {
        let request = self.request(&format!("/file/bot{}/{path}", self.token.expose()), Bytes::new())?;
        let sent = self.pool.send(request, self.limits.connect);
        let (answer, lent) = timeout(self.limits.whole, sent).await.unwrap_or(Err(Error::Timeout))?;
        Ok((answer.status(), answer.into_body(), lent))
    }

    pub(crate) fn give_back(&self, lent: Lent) {
        self.pool.give_back(lent);
    }

    fn request(&self, path: &str, body: Bytes) -> Result<Request<Full<Bytes>>, Error> {
        let url = self.pool.dialer.url();
        let mut request = Request::new(Full::new(body));
        // The error of this would quote the token.
        *request.uri_mut() = format!("{}{path}", url.prefix()).parse().map_err(|_| Error::ApiUrl)?;
        let host = HeaderValue::try_from(url.authority()).map_err(|_| Error::ApiUrl)?;
        request.headers_mut().insert(HOST, host);
        Ok(request)
    }
}

async fn read(body: Incoming, most: usize) -> Result<Bytes, Error> {
    if body.size_hint().lower() > u64::try_from(most).unwrap_or(u64::MAX) {
        return Err(Error::TooLarge);
    }
    match Limited::new(body, most).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Error::TooLarge),
        Err(_) => Err(Error::BrokenOff),
    }
}
