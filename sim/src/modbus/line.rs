//! Devices on a line: bytes in, bytes out, over any stream.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pogo_hal::{Diagnostic, ModbusException};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::ailments::Fate;
use super::frame::{Found, Frame, Framing};
use super::pdu;
use crate::World;

/// Quiet for so long, a serial line has ended a frame. The standard's 3.5 characters are less than a
/// pseudoterminal's clients can keep.
const QUIET: Duration = Duration::from_millis(20);

/// Bytes that are kept of what is no frame.
const MOST: usize = 1024;

/// A client that does not take its response for so long is hung up on.
const PATIENCE: Duration = Duration::from_secs(60);

/// Devices that share a line, or a port.
#[derive(Clone, Debug)]
pub(crate) struct Bus {
    pub(crate) framing: Framing,
    /// The units, each with its place among the stations.
    pub(crate) units: Vec<(u8, usize)>,
}

/// Why a stream has ended that should not, in whole words, for whoever is to be told.
pub(crate) type Wrong = Arc<Mutex<Option<String>>>;

/// What comes of a request.
enum Sends {
    Nothing,
    Bytes(Vec<u8>),
    HangsUp,
}

/// Serves `bus` on `stream` until the other end is gone, a fault hangs up, or the device's own file
/// goes wrong while somebody is to be told: `wrong`.
pub(crate) async fn serve(
    world: Arc<World>,
    bus: Bus,
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    wrong: Option<Wrong>,
) {
    let mut incoming = Vec::new();
    let mut chunk = [0; 512];
    loop {
        let frame = match bus.framing.find(&incoming) {
            Found::Whole(frame, length) => {
                incoming.drain(..length);
                Some(frame)
            }
            Found::Nonsense if bus.framing == Framing::Tcp => return,
            Found::Nonsense | Found::Part => None,
        };
        let frame = match frame {
            Some(frame) => frame,
            None => {
                let read = stream.read(&mut chunk);
                let waits = bus.framing == Framing::Rtu && !incoming.is_empty();
                let read = match waits {
                    true => timeout(QUIET, read).await.ok(),
                    false => Some(read.await),
                };
                match read {
                    Some(Ok(0) | Err(_)) => return,
                    Some(Ok(count)) => {
                        incoming.extend_from_slice(&chunk[..count]);
                        if incoming.len() > MOST {
                            incoming.clear();
                        }
                        continue;
                    }
                    None => {
                        let frame = bus.framing.ended(&incoming);
                        incoming.clear();
                        match frame {
                            Some(frame) => frame,
                            None => continue,
                        }
                    }
                }
            }
        };
        let sends = bus.carry_out(&world, &frame).await;
        if let (Some(slot), Some(diagnostic)) =
            (&wrong, world.with(|floor| floor.device.takes_offence()))
        {
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(went_wrong(&diagnostic));
            return;
        }
        match sends {
            Sends::Nothing => {}
            Sends::HangsUp => return,
            Sends::Bytes(bytes) => match timeout(PATIENCE, stream.write_all(&bytes)).await {
                Ok(Ok(())) => {}
                _ => return,
            },
        }
    }
}

fn went_wrong(wrong: &Diagnostic) -> String {
    let place = wrong.place.as_ref().map(|it| format!(" at {it}")).unwrap_or_default();
    format!("the simulated unit went wrong{place}: {wrong}")
}

impl Bus {
    async fn carry_out(&self, world: &World, frame: &Frame) -> Sends {
        if self.framing == Framing::Rtu && frame.unit == 0 {
            // To all of them, and nobody answers. Source: MODBUS over Serial Line V1.02, 2.1.
            for (_, station) in &self.units {
                world.with(|floor| floor.ask_station(*station, &frame.pdu));
            }
            return Sends::Nothing;
        }
        let Some((_, station)) = self.units.iter().find(|(unit, _)| *unit == frame.unit) else {
            let function = frame.pdu.first().copied().unwrap_or(0);
            return match self.framing {
                Framing::Rtu => Sends::Nothing,
                Framing::Tcp => {
                    let declined = pdu::except(function, ModbusException::GATEWAY_TARGET_FAILED);
                    Sends::Bytes(self.framing.wrap(frame, &declined))
                }
            };
        };
        let fate = world.with(|floor| floor.stations[*station].ailments.hears());
        match fate {
            Fate::Lost => Sends::Nothing,
            Fate::HungUp => Sends::HangsUp,
            Fate::Declined(exception) => {
                let function = frame.pdu.first().copied().unwrap_or(0);
                Sends::Bytes(self.framing.wrap(frame, &pdu::except(function, exception)))
            }
            Fate::Answered { after_ns, garbled, truncated } => {
                let answer = world.with(|floor| floor.ask_station(*station, &frame.pdu));
                let Some(answer) = answer else { return Sends::Nothing };
                let mut bytes = self.framing.wrap(frame, &answer);
                if garbled {
                    // A bit that no checksum and no header survives.
                    let at = if self.framing == Framing::Tcp { 3 } else { 1 };
                    bytes[at] ^= 0x10;
                }
                if truncated {
                    bytes.truncate(bytes.len().div_ceil(2));
                }
                if after_ns > 0 {
                    world.sleep(Duration::from_nanos(after_ns)).await;
                }
                Sends::Bytes(bytes)
            }
        }
    }
}
