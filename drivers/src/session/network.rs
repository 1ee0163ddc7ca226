//! Which transport carries which address.

use async_trait::async_trait;
use pogo_hal::{Deadline, Dial, Error, Resource, Result, Session};

use super::{Gate, TcpSession};

/// The real wires. Raw TCP (`TCPIP::host::port::SOCKET`) so far; every other address is
/// `Unsupported` and says what to write instead.
#[derive(Clone, Debug, Default)]
pub struct Network {
    gate: Gate,
}

impl Network {
    /// Wires on which nothing is written any more once `gate` is closed.
    pub(crate) fn behind(gate: Gate) -> Self {
        Self { gate }
    }
}

#[async_trait]
impl Dial for Network {
    async fn dial(&self, resource: &Resource, deadline: Deadline) -> Result<Box<dyn Session>> {
        let Resource::Socket { host, port, .. } = resource else {
            return Err(Error::unsupported(format!("no transport here carries `{resource}`"))
                .with_hint(match resource {
                    Resource::Lan { .. } => {
                        "most instruments on a network also have a raw socket: \
                         `TCPIP::host::5025::SOCKET`"
                    }
                    _ => "use the instrument's network port: `TCPIP::host::5025::SOCKET`",
                }));
        };
        Ok(Box::new(TcpSession::dial(host, *port, self.gate.clone(), deadline).await?))
    }
}
