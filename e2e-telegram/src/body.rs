//! A request's body, bounded, as parameters.

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::{HeaderMap, Request};

use crate::answer::Refused;
use crate::multipart;
use crate::params::Params;

/// The largest upload.
pub(crate) const MOST_UPLOAD: usize = 50 << 20;

/// # Errors
///
/// 413 for more than 50 MB, 400 for what cannot be parsed.
pub(crate) async fn read(request: Request<Incoming>) -> Result<Params, Refused> {
    let (head, body) = request.into_parts();
    let mut params = Params::default();
    if let Some(query) = head.uri.query() {
        params.add_form(query)?;
    }
    // The fields beside the file have room of their own.
    let body = Limited::new(body, MOST_UPLOAD + (1 << 20)).collect().await.map_err(|error| {
        if error.downcast_ref::<LengthLimitError>().is_some() {
            Refused::new(413, "Request Entity Too Large")
        } else {
            Refused::bad("the request was cut short")
        }
    })?;
    parse(&head.headers, &body.to_bytes(), &mut params)?;
    if params.files.values().any(|file| file.bytes.len() > MOST_UPLOAD) {
        return Err(Refused::new(413, "Request Entity Too Large"));
    }
    Ok(params)
}

fn parse(headers: &HeaderMap, body: &[u8], params: &mut Params) -> Result<(), Refused> {
    if body.is_empty() {
        return Ok(());
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/json" => params.add_json(body),
        "application/x-www-form-urlencoded" => {
            let text =
                std::str::from_utf8(body).map_err(|_| Refused::bad("strings must be encoded in UTF-8"))?;
            params.add_form(text)
        }
        "multipart/form-data" => {
            let boundary = kind
                .split_once("boundary=")
                .map(|(_, rest)| rest.split(';').next().unwrap_or_default().trim().trim_matches('"'))
                .filter(|boundary| !boundary.is_empty())
                .ok_or_else(|| Refused::bad("boundary not found in multipart Content-Type"))?;
            multipart::parse(body, boundary, params)
        }
        // The real server ignores a body of a kind that it does not know.
        _ => Ok(()),
    }
}
