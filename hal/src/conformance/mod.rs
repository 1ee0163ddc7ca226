//! The promises of the traits, as checks that run against any implementation.
//!
//! Each function takes an instrument, real or simulated, and returns the first broken promise as
//! a sentence. They drive outputs within the bounds they are given and leave them off.

mod console;
mod modbus;
mod multimeter;
mod power_supply;

pub use console::console;
pub use modbus::{Registers, modbus};
pub use multimeter::multimeter;
pub use power_supply::{Bounds, power_supply};

/// The first promise that was broken.
pub type Verdict = Result<(), String>;

fn promise(kept: bool, sentence: impl FnOnce() -> String) -> Verdict {
    if kept { Ok(()) } else { Err(sentence()) }
}

fn worked<T>(what: &str, outcome: crate::Result<T>) -> Result<T, String> {
    outcome.map_err(|error| format!("{what}: {error} ({})", error.kind().name()))
}
