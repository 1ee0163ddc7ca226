//! Programmable DC power supplies.
//!
//! A role is one output channel. Setpoints are written with `set_*` and what the terminals
//! actually carry is read with `measure_*`; the two differ whenever the supply limits current.

use async_trait::async_trait;

use crate::{Amperes, Instrument, Reading, Result, Volts};

/// Whether an output is connected to its terminals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// The terminals carry the setpoint.
    On,
    /// The terminals carry nothing of ours.
    Off,
}

/// One output channel of a programmable DC supply.
#[async_trait]
pub trait PowerSupply: Instrument {
    /// Sets the voltage the output regulates to. Returns once the supply has accepted it, which
    /// is before the terminals have settled.
    ///
    /// # Errors
    ///
    /// `Refused` beyond the supply's rating; the earlier setpoint then still holds.
    async fn set_voltage(&self, level: Volts) -> Result<()>;

    /// Sets the current at which the output stops regulating voltage.
    ///
    /// # Errors
    ///
    /// `Refused` beyond the supply's rating; the earlier limit then still holds.
    async fn set_current_limit(&self, limit: Amperes) -> Result<()>;

    /// The voltage the output was last told to regulate to, as the supply says it.
    async fn voltage_setpoint(&self) -> Result<Reading<Volts>>;

    /// The current limit the output was last told to keep, as the supply says it.
    async fn current_limit(&self) -> Result<Reading<Amperes>>;

    /// Connects the output. Returns once the supply has accepted it.
    ///
    /// # Errors
    ///
    /// `Refused` while a protection is tripped.
    async fn on(&self) -> Result<()>;

    /// Disconnects the output; the setpoints stay.
    async fn off(&self) -> Result<()>;

    /// Whether the output is connected, as the supply says it.
    async fn output(&self) -> Result<Output>;

    /// Measures the voltage across the terminals, whether the output is on or off.
    async fn measure_voltage(&self) -> Result<Reading<Volts>>;

    /// Measures the current out of the terminals.
    async fn measure_current(&self) -> Result<Reading<Amperes>>;
}
