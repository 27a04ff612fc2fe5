//! Group commit: of all threads that wait, one writes the records of all and syncs once.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Receipt;
use super::writer::Writer;
use crate::AuditError;

/// More threads than this do not wait; they are refused.
const MAX_WAITING: usize = 65_536;
const MAX_BATCH: usize = 4096;
const MAX_BATCH_BYTES: usize = 1024 * 1024;
/// The callers of the last batch come back within the time that it takes to wake them. Waiting so long for them
/// halves the number of syncs; without it every other batch holds one record.
const GATHER: Duration = Duration::from_micros(500);

#[derive(Debug)]
pub(super) struct Group {
    queue: Mutex<Queue>,
    arrived: Condvar,
    writer: Mutex<Writer>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Entry>,
    has_leader: bool,
    /// How many callers are likely to come together.
    expected: usize,
}

/// A record to be written. Dropped unanswered, it answers that it was not.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) event: Vec<u8>,
    pub(super) durable: bool,
    slot: Arc<Slot>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.slot.set(State::Done(Err(AuditError::Io(std::io::ErrorKind::Interrupted))));
    }
}

#[derive(Debug, Default)]
struct Slot {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Waiting,
    Leads,
    Done(Result<Receipt, AuditError>),
}

impl Slot {
    /// The first answer stays.
    fn set(&self, state: State) {
        let mut current = lock(&self.state);
        if !matches!(*current, State::Done(_)) {
            *current = state;
            drop(current);
            self.changed.notify_one();
        }
    }

    fn wait(&self) -> State {
        let mut state = lock(&self.state);
        while *state == State::Waiting {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        *state
    }
}

impl Group {
    pub(super) fn new(writer: Writer) -> Self {
        Self { queue: Mutex::default(), arrived: Condvar::new(), writer: Mutex::new(writer) }
    }

    /// Runs `task` alone with the writer.
    pub(super) fn writer<T>(
        &self,
        task: impl FnOnce(&mut Writer) -> Result<T, AuditError>,
    ) -> Result<T, AuditError> {
        task(&mut lock(&self.writer))
    }

    pub(super) fn append(&self, event: Vec<u8>, durable: bool) -> Result<Receipt, AuditError> {
        let slot = Arc::new(Slot::default());
        let mut queue = lock(&self.queue);
        if queue.waiting.len() >= MAX_WAITING {
            return Err(AuditError::Busy);
        }
        queue.waiting.push(Entry { event, durable, slot: Arc::clone(&slot) });
        if queue.has_leader {
            if queue.waiting.len() >= queue.expected {
                self.arrived.notify_one();
            }
        } else {
            queue.has_leader = true;
            slot.set(State::Leads);
        }
        drop(queue);
        loop {
            match slot.wait() {
                State::Done(answer) => return answer,
                // The leader is the first in the queue, so its own record is in its batch.
                State::Leads => self.lead(),
                State::Waiting => {}
            }
        }
    }

    fn lead(&self) {
        // Also when a clock that was passed in panics, another thread must be able to lead.
        let resign = Resign(self);
        let batch = self.take_batch();
        let answers = lock(&self.writer).commit(&batch);
        for (at, entry) in batch.iter().enumerate() {
            entry.slot.set(State::Done(match &answers {
                Ok(receipts) => {
                    receipts.get(at).copied().ok_or(AuditError::Io(std::io::ErrorKind::Interrupted))
                }
                Err(error) => Err(*error),
            }));
        }
        let mut queue = lock(&self.queue);
        queue.expected = batch.len().max(queue.waiting.len());
        drop(queue);
        drop(resign);
    }

    fn take_batch(&self) -> Vec<Entry> {
        let mut queue = lock(&self.queue);
        if queue.expected > 1 && queue.waiting.first().is_some_and(|entry| entry.durable) {
            let is_short = |queue: &mut Queue| queue.waiting.len() < queue.expected.min(MAX_BATCH);
            (queue, _) = self
                .arrived
                .wait_timeout_while(queue, GATHER, is_short)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let mut bytes = 0;
        let fits = |entry: &&Entry| {
            bytes += entry.event.len();
            bytes <= MAX_BATCH_BYTES
        };
        let count = queue.waiting.iter().take(MAX_BATCH).take_while(fits).count().max(1);
        let count = count.min(queue.waiting.len());
        queue.waiting.drain(..count).collect()
    }
}

/// Hands the lead over, whatever happened.
struct Resign<'a>(&'a Group);

impl Drop for Resign<'_> {
    fn drop(&mut self) {
        let mut queue = lock(&self.0.queue);
        match queue.waiting.first() {
            Some(next) => next.slot.set(State::Leads),
            None => queue.has_leader = false,
        }
    }
}

/// A panic of another thread leaves no half-made state behind these locks: the writer reads its place anew.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
