use crate::{Error, Jitter, Limits, Rates, Retry, Roots, Text, Urgency};

/// How a [`Client`](crate::Client) works.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Bounds of sizes and times.
    pub limits: Limits,
    /// How much is sent.
    pub rates: Rates,
    /// How a failed call is repeated. The poll is the caller's.
    pub calls: Retry,
    /// Randomness for pauses.
    pub jitter: Jitter,
    /// The authorities that are trusted; with none, the system's.
    pub roots: Roots,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            rates: Rates::default(),
            calls: Retry::calls(),
            jitter: Jitter::from_system(),
            roots: Roots::default(),
        }
    }
}

/// How a message is sent.
#[derive(Clone, Debug, Default)]
pub struct SendOptions {
    /// Rows of buttons under it.
    pub buttons: Vec<Vec<Button>>,
    /// The message that it answers; if that is gone, it is sent all the same.
    pub reply_to: Option<i32>,
    /// The topic that it belongs to.
    pub thread: Option<i32>,
    /// Without a sound.
    pub silent: bool,
    /// Before others that wait.
    pub urgency: Urgency,
}

/// A button that sends data back when it is tapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    pub(crate) label: String,
    pub(crate) data: String,
}

impl Button {
    /// A button. What its data means stays with the bot: it is shown to nobody but can be forged by anybody.
    ///
    /// # Errors
    ///
    /// [`Error::ButtonData`] unless it has 1 to 64 bytes.
    pub fn new(label: impl Into<String>, data: impl Into<String>) -> Result<Self, Error> {
        let (label, data) = (Text::plain(&label.into()).as_str().to_owned(), data.into());
        if !(1..=64).contains(&data.len()) || label.trim().is_empty() {
            return Err(Error::ButtonData);
        }
        Ok(Self { label, data })
    }
}
