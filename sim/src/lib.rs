//! A bench made of nothing: simulated instruments on one circuit, in simulated time.
//!
//! A [`Plan`] says which instruments there are, on which nets, and what is wrong with them;
//! [`Bench::build`] makes it, and drivers dial it as they would dial the real one. Instruments
//! obey their model's data; what a meter reads is computed from the circuit at that moment; time
//! is the runtime's, so a paused one makes an hour pass in milliseconds. [`serve`] puts the same
//! instruments on real wires. A [`Replay`] is no such bench: it answers as a recorded run was
//! answered.
//!
//! Deliberately absent: no simulated instrument has a stored answer, and no driver, script or verdict
//! is known.

mod bench;
mod circuit;
mod console;
mod device;
mod fault;
mod floor;
mod instrument;
mod link;
mod meter;
mod modbus;
mod noise;
mod outputs;
mod plan;
pub mod replay;
mod scpi;
mod serve;
mod settings;
mod supply;
mod terminator;
mod timeline;
mod world;

#[cfg(test)]
mod beside;
#[cfg(test)]
mod overlapped;
#[cfg(test)]
mod promises;
#[cfg(test)]
mod registers;
#[cfg(test)]
mod trial;

pub use bench::Bench;
pub use console::ConsoleRole;
pub use fault::{Catalogue, DEVICE, Does, Fault, Known};
pub use outputs::Switched;
pub use plan::{Plan, Role, check};
pub use replay::{Departure, Recorded, Replay, Replayed};
pub use serve::{Served, Serving, WireFace, serve};
pub use world::World;
