//! The promises of [`Multimeter`].

use super::{Verdict, promise, worked};
use crate::{Dimension, ErrorKind, Function, Multimeter, Quantity, Range, Volts};

/// Checks that `meter`, whose voltage terminals carry `expected` within `tolerance`, keeps the
/// promises of its trait: readings carry what was received, range and integration time outlive
/// readings and other functions, and refusals surface.
///
/// # Errors
///
/// The first broken promise.
pub async fn multimeter(meter: &dyn Multimeter, expected: Volts, tolerance: Volts) -> Verdict {
    worked("make_safe", meter.make_safe().await)?;
    let near = |value: f64| (value - expected.0).abs() <= tolerance.0;
    let reading = worked("dc_voltage", meter.dc_voltage().await)?;
    promise(near(reading.value.0), || format!("{} is not {expected}", reading.value))?;
    promise(!reading.raw.is_empty(), || "a reading carries the reply as received".into())?;

    let range = |volts: f64| Range::UpTo(Quantity::new(volts, Dimension::Voltage));
    worked("set_nplc", meter.set_nplc(Function::DcVoltage, 1.0).await)?;
    // A range too small for the terminals shows that it is still set after another function was
    // measured: the reading has no value.
    worked("set_range", meter.set_range(Function::DcVoltage, range(expected.0 / 100.0)).await)?;
    worked("resistance", meter.resistance().await)?;
    let overload = worked("dc_voltage", meter.dc_voltage().await)?;
    promise(overload.value.0.is_nan(), || {
        format!(
            "a reading beyond the range is no number, and the range outlives other functions; {} came",
            overload.value
        )
    })?;
    worked("set_range", meter.set_range(Function::DcVoltage, Range::Auto).await)?;
    let reading = worked("dc_voltage", meter.dc_voltage().await)?;
    promise(near(reading.value.0), || format!("autoranged, {} is not {expected}", reading.value))?;

    let refusal = meter.set_range(Function::DcVoltage, range(1e6)).await;
    promise(matches!(&refusal, Err(error) if error.kind() == ErrorKind::Refused), || {
        format!("a range of 1 MV is refused: {refusal:?}")
    })?;
    let refusal = meter.set_nplc(Function::DcVoltage, 1e9).await;
    promise(matches!(&refusal, Err(error) if error.kind() == ErrorKind::Refused), || {
        format!("an integration time of 1e9 cycles is refused: {refusal:?}")
    })?;
    worked("make_safe", meter.make_safe().await).map(drop)
}
