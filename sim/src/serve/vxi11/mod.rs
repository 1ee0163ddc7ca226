//! VXI-11: messages as remote procedure calls, a connection per client.
//!
//! Source: VXI-11, "TCP/IP Instrument Protocol Specification", revision 1.0, and VXI-11.3 for
//! what an IEEE 488.2 instrument makes of it.

mod client;
mod core;
mod interrupt;
mod link;
mod portmapper;
mod rpc;
#[cfg(test)]
mod tests;
mod xdr;

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::{Notify, Semaphore};

use self::client::Client;
use self::portmapper::Mapping;
use self::rpc::{Call, Records, Reply};
use self::xdr::{Reader, Writer};
use super::device::{Devices, MOST_CLIENTS, next_client};
use super::listen;

/// Programs of VXI-11, all of version 1; that of the interrupt channel is the client's. Source:
/// VXI-11, B.6 and C.1 to C.3.
const CORE: u32 = 0x0607AF;
const ABORT: u32 = 0x0607B0;
const VERSION: u32 = 1;

/// The port where clients look for a portmapper.
pub(super) const PORTMAPPER_PORT: u16 = 111;

/// Links that a client has opened, by number, and who waits in one of their calls.
#[derive(Debug, Default)]
struct Links {
    last: u32,
    waiting: BTreeMap<u32, Arc<Notify>>,
}

type Shared = Arc<Mutex<Links>>;

/// The ports of a bench that listens and serves nobody yet.
#[derive(Debug)]
pub(super) struct Listeners {
    core: TcpListener,
    abort: TcpListener,
    mapper: Option<(TcpListener, UdpSocket)>,
}

impl Listeners {
    /// Opens the ports; the portmapper's if one is given.
    ///
    /// # Errors
    ///
    /// One is taken.
    pub(super) async fn open(bind: IpAddr, port: u16, mapper: Option<u16>) -> io::Result<Self> {
        let core = listen(bind, port).await?;
        let abort = listen(bind, 0).await?;
        let mapper = match mapper {
            None => None,
            Some(port) => {
                let streams = listen(bind, port).await?;
                let socket = UdpSocket::bind((bind, streams.local_addr()?.port())).await;
                Some((
                    streams,
                    socket.map_err(|cause| {
                        io::Error::new(cause.kind(), format!("UDP port {port} of {bind}: {cause}"))
                    })?,
                ))
            }
        };
        Ok(Self { core, abort, mapper })
    }

    /// The port of the core channel.
    ///
    /// # Errors
    ///
    /// The socket is gone.
    pub(super) fn port(&self) -> io::Result<u16> {
        Ok(self.core.local_addr()?.port())
    }

    /// Whether clients find the core channel where they look for it.
    pub(super) fn is_mapped(&self) -> bool {
        let mapper = self.mapper.as_ref().and_then(|(it, _)| it.local_addr().ok());
        mapper.is_some_and(|it| it.port() == PORTMAPPER_PORT)
    }

    /// Begins to serve.
    ///
    /// # Errors
    ///
    /// A socket is gone.
    pub(super) fn serve(self, devices: &Arc<Devices>) -> io::Result<()> {
        let links = Shared::default();
        let abort_port = self.abort.local_addr()?.port();
        let core = Mapping { program: CORE, version: VERSION, port: self.port()? };
        let abort = Mapping { program: ABORT, version: VERSION, port: abort_port };
        if let Some((streams, socket)) = self.mapper {
            let port = streams.local_addr()?.port();
            let own = Mapping { program: portmapper::PROGRAM, version: portmapper::VERSION, port };
            let mappings: Arc<[Mapping]> = Arc::new([own, core, abort]);
            tokio::spawn(portmapper::accept(mappings.clone(), streams));
            tokio::spawn(portmapper::hear(mappings, socket));
        }
        tokio::spawn(accept_aborts(links.clone(), self.abort, devices.len()));
        tokio::spawn(accept(devices.clone(), links, abort_port, self.core));
        Ok(())
    }
}

async fn accept(devices: Arc<Devices>, links: Shared, abort_port: u16, listener: TcpListener) {
    let room = Arc::new(Semaphore::new(MOST_CLIENTS * devices.len().max(1)));
    loop {
        let stream = next_client(&listener).await;
        let Ok(place) = room.clone().try_acquire_owned() else { continue };
        let (devices, links) = (devices.clone(), links.clone());
        tokio::spawn(async move {
            // However it ends, only this client is concerned.
            if let Ok(peer) = stream.peer_addr() {
                let (reader, writer) = stream.into_split();
                let client = Client::new(devices, links, abort_port, peer.ip());
                _ = client.serve(Records::new(reader, writer)).await;
            }
            drop(place);
        });
    }
}

/// The abort channel: a call that waits for something can be ended by another connection's.
async fn accept_aborts(links: Shared, listener: TcpListener, devices: usize) {
    let room = Arc::new(Semaphore::new(MOST_CLIENTS * devices.max(1)));
    loop {
        let stream = next_client(&listener).await;
        let Ok(place) = room.clone().try_acquire_owned() else { continue };
        let links = links.clone();
        tokio::spawn(async move {
            let (reader, writer) = stream.into_split();
            let mut records = Records::new(reader, writer);
            while let Ok(record) = records.next().await {
                let Some((call, arguments)) = Call::read(&record) else { break };
                let reply = abort(&call, arguments, &links);
                if records.send(&call.reply(reply)).await.is_err() {
                    break;
                }
            }
            drop(place);
        });
    }
}

fn abort(call: &Call, mut arguments: Reader<'_>, links: &Shared) -> Reply {
    match (call.program, call.version, call.procedure) {
        (ABORT, VERSION, 0) => Reply::Success(Writer::default()),
        (ABORT, VERSION, 1) => {
            let Some(link) = arguments.uint() else { return Reply::Garbage };
            let error = match lock(links).waiting.get(&link) {
                // A permit would end the next call; only who waits now is meant.
                Some(waits) => {
                    waits.notify_waiters();
                    core::Error::None
                }
                None => core::Error::InvalidLink,
            };
            Reply::Success(Writer::default().uint(error as u32))
        }
        (ABORT, VERSION, _) => Reply::NoProcedure,
        (ABORT, ..) => Reply::Mismatch(VERSION),
        _ => Reply::NoProgram,
    }
}

fn lock(links: &Shared) -> MutexGuard<'_, Links> {
    links.lock().unwrap_or_else(PoisonError::into_inner)
}
