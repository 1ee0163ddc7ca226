//! A TCP connection that carries messages with a length of their own.

use std::io::{self, Read, Write};
use std::time::Duration;

use pogo_hal::{Deadline, Error, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::TcpStream;

use super::Gate;
use super::connect::connect;

/// Bytes that are read at once.
const PIECE: usize = 64 * 1024;

/// How long the end of a connection may take.
const GOODBYE: Duration = Duration::from_millis(100);

/// A connection to one service of an instrument. Whatever waits here may be dropped at any time:
/// what has come is then still here, and what was not sent yet is sent before anything else.
#[derive(Debug)]
pub struct Stream {
    /// Whom errors name: `HiSLIP at 192.0.2.21:4880`.
    name: String,
    /// `None` once it is broken.
    stream: Option<TcpStream>,
    gate: Gate,
    incoming: Vec<u8>,
    taken: usize,
    outgoing: Vec<u8>,
    sent: usize,
}

impl Stream {
    /// Connects to `port` of `host`, where `service` is said to listen.
    ///
    /// # Errors
    ///
    /// Those of [`connect`].
    pub async fn dial(
        service: &str,
        host: &str,
        port: u16,
        gate: Gate,
        deadline: Deadline,
    ) -> Result<Self> {
        let stream = connect(host, port, service, deadline).await;
        let stream = stream.map_err(|error| error.context(service))?;
        Ok(Self {
            name: format!("{service} at {host}:{port}"),
            stream: Some(stream),
            gate,
            incoming: Vec::new(),
            taken: 0,
            outgoing: Vec::new(),
            sent: 0,
        })
    }

    /// Whom errors name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What has come.
    pub fn held(&self) -> &[u8] {
        self.incoming.get(self.taken..).unwrap_or_default()
    }

    /// Forgets the first `count` bytes of [`Stream::held`].
    pub fn consume(&mut self, count: usize) {
        self.taken += count;
        if self.taken >= self.incoming.len() {
            self.incoming.clear();
            self.taken = 0;
        }
    }

    /// Waits for more to come. Whoever calls it has a limit on what it lets this hold.
    ///
    /// # Errors
    ///
    /// `Unreachable` if the connection is over.
    pub async fn more(&mut self) -> Result<()> {
        self.incoming.drain(..self.taken);
        self.taken = 0;
        self.incoming.reserve(PIECE);
        let Some(stream) = &mut self.stream else { return Err(self.gone()) };
        match stream.read_buf(&mut self.incoming).await {
            Ok(0) => {
                self.stream = None;
                Err(self.gone())
            }
            Ok(_) => Ok(()),
            Err(cause) => Err(self.lost(cause)),
        }
    }

    /// What is going to be sent by [`Stream::flush`]; to be appended to.
    pub fn outgoing(&mut self) -> &mut Vec<u8> {
        &mut self.outgoing
    }

    /// Whether everything was sent.
    pub fn is_flushed(&self) -> bool {
        self.sent >= self.outgoing.len()
    }

    /// Sends what is going to be sent.
    ///
    /// # Errors
    ///
    /// `Unreachable` if the connection is over, `Timeout` if the other end does not take it,
    /// `Stopped` if the gate is closed.
    pub async fn flush(&mut self, deadline: Deadline) -> Result<()> {
        while let Some(rest) = self.outgoing.get(self.sent..).filter(|it| !it.is_empty()) {
            let Some(stream) = &mut self.stream else { return Err(self.gone()) };
            let write =
                stream.async_io(Interest::WRITABLE, || self.gate.pass(|| stream.try_write(rest)));
            match deadline.bound(write).await {
                Some(Ok(count)) => self.sent += count,
                Some(Err(cause)) if cause.kind() == io::ErrorKind::PermissionDenied => {
                    return Err(Error::stopped("the bench was taken out of this run's hands"));
                }
                Some(Err(cause)) => return Err(self.lost(cause)),
                None => return Err(self.silent()),
            }
        }
        self.outgoing.clear();
        self.sent = 0;
        Ok(())
    }

    /// Sends what is going to be sent, waits for an answer of `length` bytes, and closes the
    /// connection: whoever says goodbye and does not wait for the answer resets it, over which some
    /// servers stumble. Blocks, for as long as it takes, [`GOODBYE`] at most; for whoever is dropped.
    pub fn close_after_answer(&mut self, length: usize) {
        let Some(stream) = self.stream.take().and_then(|it| it.into_std().ok()) else { return };
        let mut answer = vec![0; length];
        let mut farewell = || {
            stream.set_nonblocking(false)?;
            stream.set_write_timeout(Some(GOODBYE))?;
            stream.set_read_timeout(Some(GOODBYE))?;
            self.gate.pass(|| (&stream).write_all(&self.outgoing))?;
            (&stream).read_exact(&mut answer)
        };
        // What does not come to its end leaves a connection that is closed as it is.
        _ = farewell();
    }

    /// Says to the other end that nothing follows, and lets it go on with what it has: to close a
    /// connection on which something is still to come would reset it.
    pub async fn shut_down(&mut self) {
        if let Some(stream) = &mut self.stream {
            // Never waits on TCP, and a connection that is broken already is no news.
            _ = stream.shutdown().await;
        }
    }

    /// What came is no message of the service; the connection is of no use any more.
    pub fn garbled(&mut self, what: &str) -> Error {
        self.stream = None;
        Error::garbled(format!("{} sent {what}", self.name)).with_hint(
            "check the port in `address`: something else may listen there than the service meant",
        )
    }

    /// The other end has said that it is over.
    pub fn close(&mut self) {
        self.stream = None;
    }

    /// No answer has come in time.
    pub fn silent(&self) -> Error {
        Error::timeout(format!("{} did not answer in time", self.name))
    }

    fn gone(&self) -> Error {
        Error::unreachable(format!("{} closed the connection", self.name))
            .with_hint("the instrument may have been switched off, or serves only so many at once")
    }

    fn lost(&mut self, cause: io::Error) -> Error {
        self.stream = None;
        Error::unreachable(format!("the connection to {} broke: {cause}", self.name))
            .with_hint("check power and cable")
            .caused_by(cause)
    }
}
