//! The wish that a run ends, which is never taken back.

use tokio::sync::watch;

/// Set once, seen by everybody who waits, also by those who come later.
#[derive(Debug)]
pub(crate) struct Stop(watch::Sender<bool>);

impl Stop {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    pub(crate) fn begin(&self) {
        self.0.send_replace(true);
    }

    pub(crate) fn is_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Resolves when it begins; safe to drop and to call again.
    pub(crate) async fn wait(&self) {
        // The sender is in `self`, so waiting cannot fail.
        self.0.subscribe().wait_for(|is_begun| *is_begun).await.map(drop).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::Stop;

    #[tokio::test]
    async fn whoever_waits_before_or_after_sees_it() {
        let stop = Stop::new();
        assert!(!stop.is_begun());
        tokio::join!(stop.wait(), async { stop.begin() });
        stop.wait().await;
        assert!(stop.is_begun());
    }
}
