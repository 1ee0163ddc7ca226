//! The edges of a limit as numbers, and comparing with them.

use std::cmp::Ordering;

use pogo_hal::Dimension;

use super::Limit;
use super::decimal::Decimal;
use crate::value::Value;

/// Edges, both included.
pub(crate) struct Band {
    pub(crate) low: Option<Value>,
    pub(crate) high: Option<Value>,
}

impl Limit {
    /// The edges of a limit on numbers; `None` for limits on anything else.
    pub(crate) fn band(&self) -> Option<Band> {
        let (low, high) = match self {
            Self::Between { low, high } => (Some(low.clone()), Some(high.clone())),
            Self::AtLeast(low) => (Some(low.clone()), None),
            Self::AtMost(high) => (None, Some(high.clone())),
            Self::Within { nominal, tolerance } => {
                (edge(nominal, tolerance, true), edge(nominal, tolerance, false))
            }
            Self::OneOf(_) | Self::Matches(_) | Self::Equals(_) => return None,
        };
        Some(Band { low, high })
    }

    /// The edges of a limit on numbers, in the dimension's own unit; neither of limits on anything
    /// else.
    pub fn edges(&self) -> (Option<f64>, Option<f64>) {
        let number = |it: Option<Value>| it.as_ref().and_then(number);
        self.band().map_or((None, None), |band| (number(band.low), number(band.high)))
    }
}

/// The order of two numbers, exact also between whole and binary ones; `None` if one of them is
/// not a number or no number at all. Their dimensions have been compared before.
pub(crate) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
        (Value::Integer(a), b) => compare_mixed(*a, number(b)?),
        (a, Value::Integer(b)) => compare_mixed(*b, number(a)?).map(Ordering::reverse),
        (a, b) => number(a)?.partial_cmp(&number(b)?),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Quantity { value, .. } | Value::Number(value) => Some(*value),
        Value::Integer(value) => Some(*value as f64),
        Value::Text(_) | Value::Bool(_) => None,
    }
}

fn compare_mixed(whole: i64, binary: f64) -> Option<Ordering> {
    // 2^63, the first number above every i64; its negative is the least i64.
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if binary.is_nan() {
        None
    } else if binary >= BEYOND {
        Some(Ordering::Less)
    } else if binary < -BEYOND {
        Some(Ordering::Greater)
    } else {
        let fraction = 0.0_f64.partial_cmp(&binary.fract())?;
        Some(whole.cmp(&(binary.trunc() as i64)).then(fraction))
    }
}

fn edge(nominal: &Value, tolerance: &Value, lower: bool) -> Option<Value> {
    let (of, by) = (number(nominal)?, number(tolerance)?);
    let percent = tolerance.dimension() == Some(Dimension::Percent);
    if let (Value::Integer(of), Value::Integer(by)) = (nominal, tolerance) {
        let edge = if lower { of.checked_sub(*by) } else { of.checked_add(*by) };
        if let Some(edge) = edge {
            return Some(Value::Integer(edge));
        }
    }
    let exact = || {
        let (of, by) = (Decimal::of(of)?, Decimal::of(by)?);
        let by = if percent { of.percentage(by)? } else { by };
        of.plus(if lower { by.negated() } else { by })?.to_f64()
    };
    let edge = exact().unwrap_or_else(|| {
        // Numbers so far apart that thirty-eight digits cannot hold both: binary is near enough.
        let by = if percent { of.abs() * by / 100.0 } else { by };
        if lower { of - by } else { of + by }
    });
    Some(match nominal {
        Value::Quantity { dimension, unit, .. } => {
            Value::Quantity { value: edge, dimension: *dimension, unit: *unit }
        }
        _ => Value::Number(edge),
    })
}
