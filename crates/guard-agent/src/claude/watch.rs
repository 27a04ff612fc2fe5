//! The time of a run, which does not pass while a person is asked.

use std::time::{Duration, Instant};

/// What the run is doing, as far as time is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    Starting,
    Working,
    Asking,
    Waiting,
}

/// Adds up the time spent working.
#[derive(Debug)]
pub(super) struct Watch {
    last: Instant,
    doing: Doing,
    spent: Duration,
}

impl Watch {
    pub(super) const fn new(now: Instant) -> Self {
        Self { last: now, doing: Doing::Starting, spent: Duration::ZERO }
    }

    /// Books the time since the last call on what was done then; a return to work goes on where it was left.
    /// Says how long the run has been doing this.
    pub(super) fn turn_to(&mut self, doing: Doing, now: Instant) -> Duration {
        let is_same_work =
            matches!((self.doing, doing), (Doing::Working, Doing::Asking) | (Doing::Asking, Doing::Working));
        let passed = now.saturating_duration_since(self.last);
        if self.doing != Doing::Asking {
            self.spent += passed;
        }
        if self.doing != doing && !is_same_work {
            self.spent = Duration::ZERO;
        }
        self.last = now;
        self.doing = doing;
        self.spent
    }
}

/// The crate's only look at the clock for runs.
#[allow(
    clippy::disallowed_methods,
    reason = "the default clock of a run; what is computed from it takes it as a parameter"
)]
pub(super) fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_for_a_person_does_not_count() {
        let start = now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut watch = Watch::new(start);
        let steps = [
            (Doing::Starting, 1, 1),
            (Doing::Working, 2, 0),
            (Doing::Working, 5, 3),
            (Doing::Asking, 6, 4),
            (Doing::Asking, 900, 4),
            (Doing::Working, 901, 4),
            (Doing::Working, 903, 6),
            (Doing::Waiting, 904, 0),
            (Doing::Waiting, 910, 6),
            (Doing::Working, 911, 0),
            (Doing::Working, 910, 0),
        ];
        for (doing, now, spent) in steps {
            assert_eq!(watch.turn_to(doing, at(now)), Duration::from_secs(spent), "{doing:?} at {now}");
        }
    }
}
