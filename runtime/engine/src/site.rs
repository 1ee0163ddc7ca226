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
use crate::deadlines::{Deadlines, shown};
use crate::ledger::Ledger;
use crate::stop::Stop;

/// What every binding of one run shares.
pub(crate) struct Site {
    pub(crate) runtime: Runtime,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) stop: Stop,
    ledger: Mutex<Ledger>,
    /// Set once safe state begins: no driver call of the script's is possible afterwards.
    closed: AtomicBool,
    deadlines: Deadlines,
    /// When the scripts have to be over.
    run: Deadline,
    /// When each open step has to be over, outermost first.
    steps: Mutex<Vec<(String, Deadline)>>,
    /// When the clean-up has to be over; set once the scripts have ended.
    cleanup: OnceLock<Deadline>,
    /// The deadline of a step or of the run that has passed: the script has to end.
    expired: OnceLock<String>,
    /// An entry of the record could not be kept: the script has to end.
    unrecorded: Arc<AtomicBool>,
}

impl Site {
    /// A site whose run begins now.
    pub(crate) fn new(
        runtime: Runtime,
        clock: Arc<dyn Clock>,
        stop: Stop,
        ledger: Ledger,
        unrecorded: Arc<AtomicBool>,
        deadlines: Deadlines,
    ) -> Self {
        let run = {
            let _entered = runtime.enter();
            Deadline::after(deadlines.run)
        };
        Self {
            runtime,
            clock,
            stop,
            ledger: Mutex::new(ledger),
            closed: AtomicBool::new(false),
            deadlines,
            run,
            steps: Mutex::new(Vec::new()),
            cleanup: OnceLock::new(),
            expired: OnceLock::new(),
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
        self.wait_until(self.deadlines.call, work)
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
        if let Some(why) = self.interruption() {
            return Err(Error::stopped(why));
        }
        let (until, over) = self.innermost();
        if until.remaining().is_zero() {
            return Err(self.expire(over));
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
            tokio::select! {
                biased;
                // The clean-up after a stop is not itself stopped.
                () = self.stop.raised(), if self.cleanup.get().is_none() => {
                    Err(Error::stopped(STOPPED))
                }
                outcome = work => outcome,
                () = tokio::time::sleep_until(until.or_earlier(call).instant()) => {
                    Err(if until <= call {
                        self.expire(over)
                    } else {
                        Error::timeout(format!("nothing came of it within {}", shown(deadline)))
                    })
                }
            }
        })
    }

    /// The deadline that comes first of those that hold now, and what it is of.
    fn innermost(&self) -> (Deadline, Over) {
        if let Some(cleanup) = self.cleanup.get() {
            return (*cleanup, Over::Cleanup);
        }
        let steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let first = steps.iter().min_by_key(|(_, deadline)| *deadline);
        match first.filter(|(_, deadline)| *deadline < self.run) {
            Some((name, deadline)) => (*deadline, Over::Step(name.clone())),
            None => (self.run, Over::Run),
        }
    }

    /// What a call fails with whose time is over. That of a step or the run ends the script, and
    /// nothing the script does can prevent it: no further call of it reaches the bench.
    fn expire(&self, over: Over) -> Error {
        let message = match over {
            Over::Cleanup => return Error::timeout("the time for clean-up is over"),
            Over::Step(name) => format!(
                "step `{name}` took longer than its {} (`deadlines.step` of the fixture)",
                shown(self.deadlines.step)
            ),
            Over::Run => format!(
                "the run took longer than its {} (`deadlines.run` of the fixture)",
                shown(self.deadlines.run)
            ),
        };
        Error::stopped(self.expired.get_or_init(|| message))
    }

    /// A step begins, and its time with it.
    pub(crate) fn enter_step(&self, name: &str) {
        let deadline = Deadline::after(self.deadlines.step);
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps.push((name.to_owned(), deadline));
    }

    /// The innermost step is over.
    pub(crate) fn leave_step(&self) {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner).pop();
    }

    /// Nanoseconds of bench time since the bench was opened.
    pub(crate) fn now_ns(&self) -> u64 {
        self.clock.now_ns()
    }

    /// The run's ledger. Never held while a script's function runs.
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why the script has to end now, if it has to. Clean-up is not interrupted.
    pub(crate) fn interruption(&self) -> Option<&str> {
        if self.cleanup.get().is_some() {
            return None;
        }
        if self.unrecorded.load(Ordering::Acquire) {
            return Some("the record cannot be written");
        }
        if self.stop.is_raised() {
            return Some(STOPPED);
        }
        self.expired.get().map(String::as_str)
    }

    /// As [`Site::interruption`], asked while the script computes: time passes meanwhile on a real
    /// bench.
    pub(crate) fn interruption_while_computing(&self) -> Option<&str> {
        let (until, over) = self.innermost();
        if !matches!(over, Over::Cleanup) && until.remaining().is_zero() {
            self.expire(over);
        }
        self.interruption()
    }

    /// What an interruption makes of the run.
    pub(crate) fn why_stopped(&self) -> Reason {
        if self.unrecorded.load(Ordering::Acquire) {
            Reason::NotRecorded
        } else if self.expired.get().is_some() {
            Reason::Timeout
        } else {
            Reason::Stopped
        }
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

const STOPPED: &str = "the run was stopped";

/// Whose time is over.
enum Over {
    Step(String),
    Run,
    Cleanup,
}
