//! What a bench can do, said without saying how.
//!
//! Capabilities are traits ([`PowerSupply`], [`Multimeter`], [`Modbus`], [`Console`]) whose docs are
//! promises; the `conformance` module checks them on any implementation. Message instruments speak
//! through a [`Session`], consoles over a [`Line`], devices on Modbus over a [`Stream`]. Numbers have
//! units ([`Quantity`] in scripts, [`Volts`] and its kin in Rust). What is
//! sent to a device and shown to nobody is a [`Secret`].
//!
//! Deliberately absent: this crate knows no instrument by name, opens no connection, and has no
//! opinion about scripts, limits or verdicts.

mod code;
mod console;
mod deadline;
mod diagnostic;
mod error;
mod handle;
mod identity;
mod instrument;
mod line;
mod modbus;
mod multimeter;
mod overlay;
mod power_supply;
mod quantity;
mod resource;
mod secret;
mod session;
mod stream;
mod wire_log;

#[cfg(feature = "conformance")]
pub mod conformance;
pub mod toml_file;

pub use code::{Code, Severity};
pub use console::{Console, Manners};
pub use deadline::Deadline;
pub use diagnostic::{Diagnostic, Place, nearest};
pub use error::{Error, ErrorKind, Result};
pub use handle::Handle;
pub use identity::Identity;
pub use instrument::{Instrument, SafeState};
pub use line::{Flow, Heard, Inbox, Line, LineSettings, Parity};
pub use modbus::{
    Access, Contents, Form, Identifies, MOST_COILS_READ, MOST_COILS_WRITTEN, MOST_REGISTERS_READ,
    MOST_REGISTERS_WRITTEN, Misfit, Modbus, ModbusException, NumberType, Numeric, Register,
    RegisterMap, RegisterValue, Table, WordOrder,
};
pub use multimeter::{Function, Multimeter, Range};
pub use overlay::Overlay;
pub use power_supply::{Output, PowerSupply};
pub use quantity::{
    Amperes, Celsius, Coulombs, Dimension, Hertz, Kelvins, Ohms, Origin, Origins, Quantity,
    QuantityError, Reading, Seconds, Typed, UNITS, Unit, Volts, Watts,
};
pub use resource::Resource;
pub use secret::{Found, Secret, Secrets};
pub use session::{Dial, Session};
pub use stream::Stream;
pub use wire_log::{Direction, Exchange, Notice, WireLog};
