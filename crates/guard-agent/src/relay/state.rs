//! What all connections of one relay share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, Semaphore};

use super::credential::AuthHeader;
use super::pool::Pool;
use super::upstream::Dialer;
use super::{Event, Host, Limits, Meter, Models, Options, RelayError};

/// Hosts that may be approved for one relay.
const HOSTS: usize = 1024;

pub(crate) struct Shared {
    pub(crate) models: Models,
    pub(crate) meter: Arc<dyn Meter>,
    pub(crate) limits: Limits,
    pub(crate) pool: Pool,
    pub(crate) calls: Arc<Semaphore>,
    pub(crate) tunnels: Arc<Semaphore>,
    /// Woken when a call is over and its reservation given back.
    pub(crate) released: Notify,
    credential: Mutex<Arc<AuthHeader>>,
    hosts: Mutex<HashMap<Host, Reach>>,
    listener: Box<dyn Fn(Event) + Send + Sync>,
    count: AtomicU64,
}

/// Which addresses an approved host may lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    Public,
    Anywhere,
}

impl Shared {
    pub(crate) fn new(options: Options) -> Result<Self, RelayError> {
        let Options { upstream, credential, models, meter, limits, hosts, listener, directory: _ } = options;
        let shared = Self {
            models: models.parse()?,
            meter,
            pool: Pool::new(Dialer::new(upstream)?),
            calls: Arc::new(Semaphore::new(limits.calls.min(Semaphore::MAX_PERMITS))),
            tunnels: Arc::new(Semaphore::new(limits.tunnels.min(Semaphore::MAX_PERMITS))),
            limits,
            released: Notify::new(),
            credential: Mutex::new(Arc::new(AuthHeader::new(credential)?)),
            hosts: Mutex::default(),
            listener,
            count: AtomicU64::new(0),
        };
        for host in hosts {
            shared.allow(host, Reach::Public)?;
        }
        Ok(shared)
    }

    pub(crate) fn tell(&self, event: Event) {
        (self.listener)(event);
    }

    pub(crate) fn next_call(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn credential(&self) -> Arc<AuthHeader> {
        Arc::clone(&lock(&self.credential))
    }

    pub(crate) fn replace_credential(&self, header: AuthHeader) {
        *lock(&self.credential) = Arc::new(header);
    }

    pub(crate) fn allow(&self, host: Host, reach: Reach) -> Result<(), RelayError> {
        let mut hosts = lock(&self.hosts);
        if hosts.len() >= HOSTS && !hosts.contains_key(&host) {
            return Err(RelayError::Hosts);
        }
        hosts.insert(host, reach);
        Ok(())
    }

    pub(crate) fn reach(&self, host: &Host) -> Option<Reach> {
        lock(&self.hosts).get(host).copied()
    }
}

/// Nothing under these locks panics between two changes.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
