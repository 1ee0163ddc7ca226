//! What somebody needs who has to make an instrument safe without having opened it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One conversation, with what makes the roles behind it safe. It can be handed to another process
/// as data; the connection itself travels beside it as a descriptor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lifeline {
    /// The resource string.
    pub resource: String,
    /// What `*IDN?` was answered when it was opened.
    pub identity: String,
    /// The query that takes one entry from its error queue.
    pub next_error: String,
    /// The roles that have this address, in the order in which they were opened.
    pub recipes: Vec<Recipe>,
}

/// How one role is made safe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The role.
    pub role: String,
    /// What is said; `None` for what can do no harm in any state, or is written instead.
    pub say: Option<Say>,
    /// What is written, to a device on Modbus.
    #[serde(default)]
    pub put: Option<Put>,
}

/// What is written to make a device on Modbus safe, and read back to prove it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Put {
    /// Its unit id.
    pub unit: u8,
    /// Bits per second, `even`, `odd` or `none`, and stop bits, if it is on a serial line.
    pub line: (u32, String, u8),
    /// What is written, in order.
    pub writes: Vec<Written>,
    /// The state in a person's words: `setpoint 23 °C`.
    pub state: String,
    /// How long one exchange may take.
    pub timeout: Duration,
}

/// What is written at one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// The address.
    pub address: u16,
    /// Whether it is a coil: its one word is then 0 or 1. A holding register otherwise.
    pub coil: bool,
    /// The words, from the address on.
    pub words: Vec<u16>,
}

/// What is said to make an instrument safe, and asked to prove it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Say {
    /// The command.
    pub command: String,
    /// The query whose answer is a boolean, and `0` or `OFF` once the command was carried out.
    pub query: String,
    /// The state in a person's words: `output off`.
    pub state: String,
    /// How long one exchange may take.
    pub timeout: Duration,
}
