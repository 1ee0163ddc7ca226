//! Values of registers as files have them: amounts as texts with their unit.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, Visitor};

use super::map::{Form, Register};
use super::value::RegisterValue;
use crate::toml_file::Section;
use crate::{Code, Diagnostic, Quantity};

impl Register {
    /// Takes the value out that stands under this register's name: amounts are texts with a unit.
    ///
    /// # Errors
    ///
    /// It is nothing that the register could hold.
    pub fn take_from(&self, section: &mut Section) -> Result<Option<RegisterValue>, Diagnostic> {
        let place = section.place_of(&self.name);
        let Some(literal) = section.take::<Literal>(&self.name)? else { return Ok(None) };
        self.value(literal)
            .map(Some)
            .map_err(|it| Diagnostic::new(it).coded(Code::BadValue).at(place))
    }

    /// The value that is written so in a file: amounts as text with their unit.
    pub(super) fn value(&self, literal: Literal) -> Result<RegisterValue, String> {
        let number = |value: f64| {
            let what = self.dimension().map_or("no number", |it| it.with_article());
            match &self.form {
                Form::Number(it) if it.unit.is_some() => Err(format!(
                    "{value} has no unit; `{}` is {what}, such as \"{value} {}\"",
                    self.name,
                    it.unit.map_or("", |it| it.name)
                )),
                _ => Ok(RegisterValue::Quantity(Quantity::number(value))),
            }
        };
        match literal {
            Literal::Bool(it) => Ok(RegisterValue::Bool(it)),
            Literal::Integer(it) if self.dimension().is_none() => Ok(RegisterValue::Integer(it)),
            Literal::Integer(it) => number(it as f64),
            Literal::Float(it) => number(it),
            Literal::Text(text) => match &self.form {
                Form::Number(_) => {
                    let quantity = Quantity::parse(&text).map_err(|it| it.to_string())?;
                    if Some(quantity.dimension()) != self.dimension() {
                        let is = quantity.dimension().with_article();
                        let wanted = self.dimension().map_or("", |it| it.with_article());
                        return Err(format!("{quantity} is {is}; `{}` is {wanted}", self.name));
                    }
                    Ok(RegisterValue::Quantity(quantity))
                }
                _ => Ok(RegisterValue::Text(text)),
            },
        }
    }
}

/// A number with or without a decimal point.
pub(super) struct Plain(pub(super) f64);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Literal::deserialize(deserializer)? {
            Literal::Integer(it) => Ok(Self(it as f64)),
            Literal::Float(it) => Ok(Self(it)),
            _ => Err(D::Error::custom("expected a plain number")),
        }
    }
}

/// Whatever a safe state or a bound is written as.
pub(super) enum Literal {
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
}

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Literal;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a boolean, a number, or a text such as \"5 V\"")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Literal, E> {
                Ok(Literal::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Literal, E> {
                Ok(Literal::Integer(value))
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Literal, E> {
                i64::try_from(value).map(Literal::Integer).map_err(E::custom)
            }

            fn visit_f64<E>(self, value: f64) -> Result<Literal, E> {
                Ok(Literal::Float(value))
            }

            fn visit_str<E>(self, value: &str) -> Result<Literal, E> {
                Ok(Literal::Text(value.to_owned()))
            }
        }
        deserializer.deserialize_any(Any)
    }
}
