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
