//! The stream below a client: what is said on it is logged, and what went on with it is known.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use pogo_hal::{Direction, Stream, WireLog};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Clones are the same stream: the client has one, whoever makes it fit again has another.
#[derive(Clone, Debug)]
pub(super) struct Tap {
    inner: Arc<Mutex<Inner>>,
    log: Arc<WireLog>,
}

#[derive(Debug)]
struct Inner {
    stream: Box<dyn Stream>,
    /// Bytes that have come since somebody asked.
    received: usize,
    /// The other end is gone.
    ended: bool,
}

impl Tap {
    pub(super) fn new(stream: Box<dyn Stream>, log: Arc<WireLog>) -> Self {
        let inner = Inner { stream, received: 0, ended: false };
        Self { inner: Arc::new(Mutex::new(inner)), log }
    }

    /// How many bytes have come since this was last asked.
    pub(super) fn take_received(&self) -> usize {
        std::mem::take(&mut self.lock().received)
    }

    /// Whether the other end is gone.
    pub(super) fn has_ended(&self) -> bool {
        self.lock().ended
    }

    /// Whether our end is still there.
    pub(super) fn is_there(&self) -> io::Result<()> {
        self.lock().stream.is_there()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsyncRead for Tap {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let mut inner = self.lock();
        let read = Pin::new(&mut inner.stream).poll_read(context, buffer);
        if let Poll::Ready(Ok(())) = read {
            let come = &buffer.filled()[before..];
            inner.received += come.len();
            inner.ended |= come.is_empty();
            if !come.is_empty() {
                self.log.push(Direction::Received, come);
            }
        }
        read
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.lock().stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = written {
            self.log.push(Direction::Sent, &bytes[..count]);
        }
        written
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.lock().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.lock().stream).poll_shutdown(context)
    }
}
