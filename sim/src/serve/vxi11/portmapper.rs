//! The portmapper, which says at which port a program is.
//!
//! Clients of VXI-11 ask it at port 111, over TCP or, to discover instruments, by a broadcast
//! over UDP. Source: RFC 1833, 3 (version 2).

use std::sync::Arc;

use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::rpc::{Call, Records, Reply};
use super::xdr::{Reader, Writer};
use crate::serve::device::{MOST_CLIENTS, PATIENCE, next_client};

/// The portmapper's own program and version.
pub(super) const PROGRAM: u32 = 100_000;
pub(super) const VERSION: u32 = 2;

/// IP's number for TCP.
pub(super) const TCP: u32 = 6;

/// A program that is served, over TCP.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mapping {
    pub(super) program: u32,
    pub(super) version: u32,
    pub(super) port: u16,
}

/// Answers over TCP.
pub(super) async fn accept(mappings: Arc<[Mapping]>, listener: TcpListener) {
    let room = Arc::new(Semaphore::new(MOST_CLIENTS));
    loop {
        let stream = next_client(&listener).await;
        let Ok(place) = room.clone().try_acquire_owned() else { continue };
        let mappings = mappings.clone();
        tokio::spawn(async move {
            let (reader, writer) = stream.into_split();
            let mut records = Records::new(reader, writer);
            // A question takes no time: whoever says nothing makes room for others.
            while let Ok(Ok(record)) = timeout(PATIENCE, records.next()).await {
                let Some(reply) = answer(&record, &mappings) else { break };
                if records.send(&reply).await.is_err() {
                    break;
                }
            }
            drop(place);
        });
    }
}

/// Answers over UDP, where discovery's broadcasts come.
pub(super) async fn hear(mappings: Arc<[Mapping]>, socket: UdpSocket) {
    let mut datagram = [0; 1024];
    loop {
        // An error is that of an earlier reply, which somebody did not want.
        let Ok((length, from)) = socket.recv_from(&mut datagram).await else { continue };
        if let Some(reply) = answer(&datagram[..length], &mappings) {
            _ = socket.send_to(&reply, from).await;
        }
    }
}

fn answer(record: &[u8], mappings: &[Mapping]) -> Option<Vec<u8>> {
    let (call, arguments) = Call::read(record)?;
    Some(call.reply(outcome(&call, arguments, mappings)))
}

fn outcome(call: &Call, mut arguments: Reader<'_>, mappings: &[Mapping]) -> Reply {
    if call.program != PROGRAM {
        return Reply::NoProgram;
    }
    if call.version != VERSION {
        return Reply::Mismatch(VERSION);
    }
    let results = Writer::default();
    match call.procedure {
        0 => Reply::Success(results),
        // Nobody registers anything here, or takes it away.
        1 | 2 => Reply::Success(results.uint(0)),
        3 => {
            let mut next = || arguments.uint();
            let (Some(program), Some(version), Some(protocol), Some(_)) =
                (next(), next(), next(), next())
            else {
                return Reply::Garbage;
            };
            let found = mappings
                .iter()
                .find(|it| it.program == program && it.version == version && protocol == TCP);
            Reply::Success(results.uint(found.map_or(0, |it| it.port.into())))
        }
        4 => {
            let listed = mappings.iter().fold(results, |all, it| {
                all.uint(1).uint(it.program).uint(it.version).uint(TCP).uint(it.port.into())
            });
            Reply::Success(listed.uint(0))
        }
        _ => Reply::NoProcedure,
    }
}
