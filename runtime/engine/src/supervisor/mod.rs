//! Whoever sees to it that a run ends when it has to, although its site does not.
//!
//! A thread of its own with a runtime of its own. It hears signals and raises the stop flag; it
//! watches the run's deadlines, its interlocks, and its guard. A site that does not get out of the way in time,
//! because it is inside native code that hangs, loses the bench: the gate to the instruments is
//! closed, they are made safe over duplicates of their connections, and the record is closed
//! without the site.

mod charge;
mod signals;

use std::io;
use std::pin::pin;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::Notify;

pub(crate) use self::charge::Charge;
pub use self::signals::Asked;
use crate::stop::Stop;

/// How often a run that is under way is looked at.
const TICK: Duration = Duration::from_millis(20);

/// A thread that hears signals and watches one run.
#[derive(Clone)]
pub struct Supervisor(Arc<Shared>);

struct Shared {
    stop: Stop,
    told: Box<dyn Fn(Heard<'_>) + Send + Sync>,
    charge: Mutex<Option<Arc<Charge>>>,
    charged: Notify,
}

/// Why a run is asked to end, for whoever tells people.
#[derive(Clone, Copy, Debug)]
pub enum Heard<'a> {
    /// The first signal.
    Signal,
    /// An interlock is not closed any more: which, and what was read.
    Interlock(&'a str),
}

/// A supervisor that begins to hear signals.
pub struct Hearing(Receiver<io::Result<()>>);

impl Hearing {
    /// Returns once signals are heard. Nothing may be opened on the bench before.
    ///
    /// # Errors
    ///
    /// The operating system gives no way to hear signals.
    pub fn ready(self) -> io::Result<()> {
        self.0.recv().unwrap_or_else(|_| Err(io::Error::other("the supervisor ended")))
    }
}

impl Supervisor {
    /// A supervisor that raises a stop at every SIGINT, SIGTERM and SIGHUP once [`Hearing::ready`]
    /// has returned. `told` is called at the first, and when an interlock opens.
    ///
    /// # Errors
    ///
    /// The operating system gives no thread.
    pub fn start(told: impl Fn(Heard<'_>) + Send + Sync + 'static) -> io::Result<(Self, Hearing)> {
        let (ready, is_ready) = sync_channel(1);
        let supervisor = Self::new(told);
        let it = supervisor.clone();
        std::thread::Builder::new().name("supervisor".into()).spawn(move || {
            let runtime = match Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => return drop(ready.send(Err(error))),
            };
            runtime.block_on(async {
                let asked = match Asked::listen() {
                    Ok(asked) => asked,
                    Err(error) => return drop(ready.send(Err(error))),
                };
                let _ = ready.send(Ok(()));
                it.0.supervise(Some(asked)).await;
            });
        })?;
        Ok((supervisor, Hearing(is_ready)))
    }

    /// A supervisor that hears no signals: for a program that hears them itself, and for tests. It
    /// has a thread as long as the program goes on, and watches any number of runs, one after the
    /// other.
    ///
    /// # Errors
    ///
    /// The operating system gives no thread.
    pub fn deaf() -> io::Result<Self> {
        let supervisor = Self::new(|_| {});
        let it = supervisor.clone();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new()
            .name("supervisor".into())
            .spawn(move || runtime.block_on(it.0.supervise(None)))?;
        Ok(supervisor)
    }

    /// None: nobody hears signals, and a run that hangs is not ended. For measuring what watching
    /// costs, on a bench that can do no harm.
    pub fn absent() -> Self {
        Self::new(|_| {})
    }

    fn new(told: impl Fn(Heard<'_>) + Send + Sync + 'static) -> Self {
        let (charge, charged) = (Mutex::new(None), Notify::new());
        Self(Arc::new(Shared { stop: Stop::default(), told: Box::new(told), charge, charged }))
    }

    /// Lets people know why the run is asked to end.
    pub(crate) fn tell(&self, heard: Heard<'_>) {
        (self.0.told)(heard);
    }

    /// What ends the run that it watches.
    pub fn stop(&self) -> &Stop {
        &self.0.stop
    }

    /// It has a run to watch from now on.
    pub(crate) fn watch(&self, charge: Arc<Charge>) {
        *self.0.charge() = Some(charge);
        self.0.charged.notify_one();
    }

    /// The run that it watched is over.
    pub(crate) fn dismiss(&self) {
        *self.0.charge() = None;
        self.0.charged.notify_one();
    }
}

impl Shared {
    async fn supervise(&self, mut asked: Option<Asked>) {
        let mut heard = false;
        loop {
            let charge = self.charge().clone();
            let mut watched = pin!(async {
                match &charge {
                    Some(charge) => charge.watch(&self.stop).await,
                    None => std::future::pending().await,
                }
            });
            // One watch, however many signals come: the last of it must not be cut short.
            loop {
                let signal = async {
                    match &mut asked {
                        Some(asked) => asked.wait().await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    biased;
                    () = signal => {
                        self.stop.raise();
                        if !std::mem::replace(&mut heard, true) {
                            (self.told)(Heard::Signal);
                        }
                    }
                    () = self.charged.notified() => break,
                    () = &mut watched => {
                        *self.charge() = None;
                        break;
                    }
                }
            }
        }
    }

    fn charge(&self) -> MutexGuard<'_, Option<Arc<Charge>>> {
        self.charge.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
