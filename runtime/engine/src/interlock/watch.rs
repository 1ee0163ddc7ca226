//! The interlocks of one run, from before it opens its bench until that is closed to scripts.

use std::sync::Arc;

use pogo_hal::Error;
use pogo_record::{Asset, InterlockSeen, InterlockState};
use tokio::sync::SetOnce;
use tokio::task::JoinSet;

use super::Interlock;
use super::lookout::{Lookout, seen};
use super::trip::Trip;
use crate::bench::Opener;
use crate::clock::Clock;
use crate::supervisor::{Heard, Supervisor};

/// The interlocks of one run. On a real bench the supervisor looks after them, so that they are
/// watched while the site's thread hangs; a simulated bench has its time from the site's runtime,
/// and there the site does.
pub(crate) struct Interlocks {
    declared: Vec<Interlock>,
    opener: Arc<dyn Opener>,
    supervisor: Supervisor,
    virtual_time: bool,
    clock: SetOnce<Arc<dyn Clock>>,
    begun: SetOnce<Begun>,
    trip: Arc<Trip>,
}

/// What was seen before the bench was opened.
#[derive(Default)]
pub(crate) struct Begun {
    /// The instruments, as far as they could be opened.
    pub(crate) assets: Vec<Asset>,
    /// Every interlock.
    pub(crate) seen: Vec<InterlockSeen>,
}

impl Begun {
    /// Whether a run may start.
    pub(crate) fn is_closed(&self) -> bool {
        self.seen.iter().all(|it| it.state == InterlockState::Closed)
    }
}

impl Interlocks {
    pub(crate) fn new(
        declared: Vec<Interlock>,
        opener: Arc<dyn Opener>,
        supervisor: Supervisor,
        virtual_time: bool,
    ) -> Self {
        let (clock, begun, trip) = (SetOnce::new(), SetOnce::new(), Arc::default());
        Self { declared, opener, supervisor, virtual_time, clock, begun, trip }
    }

    /// Whether it is for the site to [`keep`](Self::keep) them, and not for the supervisor.
    pub(crate) fn are_the_sites(&self) -> bool {
        self.virtual_time
    }

    /// The bench's time is there: whoever looks after the interlocks may begin.
    pub(crate) fn prepared(&self, clock: Arc<dyn Clock>) {
        let _ = self.clock.set(clock);
    }

    /// What was seen before the bench was opened; returns once that is known.
    pub(crate) async fn begun(&self) -> &Begun {
        if self.declared.is_empty() {
            let _ = self.begun.set(Begun::default());
        }
        self.begun.wait().await
    }

    /// Where it shows that one of them opened while the run went on.
    pub(crate) fn trip(&self) -> &Arc<Trip> {
        &self.trip
    }

    /// Looks after them on tasks of the runtime this is called in, until what it gives is dropped.
    pub(crate) fn keep(self: &Arc<Self>) -> JoinSet<()> {
        let mut kept = JoinSet::new();
        if !self.declared.is_empty() {
            kept.spawn(self.clone().look_after());
        }
        kept
    }

    async fn look_after(self: Arc<Self>) {
        let clock = self.clock.wait().await.clone();
        // Tasks of their own: a driver that panics must not take the supervisor with it.
        let mut opening = JoinSet::new();
        opening.spawn(self.clone().open(clock.clone()));
        let Some(Ok((begun, lookouts))) = opening.join_next().await else {
            let seen = self.declared.iter().map(|it| gone_wrong(it, &*clock)).collect();
            let _ = self.begun.set(Begun { seen, ..Begun::default() });
            return;
        };
        let go_on = begun.is_closed();
        let _ = self.begun.set(begun);
        if !go_on {
            return;
        }
        let mut watching = JoinSet::new();
        for lookout in lookouts {
            let (it, clock) = (self.clone(), clock.clone());
            watching.spawn(async move {
                let (interlock, mut alone) = (lookout.interlock().clone(), JoinSet::new());
                alone.spawn(it.clone().watch(lookout, clock.clone()));
                if let Some(Err(_)) = alone.join_next().await {
                    it.ends_run(gone_wrong(&interlock, &*clock));
                }
            });
        }
        while watching.join_next().await.is_some() {}
    }

    /// Opens and reads them all, so that whoever has to close one learns of the others too.
    async fn open(self: Arc<Self>, clock: Arc<dyn Clock>) -> (Begun, Vec<Lookout>) {
        let (mut begun, mut lookouts) = (Begun::default(), Vec::new());
        for interlock in &self.declared {
            begun.seen.push(match Lookout::open(interlock, &*self.opener).await {
                Ok(lookout) => {
                    let seen = lookout.look(&*clock).await;
                    begun.assets.push(lookout.asset.clone());
                    lookouts.push(lookout);
                    seen
                }
                Err(error) => seen(interlock, Err(error), clock.now_ns()),
            });
        }
        (begun, lookouts)
    }

    /// Looks until it is not closed. A look that fails is repeated once and at once, on what may
    /// be a fresh connection.
    async fn watch(self: Arc<Self>, lookout: Lookout, clock: Arc<dyn Clock>) {
        let mut failed = false;
        loop {
            if !failed {
                clock.sleep(lookout.interlock().every).await;
            }
            let seen = lookout.look(&*clock).await;
            match seen.state {
                InterlockState::Closed => failed = false,
                InterlockState::Unreadable if !failed => failed = true,
                InterlockState::Open | InterlockState::Unreadable => return self.ends_run(seen),
            }
        }
    }

    fn ends_run(&self, seen: InterlockSeen) {
        // Whoever sees the stop has to find out why.
        if let Some(tripped) = self.trip.set(seen) {
            // What a stop leaves to clean-ups is real time, which would make every simulated run
            // another one: there the site finds out by itself.
            if !self.virtual_time {
                self.supervisor.stop().raise_once();
            }
            self.supervisor.tell(Heard::Interlock(tripped.message()));
        }
    }
}

fn gone_wrong(interlock: &Interlock, clock: &dyn Clock) -> InterlockSeen {
    let error = Error::unsupported("its driver went wrong: this is a bug in Pogo");
    seen(interlock, Err(error), clock.now_ns())
}
