//! The message that shows a run while it goes on, with a button that stops it; in private chats also a draft.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use guard_telegram::{Button, Error, MESSAGE, Style, Text, Urgency};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::buttons::{TapRefused, Ticket};
use super::desk::{Behind, Desk};
use super::line::{Form, Spot};
use super::pages;
use super::person::lock;
use super::progress::Progress;
use super::sender::Speaker;
use super::stop::Stop;
use crate::say;

/// A run that ends before needs no message of its own.
const PATIENCE: Duration = Duration::from_millis(1200);
/// Between two looks; in a group all messages share twenty a minute.
const PRIVATE: Duration = Duration::from_millis(2500);
const GROUP: Duration = Duration::from_secs(10);
/// Letters of what is being written that the message shows where drafts are not possible.
const PREVIEW: usize = 1500;
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
    shown: Text,
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
            // While a question waits it is the person's turn.
            let is_due = typed.is_none_or(|typed| typed.elapsed() >= TYPING);
            if is_due && !lock(&self.progress).is_waiting() {
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
        let mut shown = self.desk.line.quoted(&text, Style::default());
        if status.has_no_drafts && !preview.trim().is_empty() {
            // What is being written is shown here where nothing better can be had.
            let written = self.desk.line.quoted(pages::tail(&preview, PREVIEW), self.style());
            if shown.units() + written.units() < MESSAGE {
                shown.push(Style::default(), "\n");
                shown.append(written);
            }
        }
        if let Some(message) = status.message {
            if shown != status.shown {
                self.edit(message, status, shown).await;
            }
        } else {
            self.open(status, shown).await;
        }
        if !status.has_no_drafts && preview != status.preview {
            let shown = self.desk.line.quoted(&preview, self.style());
            match self.desk.line.client().draft(self.spot.chat, self.draft, &shown, true).await {
                Ok(_) => status.preview = preview,
                Err(Error::NoMethod | Error::Refused { .. }) => status.has_no_drafts = true,
                Err(_) => {}
            }
        }
    }

    fn style(&self) -> Style {
        if self.form == Form::Output { Style::block("") } else { Style::default() }
    }

    async fn open(&self, status: &mut Status, shown: Text) {
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
        if let Ok(message) = self.desk.line.ask(self.spot, &shown, buttons).await {
            status.message = Some(message);
            status.shown = shown;
            if let Some((ticket, _)) = &status.button {
                self.desk.buttons().sent(*ticket, message.into());
            }
        }
    }

    async fn edit(&self, message: i32, status: &mut Status, shown: Text) {
        let buttons: Vec<_> = status.button.iter().map(|(_, button)| vec![button.clone()]).collect();
        let client = self.desk.line.client();
        match client.edit(self.spot.chat, message, &shown, &buttons, Urgency::Ordinary).await {
            Ok(_) => status.shown = shown,
            // The person deleted it, or it is too old: the next look sends another one, with a button of its own.
            Err(Error::MessageGone) => {
                if let Some((ticket, _)) = status.button.take() {
                    drop(self.desk.buttons().close(ticket, TapRefused::Repeated));
                }
                status.message = None;
            }
            Err(_) => {}
        }
    }

    async fn close(&self, status: Status) {
        if let Some((ticket, _)) = status.button {
            drop(self.desk.buttons().close(ticket, TapRefused::Repeated));
        }
        let Some(message) = status.message else { return };
        let text = lock(&self.progress).over(Instant::now());
        let shown = self.desk.line.quoted(&text, Style::default());
        let edited =
            self.desk.line.client().edit(self.spot.chat, message, &shown, &[], Urgency::Ordinary).await;
        if let Err(error) = edited {
            say::log(format_args!("the end of a run could not be shown [{}]", error.code()));
        }
    }
}
