//! HiSLIP: two TCP connections per client, one for messages and one for everything that has to
//! get past them.
//!
//! Synchronized mode only, without encryption. Source: IVI-6.1, "High-Speed LAN Instrument
//! Protocol", revision 1.1.

mod frame;
mod session;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

use self::frame::{Channel, Fault, kind};
use self::session::Session;
use super::device::{Devices, HANDSHAKE, MOST_CLIENTS, next_client};

/// The port that is registered for it.
pub(super) const PORT: u16 = 4880;

/// The newest version that is spoken: 1.1, major and minor in a byte each.
const VERSION: u16 = 0x0101;

/// Who made this server, as two letters.
const VENDOR: u32 = u32::from_be_bytes([0, 0, b'P', b'G']);

/// Sessions that have their first connection and wait for the second.
type Waiting = Arc<Mutex<BTreeMap<u16, oneshot::Sender<Channel>>>>;

/// Serves all instruments at one port; they are `hislip0` and so on.
pub(super) async fn accept(devices: Arc<Devices>, listener: TcpListener) {
    // Two connections per client.
    let room = Arc::new(Semaphore::new(2 * MOST_CLIENTS * devices.len().max(1)));
    let waiting = Waiting::default();
    let mut session = 0;
    loop {
        let stream = next_client(&listener).await;
        session = next_number(&waiting, session);
        let Ok(place) = room.clone().try_acquire_owned() else {
            // Out of the way of everybody else; what it says is not waited for.
            tokio::spawn(async move { Channel::new(stream).complain(Fault::FULL).await });
            continue;
        };
        let (devices, waiting) = (devices.clone(), waiting.clone());
        tokio::spawn(async move {
            // However it ends, only this client is concerned.
            _ = begin(stream, session, &devices, &waiting).await;
            drop(place);
        });
    }
}

/// A number that no waiting session has.
fn next_number(waiting: &Waiting, last: u16) -> u16 {
    let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let mut number = last.wrapping_add(1);
    // There are far fewer places than numbers.
    while waiting.contains_key(&number) {
        number = number.wrapping_add(1);
    }
    number
}

/// Finds out which of a session's two connections this is. Source: IVI-6.1, 6.1.
async fn begin(
    stream: TcpStream,
    session: u16,
    devices: &Arc<Devices>,
    waiting: &Waiting,
) -> io::Result<()> {
    let mut channel = Channel::new(stream);
    let first = match timeout(HANDSHAKE, channel.next()).await? {
        Ok(frame) => frame,
        Err(cause) if cause.kind() == io::ErrorKind::InvalidData => {
            return channel.complain(Fault::MALFORMED).await;
        }
        Err(cause) => return Err(cause),
    };
    match (first.kind, first.payload) {
        (kind::INITIALIZE, Some(name)) => {
            let version = u16::try_from(first.parameter >> 16).unwrap_or(VERSION).min(VERSION);
            let name = if name.is_empty() { b"hislip0" } else { name.as_slice() };
            let visit = devices.named("hislip", name).and_then(|it| devices.visit(it));
            let Some(visit) = visit else {
                let fault = Fault::Fatal(3, "there is no such instrument here");
                return channel.complain(fault).await;
            };
            let (sender, receiver) = oneshot::channel();
            lock(waiting).insert(session, sender);
            let parameter = u32::from(version) << 16 | u32::from(session);
            // Control code 0: synchronized mode is preferred, and is all there is.
            let outcome = async {
                channel.send(kind::INITIALIZE_RESPONSE, 0, parameter, &[]).await?;
                second(&mut channel, receiver).await
            };
            let outcome = outcome.await;
            lock(waiting).remove(&session);
            match outcome? {
                Some(second) => Session::new(channel, second, visit).serve().await,
                None => channel.complain(Fault::HALF_OPEN).await,
            }
        }
        (kind::ASYNC_INITIALIZE, Some(_)) => {
            let of = u16::try_from(first.parameter).ok().and_then(|it| lock(waiting).remove(&it));
            let Some(of) = of else { return channel.complain(Fault::SEQUENCE).await };
            channel.send(kind::ASYNC_INITIALIZE_RESPONSE, 0, VENDOR, &[]).await?;
            // Should the first connection be gone by now, so is this one.
            drop(of.send(channel));
            Ok(())
        }
        _ => channel.complain(Fault::SEQUENCE).await,
    }
}

/// The second connection of a session; `None` if the client goes on without.
async fn second(
    first: &mut Channel,
    receiver: oneshot::Receiver<Channel>,
) -> io::Result<Option<Channel>> {
    tokio::select! {
        biased;
        second = receiver => second.map(Some).map_err(|_| io::ErrorKind::ConnectionAborted.into()),
        early = first.next() => early.map(|_| None),
        () = tokio::time::sleep(HANDSHAKE) => Ok(None),
    }
}

fn lock(waiting: &Waiting) -> std::sync::MutexGuard<'_, BTreeMap<u16, oneshot::Sender<Channel>>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
