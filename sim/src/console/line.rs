//! A driver's end of a simulated console.

use std::sync::Arc;

use async_trait::async_trait;
use pogo_hal::{Deadline, Error, Heard, Identity, Line, Result};
use tokio::sync::Notify;

use super::port::Shut;
use crate::World;
use crate::link::broken;

/// One opened port. Dropping it closes it.
#[derive(Debug)]
pub(crate) struct SimulatedLine {
    world: Arc<World>,
    port: usize,
    identity: Identity,
    arrived: Arc<Notify>,
}

impl SimulatedLine {
    /// Opens the port at `index`.
    ///
    /// # Errors
    ///
    /// `Unreachable` if nobody is there, or if somebody has it already.
    pub(crate) fn open(world: &Arc<World>, index: usize) -> Result<Self> {
        let arrived = Arc::new(Notify::new());
        let (opened, resource, role) = world.with(|floor| {
            let port = &mut floor.ports[index];
            (port.open(arrived.clone()), port.resource.clone(), port.role.clone())
        });
        match opened {
            Ok(()) => {}
            Err(Shut::Absent) => {
                return Err(Error::unreachable(format!("nothing is plugged in at {resource}"))
                    .with_hint("a fault of the simulated bench: `refuse`, or `unplug`"));
            }
            Err(Shut::Busy) => {
                return Err(Error::unreachable(format!("{resource} is in use by somebody else"))
                    .with_hint("a console has one user at a time"));
            }
        }
        let identity = Identity {
            manufacturer: String::new(),
            model: "serial port".into(),
            serial: format!("SIM{}", role.to_uppercase()),
            firmware: String::new(),
        };
        Ok(Self { world: world.clone(), port: index, identity, arrived })
    }

    fn gone(&self) -> Error {
        let resource = self.world.with(|floor| floor.ports[self.port].resource.clone());
        Error::unreachable(format!("{resource} is gone: the adapter was unplugged"))
            .with_hint("a fault of the simulated bench: `does = \"unplug\"`")
    }
}

#[async_trait]
impl Line for SimulatedLine {
    fn identity(&self) -> &Identity {
        &self.identity
    }

    async fn write(&self, bytes: &[u8], deadline: Deadline) -> Result<()> {
        let (room_at_ns, wrong) = self.world.with(|floor| {
            floor.tell_unit(self.port, bytes);
            (floor.ports[self.port].has_room_at_ns(), floor.device.takes_offence())
        });
        // Whoever waits meanwhile has to look again at what happens next.
        self.arrived.notify_one();
        if let Some(wrong) = wrong {
            return Err(broken(&wrong));
        }
        self.check()?;
        if room_at_ns > self.world.now_ns() {
            let room = deadline.bound(self.world.sleep_until(room_at_ns)).await;
            return room.ok_or_else(|| {
                Error::timeout(format!("{} bytes take longer than that to be sent", bytes.len()))
                    .with_hint("give it more time, or the line a higher `baud`")
            });
        }
        Ok(())
    }

    fn take(&self) -> Result<Heard> {
        let ((pieces, dropped), unplugged, wrong) = self.world.with(|floor| {
            let port = &mut floor.ports[self.port];
            (port.take(), port.is_unplugged(), floor.device.takes_offence())
        });
        if let Some(wrong) = wrong {
            return Err(broken(&wrong));
        }
        if unplugged && pieces.is_empty() {
            return Err(self.gone());
        }
        let at = |(ns, bytes)| (self.world.instant(ns), bytes);
        Ok(Heard { pieces: pieces.into_iter().map(at).collect(), dropped })
    }

    async fn stirs(&self) {
        let happens = async {
            match self.world.next_ns() {
                Some(at) => self.world.sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.arrived.notified() => {}
            () = happens => {}
        }
    }

    fn check(&self) -> Result<()> {
        match self.world.with(|floor| floor.ports[self.port].is_unplugged()) {
            true => Err(self.gone()),
            false => Ok(()),
        }
    }
}

impl Drop for SimulatedLine {
    fn drop(&mut self) {
        self.world.with(|floor| floor.ports[self.port].close());
    }
}
