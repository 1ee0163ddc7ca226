//! Quantities whose dimension the compiler checks: what traits take and give.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use super::{Dimension, Quantity, QuantityError};

/// A quantity type with its dimension in its name.
pub trait Typed: Copy + fmt::Display + Into<Quantity> {
    /// What it is an amount of.
    const DIMENSION: Dimension;

    /// The value in the dimension's own unit.
    fn value(self) -> f64;

    /// From a value in the dimension's own unit.
    fn from_value(value: f64) -> Self;

    /// From a quantity of any dimension.
    ///
    /// # Errors
    ///
    /// `quantity` is an amount of something else.
    fn from_quantity(quantity: &Quantity) -> Result<Self, QuantityError> {
        if quantity.dimension() == Self::DIMENSION {
            return Ok(Self::from_value(quantity.value()));
        }
        let message = format!(
            "{quantity} is {}, expected {}",
            quantity.dimension().with_article(),
            Self::DIMENSION.with_article(),
        );
        Err(QuantityError::new(message, None))
    }
}

macro_rules! typed {
    ($($name:ident, $dimension:ident, $doc:literal;)*) => {$(
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
        pub struct $name(pub f64);

        impl Typed for $name {
            const DIMENSION: Dimension = Dimension::$dimension;

            fn value(self) -> f64 {
                self.0
            }

            fn from_value(value: f64) -> Self {
                Self(value)
            }
        }

        impl From<$name> for Quantity {
            fn from(it: $name) -> Self {
                Quantity::new(it.0, Dimension::$dimension)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&Quantity::from(*self), f)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            /// From text with a unit, such as `"5 V"`.
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let quantity = Quantity::deserialize(deserializer)?;
                Self::from_quantity(&quantity).map_err(D::Error::custom)
            }
        }
    )*};
}

typed! {
    Volts, Voltage, "A voltage, in volts.";
    Amperes, Current, "A current, in amperes.";
    Watts, Power, "A power, in watts.";
    Ohms, Resistance, "A resistance, in ohms.";
    Seconds, Time, "A duration, in seconds.";
    Hertz, Frequency, "A frequency, in hertz.";
    Celsius, Temperature, "A point on the temperature scale, in degrees Celsius.";
    Kelvins, TemperatureDifference, "A difference of temperatures, in kelvins.";
    Coulombs, Charge, "An electric charge, in coulombs.";
}

impl<'de> Deserialize<'de> for Quantity {
    /// From text with a unit, such as `"5 V"`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Quantity;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a quantity as text, such as \"5 V\"")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Quantity, E> {
                Quantity::parse(text).map_err(|error| match error.hint() {
                    Some(hint) => E::custom(format!("{error}; {hint}")),
                    None => E::custom(error),
                })
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// What an instrument measured, with the reply it sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading<T> {
    /// The value; NaN where the instrument says that it has none (SCPI's 9.91E37).
    pub value: T,
    /// The reply as received, without its terminator: the original observation.
    pub raw: String,
}

impl<T> Reading<T> {
    /// The same reading with its value made into something else.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Reading<U> {
        Reading { value: change(self.value), raw: self.raw }
    }
}
