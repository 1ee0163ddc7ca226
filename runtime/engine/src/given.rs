//! An argument as far as it is known: all of it while a script runs, and what its text
//! says when it is checked. One reader serves both, so that they cannot come to differ.

use pogo_hal::{Quantity, Unit};
use pogo_sandbox::Argument;
use pogo_sandbox::rhai::{Array, Dynamic, Map};

/// An argument.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    Text(String),
    List(Vec<Given>),
    Map(Vec<(String, Given)>),
    Quantity(Quantity),
    /// A plain number, as it was written.
    Number(String),
    /// None of these; its kind, with its article.
    Other(String),
    /// Nobody knows before the script runs.
    Unknown,
}

impl Given {
    /// What it is, with its article.
    pub(crate) fn what(&self) -> String {
        match self {
            Self::Text(_) => "a text".into(),
            Self::List(_) => "a list".into(),
            Self::Map(_) => "a map".into(),
            Self::Quantity(quantity) => quantity.dimension().with_article().into(),
            Self::Number(number) => format!("the number {number}"),
            Self::Other(what) => what.clone(),
            Self::Unknown => "something".into(),
        }
    }
}

impl From<&Argument> for Given {
    fn from(it: &Argument) -> Self {
        match it {
            Argument::Text(text) => Self::Text(text.clone()),
            Argument::List(items) => Self::List(items.iter().map(Self::from).collect()),
            Argument::Map(entries) => {
                let entry = |(key, value): &(String, Argument)| (key.clone(), Self::from(value));
                Self::Map(entries.iter().map(entry).collect())
            }
            // A unit that does not exist is complained of where it stands.
            Argument::Quantity(number, unit) => match Unit::named(unit) {
                Some(unit) => Self::Quantity(Quantity::of(*number, unit)),
                None => Self::Unknown,
            },
            Argument::Integer(number) => Self::Number(number.to_string()),
            Argument::Float(number) => Self::Number(number.to_string()),
            Argument::Bool(_) => Self::Other("a bool".into()),
            Argument::Function => Self::Other("a function".into()),
            Argument::Range(..) => Self::Other("a limit".into()),
            Argument::Variable(_)
            | Argument::Property(..)
            | Argument::Call(_)
            | Argument::Computed => Self::Unknown,
        }
    }
}

impl From<&Dynamic> for Given {
    fn from(it: &Dynamic) -> Self {
        if let Some(quantity) = it.read_lock::<Quantity>() {
            return Self::Quantity(quantity.clone());
        }
        if let Some(items) = it.read_lock::<Array>() {
            return Self::List(items.iter().map(Self::from).collect());
        }
        if let Some(entries) = it.read_lock::<Map>() {
            let entries = entries.iter();
            return Self::Map(
                entries.map(|(key, value)| (key.to_string(), value.into())).collect(),
            );
        }
        if it.is_int() || it.is_float() {
            return Self::Number(it.to_string());
        }
        match it.clone().into_string() {
            Ok(text) => Self::Text(text),
            Err(kind) => Self::Other(format!("a {kind}")),
        }
    }
}
