//! Instruments you can buy, and the wires to them.
//!
//! A message instrument is driven by what its model says; no instrument is named here. A console has
//! no model: [`ConsoleSetup`]. [`Wires`] opens roles through any [`pogo_hal::Dial`]: [`Network`] has the real wires.
//!
//! Deliberately absent: fixture limits, deadlines of scripts and the stop flag, which are held
//! above; anything simulated.

mod driver;
mod lifelines;
mod lock;
mod modbus;
mod query;
mod scpi;
mod scpi_multimeter;
mod scpi_power_supply;
mod serial_console;
mod session;
mod setup;
mod wires;

#[cfg(test)]
mod promises;
#[cfg(test)]
mod scripted;

pub use driver::{Driver, Opening};
pub use lifelines::{Heir, Lifeline, Lifelines, Put, Recipe, Say, Written, rescue};
pub use lock::{InstrumentLock, Owner};
pub use query::query;
pub use serial_console::ConsoleSetup;
pub use session::Network;
pub use setup::{Protection, Setup, check, is_passive};
pub use wires::{Opened, Wires};

/// Every driver, sorted by name.
pub static DRIVERS: &[&Driver] =
    &[&modbus::DRIVER, &scpi_multimeter::DRIVER, &scpi_power_supply::DRIVER];
