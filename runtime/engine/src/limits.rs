//! Limits as scripts write them: `a..=b`, `at_least`, `at_most`, `within`, `one_of`, `matches`.

use std::ops::{Range, RangeInclusive};

use pogo_hal::Quantity;
use pogo_record::{Limit, LimitSource, Value};
use pogo_sandbox::reference::{Argument, Entry, Failure, Kind, argument};
use pogo_sandbox::rhai::{Array, Dynamic, Engine};
use pogo_sandbox::script_error;

use crate::bridge::Outcome;
use crate::language::{Chapter, Word};
use crate::limit_file::FiledLimit;

/// What a value is judged by.
#[derive(Clone, Debug)]
pub(crate) struct Criterion {
    pub(crate) limit: Limit,
    /// Where the limit comes from; `None` if it stands in the script.
    pub(crate) source: Option<LimitSource>,
    /// Where on a curve it holds; `None` if the value is no point of one.
    pub(crate) at: Option<Value>,
}

impl From<Limit> for Criterion {
    fn from(limit: Limit) -> Self {
        Self { limit, source: None, at: None }
    }
}

impl From<&FiledLimit> for Criterion {
    fn from(it: &FiledLimit) -> Self {
        Self { limit: it.limit.clone(), source: Some(it.source.clone()), at: None }
    }
}

/// The ways to write a limit.
pub(crate) const LIMITS: Chapter = Chapter {
    title: "limits",
    about: "`low..=high` is the limit from `low` to `high`, both included; `..`, which leaves the \
            upper end out, is refused. A value that is no number is outside every limit.",
    words: WORDS,
};

const LOW: &[Argument] = &[argument("low", Kind::Amount, "the lowest value that passes")];
const HIGH: &[Argument] = &[argument("high", Kind::Amount, "the highest value that passes")];
const WITHIN: &[Argument] = &[
    argument("nominal", Kind::Amount, "the value that is meant"),
    argument("tolerance", Kind::Amount, "positive; of the same dimension, or in percent"),
];
const BAND: &[Argument] =
    &[argument("points", Kind::List, "`[place, low..=high]` each, from the least place upwards")];
const ONE_OF: &[Argument] = &[argument("choices", Kind::List, "at least one")];
const MATCHES: &[Argument] = &[argument("pattern", Kind::Pattern, "that all of the text fits")];
const NO_NUMBER: Failure = Failure::script("no number");

const WORDS: &[Word] = &[
    Word {
        entry: Entry::new("at_least", "a limit: x or more")
            .takes(LOW)
            .gives(Kind::Limit)
            .fails(&[NO_NUMBER])
            .example("measure(\"battery\", psu.measure_voltage(), at_least(2.9.V));"),
        bind: |engine, name, _| {
            engine.register_fn(name, move |low: Dynamic| made(Limit::at_least(value(name, low)?)));
        },
    },
    Word {
        entry: Entry::new("at_most", "a limit: x or less")
            .takes(HIGH)
            .gives(Kind::Limit)
            .fails(&[NO_NUMBER])
            .example("measure(\"idle_current\", psu.measure_current(), at_most(8.mA));"),
        bind: |engine, name, _| {
            engine.register_fn(name, move |high: Dynamic| made(Limit::at_most(value(name, high)?)));
        },
    },
    Word {
        entry: Entry::new("within", "a limit: nominal ± tolerance")
            .takes(WITHIN)
            .gives(Kind::Limit)
            .fails(&[Failure::script("a tolerance that is negative or of another dimension")])
            .example("measure(\"rail_1v8\", dmm.dc_voltage(), within(1.8.V, 2.percent));"),
        bind: |engine, name, _| {
            engine.register_fn(name, move |nominal: Dynamic, tolerance: Dynamic| {
                made(Limit::within(value(name, nominal)?, value(name, tolerance)?))
            });
        },
    },
    Word {
        entry: Entry::new("band", "a limit for curves: from point to point, on straight lines")
            .takes(BAND)
            .gives(Kind::Limit)
            .fails(&[
                Failure::script("fewer than two points, or their places do not rise"),
                Failure::script("a point without both edges"),
            ])
            .example(
                "let curve = [[0.s, 0.1.V], [1.s, 3.2.V]];\nmeasure(\"charging\", curve, \
                 band([[0.s, 0.V..=0.5.V], [1.s, 3.V..=3.4.V]]));",
            ),
        bind: |engine, name, _| {
            engine.register_fn(name, move |points: Array| Band::read(name, &points));
        },
    },
    Word {
        entry: Entry::new("one_of", "an expectation: one of these")
            .takes(ONE_OF)
            .gives(Kind::Expectation)
            .fails(&[Failure::script("an empty list")])
            .example("check(\"colour\", ask(\"Colour?\"), one_of([\"red\", \"green\"]));"),
        bind: |engine, name, _| {
            engine.register_fn(name, move |choices: Array| {
                let choices = choices.into_iter().map(|it| value(name, it));
                made(Limit::one_of(choices.collect::<Outcome<Vec<_>>>()?))
            });
        },
    },
    Word {
        entry: Entry::new("matches", "an expectation: text like this, from its start to its end")
            .takes(MATCHES)
            .gives(Kind::Expectation)
            .fails(&[Failure::script("a pattern that is none")])
            .example("check(\"lot\", device.lot(), matches(\"L[0-9]+\"));"),
        bind: |engine, name, _| {
            engine.register_fn(name, |pattern: &str| made(Limit::matches(pattern)));
        },
    },
];

/// What a curve has to keep within.
#[derive(Clone, Debug)]
pub(crate) struct Band(Vec<Corner>);

#[derive(Clone, Debug)]
struct Corner {
    at: Quantity,
    low: Quantity,
    high: Quantity,
}

impl Band {
    fn read(verb: &str, points: &[Dynamic]) -> Outcome<Self> {
        let wrong = |what: String| {
            let hint = "write `band([[0.s, 0.V..=0.5.V], [1.s, 3.V..=3.4.V]])`".to_owned();
            script_error(format!("{verb}: {what}"), hint)
        };
        let mut corners: Vec<Corner> = Vec::new();
        for point in points {
            let point = point.read_lock::<Array>().map(|it| it.clone()).unwrap_or_default();
            let [at, edges] = point.as_slice() else {
                return Err(wrong("a point is a list of its place and its limit".to_owned()));
            };
            let Some(at) = amount(at).filter(|it| it.value().is_finite()) else {
                return Err(wrong(format!("a {} is no place of a point", at.type_name())));
            };
            let limit = limit(edges)?;
            let Limit::Between { low, high } = &limit else {
                return Err(wrong(format!("{limit} has not both edges")));
            };
            let edge = |it: &Value| match it {
                Value::Integer(it) => Some(Quantity::number(*it as f64)),
                Value::Number(it) => Some(Quantity::number(*it)),
                other => other.quantity(),
            };
            let (Some(low), Some(high)) = (edge(low), edge(high)) else {
                return Err(wrong(format!("{limit} has not both edges")));
            };
            if let Some(last) = corners.last() {
                if last.at.dimension() != at.dimension() || last.at.value() >= at.value() {
                    return Err(wrong(format!("{at} does not come behind {}", last.at)));
                }
                if last.low.dimension() != low.dimension() {
                    return Err(wrong("its limits are of several dimensions".to_owned()));
                }
            }
            corners.push(Corner { at, low, high });
        }
        match corners.len() {
            0 | 1 => Err(wrong("it needs two points or more".to_owned())),
            _ => Ok(Self(corners)),
        }
    }

    /// The limit at that place, and the place as it is recorded.
    ///
    /// # Errors
    ///
    /// The place is before the first point or behind the last one, where the band says nothing.
    pub(crate) fn at(&self, place: &Dynamic) -> Outcome<(Value, Limit)> {
        let kind = place.type_name();
        let Some(at) = amount(place) else {
            return Err(script_error(format!("a {kind} is no place on a curve"), None));
        };
        let pair = self.0.windows(2).find(|pair| {
            at.dimension() == pair[0].at.dimension()
                && (pair[0].at.value()..=pair[1].at.value()).contains(&at.value())
        });
        let Some([from, to]) = pair else {
            let message = format!("the band says nothing of {at}");
            let ends = (self.0.first(), self.0.last());
            let hint = match ends {
                (Some(first), Some(last)) => format!("it is from {} to {}", first.at, last.at),
                _ => "it is empty".to_owned(),
            };
            return Err(script_error(message, hint));
        };
        let part = (at.value() - from.at.value()) / (to.at.value() - from.at.value());
        let edge = |from: &Quantity, to: &Quantity| {
            let value = from.value() + (to.value() - from.value()) * part;
            plain(Quantity::new(value, from.dimension()))
        };
        let limit = self::between(edge(&from.low, &to.low), edge(&from.high, &to.high))?;
        Ok((plain(at), limit))
    }
}

/// A number or quantity.
fn amount(it: &Dynamic) -> Option<Quantity> {
    let number = it.as_int().map(|it| it as f64).or_else(|_| it.as_float());
    match number {
        Ok(number) => Some(Quantity::number(number)),
        Err(_) => it.clone().try_cast(),
    }
}

/// A plain number if it has no dimension.
fn plain(it: Quantity) -> Value {
    match it.dimension() {
        pogo_hal::Dimension::Number => Value::Number(it.value()),
        _ => it.into(),
    }
}

/// Teaches `engine` ranges of quantities and numbers, which are limits.
pub(crate) fn register_ranges(engine: &mut Engine) {
    engine
        .register_type_with_name::<Limit>("Limit")
        .register_type_with_name::<Band>("Band")
        .register_fn("..=", |low: Quantity, high: Quantity| between(low.into(), high.into()))
        .register_fn("..=", |low: f64, high: f64| between(low.into(), high.into()))
        .register_fn("..=", |low: i64, high: f64| between(low.into(), high.into()))
        .register_fn("..=", |low: f64, high: i64| between(low.into(), high.into()))
        .register_fn("..=", |low: Quantity, high: i64| between(low.into(), high.into()))
        .register_fn("..=", |low: Quantity, high: f64| between(low.into(), high.into()))
        .register_fn("..=", |low: i64, high: Quantity| between(low.into(), high.into()))
        .register_fn("..=", |low: f64, high: Quantity| between(low.into(), high.into()))
        .register_fn("..", |_: Quantity, _: Quantity| half_open())
        .register_fn("..", |_: f64, _: f64| half_open())
        .register_fn("..", |_: i64, _: f64| half_open())
        .register_fn("..", |_: f64, _: i64| half_open());
}

/// The argument as a limit: one of ours, or Rhai's own range of integers.
pub(crate) fn limit(argument: &Dynamic) -> Outcome<Limit> {
    if let Some(limit) = argument.read_lock::<Limit>() {
        return Ok(limit.clone());
    }
    if let Some(range) = argument.read_lock::<RangeInclusive<i64>>() {
        return between((*range.start()).into(), (*range.end()).into());
    }
    if argument.is::<Range<i64>>() {
        return half_open();
    }
    Err(script_error(
        format!("a {} is not a limit", argument.type_name()),
        Some("write `low..=high`, `at_least(x)`, `at_most(x)` or `within(x, tolerance)`".into()),
    ))
}

/// The argument as something that can be judged.
pub(crate) fn value(verb: &str, argument: Dynamic) -> Outcome<Value> {
    if let Some(quantity) = argument.read_lock::<Quantity>() {
        return Ok(Value::from(quantity.clone()));
    }
    if let Ok(integer) = argument.as_int() {
        return Ok(integer.into());
    }
    if let Ok(number) = argument.as_float() {
        return Ok(number.into());
    }
    if let Ok(truth) = argument.as_bool() {
        return Ok(truth.into());
    }
    let kind = argument.type_name();
    argument
        .into_string()
        .map(Value::from)
        .map_err(|_| script_error(format!("{verb}: a {kind} is nothing that can be judged"), None))
}

fn between(low: Value, high: Value) -> Outcome<Limit> {
    made(Limit::between(low, high))
}

fn made<E: std::fmt::Display>(limit: Result<Limit, E>) -> Outcome<Limit> {
    limit.map_err(|error| script_error(error.to_string(), None))
}

fn half_open() -> Outcome<Limit> {
    Err(script_error(
        "`..` leaves its upper end out, and a limit is inclusive",
        Some("write `low..=high`".into()),
    ))
}
