//! Whether a value is what its limit says: a pure function, so that every verdict can be worked out
//! again from what is stored.

use crate::limit::{Limit, band};
use crate::value::Value;
use crate::verdict::{Reason, Verdict};

/// Why a value cannot be judged. Whoever measured it gets an ERROR, never a PASS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JudgeError {
    message: String,
    hint: Option<String>,
    reason: Reason,
}

impl JudgeError {
    /// Puts the measurement's name in front: `rail_1v8`.
    #[must_use]
    pub fn about(mut self, name: &str) -> Self {
        self.message = format!("{name}: {}", self.message);
        self
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to write instead.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// `NotANumber` if the value is none, `ScriptError` if value and limit do not go together.
    pub fn reason(&self) -> Reason {
        self.reason
    }
}

/// Holds `value`, unrounded, against `limit`, whose edges are part of it: `Pass` or `Fail`.
///
/// # Errors
///
/// The value is not a finite number, it is an amount of something else than the limit, or the
/// limit can judge nothing (see [`Limit::check`]).
pub fn judge(value: &Value, limit: &Limit) -> Result<Verdict, JudgeError> {
    limit.check().map_err(|error| JudgeError {
        message: error.message().to_owned(),
        hint: error.hint().map(str::to_owned),
        reason: Reason::ScriptError,
    })?;
    if !value.is_finite() {
        return Err(JudgeError {
            message: format!("the value is {value}, which no limit can judge"),
            hint: Some(
                "an instrument gives it where it has no reading: check range and wiring".into(),
            ),
            reason: Reason::NotANumber,
        });
    }
    let inside = match limit {
        Limit::Matches(pattern) => match value {
            Value::Text(text) => pattern.describes(text),
            other => return Err(mixed(other, "a text")),
        },
        Limit::Equals(expected) => same(value, expected)?,
        Limit::OneOf(choices) => {
            let mut found = choices.iter().map(|choice| same(value, choice));
            // A choice of another kind is no mistake as long as one is of the value's kind.
            let kinds: Vec<_> = found.by_ref().collect();
            match (kinds.iter().any(Result::is_ok), kinds.into_iter().next()) {
                (false, Some(Err(error))) => return Err(error),
                _ => choices.contains(value),
            }
        }
        numeric => is_inside(value, numeric)?,
    };
    Ok(if inside { Verdict::Pass } else { Verdict::Fail })
}

fn is_inside(value: &Value, limit: &Limit) -> Result<bool, JudgeError> {
    if value.dimension().is_none() || value.dimension() != limit.dimension() {
        let unit = limit.dimension().and_then(pogo_hal::Dimension::unit);
        return Err(mixed(value, unit.map_or("a plain number", |unit| unit.symbol)));
    }
    let Some(edges) = limit.band() else { return Ok(false) };
    let above = |low: &Value| band::compare(value, low).is_some_and(std::cmp::Ordering::is_ge);
    let below = |high: &Value| band::compare(value, high).is_some_and(std::cmp::Ordering::is_le);
    Ok(edges.low.as_ref().is_none_or(above) && edges.high.as_ref().is_none_or(below))
}

fn same(value: &Value, expected: &Value) -> Result<bool, JudgeError> {
    match (value, expected) {
        (Value::Text(_), Value::Text(_))
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Integer(_), Value::Integer(_)) => Ok(value == expected),
        (Value::Number(_), Value::Integer(_)) => {
            let mut error = mixed(value, "a whole number");
            error.hint = Some("write `within(nominal, tolerance)`".into());
            Err(error)
        }
        _ => Err(mixed(value, expected.with_article())),
    }
}

fn mixed(value: &Value, limit: &str) -> JudgeError {
    let what = match value {
        Value::Text(_) => format!("{value:.40}, a text"),
        other => format!("{other}, {}", other.with_article()),
    };
    let wanted =
        if limit.starts_with("a ") { format!("for {limit}") } else { format!("in {limit}") };
    JudgeError {
        message: format!("the value is {what}, but the limit is {wanted}"),
        hint: None,
        reason: Reason::ScriptError,
    }
}
