//! The stop flag: raised from any thread, seen by the script at its next operation and inside
//! whatever bench call it is waiting in.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::watch;

/// A request to end a run; clones are the same flag. Asked a second time, the run ends without its
/// clean-ups.
#[derive(Clone, Debug)]
pub struct Stop(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// How often somebody asked, up to twice.
    asked: AtomicU8,
    since: OnceLock<Instant>,
    waiters: watch::Sender<u8>,
}

impl Default for Stop {
    fn default() -> Self {
        let (asked, since) = (AtomicU8::new(0), OnceLock::new());
        Self(Arc::new(Inner { asked, since, waiters: watch::Sender::new(0) }))
    }
}

impl Stop {
    /// Asks the run to end. Safe to call from any thread.
    #[expect(clippy::disallowed_methods, reason = "people wait in real time, simulated or not")]
    pub fn raise(&self) {
        self.0.since.get_or_init(Instant::now);
        let more = |asked: u8| (asked < 2).then_some(asked + 1);
        let _ = self.0.asked.fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
        self.0.waiters.send_replace(self.asked());
    }

    /// Asks the run to end, unless somebody has asked already: asking twice would leave its
    /// clean-ups no time.
    #[expect(clippy::disallowed_methods, reason = "people wait in real time, simulated or not")]
    pub(crate) fn raise_once(&self) {
        self.0.since.get_or_init(Instant::now);
        let _ = self.0.asked.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Acquire);
        self.0.waiters.send_replace(self.asked());
    }

    /// Whether somebody asked.
    pub fn is_raised(&self) -> bool {
        self.asked() > 0
    }

    /// Whether somebody asked more than once.
    pub(crate) fn is_urgent(&self) -> bool {
        self.asked() > 1
    }

    /// How often somebody asked, up to twice.
    pub(crate) fn asked(&self) -> u8 {
        self.0.asked.load(Ordering::Acquire)
    }

    /// How long ago somebody first asked, in real time.
    pub(crate) fn elapsed(&self) -> Option<Duration> {
        self.0.since.get().map(Instant::elapsed)
    }

    /// Returns once somebody has asked.
    pub(crate) async fn raised(&self) {
        self.asked_beyond(0).await;
    }

    /// Returns once somebody has asked more often than `seen` times; never if that is twice.
    pub(crate) async fn asked_beyond(&self, seen: u8) {
        let mut waiter = self.0.waiters.subscribe();
        if waiter.wait_for(|asked| *asked > seen).await.is_err() {
            // The flag is gone, so nobody can ask any more.
            std::future::pending::<()>().await;
        }
    }
}
