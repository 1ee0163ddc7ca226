//! Units: their names in scripts and files, their symbols on paper, and their scale.

use super::{Dimension, Quantity, QuantityError};
use crate::nearest;

/// A unit of measure.
#[derive(Debug, PartialEq)]
pub struct Unit {
    /// How scripts and files spell it: `mV`, `degC`, `percent`.
    pub name: &'static str,
    /// How people read it: `mV`, `°C`, `%`.
    pub symbol: &'static str,
    /// Its code in the Unified Code for Units of Measure, for the record.
    pub ucum: &'static str,
    /// What it is a unit of.
    pub dimension: Dimension,
    /// Whether a value may be shown in it without anybody having asked for it.
    pub automatic: bool,
    // Two exact factors instead of one rounded: 1.1 mA is 1.1 / 1000, correctly rounded, where
    // 1.1 * 0.001 is not.
    times: f64,
    over: f64,
}

impl Unit {
    /// The unit that scripts and files call `name`, or that people write as `name`.
    pub fn named(name: &str) -> Option<&'static Self> {
        UNITS.iter().find(|unit| unit.name == name || unit.symbol == name)
    }

    /// `number` of this unit in the dimension's own unit.
    pub fn to_base(&self, number: f64) -> f64 {
        number * self.times / self.over
    }

    /// A value in the dimension's own unit as a number of this one.
    pub fn from_base(&self, value: f64) -> f64 {
        value * self.over / self.times
    }
}

const fn unit(name: &'static str, dimension: Dimension, times: f64, over: f64) -> Unit {
    Unit { name, symbol: name, ucum: name, dimension, automatic: true, times, over }
}

const fn written(unit: Unit, symbol: &'static str, ucum: &'static str) -> Unit {
    Unit { symbol, ucum, ..unit }
}

/// For units that are right only where somebody asked for them, such as hours.
const fn on_request(unit: Unit) -> Unit {
    Unit { automatic: false, ..unit }
}

use Dimension::*;

/// Every unit. The first of a dimension is the one its values are kept in.
pub static UNITS: &[Unit] = &[
    unit("V", Voltage, 1.0, 1.0),
    unit("nV", Voltage, 1.0, 1e9),
    written(unit("uV", Voltage, 1.0, 1e6), "µV", "uV"),
    unit("mV", Voltage, 1.0, 1e3),
    unit("kV", Voltage, 1e3, 1.0),
    unit("A", Current, 1.0, 1.0),
    unit("pA", Current, 1.0, 1e12),
    unit("nA", Current, 1.0, 1e9),
    written(unit("uA", Current, 1.0, 1e6), "µA", "uA"),
    unit("mA", Current, 1.0, 1e3),
    unit("kA", Current, 1e3, 1.0),
    unit("W", Power, 1.0, 1.0),
    unit("nW", Power, 1.0, 1e9),
    written(unit("uW", Power, 1.0, 1e6), "µW", "uW"),
    unit("mW", Power, 1.0, 1e3),
    unit("kW", Power, 1e3, 1.0),
    written(unit("ohm", Resistance, 1.0, 1.0), "Ω", "Ohm"),
    written(unit("uohm", Resistance, 1.0, 1e6), "µΩ", "uOhm"),
    written(unit("mohm", Resistance, 1.0, 1e3), "mΩ", "mOhm"),
    written(unit("kohm", Resistance, 1e3, 1.0), "kΩ", "kOhm"),
    written(unit("Mohm", Resistance, 1e6, 1.0), "MΩ", "MOhm"),
    written(unit("Gohm", Resistance, 1e9, 1.0), "GΩ", "GOhm"),
    unit("s", Time, 1.0, 1.0),
    unit("ns", Time, 1.0, 1e9),
    written(unit("us", Time, 1.0, 1e6), "µs", "us"),
    unit("ms", Time, 1.0, 1e3),
    on_request(unit("min", Time, 60.0, 1.0)),
    on_request(written(unit("hour", Time, 3600.0, 1.0), "h", "h")),
    unit("Hz", Frequency, 1.0, 1.0),
    unit("mHz", Frequency, 1.0, 1e3),
    unit("kHz", Frequency, 1e3, 1.0),
    unit("MHz", Frequency, 1e6, 1.0),
    unit("GHz", Frequency, 1e9, 1.0),
    written(unit("degC", Temperature, 1.0, 1.0), "°C", "Cel"),
    unit("K", TemperatureDifference, 1.0, 1.0),
    unit("mK", TemperatureDifference, 1.0, 1e3),
    written(unit("percent", Percent, 1.0, 1.0), "%", "%"),
    on_request(written(unit("ppm", Percent, 1.0, 1e4), "ppm", "[ppm]")),
    unit("dB", Gain, 1.0, 1.0),
    written(unit("dBm", PowerLevel, 1.0, 1.0), "dBm", "dB[mW]"),
    unit("m", Length, 1.0, 1.0),
    unit("nm", Length, 1.0, 1e9),
    written(unit("um", Length, 1.0, 1e6), "µm", "um"),
    unit("mm", Length, 1.0, 1e3),
    on_request(unit("cm", Length, 1.0, 1e2)),
    unit("km", Length, 1e3, 1.0),
    unit("kg", Mass, 1.0, 1.0),
    written(unit("ug", Mass, 1.0, 1e9), "µg", "ug"),
    unit("mg", Mass, 1.0, 1e6),
    unit("g", Mass, 1.0, 1e3),
    unit("Pa", Pressure, 1.0, 1.0),
    unit("mPa", Pressure, 1.0, 1e3),
    on_request(unit("hPa", Pressure, 1e2, 1.0)),
    unit("kPa", Pressure, 1e3, 1.0),
    unit("MPa", Pressure, 1e6, 1.0),
    unit("C", Charge, 1.0, 1.0),
    unit("pC", Charge, 1.0, 1e12),
    unit("nC", Charge, 1.0, 1e9),
    written(unit("uC", Charge, 1.0, 1e6), "µC", "uC"),
    unit("mC", Charge, 1.0, 1e3),
    on_request(written(unit("mAh", Charge, 3600.0, 1e3), "mAh", "mA.h")),
    on_request(written(unit("Ah", Charge, 3600.0, 1.0), "Ah", "A.h")),
    unit("F", Capacitance, 1.0, 1.0),
    unit("pF", Capacitance, 1.0, 1e12),
    unit("nF", Capacitance, 1.0, 1e9),
    written(unit("uF", Capacitance, 1.0, 1e6), "µF", "uF"),
    unit("mF", Capacitance, 1.0, 1e3),
    written(unit("bps", DataRate, 1.0, 1.0), "bit/s", "bit/s"),
    written(unit("kbps", DataRate, 1e3, 1.0), "kbit/s", "kbit/s"),
    written(unit("Mbps", DataRate, 1e6, 1.0), "Mbit/s", "Mbit/s"),
    written(unit("Gbps", DataRate, 1e9, 1.0), "Gbit/s", "Gbit/s"),
];

pub(super) fn parse(text: &str) -> Result<Quantity, QuantityError> {
    let trimmed = text.trim();
    // The unit starts at the first letter or sign that cannot belong to a number; `5e3 V` and
    // `5 eV` differ by what follows the `e`.
    let split = trimmed
        .char_indices()
        .find(|&(at, c)| !belongs_to_number(&trimmed[at..], c, at))
        .map_or(trimmed.len(), |(at, _)| at);
    let (number, name) = (trimmed[..split].trim(), trimmed[split..].trim());
    let refuse = |message: String, hint: String| Err(QuantityError::new(message, Some(hint)));
    let Ok(value) = number.parse::<f64>() else {
        return refuse(
            format!("`{text}` does not start with a number"),
            "write a number and a unit, such as `5 V`".into(),
        );
    };
    if !value.is_finite() {
        return refuse(format!("`{text}` is not finite"), "write a smaller number".into());
    }
    if name.is_empty() {
        return refuse(
            format!("`{text}` has no unit"),
            "write a number and a unit, such as `5 V`".into(),
        );
    }
    match Unit::named(name) {
        Some(unit) => Ok(Quantity::of(value, unit)),
        None => {
            let names = UNITS.iter().map(|unit| unit.name);
            let hint = nearest(name, names).map_or_else(
                || "units are written as in `5 V`, `500 mA`, `25 degC`".into(),
                |it| format!("did you mean `{it}`?"),
            );
            refuse(format!("`{name}` is not a unit"), hint)
        }
    }
}

fn belongs_to_number(rest: &str, first: char, at: usize) -> bool {
    match first {
        '0'..='9' | '.' => true,
        '+' | '-' => true,
        ' ' => rest.trim_start().starts_with(|c: char| c.is_ascii_digit()) && at == 0,
        'e' | 'E' => {
            let exponent = rest[1..].trim_start_matches(['+', '-']);
            at > 0 && exponent.starts_with(|c: char| c.is_ascii_digit())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_gives_the_value_that_a_literal_would() {
        for (text, value, dimension) in [
            ("5 V", 5.0, Voltage),
            ("500mA", 0.5, Current),
            ("1.1 mA", 0.0011, Current),
            ("-40 degC", -40.0, Temperature),
            ("25 °C", 25.0, Temperature),
            ("1e3 ohm", 1000.0, Resistance),
            ("2 %", 2.0, Percent),
            ("1 hour", 3600.0, Time),
            ("9600 bps", 9600.0, DataRate),
        ] {
            let quantity = Quantity::parse(text).unwrap();
            assert_eq!((quantity.value(), quantity.dimension()), (value, dimension), "{text}");
        }
    }

    #[test]
    fn text_that_is_no_quantity_says_what_to_write() {
        for (text, message, hint) in [
            ("5", "`5` has no unit", "such as `5 V`"),
            ("V", "`V` does not start with a number", "such as `5 V`"),
            ("5 mv", "`mv` is not a unit", "did you mean `mV`?"),
            ("", "`` does not start with a number", "such as `5 V`"),
            ("1e999 V", "`1e999 V` is not finite", "smaller"),
            ("5 V 3", "`V 3` is not a unit", "V"),
        ] {
            let error = Quantity::parse(text).unwrap_err();
            assert_eq!(error.message(), message, "{text}");
            assert!(error.hint().unwrap().contains(hint), "{text}: {error:?}");
        }
    }

    #[test]
    fn every_unit_has_a_name_of_its_own_and_converts_both_ways() {
        for (index, unit) in UNITS.iter().enumerate() {
            assert!(!UNITS[..index].iter().any(|it| it.name == unit.name), "{}", unit.name);
            assert!((unit.from_base(unit.to_base(3.0)) - 3.0).abs() < 1e-12, "{}", unit.name);
        }
    }
}
