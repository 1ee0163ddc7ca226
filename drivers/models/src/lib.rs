//! Instrument models: one TOML file each, and their one reader.
//!
//! A message instrument is data. `[sends]` is what the generic driver says to it and becomes
//! [`Sends`]; `[obeys]` and `[simulated]` are what the simulated one understands and become
//! [`Obeys`]. The two share no type but the ratings ([`Channel`]), so that neither side can peek
//! at the other's half and a mistake in one is not repeated in the other.
//!
//! A device on Modbus has registers instead ([`Model::registers`]): what a manual's table says is one
//! fact, which driver and simulated device both go by.
//!
//! Deliberately absent: nothing here speaks to an instrument or behaves like one.

mod act;
mod command;
mod common;
mod find;
mod header;
mod model;
mod obeys;
mod phrase;
mod picture;
mod property;
mod sends;
mod setting;
mod status;
mod table;

pub use act::{Act, Action, Argument, Kind, Observable};
pub use common::Common;
pub use find::{Models, builtin, find};
pub use header::{Header, Node, Suffix};
pub use model::{Channel, Model, read};
pub use obeys::{Answers, Command, Errors, FunctionName, Obeys};
pub use phrase::{Around, Phrase};
pub use picture::Picture;
pub use property::{Holds, Property};
pub use sends::{FunctionVerbs, MeterVerbs, Sends, SupplyVerbs};
pub use setting::{Setting, Value};
pub use status::{Bits, Condition, StatusBits};
