//! What a header does to a simulated instrument, and what it takes.

use pogo_hal::Function;

use crate::Property;

/// What happens when a message arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A command puts its value into the setting.
    Sets(Property),
    /// A query answers with the setting, or with one of its bounds.
    Gives(Property),
    /// A query answers with what the world is like.
    Reads(Observable),
    /// A command does something.
    Does(Action),
}

/// What a query can look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observable {
    /// `terminals.voltage`: the voltage across the terminals.
    TerminalVoltage,
    /// `terminals.current`: the current out of the terminals.
    TerminalCurrent,
    /// `terminals.power`: their product.
    TerminalPower,
    /// `terminals.all`: voltage, current and power, joined by commas.
    Terminals,
    /// `mode`: `CV`, `CC` or `UR`, for what the output regulates.
    Mode,
    /// `over_voltage.tripped`: a boolean.
    OverVoltageTripped,
    /// `over_current.tripped`: a boolean.
    OverCurrentTripped,
    /// `reading`: triggers and answers every reading, joined by commas.
    Reading,
    /// `last_reading`: the readings that were triggered before.
    LastReading,
    /// `calibration`: when the instrument was calibrated, as its maker writes it.
    Calibration,
    /// `errors.count`: how many errors are queued.
    ErrorCount,
    /// `errors.all`: all of them, which empties the queue.
    AllErrors,
    /// `configuration`: function, range and resolution as a quoted string.
    Configuration,
    /// `measure.<function>`: [`Action::Configure`], then one reading.
    Measure(Function),
}

/// What a command can do besides setting something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `apply`: selects the channel and sets its voltage and current, as far as they are given.
    Apply,
    /// `protection.clear`: forgets that any protection tripped.
    ClearProtection,
    /// `over_voltage.clear`: forgets that over-voltage protection tripped.
    ClearOverVoltage,
    /// `over_current.clear`: forgets that over-current protection tripped.
    ClearOverCurrent,
    /// `configure.<function>`: selects it and puts its range and integration time back to their
    /// reset values, then sets the range if one is given.
    Configure(Function),
    /// `initiate`: takes readings without answering them.
    Initiate,
    /// `abort`: ends what `initiate` began.
    Abort,
    /// `nothing`: is accepted.
    Nothing,
}

impl Observable {
    const PLAIN: [(&str, Self); 13] = [
        ("terminals.voltage", Self::TerminalVoltage),
        ("terminals.current", Self::TerminalCurrent),
        ("terminals.power", Self::TerminalPower),
        ("terminals.all", Self::Terminals),
        ("mode", Self::Mode),
        ("over_voltage.tripped", Self::OverVoltageTripped),
        ("over_current.tripped", Self::OverCurrentTripped),
        ("reading", Self::Reading),
        ("last_reading", Self::LastReading),
        ("calibration", Self::Calibration),
        ("errors.count", Self::ErrorCount),
        ("errors.all", Self::AllErrors),
        ("configuration", Self::Configuration),
    ];

    pub(crate) fn names() -> Vec<String> {
        names(&Self::PLAIN, "measure")
    }

    /// What model files call `name`.
    pub fn named(name: &str) -> Option<Self> {
        let plain = Self::PLAIN.iter().find(|(it, _)| *it == name).map(|(_, it)| *it);
        plain.or_else(|| name.strip_prefix("measure.").and_then(Function::named).map(Self::Measure))
    }

    /// Whether it belongs to a meter rather than to a supply; `None` if to both.
    pub fn of_a_meter(self) -> Option<bool> {
        use Observable::{
            AllErrors, Calibration, Configuration, ErrorCount, LastReading, Measure, Reading,
        };
        match self {
            Calibration | ErrorCount | AllErrors => None,
            other => Some(matches!(other, Reading | LastReading | Configuration | Measure(_))),
        }
    }
}

impl Action {
    const PLAIN: [(&str, Self); 7] = [
        ("apply", Self::Apply),
        ("protection.clear", Self::ClearProtection),
        ("over_voltage.clear", Self::ClearOverVoltage),
        ("over_current.clear", Self::ClearOverCurrent),
        ("initiate", Self::Initiate),
        ("abort", Self::Abort),
        ("nothing", Self::Nothing),
    ];

    pub(crate) fn names() -> Vec<String> {
        names(&Self::PLAIN, "configure")
    }

    /// What model files call `name`.
    pub fn named(name: &str) -> Option<Self> {
        let plain = Self::PLAIN.iter().find(|(it, _)| *it == name).map(|(_, it)| *it);
        plain.or_else(|| {
            name.strip_prefix("configure.").and_then(Function::named).map(Self::Configure)
        })
    }

    /// Whether it belongs to meters, or to supplies; `None` if to both.
    pub fn of_a_meter(self) -> Option<bool> {
        match self {
            Self::Nothing => None,
            Self::Configure(_) | Self::Initiate | Self::Abort => Some(true),
            _ => Some(false),
        }
    }
}

fn names<T>(plain: &[(&str, T)], per_function: &str) -> Vec<String> {
    let functions = Function::ALL.iter().map(|it| format!("{per_function}.{}", it.name()));
    plain.iter().map(|(name, _)| (*name).to_owned()).chain(functions).collect()
}

/// One argument of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// What it may be.
    pub kind: Kind,
    /// Whether it may be left out, which shows in the argument not being of this kind.
    pub optional: bool,
}

/// What an argument may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number, volts if it carries no unit, or `MIN`, `MAX`, `DEF`.
    Voltage,
    /// The same in amperes.
    Current,
    /// The same in ohms.
    Resistance,
    /// The same in seconds.
    Time,
    /// A number that carries no unit, or `MIN`, `MAX`, `DEF`.
    Number,
    /// A whole number.
    Integer,
    /// `ON`, `OFF`, `1` or `0`.
    Boolean,
    /// A channel list, `(@1:3,5)`.
    Channels,
    /// A channel's name, `CH1`.
    Channel,
    /// `MIN`, `MAX` or `DEF`.
    Extreme,
    /// A meter's function as a quoted string.
    Function,
    /// One of the setting's choices.
    Choice,
    /// A range: a number in the function's unit, `AUTO`, `MIN`, `MAX` or `DEF`.
    Range,
    /// A resolution: a number in the function's unit, `MIN`, `MAX` or `DEF`.
    Resolution,
}

impl Kind {
    pub(crate) const NAMES: [(&str, Self); 14] = [
        ("voltage", Self::Voltage),
        ("current", Self::Current),
        ("resistance", Self::Resistance),
        ("time", Self::Time),
        ("number", Self::Number),
        ("integer", Self::Integer),
        ("boolean", Self::Boolean),
        ("channels", Self::Channels),
        ("channel", Self::Channel),
        ("extreme", Self::Extreme),
        ("function", Self::Function),
        ("choice", Self::Choice),
        ("range", Self::Range),
        ("resolution", Self::Resolution),
    ];

    /// What model files call `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(it, _)| *it == name).map(|(_, it)| *it)
    }
}
