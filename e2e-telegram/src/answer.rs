//! What a method answers.

use serde_json::{Value, json};

/// A refusal in Telegram's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: u16,
    pub(crate) description: String,
    pub(crate) retry_after: Option<u64>,
}

/// The result, and the description that a few methods add to it.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) result: Value,
    pub(crate) description: Option<&'static str>,
}

impl From<Value> for Done {
    fn from(result: Value) -> Self {
        Self { result, description: None }
    }
}

pub(crate) type Answer = Result<Done, Refused>;

impl Refused {
    pub(crate) fn new(code: u16, description: impl Into<String>) -> Self {
        Self { code, description: description.into(), retry_after: None }
    }

    /// 400, with the prefix of all of them.
    pub(crate) fn bad(what: impl AsRef<str>) -> Self {
        Self::new(400, format!("Bad Request: {}", what.as_ref()))
    }

    pub(crate) fn too_many(retry_after: u64) -> Self {
        let description = format!("Too Many Requests: retry after {retry_after}");
        Self { retry_after: Some(retry_after), ..Self::new(429, description) }
    }

    pub(crate) fn conflict(what: &str) -> Self {
        Self::new(409, format!("Conflict: {what}"))
    }
}

/// Status and body as they go over the wire.
pub(crate) fn wire(answer: &Answer) -> (u16, Value) {
    match answer {
        Ok(Done { result, description: None }) => (200, json!({"ok": true, "result": result})),
        Ok(Done { result, description: Some(description) }) => {
            (200, json!({"ok": true, "result": result, "description": description}))
        }
        Err(refused) => {
            let mut body =
                json!({"ok": false, "error_code": refused.code, "description": refused.description});
            if let Some(retry_after) = refused.retry_after {
                body["parameters"] = json!({"retry_after": retry_after});
            }
            (refused.code, body)
        }
    }
}
