//! What a client has sent and nobody has looked at yet.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// Bytes that are read from a client at once.
const PIECE: usize = 16 * 1024;

/// A reader with a buffer. Unlike a future that reads a whole frame, waiting for more may be
/// dropped at any time: what has arrived is then still here.
#[derive(Debug)]
pub(super) struct Intake<R> {
    reader: R,
    bytes: Vec<u8>,
    at: usize,
}

impl<R: AsyncRead + Unpin> Intake<R> {
    /// Nothing has arrived from `reader` yet.
    pub(super) fn new(reader: R) -> Self {
        Self { reader, bytes: Vec::new(), at: 0 }
    }

    /// What has arrived.
    pub(super) fn held(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// Forgets the first `count` bytes of [`Intake::held`], or all if there are fewer; how many
    /// it were.
    pub(super) fn consume(&mut self, count: usize) -> usize {
        let count = count.min(self.bytes.len() - self.at);
        self.at += count;
        if self.at == self.bytes.len() {
            self.bytes.clear();
            self.at = 0;
        }
        count
    }

    /// Waits for more. Whoever calls it has a limit on what it lets this hold.
    ///
    /// # Errors
    ///
    /// The connection is gone, or the client has ended it: `UnexpectedEof`.
    pub(super) async fn more(&mut self) -> io::Result<()> {
        if self.at > 0 {
            self.bytes.drain(..self.at);
            self.at = 0;
        }
        self.bytes.reserve(PIECE);
        match self.reader.read_buf(&mut self.bytes).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Waits until the client is gone; meanwhile it may send as much as `room` bytes.
    pub(super) async fn gone(&mut self, room: usize) {
        while self.held().len() < room {
            if self.more().await.is_err() {
                return;
            }
        }
        std::future::pending().await
    }
}
