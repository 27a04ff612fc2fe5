//! The message that shows a run while it goes on, with a button that stops it; in private chats also a draft.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use guard_telegram::{Button, Error, Style, Text, Urgency};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::buttons::{TapRefused, Ticket};
use super::desk::{Behind, Desk};
use super::line::{Form, Spot};
use super::person::lock;
use super::progress::Progress;
use super::sender::Speaker;
use super::stop::Stop;

/// A run that ends before needs no message of its own.
const PATIENCE: Duration = Duration::from_millis(1200);
/// Between two looks; in a group all messages share twenty a minute.
const PRIVATE: Duration = Duration::from_millis(2500);
const GROUP: Duration = Duration::from_secs(10);
/// Telegram shows "typing" for five seconds.
const TYPING: Duration = Duration::from_secs(4);

/// Shows one run.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) desk: Arc<Desk>,
    pub(crate) by: Speaker,
    pub(crate) spot: Spot,
    pub(crate) progress: Arc<Mutex<Progress>>,
    pub(crate) stop: Arc<Stop>,
    pub(crate) form: Form,
    /// Names the draft.
    pub(crate) draft: i32,
}

/// The message, as far as it was sent.
#[derive(Debug, Default)]
struct Status {
    message: Option<i32>,
    button: Option<(Ticket, Button)>,
    text: String,
    preview: String,
    /// The server refused drafts.
    has_no_drafts: bool,
}

impl Live {
    /// Goes on until `over` ends; then the message says how it ended and has no button any more.
    pub(crate) async fn show(self, mut over: oneshot::Receiver<()>) {
        let mut status = Status { has_no_drafts: !self.by.is_private, ..Status::default() };
        let mut pause = PATIENCE;
        let mut typed: Option<Instant> = None;
        loop {
            if typed.is_none_or(|typed| typed.elapsed() >= TYPING) {
                typed = Some(Instant::now());
                self.typing();
            }
            // Only the pause is cut short: a message under way must not be lost sight of.
            tokio::select! {
                _ = &mut over => break,
                () = sleep(pause) => {}
            }
            self.look(&mut status).await;
            pause = if self.by.is_private { PRIVATE } else { GROUP };
        }
        self.close(status).await;
    }

    fn typing(&self) {
        let (desk, chat) = (Arc::clone(&self.desk), self.spot.chat);
        // One try only; nothing depends on it.
        tokio::spawn(async move { desk.line.client().typing(chat, None).await.ok() });
    }

    async fn look(&self, status: &mut Status) {
        let (text, preview) = {
            let progress = lock(&self.progress);
            (progress.status(Instant::now()), progress.preview().to_owned())
        };
        if let Some(message) = status.message {
            if text != status.text {
                self.edit(message, status, text).await;
            }
        } else {
            self.open(status, text).await;
        }
        if !status.has_no_drafts && preview != status.preview {
            let style = if self.form == Form::Output { Style::block("") } else { Style::default() };
            let shown = Text::default().with(style, self.desk.line.plain(&preview).as_str());
            match self.desk.line.client().draft(self.spot.chat, self.draft, &shown, true).await {
                Ok(_) => status.preview = preview,
                Err(Error::NoMethod | Error::Refused { .. }) => status.has_no_drafts = true,
                Err(_) => {}
            }
        }
    }

    async fn open(&self, status: &mut Status, text: String) {
        if status.button.is_none() {
            let behind = Behind::Run(Arc::clone(&self.stop));
            let opened = self.desk.buttons().open(self.by.person, self.by.chat, None, 1, behind);
            let button = opened.ok().and_then(|(ticket, data)| {
                Some((ticket, Button::new("Stop", data.into_iter().next()?).ok()?))
            });
            status.button = button;
        }
        // Without a button `/stop` still works.
        let buttons = status.button.iter().map(|(_, button)| vec![button.clone()]).collect();
        let shown = self.desk.line.plain(&text);
        if let Ok(message) = self.desk.line.ask(self.spot, &shown, buttons).await {
            status.message = Some(message);
            status.text = text;
            if let Some((ticket, _)) = &status.button {
                self.desk.buttons().sent(*ticket, message.into());
            }
        }
    }

    async fn edit(&self, message: i32, status: &mut Status, text: String) {
        let buttons: Vec<_> = status.button.iter().map(|(_, button)| vec![button.clone()]).collect();
        let shown = self.desk.line.plain(&text);
        let client = self.desk.line.client();
        if client.edit(self.spot.chat, message, &shown, &buttons, Urgency::Ordinary).await.is_ok() {
            status.text = text;
        }
    }

    async fn close(&self, status: Status) {
        if let Some((ticket, _)) = status.button {
            drop(self.desk.buttons().close(ticket, TapRefused::Repeated));
        }
        let Some(message) = status.message else { return };
        let text = lock(&self.progress).over(Instant::now());
        let shown = self.desk.line.plain(&text);
        let edited =
            self.desk.line.client().edit(self.spot.chat, message, &shown, &[], Urgency::Ordinary).await;
        if let Err(error) = edited {
            eprintln!("guard-bot: the end of a run could not be shown [{}]", error.code());
        }
    }
}
