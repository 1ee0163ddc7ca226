//! What a quantity is an amount of, and which operations between two of them mean something.

use super::unit::{UNITS, Unit};

/// A kind of quantity. Closed on purpose: an operation whose result is not in this list is refused
/// rather than given a unit that nobody can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dimension {
    /// No dimension: a ratio or a count.
    Number,
    /// Electric potential difference, in volts.
    Voltage,
    /// Electric current, in amperes.
    Current,
    /// Power, in watts.
    Power,
    /// Resistance, in ohms.
    Resistance,
    /// Duration, in seconds.
    Time,
    /// Frequency, in hertz.
    Frequency,
    /// A point on the temperature scale, in degrees Celsius. Two points have a difference but no
    /// sum, and a point has no negative and no multiple.
    Temperature,
    /// A difference of temperatures, in kelvins.
    TemperatureDifference,
    /// A part of something else, in percent.
    Percent,
    /// A ratio of powers, in decibels.
    Gain,
    /// A power relative to one milliwatt, in dBm. A point on a scale, as a temperature is.
    PowerLevel,
    /// Length, in metres.
    Length,
    /// Mass, in kilograms.
    Mass,
    /// Pressure, in pascals.
    Pressure,
    /// Electric charge, in coulombs.
    Charge,
    /// Capacitance, in farads.
    Capacitance,
    /// Data rate, in bits per second.
    DataRate,
}

use Dimension::*;

/// `a × b = c`, once per law; the same law also gives `b × a`, `c ÷ a` and `c ÷ b`.
const LAWS: &[(Dimension, Dimension, Dimension)] = &[
    (Voltage, Current, Power),
    (Current, Resistance, Voltage),
    (Current, Time, Charge),
    (Capacitance, Voltage, Charge),
    (Resistance, Capacitance, Time),
    (Time, Frequency, Number),
];

impl Dimension {
    /// Every dimension, in the order of declaration.
    pub const ALL: [Self; 18] = [
        Number,
        Voltage,
        Current,
        Power,
        Resistance,
        Time,
        Frequency,
        Temperature,
        TemperatureDifference,
        Percent,
        Gain,
        PowerLevel,
        Length,
        Mass,
        Pressure,
        Charge,
        Capacitance,
        DataRate,
    ];

    /// The dimension with its article, as a message says it: `a voltage`.
    pub fn with_article(self) -> &'static str {
        match self {
            Number => "a plain number",
            Voltage => "a voltage",
            Current => "a current",
            Power => "a power",
            Resistance => "a resistance",
            Time => "a duration",
            Frequency => "a frequency",
            Temperature => "a temperature",
            TemperatureDifference => "a temperature difference",
            Percent => "a percentage",
            Gain => "a gain",
            PowerLevel => "a power level",
            Length => "a length",
            Mass => "a mass",
            Pressure => "a pressure",
            Charge => "a charge",
            Capacitance => "a capacitance",
            DataRate => "a data rate",
        }
    }

    /// The unit in which values of this dimension are kept: the first of [`UNITS`] that has it,
    /// `None` for [`Dimension::Number`].
    pub fn unit(self) -> Option<&'static Unit> {
        UNITS.iter().find(|unit| unit.dimension == self)
    }

    /// Whether this is a point on a scale with an arbitrary zero, so that only differences of
    /// it can be added, negated or multiplied.
    pub fn is_point(self) -> bool {
        self.difference_of_points().is_some()
    }

    /// The dimension of the difference of two points of this scale.
    pub fn difference_of_points(self) -> Option<Self> {
        match self {
            Temperature => Some(TemperatureDifference),
            PowerLevel => Some(Gain),
            _ => None,
        }
    }

    /// The dimension of `self + other`, if that means anything.
    pub fn plus(self, other: Self) -> Option<Self> {
        match (self.difference_of_points(), other.difference_of_points()) {
            (None, None) => (self == other).then_some(self),
            (Some(difference), None) => (difference == other).then_some(self),
            (None, Some(difference)) => (difference == self).then_some(other),
            (Some(_), Some(_)) => None,
        }
    }

    /// The dimension of `self - other`, if that means anything.
    pub fn minus(self, other: Self) -> Option<Self> {
        match self.difference_of_points() {
            Some(difference) if other == self => Some(difference),
            Some(difference) => (difference == other).then_some(self),
            None => (self == other).then_some(self),
        }
    }

    /// The dimension of `self × other`, if that means anything. A percentage of something is
    /// an amount of that thing.
    pub fn times(self, other: Self) -> Option<Self> {
        if self.is_point() || other.is_point() {
            return None;
        }
        match (self, other) {
            (Number, it) | (it, Number) => Some(it),
            (Percent, Percent) => Some(Percent),
            (Percent, Gain) | (Gain, Percent) => None,
            (Percent, it) | (it, Percent) => Some(it),
            _ => LAWS.iter().find_map(|&(a, b, product)| {
                ((a, b) == (self, other) || (b, a) == (self, other)).then_some(product)
            }),
        }
    }

    /// The dimension of `self ÷ other`, if that means anything.
    pub fn over(self, other: Self) -> Option<Self> {
        if self.is_point() || other.is_point() {
            return None;
        }
        match (self, other) {
            (it, Number) => Some(it),
            (a, b) if a == b => Some(Number),
            _ => LAWS.iter().find_map(|&(a, b, product)| match (self == product, other) {
                (true, factor) if factor == a => Some(b),
                (true, factor) if factor == b => Some(a),
                _ => None,
            }),
        }
    }

    /// Whether `self < other` means anything.
    pub fn compares_with(self, other: Self) -> bool {
        self == other
    }
}
