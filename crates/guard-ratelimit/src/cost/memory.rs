//! Budgets that live as long as the process.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::sync::{Mutex, PoisonError};

use super::balance::Balance;
use super::book::{Book, Entry, Standing, USER, rebook};
use super::day::Moment;
use crate::{CostPolicy, CostRefusal, HoldError, Usd, WallClock};

/// Users that are kept; beyond it those without business today make room, and else new ones are refused.
const USERS: usize = 65_536;

pub(crate) struct Memory {
    policy: CostPolicy,
    clock: Box<dyn WallClock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    users: HashMap<Box<str>, Account>,
    last_id: u64,
    /// Days never go back here: yesterday's figures are gone, so going back would grant yesterday anew.
    newest: i64,
    /// The day for which users without business were last dropped.
    swept: i64,
}

#[derive(Default)]
struct Account {
    day: i64,
    booked: Usd,
    holds: HashMap<u64, Open>,
}

struct Open {
    day: i64,
    held: Usd,
    lease: i64,
}

impl Account {
    /// Turns to a new day: what is booked begins at zero. Holds stay until they are settled, which dropping them does.
    fn turn_to(&mut self, now: Moment) {
        if self.day < now.day() {
            self.day = now.day();
            self.booked = Usd::ZERO;
        }
    }

    fn standing(&self, now: Moment) -> Standing {
        let live = self.holds.values().filter(|hold| hold.day == now.day() && hold.lease > now.millis());
        Standing::new(self.booked, live.map(|hold| hold.held))
    }
}

impl Memory {
    pub(crate) fn new(policy: CostPolicy, clock: impl WallClock + 'static) -> Self {
        Self { policy, clock: Box::new(clock), state: Mutex::default() }
    }

    /// The state, and now. Nothing in here panics, so a poisoned lock still guards a consistent state.
    fn open(&self) -> Option<(std::sync::MutexGuard<'_, State>, Moment)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Moment::read(&*self.clock)?.not_before(state.newest);
        state.newest = now.day();
        Some((state, now))
    }

    fn change<T>(
        &self,
        entry: &Entry,
        change: impl FnOnce(&mut Account, &CostPolicy, Moment) -> Option<T>,
    ) -> Result<T, HoldError> {
        let (mut state, now) = self.open().ok_or(HoldError::Unavailable { cause: "clock-unusable" })?;
        let account = state.users.get_mut(&entry.user).ok_or(HoldError::Expired)?;
        account.turn_to(now);
        change(account, &self.policy, now).ok_or(HoldError::Expired)
    }
}

impl State {
    /// The account of a user, made if there is room.
    fn account(&mut self, user: &str, now: Moment) -> Option<&mut Account> {
        if self.users.len() >= USERS && self.swept < now.day() && !self.users.contains_key(user) {
            self.swept = now.day();
            self.users.retain(|_, account| {
                account.turn_to(now);
                account.booked > Usd::ZERO || !account.holds.is_empty()
            });
        }
        let room = self.users.len() < USERS;
        match self.users.entry(user.into()) {
            Slot::Occupied(slot) => Some(slot.into_mut()),
            Slot::Vacant(slot) if room => Some(slot.insert(Account::default())),
            Slot::Vacant(_) => None,
        }
    }
}

impl Book for Memory {
    fn reserve(&self, user: &str, ask: Usd) -> Result<Entry, CostRefusal> {
        let unavailable = |cause| CostRefusal::Unavailable { cause };
        if user.len() > USER {
            return Err(unavailable("user-too-long"));
        }
        let (mut state, now) = self.open().ok_or(unavailable("clock-unusable"))?;
        let id = state.last_id.checked_add(1).ok_or(unavailable("too-many-holds"))?;
        let account = state.account(user, now).ok_or(unavailable("too-many-users"))?;
        account.turn_to(now);
        self.policy.admit(account.standing(now), ask, now)?;
        account.booked = rebook(account.booked, Usd::ZERO, ask);
        let open = Open { day: now.day(), held: ask, lease: self.policy.lease_end(now) };
        account.holds.insert(id, open);
        state.last_id = id;
        Ok(Entry { id, user: user.into() })
    }

    fn raise(&self, entry: &Entry, held: Usd) -> Result<(), HoldError> {
        self.change(entry, |account, _, _| {
            let hold = account.holds.get_mut(&entry.id)?;
            let before = std::mem::replace(&mut hold.held, held);
            if hold.day == account.day {
                account.booked = rebook(account.booked, before, held);
            }
            Some(())
        })
    }

    fn settle(&self, entry: &Entry, charged: Usd) -> Result<(), HoldError> {
        self.change(entry, |account, _, _| {
            let hold = account.holds.remove(&entry.id)?;
            if hold.day == account.day {
                account.booked = rebook(account.booked, hold.held, charged);
            }
            Some(())
        })
    }

    fn extend(&self, entry: &Entry) -> Result<(), HoldError> {
        self.change(entry, |account, policy, now| {
            let hold = account.holds.get_mut(&entry.id).filter(|hold| hold.lease > now.millis())?;
            hold.lease = hold.lease.max(policy.lease_end(now));
            Some(())
        })
    }

    fn balance(&self, user: &str) -> Result<Balance, CostRefusal> {
        let (mut state, now) = self.open().ok_or(CostRefusal::Unavailable { cause: "clock-unusable" })?;
        let standing = state.users.get_mut(user).map(|account| {
            account.turn_to(now);
            account.standing(now)
        });
        Ok(Balance::new(&self.policy, standing.unwrap_or_default(), now))
    }
}
