//! Multimeters.
//!
//! A meter only measures, so the quantity alone is the verb. Range and integration time are kept
//! per function until they are set again; a reading does not reset them.

use async_trait::async_trait;

use crate::{Amperes, Celsius, Dimension, Instrument, Ohms, Quantity, Reading, Result, Volts};

/// What a meter can be asked to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Function {
    /// DC voltage.
    DcVoltage,
    /// DC current.
    DcCurrent,
    /// Resistance over two wires.
    Resistance,
    /// Resistance over four wires: without that of the leads.
    FourWireResistance,
    /// Temperature, of whatever transducer the meter is set up for.
    Temperature,
}

impl Function {
    /// Every function.
    pub const ALL: [Self; 5] = [
        Self::DcVoltage,
        Self::DcCurrent,
        Self::Resistance,
        Self::FourWireResistance,
        Self::Temperature,
    ];

    /// The verb that measures it, which also names it in `set_range` and `set_nplc`.
    pub fn name(self) -> &'static str {
        match self {
            Self::DcVoltage => "dc_voltage",
            Self::DcCurrent => "dc_current",
            Self::Resistance => "resistance",
            Self::FourWireResistance => "four_wire_resistance",
            Self::Temperature => "temperature",
        }
    }

    /// What it gives an amount of.
    pub fn dimension(self) -> Dimension {
        match self {
            Self::DcVoltage => Dimension::Voltage,
            Self::DcCurrent => Dimension::Current,
            Self::Resistance | Self::FourWireResistance => Dimension::Resistance,
            Self::Temperature => Dimension::Temperature,
        }
    }

    /// The function called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }
}

/// Where a meter looks.
#[derive(Clone, Debug)]
pub enum Range {
    /// The meter finds the range itself at every reading.
    Auto,
    /// The smallest range that covers this magnitude, until told otherwise.
    UpTo(Quantity),
}

/// A multimeter.
///
/// Readings beyond the range are the value NaN with the meter's own text for it, never a very
/// large number.
#[async_trait]
pub trait Multimeter: Instrument {
    /// Measures a DC voltage.
    async fn dc_voltage(&self) -> Result<Reading<Volts>>;

    /// Measures a DC current.
    async fn dc_current(&self) -> Result<Reading<Amperes>>;

    /// Measures a resistance over two wires.
    async fn resistance(&self) -> Result<Reading<Ohms>>;

    /// Measures a resistance over four wires.
    async fn four_wire_resistance(&self) -> Result<Reading<Ohms>>;

    /// Measures a temperature.
    async fn temperature(&self) -> Result<Reading<Celsius>>;

    /// Sets the range of one function.
    ///
    /// # Errors
    ///
    /// `Refused` beyond the meter's largest range, `Unsupported` where the function has none.
    async fn set_range(&self, function: Function, range: Range) -> Result<()>;

    /// Sets the integration time of one function, in power line cycles (a plain number).
    ///
    /// # Errors
    ///
    /// `Refused` beyond what the meter can do, `Unsupported` where the function has none.
    async fn set_nplc(&self, function: Function, cycles: f64) -> Result<()>;
}
