//! What every part of the chat writes to: the chat itself, the record, and the buttons that count.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use guard_audit::{AuditError, Event, Outcome};
use guard_auth::UserId;
use guard_core::secret::Redactor;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::buttons::{Buttons, Moment, Tap, TapRefused};
use super::card::Reply;
use super::line::Line;
use super::quiet::Quiet;
use super::sender::{NotHeard, Speaker, Unusable};
use super::stop::Stop;
use crate::gate::Books;
use crate::say;

/// What a button leads to.
#[derive(Debug)]
pub(crate) enum Behind {
    /// A question that waits for its answer.
    Question { answer: oneshot::Sender<(Reply, UserId)>, replies: Vec<Reply>, digest: Option<String> },
    /// A run that can be stopped.
    Run(Arc<Stop>),
}

/// Shared by the poll, the commands and every run.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) line: Line,
    books: RwLock<Arc<Books>>,
    buttons: Mutex<Buttons<Behind>>,
    /// What strangers can cause, and what people of the list can: a flood of the ones hides nothing of the others.
    strangers: Mutex<Quiet>,
    known: Mutex<Quiet>,
}

impl Desk {
    pub(crate) fn new(line: Line, books: Arc<Books>, now: Instant) -> Self {
        Self {
            line,
            books: RwLock::new(books),
            buttons: Mutex::new(Buttons::new()),
            strangers: Mutex::new(Quiet::of_strangers(now)),
            known: Mutex::new(Quiet::of_known(now)),
        }
    }

    pub(crate) fn books(&self) -> Arc<Books> {
        // What is behind the lock is replaced as a whole.
        Arc::clone(&self.books.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes into other books from now on, and keeps other secrets out of what is said.
    pub(crate) fn renew(&self, books: Arc<Books>, redactor: Arc<Redactor>) {
        *self.books.write().unwrap_or_else(PoisonError::into_inner) = books;
        self.line.renew(redactor);
    }

    pub(crate) fn buttons(&self) -> MutexGuard<'_, Buttons<Behind>> {
        // Every change of the table is whole before the lock is given up.
        self.buttons.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records what a person did.
    pub(crate) fn record(&self, event: Event) -> Result<(), AuditError> {
        self.books().log().append(&event).map(drop)
    }

    /// Takes a tap and says what the person is told, and whether that must be closed by hand.
    pub(crate) fn tap(&self, by: &Speaker, message: i64, data: &str, now: Moment) -> (&'static str, bool) {
        let tap = Tap { person: by.person, is_admin: by.is_admin, chat: by.chat, message, data };
        let tapped = self.buttons().tap(&tap, now);
        match tapped {
            Err(why) => {
                self.refused_tap(by, why, now.steady);
                (refusal(why), true)
            }
            Ok((_, Behind::Run(stop))) => {
                stop.begin();
                ("Stopping.", false)
            }
            Ok((number, Behind::Question { answer, replies, digest })) => {
                let reply = replies.get(number).cloned().unwrap_or(Reply::Deny);
                if !reply.is_yes() {
                    return self.said_no(by, &reply, digest, answer.send((reply.clone(), by.person)).is_ok());
                }
                let event = Event::new("approval_tapped")
                    .actor(by.principal.actor())
                    .outcome(Outcome::Success)
                    .detail("reply", reply.word())
                    .detail("digest", digest.unwrap_or_default());
                let (reply, said) = match self.record(event) {
                    Err(_) => (Reply::Deny, "It could not be recorded, so it is denied."),
                    Ok(()) => (reply, "Allowed."),
                };
                match answer.send((reply, by.person)) {
                    Ok(()) => (said, false),
                    Err(_) => ("It is over already.", true),
                }
            }
        }
    }

    /// A no counts before it is recorded, and without it.
    fn said_no(
        &self,
        by: &Speaker,
        reply: &Reply,
        digest: Option<String>,
        is_heard: bool,
    ) -> (&'static str, bool) {
        let event = Event::new("approval_tapped")
            .actor(by.principal.actor())
            .outcome(Outcome::Failure)
            .detail("reply", reply.word())
            .detail("digest", digest.unwrap_or_default());
        if let Err(error) = self.record(event) {
            say::log(format_args!("a no could not be recorded: {error} [{}]", error.code()));
        }
        if is_heard { ("Denied.", false) } else { ("It is over already.", true) }
    }

    fn refused_tap(&self, by: &Speaker, why: TapRefused, now: Instant) {
        self.note(&self.known, by.person.get(), ("authz_fail", why.code()), Some(by.principal.actor()), now);
    }

    /// Somebody who may not use the bot: no answer, and a record now and then.
    pub(crate) fn not_heard(&self, source: i64, why: NotHeard, now: Instant) {
        self.note(&self.strangers, source, ("authn_login_fail", why.code()), None, now);
    }

    /// A message that is no instruction.
    pub(crate) fn unusable(&self, by: &Speaker, why: Unusable, now: Instant) {
        let actor = Some(by.principal.actor());
        self.note(&self.known, by.person.get(), ("input_validation_fail", why.code()), actor, now);
    }

    /// Something that the server sent and that cannot be read.
    pub(crate) fn undecodable(&self, code: &'static str, now: Instant) {
        self.note(&self.strangers, 0, ("input_validation_fail", code), None, now);
    }

    /// A group that counts became another one, which does not count until somebody lists it.
    pub(crate) fn moved(&self, from: i64, to: i64, now: Instant) {
        say::log(format_args!(
            "the group {from} became {to}; it is heard again when GUARD_ALLOWED_CHATS names that number \
             [chat-not-allowed]"
        ));
        self.note(&self.known, from, ("chat_moved", NotHeard::Place.code()), None, now);
    }

    /// A refusal that people can cause as often as they like; recorded at a bounded rate.
    fn note(
        &self,
        quiet: &Mutex<Quiet>,
        source: i64,
        (name, code): (&str, &'static str),
        actor: Option<String>,
        now: Instant,
    ) {
        let left_out = {
            let mut quiet = quiet.lock().unwrap_or_else(PoisonError::into_inner);
            quiet.record(source, code, now)
        };
        let Some(left_out) = left_out else { return };
        let event = Event::new(name)
            .actor(actor.unwrap_or_else(|| format!("telegram:{source}")))
            .outcome(Outcome::Failure)
            .detail("code", code)
            .detail("left_out", left_out);
        if let Err(error) = self.record(event) {
            say::log(format_args!("a refusal could not be recorded: {error} [{}]", error.code()));
        }
    }
}

/// What the person who tapped is told: at most 200 characters.
const fn refusal(why: TapRefused) -> &'static str {
    match why {
        TapRefused::Unknown => "This button is not known any more. It may be from before a restart.",
        TapRefused::NotAsked => "Only the person who was asked, or an admin, can answer this.",
        TapRefused::Elsewhere => "This button belongs to another message.",
        TapRefused::Repeated => "This was answered already, or it is over.",
        TapRefused::Expired => "This question has expired. Nothing was run.",
    }
}
