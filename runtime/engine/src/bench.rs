//! The instruments of one run: opened in the order of the fixture, made safe in the same order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pogo_hal::{Error, Handle, Instrument, Result, SafeState, WireLog};
use pogo_record::Asset;
use tokio::runtime::Runtime;

use crate::clock::Clock;
use crate::fixture::{Fixture, Role};
use crate::stop::Stop;

/// How long opening one role may take.
const OPEN: Duration = Duration::from_secs(30);

/// How long one role may take to say that it is safe. One that hangs holds up the others for no
/// longer than this.
const SAFE: Duration = Duration::from_secs(10);

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
}

/// An instrument that was opened for a role.
pub struct Opened {
    /// What it can do.
    pub handle: Handle,
    /// What is said to it and by it.
    pub log: Arc<WireLog>,
}

/// The opened roles of a run.
#[derive(Default)]
pub(crate) struct Bench {
    pub(crate) roles: Vec<(Role, Opened)>,
}

/// Why a bench could not be opened: the role and what went wrong with it.
pub(crate) type Trouble = (String, Error);

impl Bench {
    /// Opens every role of `fixture` in order, up to the first that cannot be opened.
    pub(crate) fn open(
        runtime: &Runtime,
        fixture: &Fixture,
        opener: &dyn Opener,
        stop: &Stop,
    ) -> (Self, Option<Trouble>) {
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
                Err(error) => return (bench, Some((role.name.clone(), error.context(&role.name)))),
            }
        }
        (bench, None)
    }

    /// Says safe state to every role in order, each within its own budget, whatever came of the
    /// one before.
    pub(crate) fn make_safe(&self, runtime: &Runtime) -> Vec<(String, Result<SafeState>)> {
        let make_safe = |(role, opened): &(Role, Opened)| {
            let instrument: &dyn Instrument = opened.handle.instrument();
            let say = AssertUnwindSafe(|| {
                runtime.block_on(async {
                    tokio::time::timeout(SAFE, instrument.make_safe()).await.unwrap_or_else(|_| {
                        Err(Error::timeout(format!("no safe state within {} s", SAFE.as_secs())))
                    })
                })
            });
            // A driver that panics must not keep the roles after it from their safe state.
            let state = catch_unwind(say).unwrap_or_else(|_| {
                Err(Error::unsupported("its driver went wrong: this is a bug in Pogo"))
            });
            (role.name.clone(), state.map_err(|error| error.context(&role.name)))
        };
        self.roles.iter().map(make_safe).collect()
    }

    /// Who answered, for the record.
    pub(crate) fn assets(&self) -> Vec<Asset> {
        let asset = |(role, opened): &(Role, Opened)| {
            let identity = opened.handle.instrument().identity();
            Asset {
                role: role.name.clone(),
                address: Some(role.address.to_string()),
                manufacturer: Some(identity.manufacturer.clone()),
                model: Some(identity.model.clone()),
                serial: Some(identity.serial.clone()),
                firmware: Some(identity.firmware.clone()),
                ..Asset::default()
            }
        };
        self.roles.iter().map(asset).collect()
    }
}
