//! The promises of [`PowerSupply`].

use super::{Verdict, promise, worked};
use crate::{Amperes, ErrorKind, Output, PowerSupply, SafeState, Volts};

/// What a supply under check may be asked for, and what is beyond its rating.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// A voltage that may stand on the terminals.
    pub voltage: Volts,
    /// A current limit that the load at that voltage stays below.
    pub current: Amperes,
    /// A voltage that the supply has to refuse.
    pub too_much: Volts,
    /// How far a measured voltage may be from its setpoint.
    pub tolerance: Volts,
}

/// Checks that `supply` keeps the promises of its trait: setpoints hold, refusals surface and
/// change nothing, what is switched is switched, and [`make_safe`](crate::Instrument::make_safe)
/// is true.
///
/// # Errors
///
/// The first broken promise; the output may then still be on.
pub async fn power_supply(supply: &dyn PowerSupply, bounds: Bounds) -> Verdict {
    let Bounds { voltage, current, too_much, tolerance } = bounds;
    worked("make_safe", supply.make_safe().await)?;
    promise(worked("output", supply.output().await)? == Output::Off, || {
        "the output is off after make_safe".into()
    })?;

    worked("set_voltage", supply.set_voltage(voltage).await)?;
    worked("set_current_limit", supply.set_current_limit(current).await)?;
    let setpoint = worked("voltage_setpoint", supply.voltage_setpoint().await)?;
    promise((setpoint.value.0 - voltage.0).abs() <= tolerance.0, || {
        format!("the voltage setpoint is what was set: {} is not {voltage}", setpoint.value)
    })?;
    promise(!setpoint.raw.is_empty(), || "a reading carries the reply as received".into())?;
    let limit = worked("current_limit", supply.current_limit().await)?;
    promise((limit.value.0 - current.0).abs() <= current.0 * 0.01, || {
        format!("the current limit is what was set: {} is not {current}", limit.value)
    })?;
    promise(worked("output", supply.output().await)? == Output::Off, || {
        "setpoints do not switch the output".into()
    })?;

    worked("on", supply.on().await)?;
    promise(worked("output", supply.output().await)? == Output::On, || {
        "the output is on after on".into()
    })?;
    let measured = worked("measure_voltage", supply.measure_voltage().await)?;
    promise((measured.value.0 - voltage.0).abs() <= tolerance.0, || {
        format!("the terminals carry the setpoint: {} is not {voltage}", measured.value)
    })?;
    let drawn = worked("measure_current", supply.measure_current().await)?;
    promise(drawn.value.0 <= current.0 * 1.01, || {
        format!("the current stays within its limit: {} exceeds {current}", drawn.value)
    })?;

    let refusal = supply.set_voltage(too_much).await;
    promise(matches!(&refusal, Err(error) if error.kind() == ErrorKind::Refused), || {
        format!("{too_much} is refused: {refusal:?}")
    })?;
    let setpoint = worked("voltage_setpoint", supply.voltage_setpoint().await)?;
    promise((setpoint.value.0 - voltage.0).abs() <= tolerance.0, || {
        format!("a refused setpoint changes nothing: {} is not {voltage}", setpoint.value)
    })?;

    worked("off", supply.off().await)?;
    promise(worked("output", supply.output().await)? == Output::Off, || {
        "the output is off after off".into()
    })?;
    worked("on", supply.on().await)?;
    let safe = worked("make_safe", supply.make_safe().await)?;
    promise(matches!(safe, SafeState::Confirmed { .. }), || {
        "make_safe of a supply is read back".into()
    })?;
    promise(worked("output", supply.output().await)? == Output::Off, || {
        "the output is off after make_safe".into()
    })
}
