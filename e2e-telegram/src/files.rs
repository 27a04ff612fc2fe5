//! Files that people and the bot sent.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::answer::Refused;
use crate::params::Upload;

/// The largest file that a bot may download.
const MOST_DOWNLOAD: u64 = 20 << 20;
/// How long a link works at least; here, at most.
const LINK: Duration = Duration::from_secs(3600);

#[derive(Debug)]
struct Kept {
    bytes: Vec<u8>,
    /// What the server says; more than what is there, where a test needs a large file.
    size: u64,
    path: String,
    document: Value,
    link_until: Option<Duration>,
}

#[derive(Debug, Default)]
pub(crate) struct Files(BTreeMap<String, Kept>);

impl Files {
    /// The `document` of a message.
    pub(crate) fn add(&mut self, upload: Upload, size: Option<u64>) -> Value {
        let number = self.0.len();
        let id = format!("BQACAgIAAxkBAAI{number:08x}AAJ");
        let size = size.unwrap_or(upload.bytes.len() as u64);
        let extension = upload.name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let safe = extension.chars().all(|c| c.is_ascii_alphanumeric()) && !extension.is_empty();
        let extension = if safe { format!(".{extension}") } else { String::new() };
        let document = json!({
            "file_id": id,
            "file_unique_id": format!("AgAD{number:08x}"),
            "file_name": upload.name,
            "mime_type": upload.mime.unwrap_or_else(|| "application/octet-stream".to_owned()),
            "file_size": size,
        });
        let path = format!("documents/file_{number}{extension}");
        let kept = Kept { bytes: upload.bytes, size, path, document: document.clone(), link_until: None };
        self.0.insert(id, kept);
        document
    }

    pub(crate) fn document(&self, id: &str) -> Option<Value> {
        Some(self.0.get(id)?.document.clone())
    }

    /// The answer of `getFile`; from now on there is a link.
    ///
    /// # Errors
    ///
    /// 400 for an unknown number or too large a file.
    pub(crate) fn open(&mut self, id: &str, now: Duration) -> Result<Value, Refused> {
        let kept = self
            .0
            .get_mut(id)
            .ok_or_else(|| Refused::bad("wrong file_id or the file is temporarily unavailable"))?;
        if kept.size > MOST_DOWNLOAD {
            return Err(Refused::bad("file is too big"));
        }
        kept.link_until = Some(now + LINK);
        Ok(json!({
            "file_id": id,
            "file_unique_id": kept.document["file_unique_id"],
            "file_size": kept.size,
            "file_path": kept.path,
        }))
    }

    pub(crate) fn download(&self, path: &str, now: Duration) -> Option<Vec<u8>> {
        let kept = self.0.values().find(|kept| kept.path == path)?;
        (kept.link_until? > now).then(|| kept.bytes.clone())
    }

    pub(crate) fn bytes(&self, id: &str) -> Option<Vec<u8>> {
        Some(self.0.get(id)?.bytes.clone())
    }
}
