//! A map of rate states that never holds more than a set number of keys.

use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use governor::clock::Clock as _;
use governor::nanos::Nanos;
use governor::state::keyed::{DashMapStateStore, ShrinkableKeyedStateStore};
use governor::state::{InMemoryState, NotKeyed, StateStore};

use super::memory::{NO_ROOM, Ticks};

/// A full map is searched for replenished keys at most this often, so that a flood of unknown keys costs little.
const SWEEP_EVERY: u64 = 250_000_000;

pub(super) struct Bounded<K> {
    map: DashMapStateStore<K>,
    max: usize,
    clock: Ticks,
    /// Keys are only added and dropped under this lock; known keys never need it.
    growth: Mutex<Growth>,
}

struct Growth {
    keys: usize,
    next_sweep: u64,
}

impl<K: Hash + Eq + Clone> Bounded<K> {
    pub(super) fn new(max: usize, clock: Ticks) -> Self {
        Self {
            map: DashMapStateStore::default(),
            max,
            clock,
            growth: Mutex::new(Growth { keys: 0, next_sweep: 0 }),
        }
    }

    /// Whether the key is in the map now.
    fn admit(&self, key: &K) -> bool {
        let mut growth = self.growth.lock().unwrap_or_else(PoisonError::into_inner);
        if self.map.contains_key(key) {
            return true;
        }
        if growth.keys >= self.max {
            self.sweep(&mut growth);
        }
        if growth.keys >= self.max {
            return false;
        }
        // Counted first: should the key's `clone` panic, the count is too high rather than too low.
        growth.keys += 1;
        self.map.insert(key.clone(), InMemoryState::default());
        true
    }

    /// Drops the keys that are fully replenished: their theoretical arrival time has come.
    fn sweep(&self, growth: &mut Growth) {
        let now = self.clock.now();
        if now.as_u64() < growth.next_sweep {
            return;
        }
        growth.next_sweep = now.as_u64().saturating_add(SWEEP_EVERY);
        self.map.retain_recent(now);
        growth.keys = self.map.len();
    }
}

impl<K: Hash + Eq + Clone> StateStore for Bounded<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        // A sweep may drop a key between `admit` and `get`, because a new key looks replenished until it is charged.
        for _ in 0..8 {
            if let Some(state) = self.map.get(key) {
                return state.measure_and_replace(&NotKeyed::NonKey, decide);
            }
            if !self.admit(key) {
                break;
            }
        }
        // The one answer that this trait lets a store give on its own is a state; this one is always refused.
        decide(Some(NO_ROOM)).map(|(granted, _)| granted)
    }
}
