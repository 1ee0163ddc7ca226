//! Conversations with message instruments, as VISA has them.

use std::os::fd::BorrowedFd;

use async_trait::async_trait;

use crate::{Deadline, Error, Line, LineSettings, Resource, Result, Stream};

/// An open conversation with one message instrument.
///
/// Any method may be dropped half way: the exchange is then *spoilt*, because its reply may still
/// come. Whoever drops one calls [`Session::recover`] before the next exchange. All methods can
/// fail as `Unreachable` and as `Timeout` at the deadline, after which the exchange is spoilt too.
#[async_trait]
pub trait Session: Send {
    /// Sends one program message; the transport adds its terminator. Returns once it is handed to
    /// the transport, which is before the instrument has carried it out.
    async fn write(&mut self, message: &[u8], deadline: Deadline) -> Result<()>;

    /// Puts one whole response message into `response`, without its terminator, replacing what
    /// was there.
    ///
    /// # Errors
    ///
    /// `Garbled` if the message is longer than the session is prepared to hold.
    async fn read(&mut self, response: &mut Vec<u8>, deadline: Deadline) -> Result<()>;

    /// The status byte, read without disturbing the message exchange.
    ///
    /// # Errors
    ///
    /// `Unsupported` where the transport has no serial poll, such as a raw socket.
    ///
    /// Source: IEEE 488.2-1992, 11.2.
    async fn status_byte(&mut self, deadline: Deadline) -> Result<u8>;

    /// Empties the instrument's input and output buffers.
    ///
    /// # Errors
    ///
    /// `Unsupported` where the transport has no such message, such as a raw socket.
    ///
    /// Source: IEEE 488.2-1992, 5.8.
    async fn device_clear(&mut self, deadline: Deadline) -> Result<()>;

    /// Triggers the instrument.
    ///
    /// # Errors
    ///
    /// `Unsupported` where the transport has no such message; `*TRG` is then the way.
    async fn trigger(&mut self, deadline: Deadline) -> Result<()>;

    /// Makes the session fit for the next exchange after one was spoilt: nothing that belongs to
    /// an earlier exchange can be read from it any more. What was sent before may or may not have
    /// been carried out. How it is done is the transport's: raw TCP dials anew.
    async fn recover(&mut self, deadline: Deadline) -> Result<()>;

    /// The connection itself, for whoever has to speak on it when this process cannot; `None` if
    /// it is nothing that outlives this process, such as a simulated one. Another one after
    /// [`Session::recover`].
    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

/// Opens sessions: the real wires and the simulated bench are two of these.
#[async_trait]
pub trait Dial: Send + Sync {
    /// Opens a conversation with whoever answers at `resource`.
    ///
    /// # Errors
    ///
    /// `Unreachable` if nobody does, `Unsupported` if this cannot speak to such an address.
    async fn dial(&self, resource: &Resource, deadline: Deadline) -> Result<Box<dyn Session>>;

    /// Opens a stream of bytes to the Modbus devices at `resource`: a TCP port, or a serial line
    /// that is set up as `line` says.
    ///
    /// # Errors
    ///
    /// `Unreachable` if there is nothing, or it may not be opened, or somebody else has it;
    /// `Unsupported` if this has no such streams.
    async fn dial_modbus(
        &self,
        resource: &Resource,
        _line: &LineSettings,
        _deadline: Deadline,
    ) -> Result<Box<dyn Stream>> {
        Err(Error::unsupported(format!("nobody speaks Modbus at `{resource}` here")))
    }

    /// Opens the serial line at `resource` for bytes, without a message exchange.
    ///
    /// # Errors
    ///
    /// `Unreachable` if there is none, if somebody else has it, or if it may not be opened;
    /// `Unsupported` if this cannot open such an address.
    async fn line(
        &self,
        resource: &Resource,
        _settings: &LineSettings,
        _deadline: Deadline,
    ) -> Result<Box<dyn Line>> {
        Err(Error::unsupported(format!("no serial line is here at `{resource}`")))
    }
}
