//! One device position: the thread's runtime, its clock, its stop flag and its ledger.
//!
//! The script runs on the site's own thread and drives async drivers with `block_on`; nothing
//! else runs there. Every wait of a run goes through [`Site::wait_for`], so there is one place
//! where a stop or a deadline can cut it short.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use pogo_hal::{Deadline, Error, Result};
use pogo_record::Reason;
use tokio::runtime::Runtime;

use crate::clock::Clock;
use crate::ledger::Ledger;
use crate::stop::Stop;

/// How long one call may take on the bench before it is abandoned: longer than any exchange, so
/// that the driver's own message comes first where there is one.
const CALL: Duration = Duration::from_secs(60);

/// What every binding of one run shares.
pub(crate) struct Site {
    pub(crate) runtime: Runtime,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) stop: Stop,
    ledger: Mutex<Ledger>,
    /// Set once safe state begins: no driver call of the script's is possible afterwards.
    closed: AtomicBool,
    /// When the clean-up has to be over; set once the scripts have ended.
    cleanup: OnceLock<Deadline>,
    /// An entry of the record could not be kept: the script has to end.
    unrecorded: Arc<AtomicBool>,
}

impl Site {
    pub(crate) fn new(
        runtime: Runtime,
        clock: Arc<dyn Clock>,
        stop: Stop,
        ledger: Ledger,
        unrecorded: Arc<AtomicBool>,
    ) -> Self {
        Self {
            runtime,
            clock,
            stop,
            ledger: Mutex::new(ledger),
            closed: AtomicBool::new(false),
            cleanup: OnceLock::new(),
            unrecorded,
        }
    }

    /// Drives `work` to its end, the call deadline or a stop, whichever comes first.
    ///
    /// # Errors
    ///
    /// What `work` fails with; `Timeout` at the deadline; `Stopped` after a stop or once the bench
    /// is closed. In both, `work` was dropped where it stood.
    pub(crate) fn wait_for<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.wait_until(CALL, work)
    }

    /// As [`Site::wait_for`], with a deadline of the caller's.
    pub(crate) fn wait_until<T>(
        &self,
        deadline: Duration,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::stopped("the run has ended; the bench is closed"));
        }
        let cleanup = self.cleanup.get();
        if self.stop.is_raised() && cleanup.is_none() {
            return Err(Error::stopped("the run was stopped"));
        }
        let mut work = pin!(work);
        // Most simulated exchanges are over when they are first asked. Driving the runtime for
        // them would cost two system calls each; this costs none.
        let mut nobody = Context::from_waker(Waker::noop());
        if let Poll::Ready(outcome) = work.as_mut().poll(&mut nobody) {
            return outcome;
        }
        self.runtime.block_on(async {
            let call = Deadline::after(deadline);
            let until = cleanup.map_or(call, |cleanup| cleanup.or_earlier(call));
            tokio::select! {
                biased;
                // The clean-up after a stop is not itself stopped.
                () = self.stop.raised(), if cleanup.is_none() => {
                    Err(Error::stopped("the run was stopped"))
                }
                outcome = work => outcome,
                () = tokio::time::sleep_until(until.instant()) => Err(Error::timeout(
                    if cleanup.is_some() {
                        "the time for clean-up is over".to_owned()
                    } else {
                        format!("nothing came of it within {} s", deadline.as_secs_f64())
                    },
                )),
            }
        })
    }

    /// Nanoseconds of bench time since the bench was opened.
    pub(crate) fn now_ns(&self) -> u64 {
        self.clock.now_ns()
    }

    /// The run's ledger. Never held while a script's function runs.
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the script has to end now, if it has to.
    pub(crate) fn interruption(&self) -> Option<&'static str> {
        if self.unrecorded.load(Ordering::Acquire) {
            return Some("the record cannot be written");
        }
        (self.stop.is_raised() && self.cleanup.get().is_none()).then_some("the run was stopped")
    }

    /// What an interruption makes of the run.
    pub(crate) fn why_stopped(&self) -> Reason {
        if self.unrecorded.load(Ordering::Acquire) { Reason::NotRecorded } else { Reason::Stopped }
    }

    /// The scripts have ended; what follows is clean-up, which a stop does not cut short and which
    /// has to be over within `budget`.
    pub(crate) fn begin_cleanup(&self, budget: Duration) {
        let _ = self.cleanup.set(Deadline::after(budget));
    }

    /// From here on no call of a script reaches the bench.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }
}
