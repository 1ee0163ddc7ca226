//! Connections that carry bytes and know no messages.

use std::fmt;
use std::io;
use std::os::fd::BorrowedFd;

use tokio::io::{AsyncRead, AsyncWrite};

/// A stream of bytes to one device or to several: a TCP connection, a serial line.
pub trait Stream: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin {
    /// Whether the bench's end of it is still there: an adapter may have been unplugged.
    ///
    /// # Errors
    ///
    /// It is not.
    fn is_there(&self) -> io::Result<()>;

    /// The connection itself, for whoever has to speak on it when this process cannot; `None` if it
    /// is nothing that outlives this process.
    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

/// How a serial line is set up; eight data bits always. Source: MODBUS over Serial Line V1.02, 2.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SerialLine {
    /// Bits per second.
    pub baud: u32,
    /// The parity bit.
    pub parity: Parity,
    /// Stop bits, 1 or 2.
    pub stop_bits: u8,
}

impl Default for SerialLine {
    /// What the standard asks every device to have: 19200 bit/s, even parity.
    fn default() -> Self {
        Self { baud: 19_200, parity: Parity::Even, stop_bits: 1 }
    }
}

/// A parity bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parity {
    /// There is none.
    None,
    /// Even.
    Even,
    /// Odd.
    Odd,
}
