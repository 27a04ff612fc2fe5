//! The time of the server's world, which a test may move on.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Real time since the start, plus what was skipped.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    epoch: Duration,
    skipped: Duration,
}

impl Clock {
    #[allow(clippy::disallowed_methods, reason = "the one clock of this crate")]
    pub(crate) fn new() -> Self {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started: Instant::now(), epoch, skipped: Duration::ZERO }
    }

    /// Since the start of the server.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed() + self.skipped
    }

    /// Seconds since 1970, as messages carry them.
    pub(crate) fn unix(&self) -> u64 {
        (self.epoch + self.now()).as_secs()
    }

    pub(crate) fn skip(&mut self, time: Duration) {
        self.skipped += time;
    }
}
