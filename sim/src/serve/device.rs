//! An instrument as its faces share it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use super::lock::Lock;
use crate::Bench;
use crate::link::Link;

/// The longest message that is taken in; a longer one is dropped and leaves -363 behind.
pub(super) const LONGEST: usize = 64 * 1024;

/// A client that has sent so many messages ahead of the instrument has to wait.
pub(super) const AHEAD: usize = 16;

/// Clients that one face of an instrument serves at once.
pub(super) const MOST_CLIENTS: usize = 64;

/// A client that does not take its response for so long is hung up on.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A client that takes longer to say what it wants is hung up on.
pub(super) const HANDSHAKE: Duration = Duration::from_secs(10);

/// See the module's own words.
#[derive(Debug)]
pub(super) struct Device {
    bench: Arc<Bench>,
    index: usize,
    /// Who may talk to it.
    pub(super) lock: Lock,
}

/// The instruments in the order of the fixture, and the clients that there have been.
#[derive(Debug)]
pub(super) struct Devices {
    all: Vec<Device>,
    clients: AtomicU64,
}

impl Devices {
    /// Those of `bench`.
    pub(super) fn of(bench: &Arc<Bench>) -> Arc<Self> {
        let device = |index| Device { bench: bench.clone(), index, lock: Lock::new() };
        let all = (0..bench.places().len()).map(device).collect();
        Arc::new(Self { all, clients: AtomicU64::new(0) })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The one that is called `prefix` and its number, as in `inst0`. Names are told apart
    /// without regard to case, as VISA does.
    pub(super) fn named(&self, prefix: &str, name: &[u8]) -> Option<usize> {
        let name = std::str::from_utf8(name).ok()?.to_ascii_lowercase();
        let number = name.strip_prefix(prefix)?;
        (0..self.len()).find(|index| index.to_string() == number)
    }

    /// A client's visit to the instrument at `index`; `None` if it refuses connections.
    pub(super) fn visit(self: &Arc<Self>, index: usize) -> Option<Visit> {
        let device = self.all.get(index)?;
        let link = device.bench.link(device.index)?;
        let client = self.clients.fetch_add(1, Ordering::Relaxed);
        Some(Visit { devices: self.clone(), index, client, link })
    }
}

/// One client at one instrument. Dropping it hangs up and gives back its locks.
#[derive(Debug)]
pub(super) struct Visit {
    devices: Arc<Devices>,
    index: usize,
    /// Its number, by which locks know it.
    pub(super) client: u64,
    /// The connection.
    pub(super) link: Link,
}

impl Visit {
    /// Who may talk to the instrument.
    pub(super) fn lock(&self) -> &Lock {
        &self.devices.all[self.index].lock
    }

    /// Whether a lock of somebody else is in the way.
    pub(super) fn kept_out(&self) -> bool {
        self.lock().keeps_out(self.client)
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.lock().forget(self.client);
    }
}

/// The next client of `listener`, whose messages are sent without delay.
pub(super) async fn next_client(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) if stream.set_nodelay(true).is_ok() => return stream,
            // Gone already.
            Ok(_) => {}
            // Out of descriptors, most likely: others have to hang up first.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Writes all of `bytes`, in one piece: two writes would wait for each other's acknowledgement at
/// some clients.
///
/// # Errors
///
/// The client is gone, or does not take it for [`PATIENCE`].
pub(super) async fn write_all(
    writer: &mut (impl tokio::io::AsyncWrite + Unpin),
    bytes: &[u8],
) -> io::Result<()> {
    use tokio::io::AsyncWriteExt;
    tokio::time::timeout(PATIENCE, writer.write_all(bytes)).await?
}
