//! Limits as scripts write them: `a..=b`, `at_least`, `at_most`, `within`, `one_of`, `matches`.

use std::ops::{Range, RangeInclusive};

use pogo_hal::Quantity;
use pogo_record::{Limit, Value};
use pogo_sandbox::rhai::{Array, Dynamic, Engine};
use pogo_sandbox::script_error;

use crate::bridge::Outcome;

/// Teaches `engine` every way to write a limit.
pub(crate) fn register(engine: &mut Engine) {
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
        .register_fn("..", |_: f64, _: i64| half_open())
        .register_fn("at_least", |low: Dynamic| made(Limit::at_least(value("at_least", low)?)))
        .register_fn("at_most", |high: Dynamic| made(Limit::at_most(value("at_most", high)?)))
        .register_fn("within", |nominal: Dynamic, tolerance: Dynamic| {
            made(Limit::within(value("within", nominal)?, value("within", tolerance)?))
        })
        .register_fn("one_of", |choices: Array| {
            let choices = choices.into_iter().map(|it| value("one_of", it));
            made(Limit::one_of(choices.collect::<Outcome<Vec<_>>>()?))
        })
        .register_fn("matches", |pattern: &str| made(Limit::matches(pattern)));
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
