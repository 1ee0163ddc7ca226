//! Limits, and values beside their limit, as people read them.

use std::fmt;

use pogo_hal::{Quantity, Unit};

use super::{Limit, band};
use crate::value::{SHOWN_DIGITS, Value};

/// Binary numbers have no more significant digits than these.
const MOST_DIGITS: usize = 17;

impl fmt::Display for Limit {
    /// `1.764 .. 1.836 V`, `>= -70 dBm`, `3.3 V ± 2%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&match self {
            Self::Between { low, high } => format!("{} .. {high}", without_symbol(low)),
            Self::AtLeast(edge) => format!(">= {edge}"),
            Self::AtMost(edge) => format!("<= {edge}"),
            Self::Within { nominal, tolerance } => format!("{nominal} ± {tolerance}"),
            Self::OneOf(choices) => {
                let choices: Vec<_> = choices.iter().map(quoted).collect();
                format!("one of {}", choices.join(", "))
            }
            Self::Matches(pattern) => format!("matches `{}`", pattern.as_str().escape_debug()),
            Self::Equals(expected) => quoted(expected),
        })
    }
}

fn quoted(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

fn without_symbol(value: &Value) -> String {
    match value {
        Value::Integer(_) => value.to_string(),
        _ => value.quantity().map_or_else(String::new, |it| it.number_in(it.display_unit(), 12)),
    }
}

impl Value {
    /// The value as it stands beside `limit`: in the limit's unit and rounded, but never so far
    /// that it looks as if it were inside when it is outside, or the reverse.
    pub fn beside(&self, limit: Option<&Limit>) -> String {
        let (Some(own), Some(limit)) = (self.quantity(), limit) else {
            return self.rounded(SHOWN_DIGITS);
        };
        if matches!(self, Self::Integer(_)) || !self.is_finite() {
            return self.rounded(SHOWN_DIGITS);
        }
        let unit = match limit.example().filter(|it| it.dimension() == self.dimension()) {
            Some(example) => example.quantity().and_then(|it| it.display_unit()),
            None => return self.rounded(SHOWN_DIGITS),
        };
        let shown = match unit {
            Some(unit) => own.shown_in(unit),
            None => own,
        };
        let digits =
            (SHOWN_DIGITS..=MOST_DIGITS).find(|&digits| tells(self, limit, &shown, digits));
        match digits {
            Some(digits) => shown.rounded(digits),
            // Where even the change of unit rounds the difference away, the own unit tells.
            None => Quantity::new(shown.value(), shown.dimension()).rounded(MOST_DIGITS),
        }
    }
}

/// Whether so many digits tell on which side of each edge the value is.
fn tells(value: &Value, limit: &Limit, shown: &Quantity, digits: usize) -> bool {
    let Some(edges) = limit.band() else { return true };
    let unit = shown.display_unit();
    let Ok(seen) = shown.number_in(unit, digits).parse::<f64>() else { return true };
    [edges.low, edges.high].into_iter().flatten().all(|edge| {
        let Some(written) = written(&edge, unit) else { return true };
        let (Some(is), Some(looks)) = (band::compare(value, &edge), seen.partial_cmp(&written))
        else {
            return true;
        };
        // On the edge is inside, so it must not look outside; the reverse is the same question.
        let lower = limit_is_lower(limit, &edge);
        if lower { is.is_ge() == looks.is_ge() } else { is.is_le() == looks.is_le() }
    })
}

fn limit_is_lower(limit: &Limit, edge: &Value) -> bool {
    limit.band().and_then(|band| band.low).is_some_and(|low| &low == edge)
}

/// The number of `unit` that a reader sees at an edge.
fn written(edge: &Value, unit: Option<&Unit>) -> Option<f64> {
    edge.quantity()?.number_in(unit, 12).parse().ok()
}
