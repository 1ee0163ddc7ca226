//! The bounds of a setting and the value it has after a reset.

use pogo_hal::toml_file::Section;
use pogo_hal::{Diagnostic, Quantity};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, SeqAccess, Visitor};
use toml::Spanned;

use crate::{Holds, Property};

/// A setting's bounds and reset value. Every list holds one entry for all channels, or one per
/// channel in their order; numbers are in the unit of the property's dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    least: Vec<f64>,
    most: Vec<f64>,
    steps: Vec<f64>,
    choices: Vec<String>,
    reset: Vec<Value>,
}

/// What a setting can hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number in the unit of the property's dimension.
    Number(f64),
    /// On or off.
    Boolean(bool),
    /// One of [`Setting::choices`], as it is spelled there.
    Choice(String),
}

impl Setting {
    /// The smallest number that the channel at `index`, counted from 0, accepts.
    pub fn least(&self, index: usize) -> Option<f64> {
        self.steps.first().or_else(|| pick(&self.least, index)).copied()
    }

    /// The largest number that the channel at `index`, counted from 0, accepts.
    pub fn most(&self, index: usize) -> Option<f64> {
        self.steps.last().or_else(|| pick(&self.most, index)).copied()
    }

    /// The values it can hold, ascending, if it cannot hold any between its bounds: what is set
    /// becomes the smallest step that is not smaller.
    pub fn steps(&self) -> &[f64] {
        &self.steps
    }

    /// The words it can hold, spelled as manuals spell them: `IMMediate`.
    pub fn choices(&self) -> &[String] {
        &self.choices
    }

    /// The value after a reset of the channel at `index`, counted from 0.
    pub fn reset(&self, index: usize) -> &Value {
        // The reader has seen to it that there is one.
        pick(&self.reset, index).unwrap_or(&Value::Boolean(false))
    }
}

fn pick<T>(list: &[T], index: usize) -> Option<&T> {
    if list.len() == 1 { list.first() } else { list.get(index) }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    least: Option<Spanned<Scalars>>,
    most: Option<Spanned<Scalars>>,
    steps: Option<Spanned<Scalars>>,
    choices: Option<Spanned<Vec<String>>>,
    reset: Spanned<Scalars>,
}

/// Reads the setting of `property` for an instrument with so many `channels` (0 for a meter).
pub fn read(section: Section, property: Property, channels: usize) -> Result<Setting, Diagnostic> {
    let source = section.source().clone();
    let name = section.name().to_owned();
    let Written { least, most, steps, choices, reset } = section.read()?;
    let bad = |span, message: String| Diagnostic::new(message).at(source.place(span));
    let per_channel = |list: &Spanned<Scalars>| {
        let count = list.get_ref().0.len();
        if count == 1 || (channels > 1 && count == channels) {
            return Ok(());
        }
        Err(bad(list.span(), format!("`{name}` lists {count} values for {channels} channels")))
    };
    let numbers = |list: Option<Spanned<Scalars>>| match list {
        None => Ok(Vec::new()),
        Some(list) => {
            let number = |scalar: &Scalar| match scalar.value(property) {
                Ok(Value::Number(number)) => Ok(number),
                Ok(_) => Err(bad(list.span(), format!("`{name}` holds no number"))),
                Err(message) => Err(bad(list.span(), message)),
            };
            list.get_ref().0.iter().map(number).collect()
        }
    };
    for list in [&least, &most].into_iter().flatten() {
        per_channel(list)?;
    }
    per_channel(&reset)?;
    let (least, most, steps) = (numbers(least)?, numbers(most)?, numbers(steps)?);
    let has_bounds = !steps.is_empty() || (!least.is_empty() && !most.is_empty());
    if matches!(property.holds(), Holds::Number(_)) != has_bounds {
        let message = if has_bounds { "has bounds but holds no number" } else { "has no bounds" };
        return Err(Diagnostic::new(format!("`{name}` {message}"))
            .at(source.place(reset.span()))
            .with_hint("a number has `least` and `most`, or `steps`; nothing else has"));
    }
    if !steps.is_sorted_by(|a, b| a < b) {
        return Err(bad(reset.span(), format!("the steps of `{name}` do not ascend")));
    }
    let choices = match choices {
        Some(choices) if property.holds() != Holds::Choice => {
            return Err(bad(choices.span(), format!("`{name}` is not a choice")));
        }
        Some(choices) => choices.into_inner(),
        None if property.holds() == Holds::Choice => {
            return Err(bad(reset.span(), format!("`{name}` has no choices")));
        }
        None => Vec::new(),
    };
    let mut setting = Setting { least, most, steps, choices, reset: Vec::new() };
    for (index, scalar) in reset.get_ref().0.iter().enumerate() {
        match scalar.value(property) {
            Ok(value) if setting.holds(&value, index) => setting.reset.push(value),
            Ok(_) => {
                return Err(bad(reset.span(), format!("`{name}` cannot hold its reset value")));
            }
            Err(message) => return Err(bad(reset.span(), message)),
        }
    }
    Ok(setting)
}

impl Setting {
    fn holds(&self, value: &Value, index: usize) -> bool {
        match value {
            Value::Number(number) if self.steps.is_empty() => {
                let bounds = self.least(index).zip(self.most(index));
                bounds.is_some_and(|(least, most)| (least..=most).contains(number))
            }
            Value::Number(number) => self.steps.contains(number),
            Value::Boolean(_) => true,
            Value::Choice(choice) => self.choices.contains(choice),
        }
    }
}

/// A number, a boolean or a text as TOML has them.
#[derive(Clone, Debug)]
enum Scalar {
    Number(f64),
    Boolean(bool),
    Text(String),
}

impl Scalar {
    fn value(&self, property: Property) -> Result<Value, String> {
        match (property.holds(), self) {
            (Holds::Number(None), Self::Number(number)) => Ok(Value::Number(*number)),
            (Holds::Number(None), _) => Err("expected a number without a unit".into()),
            (Holds::Number(Some(dimension)), Self::Text(text)) => {
                let quantity = Quantity::parse(text).map_err(|error| error.to_string())?;
                if quantity.dimension() != dimension {
                    let (actual, expected) =
                        (quantity.dimension().with_article(), dimension.with_article());
                    return Err(format!("{quantity} is {actual}, expected {expected}"));
                }
                Ok(Value::Number(quantity.value()))
            }
            (Holds::Number(Some(dimension)), _) => {
                Err(format!("expected {} as text, such as \"5 V\"", dimension.with_article()))
            }
            (Holds::Boolean, Self::Boolean(on)) => Ok(Value::Boolean(*on)),
            (Holds::Boolean, _) => Err("expected `true` or `false`".into()),
            (Holds::Choice | Holds::Function, Self::Text(text)) => Ok(Value::Choice(text.clone())),
            (Holds::Choice | Holds::Function, _) => Err("expected a text".into()),
        }
    }
}

/// One scalar or a list of them.
struct Scalars(Vec<Scalar>);

impl<'de> Deserialize<'de> for Scalars {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarsVisitor)
    }
}

struct ScalarsVisitor;

impl<'de> Visitor<'de> for ScalarsVisitor {
    type Value = Scalars;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a number, a boolean, a text, or a list of them")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Scalars, E> {
        Ok(Scalars(vec![Scalar::Boolean(value)]))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Scalars, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Scalars, E> {
        Ok(Scalars(vec![Scalar::Number(value)]))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Scalars, E> {
        Ok(Scalars(vec![Scalar::Text(value.to_owned())]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Scalars, A::Error> {
        let mut scalars = Vec::new();
        while let Some(Scalars(entry)) = list.next_element()? {
            let Ok([scalar]) = <[Scalar; 1]>::try_from(entry) else {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                return Err(A::Error::custom("a list inside a list"));
            };
            scalars.push(scalar);
        }
        Ok(Scalars(scalars))
    }
}
