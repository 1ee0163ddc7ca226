//! One device position: the thread's runtime, its clock, its stop flag and its ledger.
//!
//! The script runs on the site's own thread and drives async drivers with `block_on`; nothing
//! else runs there. Every wait of a run goes through [`Site::wait_for`], so there is one place
//! where a stop or a deadline can cut it short.

use std::future::Future;
use std::ops::Deref;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use pogo_hal::{Deadline, Diagnostic, Error, Result, Secrets};
use pogo_record::{Reason, RunLog};
use pogo_sandbox::rhai::{Engine, EvalAltResult};
use pogo_sandbox::{Cause, Explain, ScriptError};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::deadlines::{Deadlines, shown};
use crate::flow::Flow;
use crate::guard::Guard;
use crate::interlock::Trip;
use crate::ledger::Ledger;
use crate::product::Product;
use crate::prompt::People;
use crate::stop::Stop;

/// What every binding of one run shares.
pub(crate) struct Site {
    pub(crate) runtime: Driven,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) stop: Stop,
    pub(crate) interlocks: Arc<Trip>,
    /// The run in the record, for whoever cannot have the ledger because the site hangs over it.
    pub(crate) log: Arc<RunLog>,
    /// The roles of the fixture, in its order.
    pub(crate) roles: Vec<String>,
    pub(crate) people: People,
    pub(crate) secrets: Arc<Secrets>,
    pub(crate) product: Arc<Product>,
    pub(crate) flow: Flow,
    /// What explains errors of the scripts while they run. It knows the roles, which hold the site.
    explain: Mutex<Option<Explain>>,
    virtual_time: bool,
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
    /// When the clean-up has to be over because somebody has asked for a stop.
    stopped: OnceLock<Deadline>,
    /// The time for clean-up was not enough.
    cut_short: AtomicBool,
    /// When whoever watches the site first saw that it has to end.
    due: OnceLock<Instant>,
    /// Told then: whoever waits looks anew whether it may go on.
    disturbed: Notify,
    /// The deadline of a step or of the run that has passed: the script has to end.
    expired: OnceLock<String>,
    /// An entry of the record could not be kept: the script has to end.
    unrecorded: Arc<AtomicBool>,
}

/// The site's runtime. Whoever lets go of the site last, and it may be the supervisor inside its own
/// runtime, does not wait for what this one still has to do.
pub(crate) struct Driven(Option<Runtime>);

impl Deref for Driven {
    type Target = Runtime;

    fn deref(&self) -> &Runtime {
        self.0.as_ref().expect("it is there until it is dropped")
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// What a site is made of.
pub(crate) struct Parts {
    pub(crate) runtime: Runtime,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) stop: Stop,
    pub(crate) interlocks: Arc<Trip>,
    pub(crate) log: Arc<RunLog>,
    pub(crate) ledger: Ledger,
    pub(crate) unrecorded: Arc<AtomicBool>,
    pub(crate) deadlines: Deadlines,
    pub(crate) roles: Vec<String>,
    pub(crate) people: People,
    pub(crate) secrets: Arc<Secrets>,
    pub(crate) product: Arc<Product>,
    pub(crate) flow: Flow,
    pub(crate) virtual_time: bool,
}

impl Site {
    /// A site whose run begins now.
    pub(crate) fn new(parts: Parts) -> Self {
        let run = {
            let _entered = parts.runtime.enter();
            Deadline::after(parts.deadlines.run)
        };
        Self {
            runtime: Driven(Some(parts.runtime)),
            clock: parts.clock,
            stop: parts.stop,
            interlocks: parts.interlocks,
            log: parts.log,
            roles: parts.roles,
            people: parts.people,
            secrets: parts.secrets,
            product: parts.product,
            flow: parts.flow,
            explain: Mutex::default(),
            virtual_time: parts.virtual_time,
            ledger: Mutex::new(parts.ledger),
            closed: AtomicBool::new(false),
            deadlines: parts.deadlines,
            run,
            steps: Mutex::new(Vec::new()),
            cleanup: OnceLock::new(),
            stopped: OnceLock::new(),
            cut_short: AtomicBool::new(false),
            due: OnceLock::new(),
            disturbed: Notify::new(),
            expired: OnceLock::new(),
            unrecorded: parts.unrecorded,
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
        let mut work = pin!(work);
        let mut asked_already = false;
        loop {
            self.may_go_on()?;
            let (until, over) = self.innermost();
            if until.remaining().is_zero() {
                return Err(self.expire(over));
            }
            if !asked_already {
                asked_already = true;
                // Most simulated exchanges are over when they are first asked. Driving the runtime
                // for them would cost two system calls each; this costs none.
                let mut nobody = Context::from_waker(Waker::noop());
                if let Poll::Ready(outcome) = work.as_mut().poll(&mut nobody) {
                    return outcome;
                }
            }
            let seen = self.stop.asked();
            let outcome = self.runtime.block_on(async {
                let call = Deadline::after(deadline);
                tokio::select! {
                    biased;
                    // Whether it ends this call depends on what is going on: looked at anew.
                    () = self.stop.asked_beyond(seen) => None,
                    () = self.disturbed.notified() => None,
                    () = self.interlocks.noticed() => None,
                    outcome = &mut work => Some(outcome),
                    () = tokio::time::sleep_until(until.or_earlier(call).instant()) => {
                        Some(Err(if until <= call {
                            self.expire(over)
                        } else {
                            Error::timeout(format!("nothing came of it within {}", shown(deadline)))
                        }))
                    }
                }
            });
            if let Some(outcome) = outcome {
                return outcome;
            }
        }
    }

    /// Whether the bench's time is simulated.
    pub(crate) fn has_virtual_time(&self) -> bool {
        self.virtual_time
    }

    /// How long things may take.
    pub(crate) fn deadlines(&self) -> &Deadlines {
        &self.deadlines
    }

    /// Whether the script may wait for something.
    ///
    /// # Errors
    ///
    /// `Stopped` if it has to end, or if the bench is closed.
    pub(crate) fn may_go_on(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::stopped("the run has ended; the bench is closed"));
        }
        self.interruption().map_or(Ok(()), |why| Err(Error::stopped(why)))
    }

    /// What is left of the innermost deadline once so much more time has `waited` away than its
    /// clock says.
    ///
    /// # Errors
    ///
    /// Nothing is left.
    pub(crate) fn hold_against_deadlines(&self, waited: Duration) -> Result<Duration> {
        let (until, over) = self.innermost();
        let left = until.remaining().saturating_sub(waited);
        if left.is_zero() { Err(self.expire(over)) } else { Ok(left) }
    }

    /// The deadline that comes first of those that hold now, and what it is of.
    fn innermost(&self) -> (Deadline, Over) {
        if let Some(cleanup) = self.cleanup.get() {
            let until = self.stopped().map_or(*cleanup, |stopped| cleanup.or_earlier(stopped));
            return (until, Over::Cleanup);
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
            Over::Cleanup => return Error::timeout(CUT_SHORT),
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

    /// Errors of the scripts are explained by this from here on; by nothing once they have ended.
    pub(crate) fn explain_by(&self, explain: Option<Explain>) {
        *self.explain.lock().unwrap_or_else(PoisonError::into_inner) = explain;
    }

    /// What `error` means, which came out of a closure that `engine` called.
    pub(crate) fn explained(&self, engine: &Engine, error: Box<EvalAltResult>) -> ScriptError {
        let explain = self.explain.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match explain {
            Some(explain) => explain.explain(engine, error),
            None => {
                let diagnostic = Diagnostic::new(error.to_string()).into();
                ScriptError { diagnostic, cause: Cause::Script }
            }
        }
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

    /// When a clean-up has to be over because somebody has asked for a stop. Counted on the bench's
    /// clock, and a little less than whoever watches the site gives it.
    fn stopped(&self) -> Option<Deadline> {
        // A simulated interlock asks nobody.
        let tripped = || self.interlocks.tripped().map(|_| Duration::ZERO);
        let since = self.stop.elapsed().or_else(tripped)?;
        // Simulated time has not passed since then.
        let since = if self.virtual_time { Duration::ZERO } else { since };
        let left = (self.deadlines.stop * 3 / 5).saturating_sub(since);
        Some(*self.stopped.get_or_init(|| Deadline::after(left)))
    }

    /// The ledger, unless somebody has it now.
    pub(crate) fn try_ledger(&self) -> Option<MutexGuard<'_, Ledger>> {
        match self.ledger.try_lock() {
            Ok(ledger) => Some(ledger),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Why the script has to end now, if it has to. A first stop ends scripts, and leaves the
    /// clean-ups a little time; a second one leaves them none.
    pub(crate) fn interruption(&self) -> Option<&str> {
        if self.cleanup.get().is_some() {
            return match self.cut_short.load(Ordering::Acquire) {
                true => Some(CUT_SHORT),
                false => self.stop.is_urgent().then_some(STOPPED),
            };
        }
        if self.is_unrecorded() {
            return Some("the record cannot be written");
        }
        if let Some(tripped) = self.interlocks.tripped() {
            return Some(tripped.message());
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
        match over {
            _ if !until.remaining().is_zero() => {}
            Over::Cleanup => self.cut_short.store(true, Ordering::Release),
            Over::Step(_) | Over::Run => drop(self.expire(over)),
        }
        self.interruption()
    }

    /// What an interruption makes of the run.
    pub(crate) fn why_stopped(&self) -> Reason {
        if self.is_unrecorded() {
            Reason::NotRecorded
        } else if self.expired.get().is_some() || self.cut_short.load(Ordering::Acquire) {
            Reason::Timeout
        } else {
            self.interlocks.why_stopped()
        }
    }

    /// Whether something of the run is not in its record, or nothing can be any more: the store
    /// notices by itself while the run has nothing to record.
    fn is_unrecorded(&self) -> bool {
        self.unrecorded.load(Ordering::Acquire) || self.log.has_failed()
    }

    /// The scripts have ended; what follows is clean-up, which a stop does not cut short and which
    /// has to be over within `budget`.
    pub(crate) fn begin_cleanup(&self, budget: Duration) {
        let _ = self.cleanup.set(Deadline::after(budget));
    }

    /// From here on no call of a script reaches the bench.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.interlocks.close();
    }

    /// How long ago, in real time, whoever asks first saw that the script has to end for another
    /// reason than a stop; a script that waits is told at that moment. Asked from another thread.
    #[expect(clippy::disallowed_methods, reason = "whether a thread hangs shows in real time only")]
    pub(crate) fn overdue(&self) -> Option<Duration> {
        if self.cleanup.get().is_some() {
            return None;
        }
        // Simulated deadlines are known to the simulated clock alone.
        let has_to_end = match self.virtual_time {
            true => self.interruption().is_some(),
            false => self.interruption_while_computing().is_some(),
        };
        let noticed = || {
            self.disturbed.notify_one();
            Instant::now()
        };
        has_to_end.then(|| self.due.get_or_init(noticed).elapsed())
    }

    /// Tells `guard` which run it guards.
    pub(crate) fn introduce(&self, guard: &Guard) {
        guard.begin(self.log.id(), self.log.author(), self.log.folder(), self.now_ns());
    }
}

const STOPPED: &str = "the run was stopped";
const CUT_SHORT: &str = "the time for clean-up is over";

/// Whose time is over.
enum Over {
    Step(String),
    Run,
    Cleanup,
}
