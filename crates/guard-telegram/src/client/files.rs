//! Files in both directions.

use std::io::Write;

use frankenstein::methods::{GetFileParams, SendDocumentParams};
use frankenstein::types::ReplyMarkup;
use http_body_util::BodyExt;
use hyper::StatusCode;
use hyper::body::{Body as _, Incoming};
use serde::Deserialize;
use tokio::time::{Instant, timeout, timeout_at};

use super::say::{markup, reply};
use super::{Client, SendOptions, Sent};
use crate::api::json;
use crate::text::CAPTION;
use crate::wire::{Envelope, Form};
use crate::{Error, Text};

/// The longest name of a file on the server, in bytes.
const LONGEST_PATH: usize = 512;

/// A file that can be fetched, for an hour at least.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteFile {
    /// Its size in bytes as the server states it, if it does.
    pub size: Option<u64>,
    path: String,
}

#[derive(Deserialize)]
struct WireFile {
    file_size: Option<u64>,
    file_path: Option<String>,
}

impl Client {
    /// Sends bytes as a file with this name, under a caption of at most 1024 UTF-16 units that may be empty.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], and those of [`send`](Self::send).
    pub async fn send_document(
        &self,
        chat: i64,
        name: &str,
        bytes: &[u8],
        caption: &Text,
        options: &SendOptions,
    ) -> Result<i32, Error> {
        let limits = &self.0.api.http.limits;
        if bytes.len() > limits.upload_bytes {
            return Err(Error::TooLarge);
        }
        let caption = if caption.is_empty() { None } else { Some(caption.fitting(CAPTION)?) };
        let params = SendDocumentParams::builder()
            .chat_id(chat)
            .document(String::new())
            .maybe_caption(caption.as_ref().map(Text::as_str))
            .maybe_caption_entities(caption.as_ref().map(Text::entities))
            .disable_notification(options.silent)
            .maybe_message_thread_id(options.thread)
            .maybe_reply_parameters(options.reply_to.map(reply))
            .maybe_reply_markup(markup(&options.buttons).map(ReplyMarkup::InlineKeyboardMarkup))
            .build();
        let mut form = Form::new()?;
        form.params(&params, &["document"])?;
        form.file("document", Text::plain(name).as_str(), bytes);
        let body = form.finish()?;
        let Some(_turn) = self.0.pacer.turn(chat, options.urgency, None).await? else {
            return Err(Error::Backlog);
        };
        let sent: Sent = self.call("sendDocument", body, limits.upload, Some(chat)).await?;
        Ok(sent.message_id)
    }

    /// Asks where a file is that someone sent. Telegram lets bots fetch files of up to 20 MB.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], [`Error::FilePath`], or any of the network and the server.
    pub async fn file(&self, file_id: &str) -> Result<RemoteFile, Error> {
        let params = GetFileParams::builder().file_id(file_id).build();
        let file: WireFile = self.call("getFile", json(&params)?, self.0.api.http.limits.whole, None).await?;
        let path = file.file_path.filter(|path| is_plain(path)).ok_or(Error::FilePath)?;
        Ok(RemoteFile { size: file.file_size, path })
    }

    /// Fetches a file of at most `most` bytes into `into` and gives its size.
    ///
    /// What was written by a download that failed is the caller's to discard.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] as soon as the bound is known to be passed, [`Error::LocalFile`] if writing fails, or any
    /// of the network and the server.
    pub async fn download(
        &self,
        file: &RemoteFile,
        most: u64,
        into: &mut (impl Write + Send),
    ) -> Result<u64, Error> {
        if file.size.is_some_and(|size| size > most) {
            return Err(Error::TooLarge);
        }
        let http = &self.0.api.http;
        let (status, mut body, lent) = http.file(&file.path).await?;
        if status != StatusCode::OK {
            return Err(self.no_file(status, body).await);
        }
        if body.size_hint().lower() > most {
            return Err(Error::TooLarge);
        }
        let end = Instant::now() + http.limits.download;
        let mut size = 0_u64;
        loop {
            let frame = timeout_at(end, timeout(http.limits.idle, body.frame()));
            let Ok(Ok(frame)) = frame.await else { return Err(Error::Timeout) };
            let Some(frame) = frame else { break };
            let Ok(data) = frame.map_err(|_| Error::BrokenOff)?.into_data() else { continue };
            size = size.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
            if size > most {
                return Err(Error::TooLarge);
            }
            into.write_all(&data).map_err(|_| Error::LocalFile)?;
        }
        http.give_back(lent);
        Ok(size)
    }

    async fn no_file(&self, status: StatusCode, body: Incoming) -> Error {
        let limits = &self.0.api.http.limits;
        let body = http_body_util::Limited::new(body, limits.answer_bytes).collect();
        match timeout(limits.idle, body).await {
            Err(_) => Error::Timeout,
            Ok(Err(_)) => Error::BrokenOff,
            Ok(Ok(body)) => match Envelope::open(status, &body.to_bytes()) {
                Err(Error::Unauthorized) | Ok(_) => Error::FilePath,
                Err(error) => error,
            },
        }
    }
}

/// The path becomes part of an address that holds the token, so it may only be what Telegram's are.
fn is_plain(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
    path.len() <= LONGEST_PATH
        && path.bytes().all(plain)
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_remote_files() {
        for (path, want) in [
            ("documents/file_7.pdf", true),
            ("photos/file-1.jpg", true),
            ("", false),
            ("/var/lib/telegram-bot-api/1:AA/documents/file_0", false),
            ("documents/../../bot2", false),
            ("documents//x", false),
            ("documents/x?y", false),
            ("documents/x#y", false),
            ("documents/%2e%2e/x", false),
            ("http://example.com", false),
            ("documents/a b", false),
        ] {
            assert_eq!(is_plain(path), want, "{path}");
        }
    }
}
