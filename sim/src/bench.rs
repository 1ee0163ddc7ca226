//! The simulated bench: a world, and who answers where in it.

use std::sync::Arc;

use async_trait::async_trait;
use pogo_hal::{
    Deadline, Diagnostic, Dial, Error, Line, LineSettings, Resource, Result, Session, Stream,
};

use crate::World;
use crate::console::SimulatedLine;
use crate::link::{Link, SimulatedSession};
use crate::modbus::{self, Bus, Framing, Placed};
use crate::outputs::Switched;
use crate::plan::{self, Place, Plan};

/// A bench made of nothing. Dialling one of its resources opens an in-process session.
#[derive(Debug)]
pub struct Bench {
    world: Arc<World>,
    places: Vec<Place>,
    stations: Vec<Placed>,
}

impl Bench {
    /// Builds what `plan` says. Call it inside a tokio runtime, whose clock moves the bench:
    /// paused for simulated time, otherwise in real time.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with the plan, with its place.
    pub fn build(plan: Plan) -> std::result::Result<Arc<Self>, Diagnostic> {
        let (floor, places, stations) = plan::lay_out(&plan)?;
        Ok(Arc::new(Self { world: Arc::new(World::new(floor)), places, stations }))
    }

    /// The world that it lives in.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Lets `observer` be told of every supply's output that is switched from now on, in order. All
    /// outputs of a new bench are off. The bench stands still meanwhile: `observer` must be quick,
    /// and must not ask the bench anything.
    pub fn observe_outputs(&self, observer: impl FnMut(Switched<'_>) + Send + 'static) {
        self.world.with(|floor| floor.outputs.observe(Box::new(observer)));
    }

    /// The instruments in the order of the fixture.
    pub(crate) fn places(&self) -> &[Place] {
        &self.places
    }

    /// The devices on Modbus in the order of the fixture.
    pub(crate) fn stations(&self) -> &[Placed] {
        &self.stations
    }

    /// The devices on Modbus that are at `resource`, on a wire of that kind.
    pub(crate) fn bus(&self, resource: &Resource, framing: Framing) -> Bus {
        let units = self.stations.iter().enumerate().filter(|(_, it)| it.resource == *resource);
        Bus { framing, units: units.map(|(index, it)| (it.unit, index)).collect() }
    }

    /// The world, for whoever goes on with it in a task.
    pub(crate) fn shared_world(&self) -> &Arc<World> {
        &self.world
    }

    /// The consoles in the order of the fixture, by role.
    pub(crate) fn consoles(&self) -> Vec<String> {
        self.world.with(|floor| floor.ports.iter().map(|port| port.role.clone()).collect())
    }

    /// The line to the console at `index`.
    pub(crate) fn console(&self, index: usize) -> Result<SimulatedLine> {
        SimulatedLine::open(&self.world, index)
    }

    /// A connection to the instrument at `index`.
    pub(crate) fn link(&self, index: usize) -> Option<Link> {
        Link::open(&self.world, index)
    }
}

#[async_trait]
impl Dial for Bench {
    async fn dial(&self, resource: &Resource, _deadline: Deadline) -> Result<Box<dyn Session>> {
        let index = self.places.iter().position(|place| place.resource == *resource);
        let index = index.ok_or_else(|| {
            let known: Vec<String> = self.places.iter().map(|it| it.resource.to_string()).collect();
            Error::unreachable(format!("nobody answers at {resource} on the simulated bench"))
                .with_hint(format!("it has {}", known.join(", ")))
        })?;
        Ok(Box::new(SimulatedSession::open(&self.world, index, resource)?))
    }

    async fn dial_modbus(
        &self,
        resource: &Resource,
        _line: &LineSettings,
        _deadline: Deadline,
    ) -> Result<Box<dyn Stream>> {
        let framing = match resource {
            Resource::Serial { .. } => Framing::Rtu,
            _ => Framing::Tcp,
        };
        let bus = self.bus(resource, framing);
        if bus.units.is_empty() {
            let known: Vec<String> =
                self.stations.iter().map(|it| it.resource.to_string()).collect();
            let message = format!("nobody speaks Modbus at {resource} on the simulated bench");
            return Err(
                Error::unreachable(message).with_hint(format!("it has {}", known.join(", ")))
            );
        }
        let refuses = self
            .world
            .with(|floor| bus.units.iter().any(|(_, index)| floor.stations[*index].refuses()));
        if refuses {
            return Err(Error::unreachable(format!("{resource} refuses the connection"))
                .with_hint("a fault of the simulated bench: `does = \"refuse\"`"));
        }
        Ok(modbus::connect(&self.world, bus))
    }

    async fn line(
        &self,
        resource: &Resource,
        _settings: &LineSettings,
        _deadline: Deadline,
    ) -> Result<Box<dyn Line>> {
        // How this end is set up was said when the bench was built.
        let ports = self
            .world
            .with(|floor| floor.ports.iter().map(|port| port.resource.clone()).collect::<Vec<_>>());
        let index = ports.iter().position(|it| it == resource).ok_or_else(|| {
            Error::unreachable(format!("no console is at {resource} on the simulated bench"))
        })?;
        Ok(Box::new(self.console(index)?))
    }
}
