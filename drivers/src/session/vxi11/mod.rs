//! VXI-11: messages as remote procedure calls.
//!
//! The instrument is told with every call how long it may take, which is what is left of the
//! deadline; a lock that somebody else holds is waited for half as long, so that there is time to
//! say whose fault it is. This client locks nothing. To recover is to abort what still waits, over a
//! connection of its own, and to clear the device; only if that does not come to its end, or if what
//! was asked after the last one stayed unanswered, is another link opened. The old connection is then shut down for writing and kept until the next recovery,
//! for the reason that raw TCP has.
//!
//! Source: VXI-11, "TCP/IP Instrument Protocol Specification", revision 1.0, and VXI-11.3.

mod core;
mod link;
mod portmapper;
mod rpc;
mod xdr;

use async_trait::async_trait;
use pogo_hal::{Deadline, Error, ErrorKind, Result, Session};

use self::link::Link;
use super::Gate;
use super::cleared::Cleared;

/// A VXI-11 link to one instrument.
pub struct Vxi11Session {
    host: String,
    /// The core channel's; the portmapper is asked if there is none.
    port: Option<u16>,
    device: String,
    gate: Gate,
    link: Option<Link>,
    previous: Option<Link>,
    cleared: Cleared,
}

impl Vxi11Session {
    /// Opens a link to `device`, such as `inst0`, of `host`. A port behind the host, as in
    /// `192.0.2.21,1024`, is that of the core channel.
    ///
    /// # Errors
    ///
    /// `Unreachable` if nobody is there or there is no such device.
    pub async fn dial(host: &str, device: &str, gate: Gate, deadline: Deadline) -> Result<Self> {
        let (host, port) = match host.split_once(',') {
            None => (host, None),
            Some((host, digits)) => match digits.parse() {
                Ok(port) => (host, Some(port)),
                Err(_) => {
                    return Err(Error::unreachable(format!("`{digits}` is no TCP port"))
                        .with_hint("write `TCPIP::host,1024::inst0::INSTR`"));
                }
            },
        };
        let link = open(host, port, device, &gate, deadline).await?;
        let (host, device) = (host.to_owned(), device.to_owned());
        Ok(Self {
            host,
            port,
            device,
            gate,
            link: Some(link),
            previous: None,
            cleared: Cleared::Fit,
        })
    }

    fn link(&mut self) -> Result<&mut Link> {
        let host = &self.host;
        self.link.as_mut().ok_or_else(|| none(host))
    }
}

async fn open(
    host: &str,
    port: Option<u16>,
    device: &str,
    gate: &Gate,
    deadline: Deadline,
) -> Result<Link> {
    let port = match port {
        Some(port) => port,
        None => {
            let (program, mapper) = (self::core::CORE, portmapper::PORT);
            portmapper::port_of(program, host, mapper, gate.clone(), deadline).await?
        }
    };
    Link::open(host, port, device, gate, deadline).await
}

fn none(host: &str) -> Error {
    Error::unreachable(format!("there is no connection to VXI-11 at {host}"))
        .with_hint("check power and cable")
}

#[async_trait]
impl Session for Vxi11Session {
    async fn write(&mut self, message: &[u8], deadline: Deadline) -> Result<()> {
        self.link()?.write(message, deadline).await
    }

    async fn read(&mut self, response: &mut Vec<u8>, deadline: Deadline) -> Result<()> {
        let Some(link) = &mut self.link else { return Err(none(&self.host)) };
        self.cleared.watch(link.read(response, deadline)).await
    }

    async fn status_byte(&mut self, deadline: Deadline) -> Result<u8> {
        self.link()?.status_byte(deadline).await
    }

    async fn device_clear(&mut self, deadline: Deadline) -> Result<()> {
        self.link()?.clear(deadline).await
    }

    async fn trigger(&mut self, deadline: Deadline) -> Result<()> {
        self.link()?.trigger(deadline).await
    }

    async fn recover(&mut self, deadline: Deadline) -> Result<()> {
        if let Some(link) = self.link.as_mut().filter(|_| self.cleared.helps()) {
            // The other half is for another link, should the server not get on with this one.
            match link.clear(Deadline::after(deadline.remaining() / 2)).await {
                Err(error) if error.kind() == ErrorKind::Stopped => return Err(error),
                Err(_) => {}
                Ok(()) => {
                    self.cleared.now();
                    return Ok(());
                }
            }
        }
        if let Some(mut link) = self.link.take() {
            link.shut_down().await;
            self.previous = Some(link);
        }
        self.cleared = Cleared::Fit;
        self.link = Some(open(&self.host, self.port, &self.device, &self.gate, deadline).await?);
        Ok(())
    }
}
