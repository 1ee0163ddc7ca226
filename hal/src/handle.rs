//! An opened instrument, by what it can do.

use std::sync::Arc;

use crate::{Console, Instrument, Modbus, Multimeter, PowerSupply};

/// What a role gives to a script. A new capability is a new variant, and the compiler then names
/// every place that must learn it.
#[derive(Clone)]
pub enum Handle {
    /// A serial console of the unit.
    Console(Arc<dyn Console>),
    /// One output channel of a supply.
    PowerSupply(Arc<dyn PowerSupply>),
    /// A multimeter.
    Multimeter(Arc<dyn Multimeter>),
    /// A device that is read and told by registers.
    Modbus(Arc<dyn Modbus>),
}

impl Handle {
    /// What every instrument can do.
    pub fn instrument(&self) -> &dyn Instrument {
        match self {
            Self::Console(it) => &**it,
            Self::PowerSupply(it) => &**it,
            Self::Multimeter(it) => &**it,
            Self::Modbus(it) => &**it,
        }
    }

    /// The capability as people read it: `power supply`.
    pub fn capability(&self) -> &'static str {
        match self {
            Self::Console(_) => "serial console",
            Self::PowerSupply(_) => "power supply",
            Self::Multimeter(_) => "multimeter",
            Self::Modbus(_) => "modbus device",
        }
    }
}
