use std::borrow::Cow;
use std::time::Duration;

use hyper::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Error;

/// Assumed where Telegram says "too many requests" but not when to come back.
const COME_BACK: Duration = Duration::from_secs(5);

/// What every answer of the Bot API is wrapped in.
#[derive(Deserialize)]
pub(crate) struct Envelope<'a> {
    ok: bool,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    error_code: Option<u16>,
    /// Read to tell one refusal from another, and then forgotten.
    #[serde(borrow)]
    description: Option<Cow<'a, str>>,
    parameters: Option<Parameters>,
}

#[derive(Clone, Copy, Default, Deserialize)]
struct Parameters {
    retry_after: Option<u32>,
    migrate_to_chat_id: Option<i64>,
}

/// The result of a method as it was sent, or why there is none.
pub(crate) type Outcome<'a> = Result<&'a RawValue, Error>;

impl<'a> Envelope<'a> {
    /// Opens an answer. One that is no JSON, such as a proxy's error page, is judged by its status.
    pub(crate) fn open(status: StatusCode, body: &'a [u8]) -> Outcome<'a> {
        let Ok(envelope) = serde_json::from_slice::<Envelope<'_>>(body) else {
            return Err(match status.as_u16() {
                200..400 => Error::Undecodable,
                status => refusal(status, "", Parameters::default()),
            });
        };
        match (envelope.ok, envelope.result) {
            (true, Some(result)) => Ok(result),
            (true, None) => Err(Error::Undecodable),
            (false, _) => Err(refusal(
                envelope.error_code.unwrap_or(status.as_u16()),
                envelope.description.as_deref().unwrap_or_default(),
                envelope.parameters.unwrap_or_default(),
            )),
        }
    }
}

/// Telegram tells refusals of one code apart by their texts alone.
fn refusal(code: u16, description: &str, parameters: Parameters) -> Error {
    let text = description.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match code {
        400 if says(&["message is not modified"]) => Error::NotModified,
        400 if says(&["query is too old", "query_id_invalid", "query id is invalid"]) => Error::TapExpired,
        400 if says(&["too long", "too_long", "too big", "too large"]) => Error::TooLarge,
        400 if parameters.migrate_to_chat_id.is_some()
            || says(&["chat not found", "chat was upgraded", "chat_id_invalid", "peer_id_invalid"]) =>
        {
            Error::ChatGone { moved_to: parameters.migrate_to_chat_id }
        }
        400 if says(&["message to ", "message can't be", "message_id_invalid", "message identifier"]) => {
            Error::MessageGone
        }
        404 if says(&["method not found"]) => Error::NoMethod,
        401 | 404 => Error::Unauthorized,
        403 => Error::Forbidden,
        409 if says(&["webhook is active"]) => Error::WebhookSet,
        409 => Error::OtherPoller,
        413 => Error::TooLarge,
        429 => Error::RetryAfter {
            after: parameters.retry_after.map_or(COME_BACK, |after| Duration::from_secs(after.into())),
        },
        500.. => Error::Server { status: code },
        _ => Error::Refused { status: code },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: &str, want: Result<&str, Error>) {
        let got = Envelope::open(StatusCode::from_u16(status).unwrap(), body.as_bytes());
        assert_eq!(got.map(RawValue::get), want, "{body}");
    }

    #[track_caller]
    fn refused(code: u16, description: &str, want: Error) {
        let body = format!(r#"{{"ok":false,"error_code":{code},"description":"{description}"}}"#);
        check(code, &body, Err(want));
    }

    #[test]
    fn results_are_kept_as_they_came() {
        check(200, r#"{"ok":true,"result":{"a":1.50}}"#, Ok(r#"{"a":1.50}"#));
        check(200, r#"{"ok":true,"result":true,"description":"Webhook is already deleted"}"#, Ok("true"));
        check(200, r#"{"ok":true,"result":null}"#, Err(Error::Undecodable));
        check(200, r#"{"ok":true}"#, Err(Error::Undecodable));
        check(200, "", Err(Error::Undecodable));
        check(200, r#"{"ok":true,"result":[{"update_id":1"#, Err(Error::Undecodable));
        check(200, r#"[]"#, Err(Error::Undecodable));
    }

    #[test]
    fn pages_of_proxies_are_judged_by_their_status() {
        check(502, "<html>Bad Gateway</html>", Err(Error::Server { status: 502 }));
        check(413, "<html>", Err(Error::TooLarge));
        check(429, "", Err(Error::RetryAfter { after: COME_BACK }));
        check(404, "<html>", Err(Error::Unauthorized));
    }

    #[test]
    fn the_texts_of_the_official_server() {
        refused(401, "Unauthorized", Error::Unauthorized);
        refused(404, "Not Found", Error::Unauthorized);
        refused(404, "Not Found: method not found", Error::NoMethod);
        refused(403, "Forbidden: bot was blocked by the user", Error::Forbidden);
        refused(
            409,
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            Error::OtherPoller,
        );
        refused(
            409,
            "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            Error::WebhookSet,
        );
        let same = "specified new message content and reply markup are exactly the same as a current content";
        refused(400, &format!("Bad Request: message is not modified: {same}"), Error::NotModified);
        refused(400, "Bad Request: message to edit not found", Error::MessageGone);
        refused(400, "Bad Request: message can't be edited", Error::MessageGone);
        refused(400, "Bad Request: message to delete not found", Error::MessageGone);
        refused(400, "Bad Request: chat not found", Error::ChatGone { moved_to: None });
        refused(400, "Bad Request: message is too long", Error::TooLarge);
        refused(400, "Bad Request: file is too big", Error::TooLarge);
        refused(
            400,
            "Bad Request: query is too old and response timeout expired or query ID is invalid",
            Error::TapExpired,
        );
        refused(400, "Bad Request: can't parse entities", Error::Refused { status: 400 });
        refused(500, "Internal Server Error", Error::Server { status: 500 });
        let moved = r#"{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-100123}}"#;
        check(400, moved, Err(Error::ChatGone { moved_to: Some(-100_123) }));
        let wait = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 100000","parameters":{"retry_after":100000}}"#;
        check(429, wait, Err(Error::RetryAfter { after: Duration::from_secs(100_000) }));
    }
}
