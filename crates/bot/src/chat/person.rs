//! The person in the chat, as a run sees them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use guard_auth::UserId;
use guard_telegram::{Button, Text, Urgency};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::bot::now;
use super::buttons::{Moment, TapRefused, Ticket};
use super::card::{self, About, Card, Reply};
use super::desk::{Behind, Desk};
use super::line::Spot;
use super::progress::Progress;
use super::sender::Speaker;
use super::stop::Stop;
use crate::person::{Answer, Choice, Person, Question, Shown};
use crate::say;

/// One run's view of the person who asked for it.
#[derive(Debug)]
pub(crate) struct ChatPerson {
    pub(crate) desk: Arc<Desk>,
    pub(crate) by: Speaker,
    pub(crate) spot: Spot,
    pub(crate) progress: Arc<Mutex<Progress>>,
    pub(crate) stop: Arc<Stop>,
    /// The directory as the person knows it.
    pub(crate) place: String,
    /// How long a question waits.
    pub(crate) expires: Duration,
    /// The question that was sent last, until its outcome is shown on it.
    pub(crate) card: Option<Sent>,
}

/// A question in the chat.
#[derive(Debug)]
pub(crate) struct Sent {
    message: i32,
    about: About,
    page: Text,
    /// Who answered, if it was not the person who was asked.
    by: Option<UserId>,
}

/// A question on its way. Where nobody waits for its arrival any more, it is followed by its outcome.
struct Underway {
    desk: Arc<Desk>,
    chat: i64,
    about: About,
    page: Text,
    sending: Option<JoinHandle<Result<i32, guard_telegram::Error>>>,
}

impl Drop for Underway {
    fn drop(&mut self) {
        let Some(sending) = self.sending.take() else { return };
        let text = card::with_outcome(&self.page, &card::outcome(self.about, &Answer::Withdrawn, None));
        let (desk, chat) = (Arc::clone(&self.desk), self.chat);
        tokio::spawn(async move {
            if let Ok(Ok(message)) = sending.await {
                show_outcome(&desk, chat, message, &text).await;
            }
        });
    }
}

async fn show_outcome(desk: &Desk, chat: i64, message: i32, text: &Text) {
    let edited = desk.line.client().edit(chat, message, text, &[], Urgency::Urgent).await;
    if let Err(error) = edited {
        say::log(format_args!("the outcome of a question could not be shown [{}]", error.code()));
    }
}

/// The buttons of a question; they end with the wait for the answer, however that ends.
struct Waiting {
    desk: Arc<Desk>,
    progress: Arc<Mutex<Progress>>,
    ticket: Ticket,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // Nothing is left to close where the answer came.
        drop(self.desk.buttons().close(self.ticket, TapRefused::Expired));
        lock(&self.progress).wait(false);
    }
}

pub(crate) fn lock(progress: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    // Each event is taken whole.
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ChatPerson {
    /// Sends the question and waits for a tap, or for the wish that the run ends. What cannot be shown is denied.
    async fn ask(&mut self, question: &Question<'_>, choice: Option<&Choice>) -> Reply {
        let redactor = self.desk.line.redactor();
        let Ok(card) = Card::of(question, choice, &self.place, self.expires, &redactor) else {
            let text = "This is too long to be shown in full, so it is denied [question-too-long].";
            self.say(text);
            return Reply::Deny;
        };
        let (sender, mut answer) = oneshot::channel();
        let replies: Vec<Reply> = card.replies.iter().map(|(_, reply)| reply.clone()).collect();
        let behind = Behind::Question { answer: sender, replies, digest: card.digest.clone() };
        let asked = Moment { steady: Instant::now(), wall: now() };
        let expires = Some(asked.after(self.expires));
        let opened =
            self.desk.buttons().open(self.by.person, self.by.chat, expires, card.replies.len(), behind);
        let (ticket, data) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                self.say(&format!("You cannot be asked now, so it is denied: {error} [{}].", error.code()));
                return Reply::Deny;
            }
        };
        let progress = Arc::clone(&self.progress);
        let _waiting = Waiting { desk: Arc::clone(&self.desk), progress, ticket };
        lock(&self.progress).wait(true);
        if let Some(no) = self.send(&card, ticket, data).await {
            return no;
        }
        tokio::select! {
            // A tap that came with the stop counts first: it was made.
            biased;
            answered = &mut answer => match answered {
                Ok((reply, by)) => {
                    if let Some(sent) = &mut self.card {
                        sent.by = (by != self.by.person).then_some(by);
                    }
                    reply
                }
                Err(_) => Reply::Deny,
            },
            () = self.stop.wait() => Reply::DenyAndStop,
        }
    }

    /// Sends the question; what keeps it from arriving is a no, and a stop does not wait for it.
    async fn send(&mut self, card: &Card, ticket: Ticket, data: Vec<String>) -> Option<Reply> {
        let Some(page) = card.pages.last().cloned() else { return Some(Reply::Deny) };
        let labels = card.replies.iter().map(|(label, _)| label.clone()).zip(data);
        let rows: Result<Vec<_>, _> =
            labels.map(|(label, data)| Ok(vec![Button::new(label, data)?])).collect();
        let (desk, spot, pages) = (Arc::clone(&self.desk), self.spot, card.pages.clone());
        let sending = tokio::spawn(async move { deliver(&desk, spot, &pages, rows?, ticket).await });
        let mut underway = Underway {
            desk: Arc::clone(&self.desk),
            chat: self.by.chat,
            about: card.about,
            page: page.clone(),
            sending: Some(sending),
        };
        let sent = tokio::select! {
            biased;
            () = self.stop.wait() => return Some(Reply::DenyAndStop),
            sent = arrival(&mut underway) => sent,
        };
        underway.sending = None;
        match sent {
            Ok(message) => {
                self.card = Some(Sent { message, about: card.about, page, by: None });
                None
            }
            Err(error) => {
                self.say(&format!("The question could not be sent, so it is denied [{}].", error.code()));
                Some(Reply::Deny)
            }
        }
    }

    /// Shows on the question what became of it, without its buttons.
    fn close_card(&mut self, answer: &Answer) {
        let Some(Sent { message, about, page, by }) = self.card.take() else { return };
        let by = by.map(|by| format!("telegram:{by}"));
        let text = card::with_outcome(&page, &card::outcome(about, answer, by.as_deref()));
        let (desk, chat) = (Arc::clone(&self.desk), self.by.chat);
        tokio::spawn(async move { show_outcome(&desk, chat, message, &text).await });
    }

    /// Says something without waiting for it: a stop must not wait either.
    fn say(&self, text: &str) {
        let (desk, spot, text) = (Arc::clone(&self.desk), self.spot, text.to_owned());
        tokio::spawn(async move {
            if let Err(error) = desk.line.say(spot, &text).await {
                say::log(format_args!("a message could not be sent [{}]", error.code()));
            }
        });
    }
}

/// All pages in their order, the last one with the buttons.
async fn deliver(
    desk: &Desk,
    spot: Spot,
    pages: &[Text],
    rows: Vec<Vec<Button>>,
    ticket: Ticket,
) -> Result<i32, guard_telegram::Error> {
    let Some((last, before)) = pages.split_last() else { return Err(guard_telegram::Error::Empty) };
    for page in before {
        desk.line.ask(spot, page, Vec::new()).await?;
    }
    let message = desk.line.ask(spot, last, rows).await?;
    desk.buttons().sent(ticket, message.into());
    Ok(message)
}

/// Its number once it arrived. A defect on the way counts as a broken connection.
async fn arrival(underway: &mut Underway) -> Result<i32, guard_telegram::Error> {
    match &mut underway.sending {
        Some(sending) => sending.await.unwrap_or(Err(guard_telegram::Error::BrokenOff)),
        None => Err(guard_telegram::Error::BrokenOff),
    }
}

impl Person for ChatPerson {
    fn show(&mut self, shown: Shown<'_>) {
        if let Shown::Answered(answer) = shown {
            self.close_card(answer);
        }
        lock(&self.progress).take(&shown);
    }

    async fn answer(&mut self, question: &Question<'_>) -> Answer {
        // One that nobody closed is over.
        self.close_card(&Answer::Withdrawn);
        let Question::Choices(choices) = question else {
            return match self.ask(question, None).await {
                Reply::Once => Answer::Once,
                Reply::Option(_) | Reply::Deny => Answer::Deny,
                Reply::DenyAndStop => {
                    self.stop.begin();
                    Answer::DenyAndStop
                }
            };
        };
        let mut chosen = BTreeMap::new();
        for choice in *choices {
            match self.ask(question, Some(choice)).await {
                Reply::Option(label) => {
                    self.close_card(&Answer::Chosen(BTreeMap::new()));
                    chosen.insert(choice.question.clone(), label);
                }
                Reply::Once | Reply::Deny => return Answer::Deny,
                Reply::DenyAndStop => {
                    self.stop.begin();
                    return Answer::DenyAndStop;
                }
            }
        }
        Answer::Chosen(chosen)
    }

    fn is_stopped(&self) -> bool {
        self.stop.is_begun()
    }

    async fn stop(&mut self) {
        self.stop.wait().await;
    }
}
