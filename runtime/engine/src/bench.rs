//! The instruments of one run: opened in the order of the fixture, made safe in the same order.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pogo_hal::{Error, ErrorKind, Handle, Result, SafeState, WireLog};
use pogo_record::Asset;
use tokio::runtime::Runtime;

use crate::clock::Clock;
use crate::fixture::{Fixture, Role};
use crate::rescue::{Rescue, Safety};
use crate::stop::Stop;

/// How long opening one role may take.
pub(crate) const OPEN: Duration = Duration::from_secs(30);

/// How long one role may take to say that it is safe. One that hangs holds up the others for no
/// longer than this.
pub(crate) const SAFE: Duration = Duration::from_secs(10);

/// How long the next role in order waits for one that has not answered yet.
const HEAD_START: Duration = Duration::from_millis(100);

/// How the engine comes by instruments: the program knows drivers and simulator, the engine does
/// not.
#[async_trait]
pub trait Opener: Send + Sync {
    /// Gets ready to open, inside the site's runtime, and says whose time the run is on.
    ///
    /// # Errors
    ///
    /// The bench as a whole cannot be had.
    async fn prepare(&self) -> Result<Arc<dyn Clock>>;

    /// Opens the instrument behind `role`.
    ///
    /// # Errors
    ///
    /// It cannot be reached, is another instrument than the fixture says, or refuses.
    async fn open(&self, role: &Role) -> Result<Opened>;

    /// Opens the instrument that reads an interlock, on a connection that is there for nothing
    /// else and stays open when the bench is taken from its site.
    ///
    /// # Errors
    ///
    /// As those of [`Opener::open`].
    async fn open_interlock(&self, role: &Role) -> Result<Opened>;

    /// Whether what stands behind `role` can do no harm in any state, so that it need not be
    /// reached to be known as safe.
    fn is_passive(&self, role: &Role) -> bool;

    /// The bench, to whoever has to take it from its site; `None` if nothing of it outlives this
    /// process, because all of it is simulated.
    fn rescue(&self) -> Option<Arc<dyn Rescue>>;
}

/// An instrument that was opened for a role.
pub struct Opened {
    /// What it can do.
    pub handle: Handle,
    /// What is said to it and by it.
    pub log: Arc<WireLog>,
}

/// The roles of a run.
#[derive(Default)]
pub(crate) struct Bench {
    pub(crate) roles: Vec<(Role, Opened)>,
    /// The roles that could not be opened.
    pub(crate) unopened: Vec<Unopened>,
}

/// A role that could not be opened.
pub(crate) struct Unopened {
    /// Empty if it is the bench as a whole that could not be had.
    pub(crate) role: String,
    pub(crate) error: Error,
    /// It can do no harm in any state.
    pub(crate) passive: bool,
}

impl Bench {
    /// Opens every role of `fixture` in order. One that cannot be opened does not end that: an
    /// earlier run may have left the others on. A stop does.
    pub(crate) fn open(
        runtime: &Runtime,
        fixture: &Fixture,
        opener: &dyn Opener,
        stop: &Stop,
    ) -> Self {
        let mut bench = Self::default();
        for role in &fixture.roles {
            let opened = runtime.block_on(async {
                tokio::select! {
                    biased;
                    () = stop.raised() => Err(Error::stopped("the run was stopped")),
                    opened = opener.open(role) => opened,
                    () = tokio::time::sleep(OPEN) => Err(Error::timeout(format!(
                        "opening took more than {} s", OPEN.as_secs()
                    )).with_hint("check power and cable of the instrument")),
                }
            });
            match opened {
                Ok(opened) => bench.roles.push((role.clone(), opened)),
                Err(error) => {
                    bench.unopened.push(Unopened {
                        role: role.name.clone(),
                        error: error.context(&role.name),
                        passive: opener.is_passive(role),
                    });
                    if stop.is_raised() {
                        break;
                    }
                }
            }
        }
        bench
    }

    /// Says safe state to every role in order, each within its own budget, and does not wait for
    /// one that hangs before it goes on to the next. Gives what is known of each role.
    pub(crate) fn make_safe(&self, runtime: &Runtime) -> Safety {
        let safety = runtime.block_on(async {
            let mut said = Vec::new();
            for (role, opened) in &self.roles {
                let mut saying = tokio::spawn(say_safe(opened.handle.clone()));
                // In order, as long as everybody answers.
                let answered = tokio::time::timeout(HEAD_START, &mut saying).await;
                said.push((&role.name, saying, answered));
            }
            let mut safety = Safety::new();
            for (role, saying, answered) in said {
                let state = match answered {
                    Ok(state) => state,
                    Err(_) => saying.await,
                };
                let state = state.unwrap_or_else(|_| Err(driver_panicked()));
                safety.push((role.clone(), state.map_err(|error| error.context(role))));
            }
            safety
        });
        // One whose opening a stop cut short had nothing asked of it by this run.
        let tried = |it: &&Unopened| it.error.kind() != ErrorKind::Stopped && !it.role.is_empty();
        let tried = self.unopened.iter().filter(tried);
        let unopened = tried.map(|Unopened { role, error, passive }| {
            let state = if *passive { Ok(SafeState::Passive) } else { Err(error.clone()) };
            (role.clone(), state)
        });
        safety.into_iter().chain(unopened).collect()
    }

    /// Who answered, for the record.
    pub(crate) fn assets(&self) -> Vec<Asset> {
        self.roles.iter().map(|(role, opened)| asset_of(role, opened)).collect()
    }
}

/// Who answered for `role`, for the record.
pub(crate) fn asset_of(role: &Role, opened: &Opened) -> Asset {
    let instrument = opened.handle.instrument();
    let identity = instrument.identity();
    Asset {
        role: role.name.clone(),
        address: Some(role.address.to_string()),
        manufacturer: Some(identity.manufacturer.clone()),
        model: Some(identity.model.clone()),
        serial: Some(identity.serial.clone()),
        firmware: Some(identity.firmware.clone()),
        calibration: instrument.calibration().map(str::to_owned),
        ..Asset::default()
    }
}

/// A task of its own: a driver that panics must not keep the other roles from their safe state.
async fn say_safe(handle: Handle) -> Result<SafeState> {
    let safe = tokio::time::timeout(SAFE, handle.instrument().make_safe()).await;
    safe.unwrap_or_else(|_| {
        Err(Error::timeout(format!("no safe state within {} s", SAFE.as_secs())))
    })
}

fn driver_panicked() -> Error {
    Error::unsupported("its driver went wrong: this is a bug in Pogo")
}
