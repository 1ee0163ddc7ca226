//! Numbers with a unit.
//!
//! A [`Quantity`] is what a script computes with; [`Volts`] and its kin are what the traits take
//! and give. Temperature points and temperature differences are different dimensions, and so are
//! levels (dBm) and ratios of levels (dB): see [`Dimension`].

mod arithmetic;
mod dimension;
mod origin;
mod show;
mod typed;
mod unit;

pub use arithmetic::QuantityError;
pub use dimension::Dimension;
pub use origin::{Origin, Origins};
pub use typed::{
    Amperes, Celsius, Coulombs, Hertz, Kelvins, Ohms, Reading, Seconds, Typed, Volts, Watts,
};
pub use unit::{UNITS, Unit};

/// A value, its dimension, the unit to show it in, and the readings it came from.
///
/// There is no `PartialEq`: whether two measured values are equal is a question of tolerance.
#[derive(Clone, Debug)]
pub struct Quantity {
    value: f64,
    dimension: Dimension,
    unit: Option<&'static Unit>,
    origins: Origins,
}

impl Quantity {
    /// `value` in the dimension's own unit ([`Dimension::unit`]: volts, kilograms, degrees
    /// Celsius, percent …), shown with whatever prefix suits its size.
    pub fn new(value: f64, dimension: Dimension) -> Self {
        Self { value, dimension, unit: None, origins: Origins::none() }
    }

    /// `number` of `unit`, shown in that unit: `Quantity::of(60.0, mA)` is `60 mA`.
    pub fn of(number: f64, unit: &'static Unit) -> Self {
        Self {
            value: unit.to_base(number),
            dimension: unit.dimension,
            unit: Some(unit),
            origins: Origins::none(),
        }
    }

    /// A quantity without dimension, such as a ratio.
    pub fn number(value: f64) -> Self {
        Self::new(value, Dimension::Number)
    }

    /// The value in the dimension's own unit ([`Dimension::unit`]).
    pub fn value(&self) -> f64 {
        self.value
    }

    /// What kind of thing this is an amount of.
    pub fn dimension(&self) -> Dimension {
        self.dimension
    }

    /// The unit that somebody chose to show this in; `None` lets its size decide.
    pub fn unit(&self) -> Option<&'static Unit> {
        self.unit
    }

    /// The same amount, shown in `unit`; unchanged if that is a unit of something else.
    #[must_use]
    pub fn shown_in(mut self, unit: &'static Unit) -> Self {
        if unit.dimension == self.dimension {
            self.unit = Some(unit);
        }
        self
    }

    /// The readings this was computed from, oldest first.
    pub fn origins(&self) -> &Origins {
        &self.origins
    }

    /// The same amount, said to come from `origin`.
    #[must_use]
    pub fn from_origin(mut self, origin: Origin) -> Self {
        self.origins = Origins::one(origin);
        self
    }

    /// The same amount, said to be computed from the readings of `origins`.
    #[must_use]
    pub fn with_origins(mut self, origins: Origins) -> Self {
        self.origins = origins;
        self
    }

    /// Reads text such as `5 V`, `500mA` or `-40 degC`.
    ///
    /// # Errors
    ///
    /// The text has no number, no unit (write `1` units as plain numbers), or an unknown unit, for
    /// which the nearest known one is named.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        unit::parse(text)
    }
}
