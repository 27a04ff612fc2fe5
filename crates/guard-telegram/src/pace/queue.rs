use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::quota::{Meter, TokioClock};
use super::{Rates, Urgency};
use crate::Error;

/// Chats whose quota is remembered; older silent ones are forgotten beyond that.
const CHATS: usize = 10_000;
/// A silence after which a chat's quotas are full again.
const SILENCE: Duration = Duration::from_secs(120);

/// Lets one message after another pass, urgent ones first, within the quotas of its chat and of the bot.
pub(crate) struct Pacer {
    rates: Rates,
    clock: TokioClock,
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    all: Lane,
    chats: HashMap<i64, Lane>,
    /// Who brings the latest text for a message that is to be edited.
    latest: HashMap<Key, Ticket>,
    next: u64,
    /// When the last pause of some chat ends, to tell one chat's limit from the bot's.
    paused_chat: Option<(i64, Instant)>,
}

/// A chat and what is replaced in it: a message or a draft.
pub(crate) type Key = (i64, Replaced);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Replaced {
    Message(i32),
    Draft(i32),
}

struct Lane {
    meter: Meter,
    waiting: BTreeSet<Ticket>,
    /// An ordinary message is on its way; the next one waits, so that they arrive in order.
    busy: bool,
    paused: Option<Instant>,
    used: Instant,
}

type Ticket = (Urgency, u64);

/// What a try to go on came to.
enum Step {
    Passed,
    Superseded,
    /// Something must happen first, at the latest at this time.
    Wait(Option<Instant>),
}

impl fmt::Debug for Pacer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pacer").field("rates", &self.rates).finish_non_exhaustive()
    }
}

/// The right to send one message now. Dropped when the message was answered.
pub(crate) struct Turn {
    pacer: Arc<Pacer>,
    chat: i64,
    urgency: Urgency,
}

/// A place in the queues, given up when the wait ends for whatever reason.
struct Place {
    pacer: Arc<Pacer>,
    chat: i64,
    ticket: Ticket,
    key: Option<Key>,
}

impl Pacer {
    pub(crate) fn new(rates: Rates) -> Self {
        let clock = TokioClock::start();
        let all = Lane::new(Meter::all(&rates, &clock));
        let state = State { all, chats: HashMap::new(), latest: HashMap::new(), next: 0, paused_chat: None };
        Self { rates, clock, state: Mutex::new(state), changed: Notify::new() }
    }

    /// Waits for a turn; none if a later text for the same key came meanwhile.
    ///
    /// # Errors
    ///
    /// [`Error::Backlog`].
    pub(crate) async fn turn(
        self: &Arc<Self>,
        chat: i64,
        urgency: Urgency,
        key: Option<Key>,
    ) -> Result<Option<Turn>, Error> {
        let place = self.enter(chat, urgency, key)?;
        let (mut of_chat, mut of_all) = (0, 0);
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            match self.step(&place, &mut of_chat, &mut of_all) {
                Step::Passed => return Ok(Some(Turn { pacer: Arc::clone(self), chat, urgency })),
                Step::Superseded => return Ok(None),
                Step::Wait(None) => changed.await,
                Step::Wait(Some(until)) => {
                    tokio::select! { () = changed => {}, () = sleep_until(until) => {} }
                }
            }
        }
    }

    fn enter(self: &Arc<Self>, chat: i64, urgency: Urgency, key: Option<Key>) -> Result<Place, Error> {
        let mut state = self.lock();
        state.forget_silent();
        let replaces = key.is_some_and(|key| state.latest.contains_key(&key));
        let lane =
            state.chats.entry(chat).or_insert_with(|| Lane::new(Meter::chat(&self.rates, chat, &self.clock)));
        // What is urgent must not be refused because a lot waits that is not.
        let most = match urgency {
            Urgency::Ordinary => self.rates.backlog,
            Urgency::Urgent => self.rates.backlog.saturating_mul(2),
        };
        if lane.waiting.len() >= most && !replaces {
            return Err(Error::Backlog);
        }
        let number = state.next;
        state.next = number.saturating_add(1);
        let ticket = (urgency, number);
        let replaced = key.and_then(|key| state.latest.insert(key, ticket));
        if let Some(lane) = state.chats.get_mut(&chat) {
            lane.waiting.insert(ticket);
            if let Some(replaced) = replaced {
                lane.waiting.remove(&replaced);
            }
        }
        drop(state);
        self.changed.notify_waiters();
        Ok(Place { pacer: Arc::clone(self), chat, ticket, key })
    }

    fn step(&self, place: &Place, of_chat: &mut usize, of_all: &mut usize) -> Step {
        let mut state = self.lock();
        let state = &mut *state;
        let Some(lane) = state.chats.get_mut(&place.chat) else { return Step::Superseded };
        if !lane.waiting.contains(&place.ticket) {
            return Step::Superseded;
        }
        let urgent = place.ticket.0 == Urgency::Urgent;
        let first = lane.waiting.first() == Some(&place.ticket);
        let held = if !first || (lane.busy && !urgent) {
            Some(Step::Wait(None))
        } else {
            lane.try_take(of_chat, &self.clock).err().map(|until| Step::Wait(Some(until)))
        };
        if let Some(held) = held {
            // What its chat holds up must not stand in the way of other chats.
            if state.all.waiting.remove(&place.ticket) {
                self.changed.notify_waiters();
            }
            return held;
        }
        // The chat allows it; now the bot as a whole must, where urgent messages of all chats come first.
        state.all.waiting.insert(place.ticket);
        if state.all.waiting.first() != Some(&place.ticket) {
            return Step::Wait(None);
        }
        if let Err(until) = state.all.try_take(of_all, &self.clock) {
            return Step::Wait(Some(until));
        }
        lane.busy |= !urgent;
        Step::Passed
    }

    /// Telegram asked to come back later in this chat.
    pub(crate) fn pause(&self, chat: i64, after: Duration) {
        let now = Instant::now();
        // An hour is as good as never, and cannot overflow.
        let until = now + after.min(Duration::from_secs(3600));
        let mut state = self.lock();
        // It does not say whether it means the chat or the bot: two chats at once mean the bot.
        match state.paused_chat {
            Some((other, end)) if other != chat && end > now => state.all.pause(until),
            _ => state.paused_chat = Some((chat, until)),
        }
        if let Some(lane) = state.chats.get_mut(&chat) {
            lane.pause(until);
        }
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.lock().chats.values().map(|lane| lane.waiting.len()).sum()
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        let state = self.lock();
        state.chats.len().max(state.latest.len())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is whole before the lock is given up.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lane {
    fn new(meter: Meter) -> Self {
        Self { meter, waiting: BTreeSet::new(), busy: false, paused: None, used: Instant::now() }
    }

    fn try_take(&mut self, passed: &mut usize, clock: &TokioClock) -> Result<(), Instant> {
        let now = Instant::now();
        if let Some(until) = self.paused.filter(|until| *until > now) {
            return Err(until);
        }
        self.used = now;
        self.meter.try_take(passed, clock).map_err(|wait| now + wait)
    }

    fn pause(&mut self, until: Instant) {
        self.paused = self.paused.max(Some(until));
    }

    fn is_silent(&self, now: Instant) -> bool {
        self.waiting.is_empty()
            && !self.busy
            && self.paused.is_none_or(|until| until <= now)
            && now.duration_since(self.used) > SILENCE
    }
}

impl State {
    /// Keeps the memory bounded: a chat that is silent for long has its full quota anyway.
    fn forget_silent(&mut self) {
        if self.chats.len() >= CHATS {
            let now = Instant::now();
            self.chats.retain(|_, lane| !lane.is_silent(now));
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.pacer.lock();
        state.all.waiting.remove(&self.ticket);
        if let Some(lane) = state.chats.get_mut(&self.chat) {
            lane.waiting.remove(&self.ticket);
        }
        if let Some(key) = self.key.filter(|key| state.latest.get(key) == Some(&self.ticket)) {
            state.latest.remove(&key);
        }
        drop(state);
        self.pacer.changed.notify_waiters();
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.urgency == Urgency::Ordinary {
            if let Some(lane) = self.pacer.lock().chats.get_mut(&self.chat) {
                lane.busy = false;
            }
            self.pacer.changed.notify_waiters();
        }
    }
}
