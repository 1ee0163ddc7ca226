//! Opening instruments, and sharing the wires to them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use pogo_hal::{Deadline, Dial, Error, Handle, LineSettings, Notice, Resource, Result, WireLog};
use tokio::sync::Mutex;

use crate::lifelines::{Lifelines, Recipe};
use crate::modbus::Bus;
use crate::scpi::Link;
use crate::{ConsoleSetup, InstrumentLock, Network, Owner, Setup, serial_console, setup};

/// How long an instrument is waited for that another process has: the guard of a run that was
/// killed is done within this, unless an instrument hangs.
const PATIENCE: Duration = Duration::from_secs(3);

/// The wires of a bench: roles with one resource share one session and its error queue.
pub struct Wires {
    dial: Arc<dyn Dial>,
    lifelines: Arc<Lifelines>,
    owner: Option<Owner>,
    links: Mutex<HashMap<Resource, Arc<Link>>>,
    buses: Mutex<HashMap<Resource, Arc<Bus>>>,
}

/// An instrument that was opened.
pub struct Opened {
    /// What it can do.
    pub handle: Handle,
    /// What is said to it and by it; one log for all roles that share its session.
    pub log: Arc<WireLog>,
    /// What makes it safe, for somebody who has to say it in the driver's place.
    pub(crate) recipe: Recipe,
}

impl Wires {
    /// Wires that `dial` opens: [`Network`](crate::Network), or a simulated bench.
    pub fn new(dial: Arc<dyn Dial>) -> Self {
        let (links, buses) = (Mutex::default(), Mutex::default());
        Self { dial, lifelines: Arc::default(), owner: None, links, buses }
    }

    /// The real wires, with every connection kept in `lifelines`. Each instrument is locked for
    /// `owner` before it is spoken to, if there is one.
    pub fn kept_in(lifelines: Arc<Lifelines>, owner: Option<Owner>) -> Self {
        let dial = Arc::new(Network::behind(lifelines.gate().clone()));
        Self { dial, lifelines, owner, links: Mutex::default(), buses: Mutex::default() }
    }

    /// Opens the instrument of a role: asks who is there, and lets its driver make it safe.
    ///
    /// # Errors
    ///
    /// `Unreachable` if nobody is there, or somebody else than the model says, or if another process
    /// has the instrument; `Refused` if the
    /// instrument declines what the driver prepares; `Unsupported` if the role does not pass
    /// [`check`](crate::check).
    pub async fn open(&self, setup: &Setup) -> Result<Opened> {
        let unfit = |diagnostic: pogo_hal::Diagnostic| {
            let error = Error::unsupported(diagnostic.message.clone());
            match &diagnostic.hint {
                Some(hint) => error.with_hint(hint.clone()),
                None => error,
            }
            .caused_by(diagnostic)
        };
        let driver = setup::driver(setup).map_err(unfit)?;
        (driver.check)(setup).map_err(unfit)?;
        let opened = (driver.open)(self, setup).await?;
        self.lifelines.learn(&setup.resource, opened.recipe.clone());
        Ok(opened)
    }

    /// Opens the console of a role: the line to it, which nobody else has meanwhile.
    ///
    /// # Errors
    ///
    /// `Unreachable` if the line is not there, in use, or may not be opened; `Unsupported` if these
    /// wires have no such line.
    pub async fn open_console(&self, setup: &ConsoleSetup) -> Result<Opened> {
        let ConsoleSetup { resource, line, manners, .. } = setup;
        let lock = match &self.owner {
            Some(owner) => Some(InstrumentLock::take_within(resource, owner, PATIENCE).await?),
            None => None,
        };
        let line = self.dial.line(resource, line, Deadline::after(manners.patience)).await?;
        let opened = serial_console::over(line, setup);
        if let Some(lock) = lock {
            if let Some(note) = lock.note() {
                opened.log.notice(Notice::Recovered(note.to_owned()));
            }
            self.lifelines.hold(lock);
        }
        // Whoever makes the bench safe in its site's place has to know that nothing is to be done.
        self.lifelines.connected(resource, "", "", None);
        self.lifelines.learn(resource, opened.recipe.clone());
        Ok(opened)
    }

    /// A conversation with whoever is at `resource`, which is this bench's alone.
    async fn dial(&self, resource: &Resource, next_error: &str, timeout: Duration) -> Result<Link> {
        let Some(owner) = &self.owner else {
            let lifelines = self.lifelines.clone();
            return Link::open(&*self.dial, lifelines, resource, next_error, timeout).await;
        };
        let lock = InstrumentLock::take_within(resource, owner, PATIENCE).await?;
        let lifelines = self.lifelines.clone();
        let link = Link::open(&*self.dial, lifelines, resource, next_error, timeout).await?;
        let identity = InstrumentLock::take_identity(link.identity(), owner)?;
        for lock in [lock].into_iter().chain(identity) {
            if let Some(note) = lock.note() {
                link.log().notice(Notice::Recovered(note.to_owned()));
            }
            self.lifelines.hold(lock);
        }
        Ok(link)
    }

    /// The port or line of a role that speaks Modbus, which is this bench's alone.
    pub(crate) async fn bus(&self, setup: &Setup, line: LineSettings) -> Result<Arc<Bus>> {
        let Setup { resource, timeout, role, .. } = setup;
        let mut buses = self.buses.lock().await;
        if let Some(bus) = buses.get(resource) {
            return match bus.line() == line {
                true => Ok(bus.clone()),
                false => Err(Error::unsupported(format!(
                    "`{role}` wants `{resource}` set up otherwise than another role on this line"
                ))
                .with_hint("roles on one line have one `baud`, `parity` and `stop_bits`")),
            };
        }
        if let Some(owner) = &self.owner {
            let lock = InstrumentLock::take_within(resource, owner, PATIENCE).await?;
            self.lifelines.hold(lock);
        }
        let deadline = Deadline::after(*timeout);
        let (dial, lifelines) = (self.dial.clone(), self.lifelines.clone());
        let bus = Arc::new(Bus::open(dial, lifelines, resource, line, deadline).await?);
        buses.insert(resource.clone(), bus.clone());
        Ok(bus)
    }

    /// The conversation with the instrument at the role's resource, which is the model's.
    pub(crate) async fn link(&self, setup: &Setup, next_error: &str) -> Result<Arc<Link>> {
        let Setup { model, resource, timeout, .. } = setup;
        let mut links = self.links.lock().await;
        let link = match links.get(resource) {
            Some(link) => link.clone(),
            None => {
                let link = Arc::new(self.dial(resource, next_error, *timeout).await?);
                links.insert(resource.clone(), link.clone());
                link
            }
        };
        if link.identity().matches(model.identity()) {
            return Ok(link);
        }
        let (actual, expected) = (link.identity().clone(), model.identity());
        if Arc::strong_count(&link) == 2 {
            // Nobody else uses it: the address may be right the next time.
            links.remove(resource);
        }
        Err(Error::unreachable(format!(
            "`{actual}` answers at `{resource}`; `{}` is `{expected}`",
            model.name()
        ))
        .with_hint("check `model` and `address` of this role in the fixture file"))
    }
}
