//! Simulated consoles: the unit's side, the wire with what is wrong with it, and a driver's end.

mod line;
mod port;
#[cfg(test)]
mod promises;
mod uart;

pub(crate) use line::SimulatedLine;
pub(crate) use port::{NOISE_EVERY_NS, Port};
pub(crate) use uart::Uart;
