//! What goes out to a chat: every text redacted, cut to size, with its errors recorded and no more.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use guard_core::secret::Redactor;
use guard_telegram::{Answer, Button, CAPTION, Client, Error, MESSAGE, SendOptions, Style, Text, Urgency};
use tokio::time::{Instant, sleep};

/// How long an answer waits for a network or a server that comes back, and how often that is tried.
const PATIENCE: Duration = Duration::from_secs(12 * 3600);
const PAUSE: Duration = Duration::from_secs(20);

/// Whether the same message may be delivered later.
pub(crate) const fn may_pass(error: &Error) -> bool {
    matches!(
        error,
        Error::Unreachable
            | Error::BrokenOff
            | Error::Timeout
            | Error::Server { .. }
            | Error::RetryAfter { .. }
            | Error::Backlog
    )
}

/// A time in which something cannot be delivered.
struct Trouble(Instant);

impl Trouble {
    fn begun() -> Self {
        Self(Instant::now())
    }

    /// Waits a little; an error that will not pass, or that lasts too long, comes back.
    async fn outlast(&self, error: Error) -> Result<(), Error> {
        if !may_pass(&error) || self.0.elapsed() >= PATIENCE {
            return Err(error);
        }
        sleep(PAUSE).await;
        Ok(())
    }
}

/// The way to a chat.
#[derive(Debug)]
pub(crate) struct Line {
    client: Client,
    redactor: RwLock<Arc<Redactor>>,
}

/// Where something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) chat: i64,
    /// The message that it answers.
    pub(crate) reply_to: Option<i32>,
}

impl Line {
    pub(crate) const fn new(client: Client, redactor: Arc<Redactor>) -> Self {
        Self { client, redactor: RwLock::new(redactor) }
    }

    /// Keeps other secrets out from now on.
    pub(crate) fn renew(&self, redactor: Arc<Redactor>) {
        *self.redactor.write().unwrap_or_else(PoisonError::into_inner) = redactor;
    }

    pub(crate) fn redactor(&self) -> Arc<Redactor> {
        // What is behind the lock is replaced as a whole.
        Arc::clone(&self.redactor.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    /// What the bot itself says, in a few words.
    pub(crate) async fn say(&self, spot: Spot, text: &str) -> Result<i32, Error> {
        self.send(spot, &self.plain(text), Vec::new(), Urgency::Urgent).await
    }

    /// Something with buttons under it.
    pub(crate) async fn ask(&self, spot: Spot, text: &Text, buttons: Vec<Vec<Button>>) -> Result<i32, Error> {
        self.send(spot, text, buttons, Urgency::Urgent).await
    }

    /// What an agent wrote, as messages or as a file; after it `note` in the bot's own words.
    pub(crate) async fn answer(&self, spot: Spot, source: &str, form: Form, note: &str) -> Result<(), Error> {
        let redactor = self.redactor();
        let answer = match form {
            Form::Markdown => Answer::markdown(source, |text| redactor.redact(text)),
            Form::Output => Answer::plain(source, Style::block(""), |text| redactor.redact(text)),
        };
        let note = self.plain(note);
        match answer {
            Answer::Messages(mut pieces) => {
                match pieces.last_mut() {
                    Some(last) if !note.is_empty() && last.units() + note.units() + 2 <= MESSAGE => {
                        last.push(Style::default(), "\n");
                        last.append(note);
                    }
                    _ if !note.is_empty() => pieces.push(note),
                    _ => {}
                }
                for (number, piece) in pieces.iter().enumerate() {
                    let reply_to = spot.reply_to.filter(|_| number == 0);
                    self.last(Spot { reply_to, ..spot }, piece).await?;
                }
            }
            Answer::File { head, content } => {
                let head = head.split(CAPTION).into_iter().next().unwrap_or_default();
                let options = SendOptions { reply_to: spot.reply_to, ..SendOptions::default() };
                let trouble = Trouble::begun();
                while let Err(error) = self
                    .client
                    .send_document(spot.chat, form.file(), content.as_bytes(), &head, &options)
                    .await
                {
                    trouble.outlast(error).await?;
                }
                if !note.is_empty() {
                    self.last(Spot { reply_to: None, ..spot }, &note).await?;
                }
            }
        }
        Ok(())
    }

    /// A part of an answer, which nobody would miss while the network is away, and everybody afterwards.
    async fn last(&self, spot: Spot, text: &Text) -> Result<(), Error> {
        let trouble = Trouble::begun();
        for piece in text.split(MESSAGE) {
            while let Err(error) = self.send(spot, &piece, Vec::new(), Urgency::Ordinary).await {
                trouble.outlast(error).await?;
            }
        }
        Ok(())
    }

    /// Text of the bot's own, with what it may quote redacted.
    pub(crate) fn plain(&self, text: &str) -> Text {
        Text::plain(&self.redactor().redact(text))
    }

    /// Text that holds words of others: redacted, and nothing in it can be tapped.
    pub(crate) fn quoted(&self, text: &str, style: Style) -> Text {
        Text::default().with(style, &self.redactor().redact(text)).disarmed()
    }

    async fn send(
        &self,
        spot: Spot,
        text: &Text,
        buttons: Vec<Vec<Button>>,
        urgency: Urgency,
    ) -> Result<i32, Error> {
        let mut pieces = text.split(MESSAGE);
        let Some(last) = pieces.pop() else { return Err(Error::Empty) };
        let mut options = SendOptions { reply_to: spot.reply_to, urgency, ..SendOptions::default() };
        for piece in pieces {
            self.client.send(spot.chat, &piece, &options).await?;
            options.reply_to = None;
        }
        options.buttons = buttons;
        self.client.send(spot.chat, &last, &options).await
    }
}

/// How an answer is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Words of an agent.
    Markdown,
    /// Output of a program.
    Output,
}

impl Form {
    const fn file(self) -> &'static str {
        match self {
            Self::Markdown => "answer.md",
            Self::Output => "output.txt",
        }
    }
}
