//! Updates in, one after another: what must not wait first, then each taken durably before it counts.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use anyhow::bail;
use guard_auth::UserId;
use guard_store::StoreError;
use guard_telegram::{Backoff, Batch, Jitter, Next, Retry};
use tokio::time::{Instant, sleep};

use super::attachment::Attachment;
use super::bot::{Bot, now};
use super::buttons::Moment;
use super::command::Said;
use super::commands::Reply;
use super::inbox::{Accepted, Arrival, Effect, Wanted};
use super::line::{Form, Spot};
use super::sender::{Seen, Speaker};
use super::stop::Stop;
use crate::say;

/// How long one poll waits for something to arrive.
const WAIT: Duration = Duration::from_secs(50);
/// Before the next try where updates cannot be stored.
const UNSTORED: Duration = Duration::from_secs(2);
/// Updates remembered that were dealt with before they were stored.
const MAX_EARLY: usize = 1000;
/// After a week of silence the numbers begin anew; then the old offset must be gone.
const STALE: Duration = Duration::from_secs(6 * 24 * 3600);
/// The longest instruction, in bytes.
const MAX_PROMPT: usize = 64 << 10;
/// Between two looks at what waits, old rows, and other upkeep.
const UPKEEP: Duration = Duration::from_secs(60);
/// Updates of one answer, as the client asks for.
const WHOLE: usize = 100;
/// Answers that are read before anything begins to run: what was written while the bot was away, a `/stop` above all.
const CATCH_UP: u32 = 100;
/// An empty answer that did not wait, as some servers give, is not asked for again at once.
const HASTE: Duration = Duration::from_secs(1);

/// Asks for updates as long as the bot runs.
#[derive(Debug)]
pub(crate) struct Poll {
    bot: Arc<Bot>,
    offset: Option<i64>,
    /// In real time, which goes on while the machine sleeps.
    arrived: SystemTime,
    early: VecDeque<i64>,
    /// The person was told that nothing can be stored.
    has_complained: bool,
    kept: Duration,
    /// Answers left to be read before anything begins.
    behind: u32,
    /// Stops and locks that count, but could not be stored when the queue had to go on; one a person.
    owed: Vec<Letter>,
}

/// A text on its way in.
#[derive(Debug)]
struct Letter {
    update: i64,
    by: Speaker,
    message: i64,
    act: Act,
}

impl Letter {
    fn wanted(&self, text: &str, file: Option<&Attachment>) -> Wanted {
        Wanted {
            person: self.by.person,
            chat: self.by.chat,
            message: self.message,
            text: text.to_owned(),
            file: file.cloned(),
        }
    }
}

#[derive(Debug)]
enum Act {
    Prompt(String),
    /// With what is to be done with it.
    File(Attachment, String),
    Command(Said),
    Tell(&'static str),
}

impl Poll {
    /// `kept` is how long what ended is remembered.
    pub(crate) fn new(bot: Arc<Bot>, kept: Duration) -> Result<Self, StoreError> {
        let offset = bot.inbox.offset(now())?;
        let early = VecDeque::new();
        let (behind, owed) = (CATCH_UP, Vec::new());
        Ok(Self { bot, offset, arrived: now(), early, has_complained: false, kept, behind, owed })
    }

    /// Returns when `stop` begins.
    ///
    /// # Errors
    ///
    /// What asking again cannot mend: the token is not known any more, a webhook is set, or the store is broken.
    pub(crate) async fn run(mut self, stop: &Stop) -> anyhow::Result<()> {
        let mut backoff = Backoff::new(Retry::polls(), Jitter::from_system());
        let mut upkeep: Option<Instant> = None;
        while !stop.is_begun() {
            if self.behind == 0 && upkeep.is_none_or(|last| last.elapsed() >= UPKEEP) {
                upkeep = Some(Instant::now());
                self.keep_up();
            }
            let client = self.bot.desk.line.client().clone();
            let (asked, wait) = (Instant::now(), if self.behind > 0 { Duration::ZERO } else { WAIT });
            let polled = tokio::select! {
                polled = client.poll(self.offset, wait) => polled,
                () = stop.wait() => break,
            };
            let pause = match polled {
                Ok(batch) => {
                    backoff.succeeded();
                    let count = batch.updates.len() + batch.undecodable.len();
                    match self.take(batch) {
                        Ok(()) if self.behind > 0 => {
                            self.behind = if count < WHOLE { 0 } else { self.behind - 1 };
                            None
                        }
                        Ok(()) => (count == 0 && asked.elapsed() < HASTE).then_some(HASTE),
                        // The store takes nothing any more until it is opened anew.
                        Err(error @ (StoreError::Io | StoreError::Corrupt | StoreError::Closed)) => {
                            bail!("the store of the chat: {error} [{}]", error.code());
                        }
                        Err(error) => Some(unstored(error)),
                    }
                }
                Err(error) => match backoff.failed(&error) {
                    Next::Again { after, loud } => {
                        if loud {
                            say::log(format_args!("{error} [{}]; trying again", error.code()));
                        }
                        Some(after)
                    }
                    Next::GiveUp => bail!("{error} [{}]", error.code()),
                },
            };
            if let Some(pause) = pause {
                tokio::select! { () = sleep(pause) => {}, () = stop.wait() => {} }
            }
        }
        Ok(())
    }

    fn keep_up(&mut self) {
        // Where the clock went back, nobody knows how long it was. What was taken is known anyway.
        if now().duration_since(self.arrived).map_or(true, |silence| silence >= STALE) {
            (self.offset, self.arrived) = (None, now());
        }
        if let Err(error) = self.bot.inbox.prune(self.kept, now()) {
            say::log(format_args!("old rows could not be removed: {error} [{}]", error.code()));
        }
        // Also those whose run could not begin before, because something could not be stored.
        for person in self.bot.inbox.waiting_people().unwrap_or_default() {
            self.bot.wake(person);
        }
    }

    /// Deals with a batch. Where something cannot be stored, the offset stays, and Telegram delivers the rest again.
    pub(crate) fn take(&mut self, batch: Batch) -> Result<(), StoreError> {
        let at = Instant::now();
        if batch.next_offset.is_some() {
            self.arrived = now();
        }
        let rules = &self.bot.standing().rules;
        let decoded =
            batch.updates.iter().map(|update| (i64::from(update.update_id), rules.see(&update.content)));
        let outlined = batch
            .undecodable
            .iter()
            .filter_map(|lost| Some((lost.update_id?, rules.see_outline(lost.outline.as_ref()?))));
        // In the order of their numbers, so that the offset never passes one that was not taken.
        let mut seen: Vec<(i64, Seen)> = decoded.chain(outlined).collect();
        seen.sort_by_key(|(update, _)| *update);
        for (update, seen) in &seen {
            self.urgent(*update, seen, at);
        }
        // Only now, because each may be a record that has to reach the disk.
        for update in &batch.undecodable {
            self.bot.desk.undecodable(update.code(), at);
        }
        for (_, seen) in &seen {
            self.note(seen, at);
        }
        let is_whole = batch.updates.len() + batch.undecodable.len() >= WHOLE;
        let again = if is_whole { seen.clone() } else { Vec::new() };
        let mut wake = BTreeSet::new();
        let taken = self.take_in_order(seen, &mut wake);
        if self.behind == 0 {
            wake.into_iter().for_each(|person| self.bot.wake(person));
        }
        if let (Err(error), Some(next)) = (&taken, batch.next_offset.filter(|_| is_whole)) {
            // A stop could stand behind these, and would never be delivered.
            self.pass_over(again, *error);
            self.confirm(next);
        }
        taken?;
        self.has_complained = false;
        if let Some(next) = batch.next_offset {
            self.confirm(next);
        }
        Ok(())
    }

    /// Stops, locks and taps count before anything is stored: no queue and no full disk may keep them back.
    fn urgent(&mut self, update: i64, seen: &Seen, at: Instant) {
        if self.early.contains(&update) {
            return;
        }
        // One that was taken before a restart is over; where that cannot be told, it counts.
        let is_new = || !matches!(self.bot.inbox.is_taken(update), Ok(true));
        #[allow(clippy::wildcard_enum_match_arm, reason = "everything else waits for its turn")]
        match seen {
            Seen::Tapped { by, query, message, data } => {
                let (said, as_box) =
                    self.bot.desk.tap(by, *message, data, Moment { steady: at, wall: now() });
                let (desk, query) = (Arc::clone(&self.bot.desk), query.clone());
                tokio::spawn(async move {
                    // A tap that is too old to be answered was dealt with all the same.
                    desk.line.client().answer_tap(&query, said, as_box).await.ok();
                });
            }
            Seen::StoppedDraft { by, draft } => self.bot.stop_draft(by.person, *draft),
            Seen::Text { by, text, .. } => match Said::parse(text, self.bot.named_in(by)) {
                Said::Stop if is_new() => {
                    self.bot.hold(by.person);
                    self.bot.stop(Some(by.person));
                }
                Said::Lock if is_new() => {
                    self.bot.is_locked.store(true, Ordering::SeqCst);
                    self.bot.stop(None);
                }
                _ => return,
            },
            _ => return,
        }
        if self.early.len() >= MAX_EARLY {
            self.early.pop_front();
        }
        self.early.push_back(update);
    }

    /// What leaves nothing but a record, if that.
    fn note(&self, seen: &Seen, at: Instant) {
        match seen {
            Seen::Refused { source, why } => self.bot.desk.not_heard(*source, *why, at),
            Seen::Unusable { by, why, .. } => self.bot.desk.unusable(by, *why, at),
            Seen::Moved { from, to } => self.bot.desk.moved(*from, *to, at),
            Seen::Text { .. }
            | Seen::File { .. }
            | Seen::Edited { .. }
            | Seen::Tapped { .. }
            | Seen::StoppedDraft { .. }
            | Seen::Nothing => {}
        }
    }

    fn take_in_order(
        &mut self,
        seen: Vec<(i64, Seen)>,
        wake: &mut BTreeSet<UserId>,
    ) -> Result<(), StoreError> {
        let mut letters = std::mem::take(&mut self.owed);
        if let Err(error) = self.flush(&mut letters, wake) {
            self.owed = letters;
            return Err(error);
        }
        for (update, seen) in seen {
            let Some(letter) = self.letter(update, seen) else { continue };
            // What comes after a command was written after its effect.
            let is_command = matches!(letter.act, Act::Command(_));
            letters.push(letter);
            if is_command {
                self.flush(&mut letters, wake)?;
            }
        }
        self.flush(&mut letters, wake)
    }

    #[allow(clippy::wildcard_enum_match_arm, reason = "whatever is not a prompt is a command")]
    fn letter(&self, update: i64, seen: Seen) -> Option<Letter> {
        let (by, message, act) = match seen {
            Seen::Text { by, message, text } => match Said::parse(&text, self.bot.named_in(&by)) {
                Said::ForAnotherBot => return None,
                Said::Prompt(_) if self.bot.is_locked.load(Ordering::SeqCst) => {
                    (by, message, Act::Tell("Locked: nothing runs until an admin says /unlock."))
                }
                // Telegram's own server sends no text of this length; another one may.
                Said::Prompt(text) if text.len() > MAX_PROMPT => {
                    (by, message, Act::Tell("This is too long."))
                }
                Said::Prompt(text) => (by, message, Act::Prompt(text)),
                said => (by, message, Act::Command(said)),
            },
            Seen::File { by, message, file, caption } => (by, message, self.file(&by, *file, &caption)?),
            Seen::Unusable { by, message, why } => (by, message, Act::Tell(why.message())),
            Seen::Edited { by, message } => (
                by,
                message,
                Act::Tell("An edit changes nothing that was sent. Send it anew if you want it run."),
            ),
            Seen::Tapped { .. }
            | Seen::StoppedDraft { .. }
            | Seen::Moved { .. }
            | Seen::Refused { .. }
            | Seen::Nothing => return None,
        };
        Some(Letter { update, by, message, act })
    }

    /// What is to be done with a file. `None` where its caption is for another bot.
    #[allow(clippy::wildcard_enum_match_arm, reason = "whatever is not a prompt is a command")]
    fn file(&self, by: &Speaker, file: Attachment, caption: &str) -> Option<Act> {
        if self.bot.is_locked.load(Ordering::SeqCst) {
            return Some(Act::Tell("Locked: nothing runs until an admin says /unlock."));
        }
        if self.bot.most_upload().is_none() {
            return Some(Act::Tell("Files are not taken here: ENABLE_FILE_UPLOADS is off [uploads-off]."));
        }
        Some(match Said::parse(caption, self.bot.named_in(by)) {
            Said::ForAnotherBot => return None,
            Said::Nothing => Act::File(file, String::new()),
            Said::Prompt(caption) => Act::File(file, caption),
            _ => Act::Tell(
                "A file with a command under it is not taken, and the command not done: send the two apart \
                 [caption-is-command].",
            ),
        })
    }

    /// Takes the letters durably, all or none, and then does what they say.
    fn flush(&mut self, letters: &mut Vec<Letter>, wake: &mut BTreeSet<UserId>) -> Result<(), StoreError> {
        let Some(next) = letters.iter().map(|letter| letter.update.saturating_add(1)).max() else {
            return Ok(());
        };
        let arrivals = letters.iter().map(|letter| Arrival {
            update: letter.update,
            effect: match &letter.act {
                Act::Prompt(text) => Effect::Run(letter.wanted(text, None)),
                Act::File(file, caption) => Effect::Run(letter.wanted(caption, Some(file))),
                Act::Command(Said::Stop) => Effect::Withdraw(letter.by.person),
                Act::Command(Said::Lock) => Effect::Lock(letter.by.person),
                Act::Command(_) | Act::Tell(_) => Effect::Nothing,
            },
        });
        let accepted = match self.bot.inbox.accept(arrivals.collect(), next, now()) {
            Ok(accepted) => accepted,
            Err(error) => {
                self.complain(letters, error);
                return Err(error);
            }
        };
        self.confirm(next);
        for (letter, accepted) in letters.drain(..).zip(accepted) {
            self.act(letter, accepted, wake);
        }
        Ok(())
    }

    fn act(&self, letter: Letter, accepted: Accepted, wake: &mut BTreeSet<UserId>) {
        let Letter { by, message, act, .. } = letter;
        let spot = Spot { chat: by.chat, reply_to: i32::try_from(message).ok() };
        if matches!(act, Act::Command(Said::Stop)) {
            // What waited is gone for good, so the next instruction may begin.
            self.bot.release(by.person);
        }
        let (before, withdrawn) = match accepted {
            Accepted::New { before } => (before, 0),
            Accepted::Withdrawn(withdrawn) => (0, withdrawn),
            Accepted::Repeated => return,
            Accepted::Full => {
                self.say(
                    spot,
                    "Too much waits already, so this will not run; /stop drops what waits [queue-full].",
                );
                return;
            }
        };
        match act {
            Act::Tell(text) => self.say(spot, text),
            Act::Prompt(_) | Act::File(..) => {
                wake.insert(by.person);
                let is_busy = self.bot.current(by.person).is_some();
                if before > 0 || is_busy {
                    let ahead = before + u32::from(is_busy);
                    self.say(spot, &format!("Queued, {ahead} before it. /stop drops what waits."));
                }
            }
            Act::Command(said) => match self.bot.command(&by, &said, withdrawn) {
                None => {}
                Some(Reply::Words(text)) => self.say(spot, &text),
                Some(Reply::Listing { text, note }) => {
                    let bot = Arc::clone(&self.bot);
                    tokio::spawn(async move {
                        let answered = bot.desk.line.answer(spot, &text, Form::Output, &note).await;
                        if let Err(error) = answered {
                            say::log(format_args!("an answer could not be sent [{}]", error.code()));
                        }
                    });
                }
            },
        }
    }

    /// Tells people that what they sent will not run; stops and locks are kept.
    fn pass_over(&mut self, seen: Vec<(i64, Seen)>, error: StoreError) {
        let mut chats = BTreeSet::new();
        for (update, seen) in seen {
            if matches!(self.bot.inbox.is_taken(update), Ok(true)) {
                continue;
            }
            let Some(letter) = self.letter(update, seen) else { continue };
            match &letter.act {
                Act::Command(said @ (Said::Stop | Said::Lock)) => {
                    let is_same = |owed: &Letter| {
                        owed.by.person == letter.by.person
                            && matches!(&owed.act, Act::Command(other) if other == said)
                    };
                    if !self.owed.iter().any(is_same) {
                        self.owed.push(letter);
                    }
                }
                Act::Prompt(_) | Act::File(..) | Act::Command(_) => {
                    chats.insert(letter.by.chat);
                }
                Act::Tell(_) => {}
            }
        }
        for chat in chats {
            let text = format!(
                "What you sent last could not be stored, so it will not run: {error} [{}]. Send it anew later.",
                error.code()
            );
            self.say(Spot { chat, reply_to: None }, &text);
        }
    }

    /// Says something without waiting for it: nothing that Telegram does may keep the next update back.
    fn say(&self, spot: Spot, text: &str) {
        let (bot, text) = (Arc::clone(&self.bot), text.to_owned());
        tokio::spawn(async move { bot.say(spot, &text).await });
    }

    fn complain(&mut self, letters: &[Letter], error: StoreError) {
        if self.has_complained {
            return;
        }
        self.has_complained = true;
        let chats: BTreeSet<i64> = letters.iter().map(|letter| letter.by.chat).collect();
        for chat in chats {
            let text = format!(
                "What you sent cannot be stored, so nothing runs yet: {error} [{}]. /stop and /lock work.",
                error.code()
            );
            self.say(Spot { chat, reply_to: None }, &text);
        }
    }

    /// Later polls begin here. Numbers only grow, but for the new beginning after a week of silence.
    fn confirm(&mut self, next: i64) {
        self.offset = Some(self.offset.map_or(next, |offset| offset.max(next)));
    }
}

fn unstored(error: StoreError) -> Duration {
    say::log(format_args!("updates cannot be stored: {error} [{}]; trying again", error.code()));
    UNSTORED
}
