//! Limits, and values beside their limit, as people read them.

use std::cmp::Ordering;
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
        // A value far below its limit is read more easily in its own unit: -3 nV, not -3e-9 V.
        let unit = match unit {
            Some(unit) if own.value() != 0.0 && unit.from_base(own.value()).abs() < 1e-3 => {
                Quantity::new(own.value(), own.dimension()).display_unit()
            }
            unit => unit,
        };
        let shown = match unit {
            Some(unit) => own.shown_in(unit),
            None => own,
        };
        let edges = edges(self, limit, unit);
        let tells = |digits: &usize| match shown.number_in(unit, *digits).parse::<f64>() {
            Ok(seen) => edges.iter().all(|edge| edge.beyond(seen) == edge.is_beyond),
            Err(_) => true,
        };
        match (SHOWN_DIGITS..=MOST_DIGITS).find(tells) {
            Some(digits) => shown.rounded(digits),
            // Where even the change of unit rounds the difference away, the own unit tells.
            None => Quantity::new(shown.value(), shown.dimension()).rounded(MOST_DIGITS),
        }
    }
}

/// An edge as a reader sees it.
struct Edge {
    /// Which side of it is outside.
    outside: Ordering,
    written: f64,
    is_beyond: bool,
}

impl Edge {
    fn beyond(&self, seen: f64) -> bool {
        seen.partial_cmp(&self.written) == Some(self.outside)
    }
}

fn edges(value: &Value, limit: &Limit, unit: Option<&Unit>) -> Vec<Edge> {
    let Some(band) = limit.band() else { return Vec::new() };
    let edge = |(edge, outside): (Option<Value>, Ordering)| {
        let edge = edge?;
        let is_beyond = band::compare(value, &edge) == Some(outside);
        Some(Edge { outside, written: written(&edge, unit)?, is_beyond })
    };
    [(band.low, Ordering::Less), (band.high, Ordering::Greater)]
        .into_iter()
        .filter_map(edge)
        .collect()
}

/// The number of `unit` that a reader sees at an edge.
fn written(edge: &Value, unit: Option<&Unit>) -> Option<f64> {
    edge.quantity()?.number_in(unit, 12).parse().ok()
}

#[cfg(test)]
mod tests {
    use pogo_hal::Dimension;
    use proptest::prelude::*;

    use super::*;
    use crate::judge::judge;
    use crate::verdict::Verdict;

    #[test]
    fn a_value_far_below_its_limit_is_shown_in_its_own_unit() {
        let limit = Limit::between(quantity("-1 V"), quantity("2 V")).unwrap();
        assert_eq!(quantity("-3e-9 V").beside(Some(&limit)), "-3 nV");
        assert_eq!(quantity("0 V").beside(Some(&limit)), "0 V");
        assert_eq!(quantity("0.0015 V").beside(Some(&limit)), "0.0015 V");
    }

    fn quantity(text: &str) -> Value {
        Quantity::parse(text).unwrap().into()
    }

    #[test]
    fn limits_are_shown_as_engineers_write_them() {
        let q = quantity;
        for (limit, shown) in [
            (Limit::between(q("1.764 V"), q("1.836 V")), "1.764 .. 1.836 V"),
            (Limit::between(q("1 mA"), q("8 mA")), "1 .. 8 mA"),
            (Limit::between(q("500 mA"), q("1 A")), "0.5 .. 1 A"),
            (Limit::between(90, 100), "90 .. 100"),
            (Limit::between(q("1 %"), q("2 %")), "1 .. 2%"),
            (Limit::at_least(q("-70 dBm")), ">= -70 dBm"),
            (Limit::at_most(q("5 V")), "<= 5 V"),
            (Limit::within(q("3.3 V"), q("2 %")), "3.3 V ± 2%"),
            (Limit::within(q("25 degC"), q("0.5 K")), "25 °C ± 0.5 K"),
            (Limit::one_of(["A".into(), "B".into()]), "one of \"A\", \"B\""),
            (Limit::matches(r"1\.2\..*"), r"matches `1\\.2\\..*`"),
            (Limit::equals(true), "true"),
            (Limit::equals("1.2"), "\"1.2\""),
        ] {
            assert_eq!(limit.unwrap().to_string(), shown);
        }
    }

    #[test]
    fn a_value_is_shown_in_the_unit_of_its_limit() {
        let limit = Limit::between(quantity("1 mA"), quantity("8 mA")).unwrap();
        let amperes = |value| Value::from(Quantity::new(value, Dimension::Current));
        assert_eq!(amperes(0.003_420_000_01).beside(Some(&limit)), "3.42 mA");
        assert_eq!(amperes(0.000_02).beside(Some(&limit)), "0.02 mA");
        assert_eq!(amperes(0.000_02).beside(None), "20 µA");
        assert_eq!(Value::Integer(97).beside(Some(&Limit::at_least(90).unwrap())), "97");
        assert_eq!(Value::from("a\n").beside(Some(&Limit::equals("b").unwrap())), "a\\n");
        assert_eq!(amperes(f64::NAN).beside(Some(&limit)), "NaN A");
        // A mistake of the script is shown as it is.
        assert_eq!(quantity("3.3 V").beside(Some(&limit)), "3.3 V");
    }

    #[test]
    fn rounding_never_moves_a_value_across_an_edge() {
        let limit = Limit::between(quantity("1.764 V"), quantity("1.836 V")).unwrap();
        let beside =
            |volts| Value::from(Quantity::new(volts, Dimension::Voltage)).beside(Some(&limit));
        assert_eq!(beside(1.836), "1.836 V");
        assert_eq!(beside(1.836_04), "1.83604 V");
        assert_eq!(beside(1.836_000_2), "1.8360002 V");
        assert_eq!(beside(1.763_999_9), "1.7639999 V");
        let point = Limit::between(quantity("1 V"), quantity("1 V")).unwrap();
        let high = Value::from(Quantity::new(1.000_01, Dimension::Voltage));
        assert_eq!(high.beside(Some(&point)), "1.00001 V");
        let within = Limit::within(quantity("3.3 V"), quantity("2 %")).unwrap();
        let low = Value::from(Quantity::new(3.233_999, Dimension::Voltage));
        assert_eq!(low.beside(Some(&within)), "3.233999 V");
    }

    proptest! {
        #[test]
        fn what_is_shown_looks_inside_exactly_when_it_is(
            low in -100_000_i32..100_000, width in 0_i32..100_000,
            edge: bool, off in -1_000_000_i32..1_000_000, scale in 3_i32..14,
        ) {
            let milli = Unit::named("mV").unwrap();
            let (low, high) = (f64::from(low) / 1e3, f64::from(low + width) / 1e3);
            let limit = Limit::between(Quantity::of(low, milli), Quantity::of(high, milli)).unwrap();
            let near = if edge { low } else { high } + f64::from(off) / 10_f64.powi(scale);
            let value = Value::from(Quantity::of(near, milli));
            let shown = value.beside(Some(&limit));
            prop_assume!(shown.ends_with(" mV"));
            let seen: f64 = shown.trim_end_matches(" mV").parse().unwrap();
            let looks = if low <= seen && seen <= high { Verdict::Pass } else { Verdict::Fail };
            prop_assert_eq!(judge(&value, &limit).unwrap(), looks, "{} {}", shown, limit);
        }
    }
}
