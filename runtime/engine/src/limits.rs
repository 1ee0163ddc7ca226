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
}

impl From<Limit> for Criterion {
    fn from(limit: Limit) -> Self {
        Self { limit, source: None }
    }
}

impl From<&FiledLimit> for Criterion {
    fn from(it: &FiledLimit) -> Self {
        Self { limit: it.limit.clone(), source: Some(it.source.clone()) }
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

/// Teaches `engine` ranges of quantities and numbers, which are limits.
pub(crate) fn register_ranges(engine: &mut Engine) {
    engine
        .register_type_with_name::<Limit>("Limit")
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
