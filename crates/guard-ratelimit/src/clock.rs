//! Where the time comes from.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// A clock that never goes back, for limits that live as long as the process.
pub trait Clock: Send + Sync {
    /// The time since some fixed moment.
    ///
    /// Were it to go back nevertheless, limits refuse until it has caught up; they never admit more.
    fn now(&self) -> Duration;
}

/// A clock that tells the date, for what outlives the process or follows the calendar.
pub trait WallClock: Send + Sync {
    /// The present date and time.
    fn now(&self) -> SystemTime;
}

impl<T: Clock + ?Sized> Clock for Arc<T> {
    fn now(&self) -> Duration {
        (**self).now()
    }
}

impl<T: WallClock + ?Sized> WallClock for Arc<T> {
    fn now(&self) -> SystemTime {
        (**self).now()
    }
}

/// The clocks of the operating system, the default everywhere in this crate.
///
/// Uses [`Instant`], which does not go back even where the processor's time stamp counter does; on Linux it stands
/// still while the machine sleeps, so that limits then refuse longer rather than shorter.
#[derive(Clone, Copy)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    /// Starts now.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "the default clock of this crate")]
    pub fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SystemClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SystemClock")
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.origin.elapsed()
    }
}

impl WallClock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the default clock of this crate")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}
