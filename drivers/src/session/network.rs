//! Which transport carries which address.

use async_trait::async_trait;
use pogo_hal::{Deadline, Dial, Error, Line, LineSettings, Resource, Result, Session, Stream};

use super::prologix::Controllers;
use super::{Gate, HislipSession, SerialLine, TcpSession, Vxi11Session, modbus};

/// The real wires: raw TCP (`TCPIP::host::port::SOCKET`), HiSLIP (`TCPIP::host::hislip0::INSTR`)
/// and VXI-11 (`TCPIP::host::inst0::INSTR`), and GPIB behind a Prologix controller
/// (`PRLGX-TCPIP::host::9::INSTR`); for Modbus raw TCP and serial lines, for consoles the serial
/// lines of this machine. Every other address is `Unsupported` and says what to write instead.
#[derive(Clone, Debug, Default)]
pub struct Network {
    gate: Gate,
    controllers: Controllers,
}

impl Network {
    /// Wires on which nothing is written any more once `gate` is closed.
    pub(crate) fn behind(gate: Gate) -> Self {
        Self { gate, controllers: Controllers::default() }
    }
}

#[async_trait]
impl Dial for Network {
    async fn dial(&self, resource: &Resource, deadline: Deadline) -> Result<Box<dyn Session>> {
        let gate = self.gate.clone();
        let unsupported = Error::unsupported(format!("no transport here carries `{resource}`"));
        match resource {
            Resource::Socket { host, port, .. } => {
                Ok(Box::new(TcpSession::dial(host, *port, gate, deadline).await?))
            }
            // Source: VPP-4.3, table 4.3.1: what the device is called says which protocol it is.
            Resource::Lan { host, device, .. } if is_hislip(device) => {
                Ok(Box::new(HislipSession::dial(host, device, gate, deadline).await?))
            }
            Resource::Lan { host, device, .. } => {
                Ok(Box::new(Vxi11Session::dial(host, device, gate, deadline).await?))
            }
            Resource::Prologix { host, port, primary, secondary, .. } => {
                let address = (*primary, *secondary);
                Ok(Box::new(self.controllers.dial(host, *port, address, gate, deadline).await?))
            }
            Resource::Gpib { .. } => Err(unsupported
                .with_hint("behind a Prologix controller: `PRLGX-TCPIP::host::9::INSTR`")),
            _ => Err(unsupported
                .with_hint("use the instrument's network port: `TCPIP::host::5025::SOCKET`")),
        }
    }

    async fn dial_modbus(
        &self,
        resource: &Resource,
        line: &LineSettings,
        deadline: Deadline,
    ) -> Result<Box<dyn Stream>> {
        match resource {
            Resource::Socket { host, port, .. } => {
                modbus::tcp(host, *port, self.gate.clone(), deadline).await
            }
            Resource::Serial { port } => modbus::serial(port, line, self.gate.clone()),
            other => Err(Error::unsupported(format!("nobody speaks Modbus at `{other}`"))),
        }
    }

    async fn line(
        &self,
        resource: &Resource,
        settings: &LineSettings,
        _deadline: Deadline,
    ) -> Result<Box<dyn Line>> {
        let Resource::Serial { port } = resource else {
            return Err(Error::unsupported(format!("`{resource}` is no serial line"))
                .with_hint("write `ASRL/dev/ttyUSB0::INSTR`"));
        };
        Ok(Box::new(SerialLine::open(port, settings, self.gate.clone())?))
    }
}

fn is_hislip(device: &str) -> bool {
    device.get(..6).is_some_and(|it| it.eq_ignore_ascii_case("hislip"))
}
