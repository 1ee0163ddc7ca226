//! An opened instrument, by what it can do.

use std::sync::Arc;

use crate::{Instrument, Multimeter, PowerSupply};

/// What a role gives to a script. A new capability is a new variant, and the compiler then names
/// every place that must learn it.
#[derive(Clone)]
pub enum Handle {
    /// One output channel of a supply.
    PowerSupply(Arc<dyn PowerSupply>),
    /// A multimeter.
    Multimeter(Arc<dyn Multimeter>),
}

impl Handle {
    /// What every instrument can do.
    pub fn instrument(&self) -> &dyn Instrument {
        match self {
            Self::PowerSupply(it) => &**it,
            Self::Multimeter(it) => &**it,
        }
    }

    /// The capability as people read it: `power supply`.
    pub fn capability(&self) -> &'static str {
        match self {
            Self::PowerSupply(_) => "power supply",
            Self::Multimeter(_) => "multimeter",
        }
    }
}
