//! One run, as its supervisor sees it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
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
    pub(crate) site: OnceLock<Arc<Site>>,
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
        let _ = self.site.set(site.clone());
    }

    /// The run is over: its guard may go, and somebody else may have the instruments.
    pub(crate) fn release_guard(&self) {
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
        let stopped = stop.elapsed().map(|since| match part {
            // Asked before it began, it has had no time yet to go.
            Part::Scripts => since.min(lasted),
            _ => since,
        });
        let overdue = self.site.get().and_then(|site| site.overdue());
        match part {
            Part::Closing => true,
            _ if self.broken.load(Ordering::Acquire) => true,
            Part::Scripts | Part::CleanUp if stop.is_urgent() => {
                stopped.is_some_and(|since| since > NOTICE / 2)
            }
            Part::Scripts => {
                stopped.is_some_and(|since| since > self.grace)
                    || overdue.is_some_and(|since| since > NOTICE)
            }
            Part::CleanUp => {
                stopped.is_some_and(|since| since > self.grace) || lasted > CLEANUP + NOTICE
            }
            Part::Safe => lasted > SAFE + RESCUE,
        }
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
            None => self.site.get().map_or_else(Vec::new, |site| simulated(&site.roles)),
        };
        let reason = match self.site.get() {
            _ if stop.is_raised() => self.interlocks.trip().why_stopped(),
            _ if self.broken.load(Ordering::Acquire) => Reason::ScriptError,
            Some(site) => site.why_stopped(),
            None => Reason::Timeout,
        };
        self.close(reason, safety).await;
    }

    /// Closes the record on a thread of its own: the disk may hang, too.
    async fn close(&self, reason: Reason, safety: Safety) {
        let (site, closing) = (self.site.get().cloned(), self.closing.clone());
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
        let replaced = dead.another().map(Arc::new).and_then(|next| {
            // Told before it stands: what it is sent is its own even if this process dies now.
            if let Some(site) = self.site.get() {
                site.introduce(&next);
            }
            rescue.bequeath(next.clone());
            dead.bury();
            next.ready().map(|()| next)
        });
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

fn simulated(roles: &[String]) -> Safety {
    roles.iter().map(|role| (role.clone(), Ok(SafeState::Passive))).collect()
}

fn too_slow() -> Error {
    Error::timeout(format!("no safe state within {} s", RESCUE.as_secs()))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_run_that_was_asked_to_end_before_it_began_has_as_long_as_any_other_to_do_so() {
        let stop = Stop::default();
        stop.raise();
        let grace = Duration::from_millis(100);
        while stop.elapsed().unwrap() <= grace {
            std::hint::spin_loop();
        }
        let charge = Charge {
            phase: Phase::begun(),
            grace,
            rescue: None,
            guard: Mutex::default(),
            site: OnceLock::new(),
            broken: AtomicBool::new(false),
            closing: Closing::new(Arc::default()),
            ended: channel().0,
        };
        assert!(!charge.has_to_be_taken(&stop));
        while charge.phase.part().1 <= grace {
            std::hint::spin_loop();
        }
        assert!(charge.has_to_be_taken(&stop), "it hangs");
    }
}
