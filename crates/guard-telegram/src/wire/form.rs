use hyper::body::Bytes;
use hyper::header::HeaderValue;
use serde::Serialize;
use serde_json::Value;

use super::Body;
use crate::Error;

/// A `multipart/form-data` body.
pub(crate) struct Form {
    boundary: String,
    body: Vec<u8>,
}

impl Form {
    /// A form with a boundary that no content can contain but by chance of 2^-128.
    pub(crate) fn new() -> Result<Self, Error> {
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random).map_err(|_| Error::LocalFile)?;
        let boundary = format!("guard{:032x}", u128::from_ne_bytes(random));
        Ok(Self { boundary, body: Vec::new() })
    }

    /// One part for each member of `params`: texts as they are, all else as JSON. Null and a member that a file
    /// replaces are left out.
    pub(crate) fn params(&mut self, params: &impl Serialize, files: &[&str]) -> Result<(), Error> {
        let Ok(Value::Object(members)) = serde_json::to_value(params) else { return Err(Error::Undecodable) };
        for (name, value) in members.into_iter().filter(|(name, _)| !files.contains(&name.as_str())) {
            match value {
                Value::Null => {}
                Value::String(text) => self.part(&name, None, text.as_bytes()),
                other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                    self.part(&name, None, other.to_string().as_bytes());
                }
            }
        }
        Ok(())
    }

    /// A file. What could end the quoted name in the head of its part is replaced.
    pub(crate) fn file(&mut self, name: &str, file_name: &str, bytes: &[u8]) {
        self.part(name, Some(file_name), bytes);
    }

    fn part(&mut self, name: &str, file_name: Option<&str>, bytes: &[u8]) {
        let mut head =
            format!("--{}\r\nContent-Disposition: form-data; name=\"{}\"", self.boundary, quoted(name));
        if let Some(file_name) = file_name {
            head.push_str(&format!("; filename=\"{}\"", quoted(file_name)));
            head.push_str("\r\nContent-Type: application/octet-stream");
        }
        head.push_str("\r\n\r\n");
        self.body.extend_from_slice(head.as_bytes());
        self.body.extend_from_slice(bytes);
        self.body.extend_from_slice(b"\r\n");
    }

    pub(crate) fn finish(mut self) -> Result<Body, Error> {
        self.body.extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        let kind = HeaderValue::try_from(format!("multipart/form-data; boundary={}", self.boundary));
        Ok(Body::Form(Bytes::from(self.body), kind.map_err(|_| Error::Undecodable)?))
    }
}

fn quoted(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '"' | '\\') { '_' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_its_quotes_or_its_line() {
        let mut form = Form::new().unwrap();
        form.params(
            &serde_json::json!({"chat_id": 7, "caption": "a\"b", "document": null, "x": {"y": [1]}}),
            &["document"],
        )
        .unwrap();
        form.file("document", "a\"; name=\"b\r\n\r\n--.txt", b"\0\r\n--");
        let boundary = form.boundary.clone();
        let Body::Form(bytes, kind) = form.finish().unwrap() else { panic!("a form") };
        assert_eq!(kind.to_str().unwrap(), format!("multipart/form-data; boundary={boundary}"));
        let want = "--B\r\nContent-Disposition: form-data; name=\"caption\"\r\n\r\na\"b\r\n\
                    --B\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n7\r\n\
                    --B\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n{\"y\":[1]}\r\n\
                    --B\r\nContent-Disposition: form-data; name=\"document\"; filename=\"a_; name=_b____--.txt\"\r\n\
                    Content-Type: application/octet-stream\r\n\r\n\0\r\n--\r\n--B--\r\n";
        assert_eq!(String::from_utf8_lossy(&bytes), want.replace("--B", &format!("--{boundary}")));
    }
}
