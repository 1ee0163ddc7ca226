//! The stop flag: raised from any thread, seen by the script at its next operation and inside
//! whatever bench call it is waiting in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// A request to end a run; clones are the same flag.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    raised: AtomicBool,
    waiter: Notify,
}

impl Stop {
    /// Asks the run to end. Safe to call more than once and from any thread.
    pub fn raise(&self) {
        self.0.raised.store(true, Ordering::Release);
        // Kept as a permit if the site is not waiting now: it then ends its next wait at once.
        self.0.waiter.notify_one();
    }

    /// Whether somebody asked.
    pub fn is_raised(&self) -> bool {
        self.0.raised.load(Ordering::Acquire)
    }

    /// Returns once somebody has asked. Only the site's own thread waits for it.
    pub(crate) async fn raised(&self) {
        while !self.is_raised() {
            self.0.waiter.notified().await;
        }
    }
}
