//! A value without its unit, as it stands in a document.

use std::borrow::Cow;
use std::fmt;

use pogo_hal::{UNITS, Unit};
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use super::Value;

/// A value without its unit, as it stands in a document: the shortest decimal text that reads back
/// to the same number, a text, or yes or no. What JSON has no number for is a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar<'a> {
    Number(f64),
    Integer(i64),
    Text(Cow<'a, str>),
    Bool(bool),
}

impl<'a> From<&'a Value> for Scalar<'a> {
    fn from(it: &'a Value) -> Self {
        match it {
            Value::Quantity { value, .. } | Value::Number(value) => Self::Number(*value),
            Value::Integer(value) => Self::Integer(*value),
            Value::Text(text) => Self::Text(text.as_str().into()),
            Value::Bool(it) => Self::Bool(*it),
        }
    }
}

impl Scalar<'_> {
    /// The value again; `unit` and `shown_in` as [`Value::ucum`] and [`Value::shown_in`] gave them.
    pub(crate) fn with_unit(
        self,
        unit: Option<&str>,
        shown_in: Option<&str>,
    ) -> Result<Value, String> {
        let find = |code: &str| unit_of_code(code).ok_or_else(|| format!("`{code}` is not a unit"));
        let number = match &self {
            Self::Number(number) => Some(*number),
            // As `Display` writes what JSON has no number for, and nothing else.
            Self::Text(text) => [f64::NAN, f64::INFINITY, f64::NEG_INFINITY]
                .into_iter()
                .find(|number| number.to_string() == **text),
            _ => None,
        };
        match (unit, self, number) {
            (None, Self::Text(text), _) => Ok(Value::Text(text.into_owned())),
            (None, Self::Bool(it), _) => Ok(Value::Bool(it)),
            (Some("1"), Self::Integer(number), _) => Ok(Value::Integer(number)),
            (Some("1"), _, Some(number)) => Ok(Value::Number(number)),
            (Some(code), _, Some(value)) => {
                let (own, unit) = (find(code)?, shown_in.map(find).transpose()?);
                let dimension = own.dimension;
                match unit {
                    // A number of millivolts must not be taken for one of volts.
                    _ if dimension.unit() != Some(own) => Err(format!(
                        "`{code}` is not the unit that {} is kept in",
                        dimension.with_article()
                    )),
                    Some(unit) if unit.dimension != dimension => Err(format!(
                        "`{}` is not a unit of {}",
                        unit.name,
                        dimension.with_article()
                    )),
                    unit => Ok(Value::Quantity { value, dimension, unit }),
                }
            }
            (unit, value, _) => Err(format!("{value:?} has no value in the unit {unit:?}")),
        }
    }
}

impl Serialize for Scalar<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) if number.is_finite() => serializer.serialize_f64(*number),
            Self::Number(number) => serializer.collect_str(number),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bool(it) => serializer.serialize_bool(*it),
        }
    }
}

impl<'de> Deserialize<'de> for Scalar<'static> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Scalar<'static>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, a text, or yes or no")
            }

            fn visit_f64<E>(self, it: f64) -> Result<Self::Value, E> {
                Ok(Scalar::Number(it))
            }

            fn visit_i64<E>(self, it: i64) -> Result<Self::Value, E> {
                Ok(Scalar::Integer(it))
            }

            fn visit_u64<E: serde::de::Error>(self, it: u64) -> Result<Self::Value, E> {
                i64::try_from(it).map(Scalar::Integer).map_err(E::custom)
            }

            fn visit_str<E>(self, it: &str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(it.to_owned().into()))
            }

            fn visit_bool<E>(self, it: bool) -> Result<Self::Value, E> {
                Ok(Scalar::Bool(it))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// The unit with this code; two units never share one.
pub(super) fn unit_of_code(code: &str) -> Option<&'static Unit> {
    UNITS.iter().find(|unit| unit.ucum == code)
}
