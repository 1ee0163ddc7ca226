//! The driver's end of a line to simulated devices, in this process.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll};

use pogo_hal::Stream;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};

use super::line::{Bus, Wrong, serve};
use crate::World;

/// More than the longest frame.
const BUFFER: usize = 1024;

/// See the module's own words.
#[derive(Debug)]
struct SimulatedStream {
    ours: DuplexStream,
    wrong: Wrong,
}

/// A line to the devices of `bus`, which a task of this runtime serves.
pub(crate) fn connect(world: &Arc<World>, bus: Bus) -> Box<dyn Stream> {
    let (stream, theirs, wrong) = pair();
    tokio::spawn(serve(world.clone(), bus, theirs, Some(wrong)));
    stream
}

/// The driver's end of a line, the other one, and where whoever has that says why it ends.
pub(crate) fn pair() -> (Box<dyn Stream>, DuplexStream, Wrong) {
    let (ours, theirs) = duplex(BUFFER);
    let wrong = Wrong::default();
    (Box::new(SimulatedStream { ours, wrong: wrong.clone() }), theirs, wrong)
}

impl AsyncRead for SimulatedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.ours).poll_read(context, buffer);
        if let Poll::Ready(Ok(())) = read
            && buffer.filled().len() == before
            && let Some(wrong) = &*self.wrong.lock().unwrap_or_else(PoisonError::into_inner)
        {
            return Poll::Ready(Err(io::Error::other(wrong.clone())));
        }
        read
    }
}

impl AsyncWrite for SimulatedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.ours).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.ours).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.ours).poll_shutdown(context)
    }
}

impl Stream for SimulatedStream {
    fn is_there(&self) -> io::Result<()> {
        Ok(())
    }
}
