//! HiSLIP: two TCP connections, one for messages and one for what has to get past them.
//!
//! Synchronized mode, without encryption. Every response carries the number of the message that it
//! answers: one that comes late is known by that and dropped. To recover is to clear the device on
//! both connections; only if that does not come to its end, or if what was asked after the last one
//! stayed unanswered, is the server dialled anew. The old connections are then shut down for writing and kept until the next recovery, for the reason that
//! raw TCP has.
//!
//! Source: IVI-6.1, "High-Speed LAN Instrument Protocol", revision 1.1.

mod channel;
mod line;

use async_trait::async_trait;
use pogo_hal::{Deadline, Error, ErrorKind, Result, Session};

use self::line::Line;
use super::Gate;
use super::cleared::Cleared;

/// The port that is registered for it.
const PORT: u16 = 4880;

/// A HiSLIP session with one instrument.
pub struct HislipSession {
    host: String,
    port: u16,
    name: String,
    gate: Gate,
    line: Option<Line>,
    previous: Option<Line>,
    cleared: Cleared,
}

impl HislipSession {
    /// Begins a session with `device` of `host`: `hislip0`, or with a port `hislip0,4881`.
    ///
    /// # Errors
    ///
    /// `Unreachable` if nobody is there or it refuses, `Garbled` if it is no HiSLIP server.
    pub async fn dial(host: &str, device: &str, gate: Gate, deadline: Deadline) -> Result<Self> {
        let (name, port) = match device.split_once(',') {
            None => (device, PORT),
            Some((name, digits)) => match digits.parse() {
                Ok(port) => (name, port),
                Err(_) => {
                    return Err(Error::unreachable(format!("`{digits}` is no TCP port"))
                        .with_hint("write `TCPIP::host::hislip0,4881::INSTR`"));
                }
            },
        };
        let line = Line::dial(host, port, name, &gate, deadline).await?;
        let (host, name) = (host.to_owned(), name.to_owned());
        Ok(Self { host, port, name, gate, line: Some(line), previous: None, cleared: Cleared::Fit })
    }

    fn line(&mut self) -> Result<&mut Line> {
        let (host, port) = (&self.host, self.port);
        self.line.as_mut().ok_or_else(|| none(host, port))
    }
}

fn none(host: &str, port: u16) -> Error {
    Error::unreachable(format!("there is no connection to HiSLIP at {host}:{port}"))
        .with_hint("check power and cable")
}

#[async_trait]
impl Session for HislipSession {
    async fn write(&mut self, message: &[u8], deadline: Deadline) -> Result<()> {
        self.line()?.write(message, deadline).await
    }

    async fn read(&mut self, response: &mut Vec<u8>, deadline: Deadline) -> Result<()> {
        let Some(line) = &mut self.line else { return Err(none(&self.host, self.port)) };
        self.cleared.watch(line.read(response, deadline)).await
    }

    async fn status_byte(&mut self, deadline: Deadline) -> Result<u8> {
        self.line()?.status_byte(deadline).await
    }

    async fn device_clear(&mut self, deadline: Deadline) -> Result<()> {
        self.line()?.clear(deadline).await
    }

    async fn trigger(&mut self, deadline: Deadline) -> Result<()> {
        self.line()?.trigger(deadline).await
    }

    async fn recover(&mut self, deadline: Deadline) -> Result<()> {
        let helps = |it: &&mut Line| self.cleared.helps() && !it.is_half_cleared();
        if let Some(line) = self.line.as_mut().filter(helps) {
            // The other half is for dialling, should the server not get on with it.
            match line.clear(Deadline::after(deadline.remaining() / 2)).await {
                Err(error) if error.kind() == ErrorKind::Stopped => return Err(error),
                Err(_) => {}
                Ok(()) => {
                    self.cleared.now();
                    return Ok(());
                }
            }
        }
        if let Some(mut line) = self.line.take() {
            line.shut_down().await;
            self.previous = Some(line);
        }
        let line = Line::dial(&self.host, self.port, &self.name, &self.gate, deadline).await?;
        self.line = Some(line);
        self.cleared = Cleared::Fit;
        Ok(())
    }
}
