//! Devices that speak Modbus: a TCP port and a serial line for each address that they have.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use pogo_hal::Resource;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::device::{MOST_CLIENTS, next_client};
use super::serial::Line;
use super::{Served, WireFace, listen};
use crate::modbus::{Bus, Framing, serve};
use crate::{Bench, World};

/// Ports that nobody is served on yet.
#[derive(Debug)]
pub(super) struct Ports(Vec<(Resource, TcpListener, Line)>);

impl Ports {
    /// Opens those of `bench`.
    ///
    /// # Errors
    ///
    /// `bind` is not an address of this machine, or it has no port or pseudoterminal left.
    pub(super) async fn open(bench: &Bench, bind: IpAddr) -> io::Result<Self> {
        let mut ports: Vec<(Resource, TcpListener, Line)> = Vec::new();
        for station in bench.stations() {
            if !ports.iter().any(|(resource, ..)| *resource == station.resource) {
                let listener = listen(bind, 0).await?;
                ports.push((station.resource.clone(), listener, Line::open()?));
            }
        }
        Ok(Self(ports))
    }

    /// Begins to serve; gives what is served where.
    ///
    /// # Errors
    ///
    /// The runtime cannot wait for a line.
    pub(super) fn serve(self, bench: &Arc<Bench>) -> io::Result<Vec<Served>> {
        let mut served = Vec::new();
        for (resource, listener, line) in self.0 {
            let address = listener.local_addr()?;
            let here = |it: &&crate::modbus::Placed| it.resource == resource;
            let roles: Vec<String> =
                bench.stations().iter().filter(here).map(|it| it.role.clone()).collect();
            let (host, port) = (address.ip().to_string(), address.port());
            for resource in [
                Resource::Socket { board: 0, host, port },
                Resource::Serial { port: line.path.clone() },
            ] {
                served.push(Served { roles: roles.clone(), face: WireFace::Modbus, resource });
            }
            let world = bench.shared_world().clone();
            tokio::spawn(accept(world.clone(), bench.bus(&resource, Framing::Tcp), listener));
            let bus = bench.bus(&resource, Framing::Rtu);
            let (mut stream, theirs) = line.into_stream()?;
            tokio::spawn(async move {
                // A line has no end: what hangs up on it is heard again at the next request.
                loop {
                    serve(world.clone(), bus.clone(), &mut stream, None).await;
                    tokio::task::yield_now().await;
                    if theirs_is_gone(&theirs) {
                        return;
                    }
                }
            });
        }
        Ok(served)
    }
}

/// Whether the other end is none any more; it is kept open, so that never happens while we live.
fn theirs_is_gone(theirs: &std::os::fd::OwnedFd) -> bool {
    rustix::termios::tcgetattr(theirs).is_err()
}

async fn accept(world: Arc<World>, bus: Bus, listener: TcpListener) {
    let room = Arc::new(Semaphore::new(MOST_CLIENTS));
    loop {
        let stream = next_client(&listener).await;
        let refuses =
            world.with(|floor| bus.units.iter().any(|(_, index)| floor.stations[*index].refuses()));
        let Ok(place) = room.clone().try_acquire_owned() else { continue };
        if refuses {
            continue;
        }
        let (world, bus) = (world.clone(), bus.clone());
        tokio::spawn(async move {
            // However it ends, only this client is concerned.
            serve(world, bus, stream, None).await;
            drop(place);
        });
    }
}
