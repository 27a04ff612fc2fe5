//! The parameters of a call, however they were sent: the query, a form, parts of a multipart body or JSON.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::answer::Refused;

/// An uploaded file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) mime: Option<String>,
    pub(crate) bytes: Vec<u8>,
}

/// All values are text, as for the real server: a nested value is its JSON.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params {
    pub(crate) values: BTreeMap<String, String>,
    pub(crate) files: BTreeMap<String, Upload>,
}

impl Params {
    /// Empty text is the same as no value.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.trim().parse().ok()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        matches!(self.text(name).to_ascii_lowercase().as_str(), "true" | "yes" | "1")
    }

    /// # Errors
    ///
    /// `what` with the prefix of bad requests, where the value is no JSON.
    pub(crate) fn json(&self, name: &str, what: &str) -> Result<Option<Value>, Refused> {
        let Some(text) = self.get(name) else { return Ok(None) };
        serde_json::from_str(text).map(Some).map_err(|_| Refused::bad(what))
    }

    pub(crate) fn add_json(&mut self, body: &[u8]) -> Result<(), Refused> {
        let refused = || Refused::bad("can't parse JSON object");
        let body: Value = serde_json::from_slice(body).map_err(|_| refused())?;
        for (name, value) in body.as_object().ok_or_else(refused)? {
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
            };
            self.values.insert(name.clone(), text);
        }
        Ok(())
    }

    /// A query or a form.
    pub(crate) fn add_form(&mut self, text: &str) -> Result<(), Refused> {
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            self.values.insert(unescape(name)?, unescape(value)?);
        }
        Ok(())
    }
}

/// Undoes percent and plus.
pub(crate) fn unescape(text: &str) -> Result<String, Refused> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next().unwrap_or(b'!'), rest.next().unwrap_or(b'!')];
                let digits = std::str::from_utf8(&digits).unwrap_or("!");
                u8::from_str_radix(digits, 16).map_err(|_| Refused::bad("wrong percent encoding"))?
            }
            _ => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| Refused::bad("strings must be encoded in UTF-8"))
}
