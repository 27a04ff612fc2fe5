//! The person in the chat, as a run sees them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use guard_auth::UserId;
use guard_telegram::{Button, Text, Urgency};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::buttons::{TapRefused, Ticket};
use super::card::{self, Card, Reply};
use super::desk::{Behind, Desk};
use super::line::Spot;
use super::progress::Progress;
use super::sender::Speaker;
use super::stop::Stop;
use crate::person::{Answer, Choice, Person, Question, Shown};

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
    page: Text,
    /// Who answered, if it was not the person who was asked.
    by: Option<UserId>,
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
        let Ok(card) = Card::of(question, choice, &self.place, self.expires, self.desk.line.redactor())
        else {
            let text = "This is too long to be shown in full, so it is denied [question-too-long].";
            self.say(text).await;
            return Reply::Deny;
        };
        let (sender, mut answer) = oneshot::channel();
        let replies: Vec<Reply> = card.replies.iter().map(|(_, reply)| reply.clone()).collect();
        let behind = Behind::Question { answer: sender, replies, digest: card.digest.clone() };
        let expires = Some(Instant::now() + self.expires);
        let opened =
            self.desk.buttons().open(self.by.person, self.by.chat, expires, card.replies.len(), behind);
        let (ticket, data) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                self.say(&format!("You cannot be asked now, so it is denied: {error} [{}].", error.code()))
                    .await;
                return Reply::Deny;
            }
        };
        let progress = Arc::clone(&self.progress);
        let _waiting = Waiting { desk: Arc::clone(&self.desk), progress, ticket };
        lock(&self.progress).wait(true);
        if let Err(error) = self.send(&card, ticket, data).await {
            self.say(&format!("The question could not be sent, so it is denied [{}].", error.code())).await;
            return Reply::Deny;
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

    async fn send(
        &mut self,
        card: &Card,
        ticket: Ticket,
        data: Vec<String>,
    ) -> Result<(), guard_telegram::Error> {
        let mut rows = Vec::new();
        for ((label, _), data) in card.replies.iter().zip(data) {
            rows.push(vec![Button::new(label.clone(), data)?]);
        }
        let Some((last, before)) = card.pages.split_last() else {
            return Err(guard_telegram::Error::Empty);
        };
        for page in before {
            self.desk.line.ask(self.spot, page, Vec::new()).await?;
        }
        let message = self.desk.line.ask(self.spot, last, rows).await?;
        self.desk.buttons().sent(ticket, message.into());
        self.card = Some(Sent { message, page: last.clone(), by: None });
        Ok(())
    }

    /// Shows on the question what became of it, without its buttons.
    fn close_card(&mut self, answer: &Answer) {
        let Some(Sent { message, page, by }) = self.card.take() else { return };
        let by = by.map(|by| format!("telegram:{by}"));
        let text = card::with_outcome(&page, &card::outcome(answer, by.as_deref()));
        let (desk, chat) = (Arc::clone(&self.desk), self.by.chat);
        tokio::spawn(async move {
            let edited = desk.line.client().edit(chat, message, &text, &[], Urgency::Urgent).await;
            if let Err(error) = edited {
                eprintln!("guard-bot: the outcome of a question could not be shown [{}]", error.code());
            }
        });
    }

    async fn say(&self, text: &str) {
        if let Err(error) = self.desk.line.say(self.spot, text).await {
            eprintln!("guard-bot: a message could not be sent [{}]", error.code());
        }
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

    async fn stop(&mut self) {
        self.stop.wait().await;
    }
}
