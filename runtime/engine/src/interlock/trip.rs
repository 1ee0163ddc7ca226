//! That an interlock opened, for whoever ends the run over it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use pogo_hal::Diagnostic;
use pogo_record::{InterlockSeen, Reason};
use tokio::sync::Notify;

/// Whether an interlock opened while the run went on.
#[derive(Debug, Default)]
pub(crate) struct Trip {
    tripped: OnceLock<Tripped>,
    /// Told then.
    noticed: Notify,
    /// The bench is closed to scripts: what opens now does not matter any more.
    over: AtomicBool,
}

/// An interlock that opened, or could not be read any more.
#[derive(Debug)]
pub(crate) struct Tripped(pub(crate) InterlockSeen);

impl Trip {
    /// `seen` is what an interlock was seen to be; `None` if that changes nothing, because another
    /// one was first or the run is over.
    pub(crate) fn set(&self, seen: InterlockSeen) -> Option<&Tripped> {
        if self.over.load(Ordering::Acquire) || self.tripped.set(Tripped(seen)).is_err() {
            return None;
        }
        self.noticed.notify_one();
        self.tripped()
    }

    /// What opened.
    pub(crate) fn tripped(&self) -> Option<&Tripped> {
        self.tripped.get()
    }

    /// Returns once, when something has opened.
    pub(crate) async fn noticed(&self) {
        self.noticed.notified().await;
    }

    /// What a stop makes of the run.
    pub(crate) fn why_stopped(&self) -> Reason {
        self.tripped().map_or(Reason::Stopped, |_| Reason::Interlock)
    }

    /// From here on nothing that an interlock does changes the run.
    pub(crate) fn close(&self) {
        self.over.store(true, Ordering::Release);
    }
}

impl Tripped {
    /// What happened.
    pub(crate) fn message(&self) -> &str {
        self.0.message.as_deref().unwrap_or("an interlock opened")
    }
}

/// What a person is told of an interlock that is not closed.
pub(crate) fn diagnostic(seen: &InterlockSeen) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(seen.message.as_deref().unwrap_or_default());
    diagnostic.hint.clone_from(&seen.hint);
    diagnostic
}
