//! Reads usage out of a streamed answer while its bytes pass by.

use serde::Deserialize;

use super::usage::{Tokens, Told, WireMessage, WireUsage};

/// The longest event that is read, in bytes. Events that carry usage have a few hundred; longer ones carry content.
const EVENT: usize = 64 * 1024;
/// The longest id of a message that is believed, in bytes.
const MESSAGE_ID: usize = 256;

/// Why the usage of a stream cannot be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the usage of the answer cannot be read")]
pub struct Unreadable;

/// The usage of one streamed answer, read from its server-sent events.
///
/// Bytes may come in any pieces; the outcome does not depend on where they are cut. At most 64 KiB are kept.
///
/// ```
/// use guard_agent::relay::SseUsage;
///
/// let mut usage = SseUsage::new();
/// usage.push(b"event: message_start\ndata: {\"type\":\"message_start\",\"mess")?;
/// usage.push(b"age\":{\"id\":\"msg_1\",\"usage\":{\"input_tokens\":7}}}\n\n")?;
/// assert_eq!((usage.message(), usage.tokens().input), (Some("msg_1"), 7));
/// assert!(!usage.is_complete());
/// # Ok::<(), guard_agent::relay::Unreadable>(())
/// ```
#[derive(Debug, Default)]
pub struct SseUsage {
    /// The line that is being read; of a `data` line that is too long, only its beginning.
    line: Vec<u8>,
    line_too_long: bool,
    after_return: bool,
    data: Vec<u8>,
    data_too_long: bool,
    /// Whether the event said, in its `event` line, that it is content.
    content: bool,
    in_event: bool,
    message: Option<Box<str>>,
    tokens: Tokens,
    tells_input: bool,
    tells_output: bool,
    stopped: bool,
    /// The API has said that it goes no further.
    has_error: bool,
    failed: bool,
}

#[derive(Deserialize)]
struct WireEvent {
    r#type: Option<String>,
    message: Option<WireMessage>,
    delta: Option<WireDelta>,
    usage: Option<WireUsage>,
}

#[derive(Deserialize)]
struct WireDelta {
    stop_reason: Option<String>,
}

impl SseUsage {
    /// Nothing was read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the next bytes.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] if an event that may carry usage is malformed or too long; from then on, always.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Unreadable> {
        let mut rest = bytes;
        while !self.failed && !rest.is_empty() {
            if std::mem::take(&mut self.after_return) && rest.first() == Some(&b'\n') {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                self.extend_line(rest);
                break;
            };
            let (piece, tail) = rest.split_at(end);
            self.extend_line(piece);
            self.after_return = tail.first() == Some(&b'\r');
            rest = tail.get(1..).unwrap_or_default();
            self.end_line();
        }
        if self.failed { Err(Unreadable) } else { Ok(()) }
    }

    /// The id of the message, once it began.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// What was counted so far.
    #[must_use]
    pub fn tokens(&self) -> Tokens {
        self.tokens
    }

    /// Whether the final figures were read: the message stopped, and its input and output were told. A figure that is
    /// left out is not zero.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.has_ended() && self.told() == Told::Everything
    }

    /// Whether the message stopped, whatever was told of it.
    pub(crate) fn has_ended(&self) -> bool {
        self.stopped && self.message.is_some() && !self.failed
    }

    /// Whether the API said itself that there will be no more of it.
    pub(crate) fn has_error(&self) -> bool {
        self.has_error && !self.failed
    }

    pub(crate) fn told(&self) -> Told {
        Told::of(self.tells_input, self.tells_output && self.has_ended(), self.tokens)
    }

    /// Whether the bytes so far end between two events.
    #[must_use]
    pub fn is_between_events(&self) -> bool {
        !self.in_event && self.line.is_empty()
    }

    fn extend_line(&mut self, piece: &[u8]) {
        let room = EVENT.saturating_sub(self.line.len());
        self.line_too_long |= piece.len() > room;
        self.line.extend_from_slice(piece.get(..room).unwrap_or(piece));
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let too_long = std::mem::take(&mut self.line_too_long);
        if line.is_empty() {
            self.end_event();
        } else {
            self.in_event = true;
            let (name, value) = match line.iter().position(|byte| *byte == b':') {
                Some(colon) => line.split_at(colon),
                None => (line.as_slice(), &b""[..]),
            };
            let value = value.strip_prefix(b":").unwrap_or(value);
            let value = value.strip_prefix(b" ").unwrap_or(value);
            match name {
                b"event" => self.content = value.starts_with(b"content_block_") || value == b"ping",
                b"data" => self.extend_data(value, too_long),
                // A line that is too long to tell its name may be anything.
                _ => self.data_too_long |= too_long,
            }
        }
        // The buffer is kept, so that a long stream does not allocate for every line.
        self.line = line;
        self.line.clear();
    }

    fn extend_data(&mut self, value: &[u8], too_long: bool) {
        if self.content {
            return;
        }
        if too_long || self.data.len() + value.len() >= EVENT {
            self.data_too_long = true;
        } else {
            self.data.extend_from_slice(value);
            self.data.push(b'\n');
        }
    }

    fn end_event(&mut self) {
        self.in_event = false;
        let content = std::mem::take(&mut self.content);
        let too_long = std::mem::take(&mut self.data_too_long);
        let data = std::mem::take(&mut self.data);
        // Content is what the model wrote and cannot pose as usage: the client tells events apart by `type`, and so
        // does the API; an event of another type under this name would be the API's own contradiction.
        if !content && (too_long || (!data.is_empty() && self.read(&data).is_none())) {
            self.failed = true;
        }
        self.data = data;
        self.data.clear();
    }

    /// Takes in one event; nothing if it is malformed.
    fn read(&mut self, data: &[u8]) -> Option<()> {
        let event: WireEvent = serde_json::from_slice(data).ok()?;
        match event.r#type.as_deref()? {
            "message_start" => {
                let message = event.message?;
                let id = message.id.filter(|id| (1..=MESSAGE_ID).contains(&id.len()))?;
                // A second message in one answer would hide the first one's usage.
                if self.message.as_deref().is_some_and(|seen| seen != id) {
                    return None;
                }
                self.message = Some(id.into());
                let usage = message.usage?;
                self.tells_input |= usage.tells_input();
                self.tokens = self.tokens.max(usage.tokens());
            }
            "message_delta" => {
                let usage = event.usage?;
                self.tells_input |= usage.tells_input();
                self.tokens = self.tokens.max(usage.tokens());
                self.stopped |= event.delta.is_some_and(|delta| delta.stop_reason.is_some());
                // What is told before the end is not the final figure.
                self.tells_output |= self.stopped && usage.tells_output();
            }
            "error" => self.has_error = true,
            _ => {}
        }
        Some(())
    }
}
