//! What a simulated instrument remembers between messages.

use pogo_hal::{Dimension, Function};

/// A setting. On a supply each channel has its own, except [`Property::Selected`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Property {
    /// The voltage setpoint.
    Voltage,
    /// The current limit.
    Current,
    /// What `UP` and `DOWN` change the voltage setpoint by.
    VoltageStep,
    /// What `UP` and `DOWN` change the current limit by.
    CurrentStep,
    /// Whether the output is on.
    Output,
    /// Where over-voltage protection trips.
    OverVoltageLevel,
    /// Whether over-voltage protection is on.
    OverVoltageState,
    /// Where over-current protection trips.
    OverCurrentLevel,
    /// Whether over-current protection is on.
    OverCurrentState,
    /// The channel that messages without a channel mean.
    Selected,
    /// The function that the next reading measures.
    Function,
    /// The range of a function.
    Range(Function),
    /// Whether a function finds its range itself.
    AutoRange(Function),
    /// The integration time of a function in power line cycles.
    Nplc(Function),
    /// Whether a function measures its own zero with each reading.
    AutoZero(Function),
    /// Readings per trigger.
    SampleCount,
    /// What triggers a reading.
    TriggerSource,
    /// Triggers per `READ?`.
    TriggerCount,
    /// The unit that temperatures are answered in.
    TemperatureUnit,
    /// The kind of temperature sensor.
    TemperatureTransducer,
    /// Whether the input impedance follows the range.
    InputImpedance,
    /// How readings are encoded.
    DataFormat,
}

/// What kind of value a [`Property`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A number, of a dimension if it has one.
    Number(Option<Dimension>),
    /// On or off.
    Boolean,
    /// One of a list of words.
    Choice,
    /// A meter's function.
    Function,
}

const PLAIN: [(&str, Property); 17] = [
    ("voltage", Property::Voltage),
    ("current", Property::Current),
    ("voltage.step", Property::VoltageStep),
    ("current.step", Property::CurrentStep),
    ("output", Property::Output),
    ("over_voltage.level", Property::OverVoltageLevel),
    ("over_voltage.state", Property::OverVoltageState),
    ("over_current.level", Property::OverCurrentLevel),
    ("over_current.state", Property::OverCurrentState),
    ("selected", Property::Selected),
    ("function", Property::Function),
    ("sample.count", Property::SampleCount),
    ("trigger.source", Property::TriggerSource),
    ("trigger.count", Property::TriggerCount),
    ("temperature.unit", Property::TemperatureUnit),
    ("temperature.transducer", Property::TemperatureTransducer),
    ("data.format", Property::DataFormat),
];

type Of = fn(Function) -> Property;
const PER_FUNCTION: [(&str, Of); 4] = [
    ("range", Property::Range),
    ("auto_range", Property::AutoRange),
    ("nplc", Property::Nplc),
    ("auto_zero", Property::AutoZero),
];

impl Property {
    /// Every property with the name that model files use: `voltage`, `dc_voltage.range`.
    pub fn all() -> impl Iterator<Item = (String, Self)> {
        let per_function = Function::ALL.into_iter().flat_map(|function| {
            PER_FUNCTION.map(|(name, of)| (format!("{}.{name}", function.name()), of(function)))
        });
        PLAIN
            .into_iter()
            .chain([("dc_voltage.input_impedance", Self::InputImpedance)])
            .map(|(name, property)| (name.to_owned(), property))
            .chain(per_function)
    }

    /// The property that model files call `name`.
    pub fn named(name: &str) -> Option<Self> {
        if let Some((_, property)) = PLAIN.iter().find(|(it, _)| *it == name) {
            return Some(*property);
        }
        let (function, rest) = name.split_once('.')?;
        let function = Function::named(function)?;
        if (function, rest) == (Function::DcVoltage, "input_impedance") {
            return Some(Self::InputImpedance);
        }
        PER_FUNCTION.iter().find(|(it, _)| *it == rest).map(|(_, of)| of(function))
    }

    /// Whether it belongs to a meter rather than to a supply.
    pub fn of_a_meter(self) -> bool {
        self >= Self::Function
    }

    /// What kind of value it holds.
    pub fn holds(self) -> Holds {
        match self {
            Self::Voltage | Self::VoltageStep | Self::OverVoltageLevel => {
                Holds::Number(Some(Dimension::Voltage))
            }
            Self::Current | Self::CurrentStep | Self::OverCurrentLevel => {
                Holds::Number(Some(Dimension::Current))
            }
            Self::Range(function) => Holds::Number(Some(function.dimension())),
            Self::Selected | Self::Nplc(_) | Self::SampleCount | Self::TriggerCount => {
                Holds::Number(None)
            }
            Self::Output
            | Self::OverVoltageState
            | Self::OverCurrentState
            | Self::AutoRange(_)
            | Self::AutoZero(_) => Holds::Boolean,
            Self::Function => Holds::Function,
            Self::TriggerSource
            | Self::TemperatureUnit
            | Self::TemperatureTransducer
            | Self::InputImpedance
            | Self::DataFormat => Holds::Choice,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_property_is_found_by_its_name() {
        for (name, property) in Property::all() {
            assert_eq!(Property::named(&name), Some(property), "{name}");
        }
        assert_eq!(Property::all().count(), 38);
        for name in
            ["", "volt", "dc_voltage", "dc_voltage.", "psu.range", "resistance.input_impedance"]
        {
            assert_eq!(Property::named(name), None, "{name}");
        }
    }
}
