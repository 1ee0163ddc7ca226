//! Raw TCP: messages end in a line feed, and nothing else is on the wire.
//!
//! Such a socket has no status byte, device clear or trigger. To recover is to dial anew; the old
//! connection is only shut down for writing and kept until the next recovery, because closing one
//! on which a reply is still to come resets it, and an instrument whose connection is reset may
//! forget the messages behind the one it is at: our `OUTP OFF` behind an `OUTP ON`.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use async_trait::async_trait;
use pogo_hal::{Deadline, Error, Result, Session};
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::TcpStream;

use super::Gate;
use super::connect::connect;
use super::message::{LONGEST, SPOIL, Scanner};

/// What has to be switched on.
const SERVICE: &str = "the instrument's raw socket";

/// A raw TCP connection to one instrument.
pub struct TcpSession {
    host: String,
    port: u16,
    stream: Option<TcpStream>,
    previous: Option<TcpStream>,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    sent: usize,
    gate: Gate,
}

impl TcpSession {
    /// Connects to `port` of `host`, which is a name or an address.
    pub async fn dial(host: &str, port: u16, gate: Gate, deadline: Deadline) -> Result<Self> {
        Ok(Self::over(connect(host, port, SERVICE, deadline).await?, host, port, gate))
    }

    /// Goes on with a connection that somebody else has left, perhaps in the middle of a message:
    /// the first thing said on it makes an error of that.
    pub fn adopt(host: &str, port: u16, descriptor: OwnedFd) -> io::Result<Self> {
        let stream = std::net::TcpStream::from(descriptor);
        stream.set_nonblocking(true)?;
        let mut session = Self::over(TcpStream::from_std(stream)?, host, port, Gate::default());
        // As if the first byte of two had been written.
        session.outgoing.extend_from_slice(&[0; 2]);
        session.sent = 1;
        Ok(session)
    }

    fn over(stream: TcpStream, host: &str, port: u16, gate: Gate) -> Self {
        Self {
            stream: Some(stream),
            host: host.to_owned(),
            port,
            previous: None,
            incoming: Vec::with_capacity(4096),
            outgoing: Vec::with_capacity(256),
            sent: 0,
            gate,
        }
    }

    fn lost(&mut self, cause: io::Error) -> Error {
        self.stream = None;
        Error::unreachable(format!("the connection to {}:{} broke: {cause}", self.host, self.port))
            .with_hint(
                "check power and cable, and whether another program has taken the instrument",
            )
            .caused_by(cause)
    }

    fn silent(&self) -> Error {
        Error::timeout(format!("{}:{} did not answer in time", self.host, self.port))
    }

    fn cannot(&self, what: &str) -> Error {
        Error::unsupported(format!("a raw socket has no {what}"))
    }
}

fn gone(host: &str, port: u16) -> Error {
    Error::unreachable(format!("{host}:{port} closed the connection"))
        .with_hint("the instrument may have been switched off, or serves one connection at a time")
}

#[async_trait]
impl Session for TcpSession {
    async fn write(&mut self, message: &[u8], deadline: Deadline) -> Result<()> {
        // Message and terminator in one write, which the kernel sends as one segment.
        let half_written = self.sent > 0 && self.sent < self.outgoing.len();
        self.outgoing.clear();
        if half_written {
            // Without this, `VOLT 4.` of an abandoned `VOLT 4.75` would be carried out.
            self.outgoing.extend_from_slice(SPOIL);
        }
        self.outgoing.extend_from_slice(message);
        self.outgoing.push(b'\n');
        self.sent = 0;
        let Some(stream) = &mut self.stream else { return Err(gone(&self.host, self.port)) };
        while let Some(rest) = self.outgoing.get(self.sent..).filter(|rest| !rest.is_empty()) {
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
        Ok(())
    }

    async fn read(&mut self, response: &mut Vec<u8>, deadline: Deadline) -> Result<()> {
        let mut scanner = Scanner::default();
        loop {
            match scanner.end(&self.incoming) {
                Ok(Some(end)) => {
                    let message = &self.incoming[..end];
                    response.clear();
                    response.extend_from_slice(message.strip_suffix(b"\r").unwrap_or(message));
                    self.incoming.drain(..=end);
                    return Ok(());
                }
                Ok(None) => {}
                Err(_) => {
                    return Err(Error::garbled(format!(
                        "{}:{} sent a message of more than {LONGEST} bytes",
                        self.host, self.port
                    )));
                }
            }
            let Some(stream) = &mut self.stream else { return Err(gone(&self.host, self.port)) };
            if self.incoming.capacity() == self.incoming.len() {
                self.incoming.reserve(4096.max(self.incoming.len()));
            }
            match deadline.bound(stream.read_buf(&mut self.incoming)).await {
                Some(Ok(0)) => {
                    self.stream = None;
                    return Err(gone(&self.host, self.port));
                }
                Some(Ok(_)) => {}
                Some(Err(cause)) => return Err(self.lost(cause)),
                None => return Err(self.silent()),
            }
        }
    }

    async fn status_byte(&mut self, _deadline: Deadline) -> Result<u8> {
        Err(self.cannot("status byte"))
    }

    async fn device_clear(&mut self, _deadline: Deadline) -> Result<()> {
        Err(self.cannot("device clear"))
    }

    async fn trigger(&mut self, _deadline: Deadline) -> Result<()> {
        Err(self.cannot("trigger"))
    }

    async fn recover(&mut self, deadline: Deadline) -> Result<()> {
        self.incoming.clear();
        self.outgoing.clear();
        self.sent = 0;
        if let Some(mut stream) = self.stream.take() {
            // Never waits on TCP, and an old connection that is broken already is no news.
            _ = stream.shutdown().await;
            self.previous = Some(stream);
        }
        self.stream = Some(connect(&self.host, self.port, SERVICE, deadline).await?);
        Ok(())
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.stream.as_ref().map(AsFd::as_fd)
    }
}
