//! One limit, as a table of a limits file says it.

use std::fmt;

use pogo_hal::toml_file::Section;
use pogo_hal::{Code, Diagnostic, Dimension, Quantity, UNITS, Unit, nearest};
use pogo_record::{Limit, LimitError, Value};
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

/// The keys that a limit is made of.
pub(super) const KEYS: [&str; 8] =
    ["unit", "low", "high", "nominal", "tolerance", "equals", "one_of", "matches"];

const WAYS: &str = "say `low` and `high` or one of them, `nominal` and `tolerance`, `equals`, \
                    `one_of`, or `matches`";

/// The limit that `section` says; `None` if it says none. `unit` holds where it says no unit.
///
/// # Errors
///
/// It says more than one, half of one, or one that can judge nothing.
pub(super) fn take(
    section: &mut Section,
    unit: Option<&'static Unit>,
) -> Result<(Option<Limit>, Option<&'static Unit>), Diagnostic> {
    let places = section.clone();
    let wrong = |key: &str, error: LimitError| {
        let it = Diagnostic::new(error.message());
        let it = it.coded(Code::ImpossibleLimit).at(places.place_of(key));
        match error.hint() {
            Some(hint) => it.with_hint(hint),
            None => it,
        }
    };
    let own = section.take::<String>("unit")?.map(|name| named(&name, &places)).transpose()?;
    let unit = own.or(unit);
    let mut figure = |key: &str| section.take::<Figure>(key);
    let (low, high) = (figure("low")?, figure("high")?);
    let (nominal, tolerance) = (figure("nominal")?, figure("tolerance")?);
    let (equals, one_of) = (figure("equals")?, section.take::<Figures>("one_of")?);
    let matches = section.take::<String>("matches")?;
    let value = |it: Figure, key: &str| it.with(unit).map_err(|it| it.at(places.place_of(key)));
    let exact = |it: Figure, key: &str| match (it, unit) {
        (Figure::Text(text), None) => Ok(Value::Text(text)),
        (it, _) => value(it, key),
    };
    let ways = [low.is_some() || high.is_some(), nominal.is_some() || tolerance.is_some()];
    let ways = ways.into_iter().chain([equals.is_some(), one_of.is_some(), matches.is_some()]);
    if ways.filter(|it| *it).count() > 1 {
        let it = Diagnostic::new(format!("`{}` has more than one limit", places.name()));
        return Err(it.at(places.place()).with_hint(WAYS));
    }
    let limit = match (low, high, nominal, tolerance) {
        (Some(low), Some(high), ..) => {
            let (low, high) = (value(low, "low")?, value(high, "high")?);
            Limit::between(low, high).map_err(|it| wrong("low", it))?
        }
        (Some(low), None, ..) => {
            Limit::at_least(value(low, "low")?).map_err(|it| wrong("low", it))?
        }
        (None, Some(high), ..) => {
            Limit::at_most(value(high, "high")?).map_err(|it| wrong("high", it))?
        }
        (_, _, Some(nominal), Some(tolerance)) => {
            let by = tolerance.with(unit.and_then(difference));
            let by = by.map_err(|it| it.at(places.place_of("tolerance")))?;
            Limit::within(value(nominal, "nominal")?, by).map_err(|it| wrong("tolerance", it))?
        }
        (_, _, Some(_), None) | (_, _, None, Some(_)) => {
            let it = Diagnostic::new(format!("`{}` has half of a limit", places.name()));
            return Err(it.at(places.place()).with_hint("`nominal` and `tolerance` go together"));
        }
        (None, None, None, None) => match (equals, one_of, matches) {
            (Some(it), ..) => {
                Limit::equals(exact(it, "equals")?).map_err(|it| wrong("equals", it))?
            }
            (_, Some(Figures(all)), _) => {
                let all = all.into_iter().map(|it| exact(it, "one_of"));
                let all: Vec<_> = all.collect::<Result<_, _>>()?;
                Limit::one_of(all).map_err(|it| wrong("one_of", it))?
            }
            (.., Some(pattern)) => Limit::matches(&pattern).map_err(|it| wrong("matches", it))?,
            (None, None, None) => return Ok((None, unit)),
        },
    };
    Ok((Some(limit), unit))
}

fn named(name: &str, section: &Section) -> Result<&'static Unit, Diagnostic> {
    Unit::named(name).ok_or_else(|| {
        let it = Diagnostic::new(format!("`{name}` is not a unit"));
        let it = it.coded(Code::UnknownUnit).at(section.place_of("unit"));
        match nearest(name, UNITS.iter().map(|unit| unit.name)) {
            Some(known) => it.with_hint(format!("did you mean `{known}`?")),
            None => it,
        }
    })
}

/// The unit that differences of amounts in `unit` are in: of degC that is K.
fn difference(unit: &'static Unit) -> Option<&'static Unit> {
    let of_points = unit.dimension.difference_of_points();
    of_points.map_or(Some(unit), Dimension::unit)
}

/// What stands for one value: a number of the limit's unit, or a text.
enum Figure {
    Integer(i64),
    Number(f64),
    Bool(bool),
    Text(String),
}

impl Figure {
    /// The value that it is in `unit`; a text is an amount with a unit of its own.
    fn with(self, unit: Option<&'static Unit>) -> Result<Value, Diagnostic> {
        Ok(match (self, unit) {
            (Self::Integer(it), None) => it.into(),
            (Self::Number(it), None) => it.into(),
            (Self::Integer(it), Some(unit)) => Quantity::of(it as f64, unit).into(),
            (Self::Number(it), Some(unit)) => Quantity::of(it, unit).into(),
            (Self::Bool(it), _) => it.into(),
            (Self::Text(text), _) => {
                let quantity = Quantity::parse(&text).map_err(|error| {
                    let it = Diagnostic::new(error.message());
                    match error.hint() {
                        Some(hint) => it.with_hint(hint),
                        None => it,
                    }
                })?;
                quantity.into()
            }
        })
    }
}

/// A list of values.
struct Figures(Vec<Figure>);

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Figure;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or a text such as \"2 %\"")
            }

            fn visit_i64<E: Error>(self, it: i64) -> Result<Figure, E> {
                Ok(Figure::Integer(it))
            }

            fn visit_f64<E: Error>(self, it: f64) -> Result<Figure, E> {
                Ok(Figure::Number(it))
            }

            fn visit_bool<E: Error>(self, it: bool) -> Result<Figure, E> {
                Ok(Figure::Bool(it))
            }

            fn visit_str<E: Error>(self, it: &str) -> Result<Figure, E> {
                Ok(Figure::Text(it.to_owned()))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl<'de> Deserialize<'de> for Figures {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Figures;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of texts or whole numbers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Figures, A::Error> {
                let mut all = Vec::new();
                while let Some(item) = items.next_element()? {
                    all.push(item);
                }
                Ok(Figures(all))
            }
        }
        deserializer.deserialize_seq(All)
    }
}
