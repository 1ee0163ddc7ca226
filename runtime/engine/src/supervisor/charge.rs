//! One run, as its supervisor sees it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pogo_hal::{Error, SafeState};
use pogo_record::Reason;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;

use super::TICK;
use crate::bench::SAFE;
use crate::closing::Closing;
use crate::guard::Guard;
use crate::interlock::Interlocks;
use crate::phase::{Part, Phase};
use crate::rescue::{Rescue, Safety};
use crate::run::{CLEANUP, Ended};
use crate::site::Site;
use crate::stop::Stop;

/// How long a site may need to notice that it has to go, where nobody says how long.
const NOTICE: Duration = Duration::from_millis(100);

/// How long safe state may take when it is said over a bench that was taken.
const RESCUE: Duration = Duration::from_secs(10);

/// How long the record of a run that was taken may need to be closed.
const RECORD: Duration = Duration::from_millis(500);

/// A run to be watched.
pub(crate) struct Charge {
    pub(crate) phase: Phase,
    /// How long the script and its clean-ups may take once somebody has asked for a stop.
    pub(crate) grace: Duration,
    /// `None` where nothing of the bench outlives this process: it is simulated.
    pub(crate) rescue: Option<Arc<dyn Rescue>>,
    pub(crate) guard: Mutex<Option<Arc<Guard>>>,
    pub(crate) interlocks: Arc<Interlocks>,
    /// The site, once its bench is open and its record begun.
    pub(crate) site: Mutex<Option<Arc<Site>>>,
    /// The site's thread has panicked where nothing catches it.
    pub(crate) broken: AtomicBool,
    /// How the record is closed.
    pub(crate) closing: Closing,
    /// Whoever waits for the end of the run.
    pub(crate) ended: Sender<Ended>,
}

impl Charge {
    /// The run is in the record from now on.
    pub(crate) fn begin(&self, site: &Arc<Site>) {
        if let Some(guard) = &*self.guard() {
            site.introduce(guard);
        }
        *self.lock_site() = Some(site.clone());
    }

    fn site(&self) -> Option<Arc<Site>> {
        self.lock_site().clone()
    }

    fn lock_site(&self) -> MutexGuard<'_, Option<Arc<Site>>> {
        self.site.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The run is over: its guard may go, and somebody else may have the instruments. Nothing here
    /// keeps the record open any longer.
    pub(crate) fn let_go(&self) {
        drop(self.lock_site().take());
        if let Some(guard) = self.guard().take() {
            guard.release();
        }
        if let Some(rescue) = &self.rescue {
            rescue.release();
        }
    }

    fn guard(&self) -> MutexGuard<'_, Option<Arc<Guard>>> {
        self.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches the run until it is over, or until its bench was taken from its site and made safe.
    pub(super) async fn watch(&self, stop: &Stop) {
        let _kept = (!self.interlocks.are_the_sites()).then(|| self.interlocks.keep());
        // The guard is this process's child. Without the signal it is missed a little later.
        let mut child = signal(SignalKind::child()).ok();
        while !self.has_to_be_taken(stop) {
            let gone = self.guard().as_ref().is_some_and(|guard| guard.is_gone());
            if gone {
                self.replace_guard(stop);
            }
            tokio::select! {
                biased;
                () = stop.asked_beyond(stop.asked()) => {}
                Some(()) = heard(&mut child) => {}
                () = sleep(self.nap(stop)) => {}
            }
        }
        if self.phase.take() {
            self.take(stop).await;
        } else {
            // It is over, or will be in a moment: there is nothing left to watch.
            std::future::pending::<()>().await;
        }
    }

    /// How long nothing has to be looked at: to the moment at which a site that was told to stop
    /// has to be gone, and no longer than usual.
    fn nap(&self, stop: &Stop) -> Duration {
        let left = stop.elapsed().and_then(|since| self.grace.checked_sub(since));
        left.map_or(TICK, |left| (left + Duration::from_millis(1)).min(TICK))
    }

    /// Whether the site should long have gone on, and has not.
    fn has_to_be_taken(&self, stop: &Stop) -> bool {
        let (part, lasted) = self.phase.part();
        let broken = self.broken.load(Ordering::Acquire);
        let overdue = self.site().and_then(|site| site.overdue());
        let (stopped, urgent) = (stop.elapsed(), stop.is_urgent());
        broken || Seen { part, lasted, stopped, urgent, overdue }.hangs(self.grace)
    }

    /// The site hangs: its bench is made safe without it, and its record closed.
    async fn take(&self, stop: &Stop) {
        let safety = match &self.rescue {
            Some(rescue) => {
                rescue.close();
                let safe = tokio::time::timeout(RESCUE, rescue.make_safe());
                safe.await.unwrap_or_else(|_| vec![("the bench".into(), Err(too_slow()))])
            }
            // What is simulated can do no harm, and ends with this process.
            None => self.site().map_or_else(Vec::new, |site| simulated(&site.roles)),
        };
        let reason = match self.site() {
            _ if stop.is_raised() => self.interlocks.trip().why_stopped(),
            _ if self.broken.load(Ordering::Acquire) => Reason::ScriptError,
            Some(site) => site.why_stopped(),
            None => Reason::Timeout,
        };
        self.close(reason, safety).await;
    }

    /// Closes the record on a thread of its own: the disk may hang, too.
    async fn close(&self, reason: Reason, safety: Safety) {
        let (site, closing) = (self.site(), self.closing.clone());
        let (done, is_done) = tokio::sync::oneshot::channel();
        let known = safety.clone();
        std::thread::spawn(move || {
            let _ = done.send(closing.take(site.as_deref(), reason, known));
        });
        let outcome = tokio::time::timeout(RECORD, is_done).await;
        let _ = self.ended.send(match outcome {
            Ok(Ok(ended)) => ended,
            Ok(Err(_)) | Err(_) => self.closing.unrecorded(reason, safety),
        });
    }

    /// Another guard in the place of one that died.
    fn replace_guard(&self, stop: &Stop) {
        let mut guard = self.guard();
        let (Some(rescue), Some(dead)) = (&self.rescue, guard.take()) else { return };
        let replaced = dead.another(|next| {
            if let Some(site) = self.site() {
                site.introduce(&next);
            }
            rescue.bequeath(next);
        });
        dead.bury();
        match replaced {
            Ok(next) => *guard = Some(next),
            Err(_) => {
                // A bench without a guard is no bench to go on with.
                stop.raise();
            }
        }
    }
}

async fn heard(signal: &mut Option<Signal>) -> Option<()> {
    match signal {
        Some(signal) => signal.recv().await,
        None => None,
    }
}

/// A site, as it looks from outside.
struct Seen {
    part: Part,
    /// How long it has been in that part.
    lasted: Duration,
    /// How long ago somebody asked for a stop.
    stopped: Option<Duration>,
    /// Whether somebody asked twice.
    urgent: bool,
    /// For how long it has had to end for another reason.
    overdue: Option<Duration>,
}

impl Seen {
    /// Whether it should long have gone on; a stop leaves it `grace`.
    fn hangs(&self, grace: Duration) -> bool {
        let beyond = |since: Option<Duration>, most| since.is_some_and(|since| since > most);
        let grace = if self.urgent { NOTICE / 2 } else { grace };
        match self.part {
            // Asked before it began, it has had no time yet to go.
            Part::Scripts => {
                beyond(self.stopped.map(|since| since.min(self.lasted)), grace)
                    || beyond(self.overdue, NOTICE)
            }
            Part::CleanUp => beyond(self.stopped, grace) || self.lasted > CLEANUP + NOTICE,
            Part::Safe => self.lasted > SAFE + RESCUE,
            // There is nothing left to take.
            Part::Closing => true,
        }
    }
}

fn simulated(roles: &[String]) -> Safety {
    roles.iter().map(|role| (role.clone(), Ok(SafeState::Passive))).collect()
}

fn too_slow() -> Error {
    Error::timeout(format!("no safe state within {} s", RESCUE.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_millis(100);

    fn seen(part: Part, lasted: u64, stopped: Option<u64>) -> Seen {
        let (lasted, stopped) = (Duration::from_millis(lasted), stopped.map(Duration::from_millis));
        Seen { part, lasted, stopped, urgent: false, overdue: None }
    }

    #[test]
    fn a_run_that_was_asked_to_end_before_it_began_has_as_long_as_any_other_to_do_so() {
        assert!(!seen(Part::Scripts, 10, Some(150)).hangs(GRACE));
        assert!(seen(Part::Scripts, 110, Some(150)).hangs(GRACE));
    }

    #[test]
    fn a_stop_leaves_script_and_clean_up_one_grace_together_and_a_second_one_half() {
        assert!(!seen(Part::Scripts, 5000, None).hangs(GRACE));
        assert!(!seen(Part::CleanUp, 60, Some(90)).hangs(GRACE));
        assert!(seen(Part::CleanUp, 60, Some(110)).hangs(GRACE));
        assert!(Seen { urgent: true, ..seen(Part::CleanUp, 20, Some(60)) }.hangs(GRACE));
    }

    #[test]
    fn what_it_has_to_do_itself_a_site_may_take_its_time_for() {
        assert!(!seen(Part::CleanUp, 9000, None).hangs(GRACE));
        assert!(!seen(Part::Safe, 9000, Some(9100)).hangs(GRACE));
        assert!(seen(Part::Safe, 21_000, None).hangs(GRACE));
        let overdue = Some(Duration::from_millis(110));
        assert!(Seen { overdue, ..seen(Part::Scripts, 5000, None) }.hangs(GRACE));
    }
}
