//! The simulated bench: a world, and who answers where in it.

use std::sync::Arc;

use async_trait::async_trait;
use pogo_hal::{Deadline, Diagnostic, Dial, Error, Resource, Result, Session};

use crate::World;
use crate::link::{Link, SimulatedSession};
use crate::outputs::Switched;
use crate::plan::{self, Place, Plan};

/// A bench made of nothing. Dialling one of its resources opens an in-process session.
#[derive(Debug)]
pub struct Bench {
    world: Arc<World>,
    places: Vec<Place>,
}

impl Bench {
    /// Builds what `plan` says. Call it inside a tokio runtime, whose clock moves the bench:
    /// paused for simulated time, otherwise in real time.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with the plan, with its place.
    pub fn build(plan: Plan) -> std::result::Result<Arc<Self>, Diagnostic> {
        let (floor, places) = plan::lay_out(&plan)?;
        Ok(Arc::new(Self { world: Arc::new(World::new(floor)), places }))
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
}
