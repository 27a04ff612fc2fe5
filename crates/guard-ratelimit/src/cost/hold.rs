//! Money set aside for one run.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::book::{Book, Entry};
use crate::{HoldError, Usd};

/// Messages of one run whose cost is remembered.
const MESSAGES: usize = 65_536;
/// The longest id of a message, in bytes.
const MESSAGE_ID: usize = 256;

/// Proof that money was set aside, and the way to book what became of it.
///
/// It cannot be made or copied elsewhere. End it with [`settle`](Hold::settle) or [`release`](Hold::release). A hold
/// that is dropped instead is settled at what it holds: unknown cost counts as spent (this may write to the store,
/// and so block). A hold whose process died counts as spent from the end of its lease.
#[must_use = "a hold that is dropped is spent"]
pub struct Hold {
    book: Arc<dyn Book>,
    entry: Entry,
    held: Usd,
    observed: Usd,
    messages: HashMap<Box<str>, Usd>,
    settled: bool,
}

/// What a settled hold came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// What is booked for the run.
    pub charged: Usd,
    /// What the run held when it was settled.
    pub held: Usd,
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold")
            .field("id", &self.entry.id)
            .field("held", &self.held)
            .field("observed", &self.observed)
            .finish_non_exhaustive()
    }
}

impl Hold {
    pub(crate) fn new(book: Arc<dyn Book>, entry: Entry, held: Usd) -> Self {
        Self { book, entry, held, observed: Usd::ZERO, messages: HashMap::new(), settled: false }
    }

    /// A number that is the hold's alone, within its limiter; for audit records.
    #[must_use]
    pub const fn id(&self) -> u64 {
        self.entry.id
    }

    /// What is held: what was reserved, or more if more was observed.
    #[must_use]
    pub const fn held(&self) -> Usd {
        self.held
    }

    /// What was observed so far, over all messages.
    #[must_use]
    pub const fn observed(&self) -> Usd {
        self.observed
    }

    /// Notes what one message has cost so far, and returns what is left of the hold.
    ///
    /// Reports may be repeated and come in any order: of each message the highest figure counts, and the messages are
    /// added up. What is observed is never charged less than that. As soon as more is observed than was held, the
    /// difference is booked (durably, if the limiter is), so that not even a crash hides it.
    ///
    /// # Errors
    ///
    /// [`HoldError::UsedUp`]: the work must stop. [`HoldError::Unmetered`] after 65,536 messages or for an id of more
    /// than 256 bytes: the cost is no longer known, so the work must stop too. And what booking may fail with.
    pub fn observe(&mut self, message: &str, so_far: Usd) -> Result<Usd, HoldError> {
        if self.settled {
            return Err(HoldError::Settled);
        }
        let room = self.messages.len() < MESSAGES && message.len() <= MESSAGE_ID;
        let before = match self.messages.get_mut(message) {
            Some(seen) => std::mem::replace(seen, so_far.max(*seen)),
            None if room => self.messages.insert(message.into(), so_far).unwrap_or(Usd::ZERO),
            None => return Err(HoldError::Unmetered),
        };
        self.observed = self.observed.saturating_add(so_far.saturating_sub(before));
        if self.observed <= self.held {
            return Ok(self.held.saturating_sub(self.observed));
        }
        self.book.raise(&self.entry, self.observed)?;
        self.held = self.observed;
        Err(HoldError::UsedUp)
    }

    /// Begins the lease anew; call it well within the lease while the run lives.
    ///
    /// # Errors
    ///
    /// [`HoldError::Expired`] if the lease is over, and what booking may fail with.
    pub fn extend(&self) -> Result<(), HoldError> {
        if self.settled { Err(HoldError::Settled) } else { self.book.extend(&self.entry) }
    }

    /// Books what the run really cost, exactly once, to the day on which the hold was granted.
    ///
    /// More than was held is booked in full. Less than was observed is not believed: the observed amount is charged.
    /// A hold may be settled after its lease; the actual cost then replaces the held amount.
    ///
    /// # Errors
    ///
    /// [`HoldError::Settled`] if it was settled or released before. After [`HoldError::Unavailable`] the held amount
    /// stays booked and the call may be repeated.
    pub fn settle(&mut self, actual: Usd) -> Result<Receipt, HoldError> {
        if self.settled {
            return Err(HoldError::Settled);
        }
        let charged = actual.max(self.observed);
        let settled = self.book.settle(&self.entry, charged);
        // Settled by whom? Only this hold can: an earlier attempt, whose answer was lost, has booked it.
        self.settled = !matches!(settled, Err(HoldError::Unavailable { .. }));
        settled.map(|()| Receipt { charged, held: self.held })
    }

    /// Gives back what was not used, for a run that did not take place; what was observed is charged.
    ///
    /// # Errors
    ///
    /// As [`Hold::settle`].
    pub fn release(&mut self) -> Result<Receipt, HoldError> {
        self.settle(Usd::ZERO)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // If this fails, the held amount stays booked and counts as spent from the end of the lease: the same figure.
        self.settle(self.held).ok();
    }
}
