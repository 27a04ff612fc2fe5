//! A file that came with a message, before anything of it was fetched.

use guard_store::rusqlite::{Connection, OptionalExtension as _, params};
use guard_store::{StoreError, rusqlite};
use guard_telegram::frankenstein::types::Message;

use super::inbox::Inbox;

/// Telegram's names for files have less than 100 letters.
const MAX_FILE: usize = 512;
/// A longer name is refused all the same; this much of it is enough to say so.
const MAX_NAME: usize = 1_000;

/// What the sender's client and the server say about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attachment {
    /// Telegram's name for it, with which it is fetched.
    pub(crate) file: String,
    /// As the sender's client says; untrusted text.
    pub(crate) name: String,
    /// In bytes; not to be relied on.
    pub(crate) size: Option<u64>,
}

impl Attachment {
    /// The document or photo of a message. Telegram makes a JPEG of every photo and takes its name away.
    pub(crate) fn of(message: &Message) -> Option<Self> {
        let number = message.message_id;
        let found = if let Some(document) = &message.document {
            let name = document.file_name.clone().unwrap_or_else(|| format!("document-{number}"));
            Self { file: document.file_id.clone(), name, size: document.file_size }
        } else {
            let sizes = message.photo.iter().flatten();
            let largest = sizes.max_by_key(|size| u64::from(size.width) * u64::from(size.height))?;
            let name = format!("photo-{number}.jpg");
            Self { file: largest.file_id.clone(), name, size: largest.file_size }
        };
        let name = match found.name.char_indices().nth(MAX_NAME) {
            Some((end, _)) => found.name.get(..end).unwrap_or_default().to_owned(),
            None => found.name,
        };
        (!found.file.is_empty() && found.file.len() <= MAX_FILE).then_some(Self { name, ..found })
    }

    /// Keeps it beside the instruction that it came with.
    pub(super) fn store(&self, tx: &Connection, instruction: i64) -> rusqlite::Result<()> {
        let size = self.size.and_then(|size| i64::try_from(size).ok());
        tx.prepare_cached("INSERT INTO chat_files (instruction, file, name, size) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![instruction, self.file, self.name, size])?;
        Ok(())
    }
}

impl Inbox {
    /// What came with an instruction that has not ended.
    pub(crate) fn attachment(&self, instruction: i64) -> Result<Option<Attachment>, StoreError> {
        self.store().read(|tx| {
            let found = tx
                .prepare_cached("SELECT file, name, size FROM chat_files WHERE instruction = ?1")?
                .query_row([instruction], |row| {
                    let size: Option<i64> = row.get(2)?;
                    let size = size.and_then(|size| u64::try_from(size).ok());
                    Ok(Attachment { file: row.get(0)?, name: row.get(1)?, size })
                });
            Ok(found.optional()?)
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[track_caller]
    fn check(parts: Value, want: Option<(&str, &str, Option<u64>)>) {
        let mut message = json!({"message_id": 5, "date": 1, "chat": {"id": 7, "type": "private"}});
        for (name, value) in parts.as_object().unwrap() {
            message[name] = value.clone();
        }
        let message: Message = serde_json::from_value(message).unwrap();
        let found = Attachment::of(&message);
        let found = found.as_ref().map(|found| (found.file.as_str(), found.name.as_str(), found.size));
        assert_eq!(found, want, "{parts}");
    }

    #[test]
    fn documents_and_photos() {
        let document = |name: Value| json!({"document": {"file_id": "F", "file_unique_id": "U", "file_name": name, "file_size": 9}});
        check(document(json!("a.txt")), Some(("F", "a.txt", Some(9))));
        check(document(Value::Null), Some(("F", "document-5", Some(9))));
        check(document(json!("../x")), Some(("F", "../x", Some(9))));
        check(document(json!("é".repeat(2_000))), Some(("F", &"é".repeat(1_000), Some(9))));
        let size = |file: &str, width: u32| json!({"file_id": file, "file_unique_id": file, "width": width, "height": 10, "file_size": width});
        let photo = json!({"photo": [size("S", 90), size("L", 1280), size("M", 320)]});
        check(photo, Some(("L", "photo-5.jpg", Some(1280))));
        check(json!({"photo": []}), None);
        check(json!({"document": {"file_id": "", "file_unique_id": "U"}}), None);
        check(json!({"voice": {"file_id": "F", "file_unique_id": "U", "duration": 1}}), None);
        check(json!({"text": "hello"}), None);
    }
}
