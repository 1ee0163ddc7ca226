//! Streams to devices on Modbus: TCP ports and serial lines, behind the gate.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::task::{Context, Poll};

use pogo_hal::{Deadline, Error, LineSettings, Parity, Result, Stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_serial::{DataBits, ErrorKind, FlowControl, SerialPort, SerialStream, StopBits};

use super::Gate;
use super::connect::connect;

/// What has to be switched on at the other end.
const SERVICE: &str = "Modbus TCP";

/// A stream nothing of which is written any more once its gate is closed.
#[derive(Debug)]
struct Gated<S> {
    stream: S,
    gate: Gate,
}

/// Connects to `port` of `host`.
pub(super) async fn tcp(
    host: &str,
    port: u16,
    gate: Gate,
    deadline: Deadline,
) -> Result<Box<dyn Stream>> {
    // It sends without delay.
    let stream = connect(host, port, SERVICE, deadline).await?;
    Ok(Box::new(Gated { stream, gate }))
}

/// Opens the serial line at the device file `port`, for this program alone.
pub(super) fn serial(port: &str, line: &LineSettings, gate: Gate) -> Result<Box<dyn Stream>> {
    let settings = tokio_serial::new(port, line.baud)
        .data_bits(DataBits::Eight)
        .flow_control(FlowControl::None)
        .parity(match line.parity {
            Parity::None => tokio_serial::Parity::None,
            Parity::Even => tokio_serial::Parity::Even,
            Parity::Odd => tokio_serial::Parity::Odd,
        })
        .stop_bits(if line.stop_bits == 2 { StopBits::Two } else { StopBits::One });
    let stream = SerialStream::open(&settings).map_err(|cause| unopened(port, cause))?;
    Ok(Box::new(Gated { stream, gate }))
}

/// Why a line could not be opened: not there, not permitted, or somebody else's.
fn unopened(port: &str, cause: tokio_serial::Error) -> Error {
    let (message, hint) = match cause.kind() {
        ErrorKind::Io(io::ErrorKind::NotFound) => (
            format!("there is no `{port}`"),
            "is the adapter plugged in? `ls /dev/serial/by-id` lists those that are",
        ),
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => (
            format!("`{port}` may not be opened by this user"),
            "add the user to the group that the device file belongs to, most often `dialout`",
        ),
        ErrorKind::NoDevice => (
            format!("`{port}` is in use or gone: {cause}"),
            "end the program that has it (`fuser` names it), or plug the adapter in again",
        ),
        _ => (
            format!("`{port}` cannot be set up: {cause}"),
            "is it a serial line, and can it do this `baud`?",
        ),
    };
    Error::unreachable(message).with_hint(hint).caused_by(cause)
}

impl Stream for Gated<TcpStream> {
    fn is_there(&self) -> io::Result<()> {
        self.stream.peer_addr().map(drop)
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        Some(self.stream.as_fd())
    }
}

impl Stream for Gated<SerialStream> {
    fn is_there(&self) -> io::Result<()> {
        self.stream.bytes_to_read().map(drop).map_err(io::Error::from)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Gated<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gated<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self { stream, gate } = &mut *self;
        // The write itself does not block: it is in the kernel's hands, or pending.
        match gate.pass(|| Ok(Pin::new(stream).poll_write(context, bytes))) {
            Ok(written) => written,
            Err(closed) => Poll::Ready(Err(closed)),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_missing_forbidden_or_in_use_is_said_in_different_words() {
        let not_found = ErrorKind::Io(io::ErrorKind::NotFound);
        let forbidden = ErrorKind::Io(io::ErrorKind::PermissionDenied);
        for (kind, message, hint) in [
            (not_found, "there is no `/dev/ttyUSB0`", "plugged in"),
            (forbidden, "`/dev/ttyUSB0` may not be opened by this user", "`dialout`"),
            (ErrorKind::NoDevice, "`/dev/ttyUSB0` is in use or gone: why", "end the program"),
            (ErrorKind::Unknown, "`/dev/ttyUSB0` cannot be set up: why", "serial line"),
        ] {
            let error = unopened("/dev/ttyUSB0", tokio_serial::Error::new(kind, "why"));
            assert_eq!(error.kind(), pogo_hal::ErrorKind::Unreachable);
            assert_eq!(error.message(), message);
            assert!(error.hint().unwrap().contains(hint), "{error:?}");
        }
    }
}
