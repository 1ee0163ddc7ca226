//! Simulated consoles: the unit's side, the wire with what is wrong with it, and a driver's end.

mod floor;
mod line;
mod plug;
mod port;
#[cfg(test)]
mod promises;
mod uart;

pub(crate) use line::SimulatedLine;
pub use plug::ConsoleRole;
pub(crate) use plug::{break_console, plug_in};
pub(crate) use port::Port;
pub(crate) use uart::Uart;
