//! What was measured, checked or kept: a value with its unit.

mod scalar;

use std::fmt;

use pogo_hal::{Dimension, Quantity, Unit};
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

pub(crate) use scalar::Scalar;

/// How many significant digits a view shows.
pub(crate) const SHOWN_DIGITS: usize = 4;

/// A value that a record can hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An amount of something.
    Quantity {
        /// In the dimension's own unit.
        value: f64,
        /// What it is an amount of; never [`Dimension::Number`].
        dimension: Dimension,
        /// The unit that somebody chose to show it in.
        unit: Option<&'static Unit>,
    },
    /// A number without a unit.
    Number(f64),
    /// A whole number without a unit.
    Integer(i64),
    /// A text.
    Text(String),
    /// Yes or no.
    Bool(bool),
}

impl From<&Quantity> for Value {
    fn from(it: &Quantity) -> Self {
        match it.dimension() {
            Dimension::Number => Self::Number(it.value()),
            dimension => Self::Quantity { value: it.value(), dimension, unit: it.unit() },
        }
    }
}

impl From<Quantity> for Value {
    fn from(it: Quantity) -> Self {
        Self::from(&it)
    }
}

impl From<f64> for Value {
    fn from(it: f64) -> Self {
        Self::Number(it)
    }
}

impl From<i64> for Value {
    fn from(it: i64) -> Self {
        Self::Integer(it)
    }
}

impl From<i32> for Value {
    fn from(it: i32) -> Self {
        Self::Integer(it.into())
    }
}

impl From<&str> for Value {
    fn from(it: &str) -> Self {
        Self::Text(it.into())
    }
}

impl From<String> for Value {
    fn from(it: String) -> Self {
        Self::Text(it)
    }
}

impl From<bool> for Value {
    fn from(it: bool) -> Self {
        Self::Bool(it)
    }
}

impl Value {
    /// What it is an amount of; `None` for texts, and for yes or no.
    pub fn dimension(&self) -> Option<Dimension> {
        match self {
            Self::Quantity { dimension, .. } => Some(*dimension),
            Self::Number(_) | Self::Integer(_) => Some(Dimension::Number),
            Self::Text(_) | Self::Bool(_) => None,
        }
    }

    /// What it is, with its article: `a voltage`, `a text`.
    pub fn with_article(&self) -> &'static str {
        match self {
            Self::Text(_) => "a text",
            Self::Bool(_) => "a yes or no",
            Self::Quantity { dimension, .. } => dimension.with_article(),
            Self::Number(_) | Self::Integer(_) => Dimension::Number.with_article(),
        }
    }

    /// The number as a quantity, for showing it; `None` for texts, and for yes or no.
    pub fn quantity(&self) -> Option<Quantity> {
        match self {
            Self::Quantity { value, dimension, unit } => {
                let quantity = Quantity::new(*value, *dimension);
                Some(match unit {
                    Some(unit) => quantity.shown_in(unit),
                    None => quantity,
                })
            }
            Self::Number(value) => Some(Quantity::number(*value)),
            // Only for showing and for messages: judging compares whole numbers exactly.
            Self::Integer(value) => Some(Quantity::number(*value as f64)),
            Self::Text(_) | Self::Bool(_) => None,
        }
    }

    /// The code of the dimension's own unit in the Unified Code for Units of Measure; `1` for
    /// plain numbers, `None` for texts, and for yes or no.
    pub fn ucum(&self) -> Option<&'static str> {
        self.dimension().map(|dimension| dimension.unit().map_or("1", |unit| unit.ucum))
    }

    /// The code of the unit that somebody chose to show it in.
    pub(crate) fn shown_in(&self) -> Option<&'static str> {
        match self {
            Self::Quantity { unit, .. } => unit.map(|unit| unit.ucum),
            _ => None,
        }
    }

    /// The same amount, to be shown in `unit`.
    pub(crate) fn show_in(&mut self, shown: Option<&'static Unit>) {
        if let Self::Quantity { unit, .. } = self {
            *unit = shown;
        }
    }

    /// Rounded for a view.
    pub fn rounded(&self, digits: usize) -> String {
        match self {
            Self::Text(text) => text.escape_debug().to_string(),
            Self::Bool(it) => it.to_string(),
            Self::Integer(it) => it.to_string(),
            number => number.quantity().map_or_else(String::new, |it| it.rounded(digits)),
        }
    }

    /// Whether it is a number that can be judged; texts, and yes or no, always can.
    pub fn is_finite(&self) -> bool {
        match self {
            Self::Quantity { value, .. } | Self::Number(value) => value.is_finite(),
            _ => true,
        }
    }
}

impl fmt::Display for Value {
    /// Every digit that somebody may have written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.rounded(12))
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Document<S> {
    value: S,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<std::borrow::Cow<'static, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shown_in: Option<std::borrow::Cow<'static, str>>,
}

impl Serialize for Value {
    /// As `{"value":0.0034,"unit":"A","shown_in":"mA"}`: the number in the dimension's own unit.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (unit, shown_in) = (self.ucum().map(Into::into), self.shown_in().map(Into::into));
        Document { value: Scalar::from(self), unit, shown_in }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Document { value, unit, shown_in } =
            Document::<Scalar<'static>>::deserialize(deserializer)?;
        value.with_unit(unit.as_deref(), shown_in.as_deref()).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use pogo_hal::UNITS;
    use proptest::prelude::*;

    use super::scalar::unit_of_code;
    use super::*;

    fn stored(value: &Value) -> Value {
        serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
    }

    #[test]
    fn a_value_is_stored_with_its_unit_as_the_shortest_text() {
        let milliamperes = Unit::named("mA").unwrap();
        for (value, text) in [
            (
                Value::from(Quantity::of(1.1, milliamperes)),
                r#"{"value":0.0011,"unit":"A","shown_in":"mA"}"#,
            ),
            (
                Value::from(Quantity::new(25.0, Dimension::Temperature)),
                r#"{"value":25.0,"unit":"Cel"}"#,
            ),
            (Value::Number(0.1), r#"{"value":0.1,"unit":"1"}"#),
            (Value::Integer(97), r#"{"value":97,"unit":"1"}"#),
            (Value::from("a\nb"), r#"{"value":"a\nb"}"#),
            (Value::Bool(true), r#"{"value":true}"#),
        ] {
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
            assert_eq!(stored(&value), value);
        }
    }

    #[test]
    fn what_is_not_a_finite_number_is_stored_and_read_back_as_such() {
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let volts = Value::from(Quantity::new(number, Dimension::Voltage));
            for value in [volts, Value::Number(number)] {
                let back = stored(&value);
                assert!(!back.is_finite() && back.dimension() == value.dimension(), "{back:?}");
            }
        }
    }

    #[test]
    fn a_number_in_another_unit_than_its_own_is_not_read() {
        for text in [
            r#"{"value":5.0,"unit":"mV"}"#,
            r#"{"value":5,"unit":"V"}"#,
            r#"{"value":"5.0","unit":"V"}"#,
            r#"{"value":"infinity","unit":"V"}"#,
            r#"{"value":9223372036854775808,"unit":"1"}"#,
            r#"{"value":5.0}"#,
        ] {
            assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn no_two_units_share_a_code() {
        for unit in UNITS {
            assert_eq!(unit_of_code(unit.ucum), Some(unit), "{}", unit.name);
        }
    }

    proptest! {
        #[test]
        fn every_number_reads_back_to_the_same_bits(bits: u64, whole: i64) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite());
            for value in [Value::Number(number), Quantity::new(number, Dimension::Power).into()] {
                let (Value::Number(back) | Value::Quantity { value: back, .. }) = stored(&value)
                else { panic!("{value:?}") };
                prop_assert_eq!(back.to_bits(), bits);
            }
            prop_assert_eq!(stored(&Value::Integer(whole)), Value::Integer(whole));
        }
    }
}
