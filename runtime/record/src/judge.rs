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
        // A choice of another kind is no mistake as long as one is of the value's kind.
        Limit::OneOf(choices) => {
            let verdicts: Vec<_> = choices.iter().map(|choice| same(value, choice)).collect();
            match verdicts.iter().any(Result::is_ok) {
                true => verdicts.contains(&Ok(true)),
                false => verdicts.into_iter().collect::<Result<Vec<_>, _>>()?.is_empty(),
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

#[cfg(test)]
mod tests {
    use pogo_hal::{Dimension, Origins, Quantity};
    use proptest::prelude::*;

    use super::*;
    use crate::body::Judged;

    fn quantity(text: &str) -> Value {
        Quantity::parse(text).unwrap().into()
    }

    fn volts(value: f64) -> Value {
        Quantity::new(value, Dimension::Voltage).into()
    }

    /// The number that a script gets where it says `units`/`parts`.
    fn decimal(units: i64, parts: u32) -> f64 {
        format!("{units}e-{parts}").parse().unwrap()
    }

    #[test]
    fn edges_belong_to_the_limit() {
        let limit = Limit::between(quantity("1.764 V"), quantity("1.836 V")).unwrap();
        let next = |value: f64, up: bool| f64::from_bits(value.to_bits() + 1 - 2 * u64::from(!up));
        for (value, verdict) in [
            (1.764, Verdict::Pass),
            (1.836, Verdict::Pass),
            (next(1.764, false), Verdict::Fail),
            (next(1.836, true), Verdict::Fail),
        ] {
            assert_eq!(judge(&volts(value), &limit), Ok(verdict), "{value:e}");
        }
    }

    #[test]
    fn what_is_no_finite_number_is_never_a_pass() {
        let limits = [
            Limit::between(quantity("0 V"), quantity("1 V")),
            Limit::at_least(quantity("0 V")),
            Limit::at_most(quantity("0 V")),
            Limit::within(quantity("1 V"), quantity("100 %")),
        ];
        for limit in limits {
            let limit = limit.unwrap();
            for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let error = judge(&volts(value), &limit).unwrap_err();
                assert_eq!(error.reason(), Reason::NotANumber, "{value} {limit}");
                let (judged, _) =
                    Judged::new(None, "x", volts(value), &Origins::none(), limit.clone());
                assert_eq!(judged.verdict, Verdict::Error);
            }
        }
    }

    #[test]
    fn a_value_of_another_kind_than_its_limit_is_refused() {
        let amperes = Limit::between(quantity("0 A"), quantity("1 A")).unwrap();
        for (value, limit, said) in [
            (
                quantity("3.3 V"),
                amperes.clone(),
                "rail_1v8: the value is 3.3 V, a voltage, but the limit is in A",
            ),
            (
                Value::Number(0.5),
                amperes.clone(),
                "rail_1v8: the value is 0.5, a plain number, but the limit is in A",
            ),
            (
                quantity("0.5 V"),
                Limit::between(0, 1).unwrap(),
                "rail_1v8: the value is 0.5 V, a voltage, but the limit is for a plain number",
            ),
            (
                quantity("5 K"),
                Limit::at_most(quantity("25 degC")).unwrap(),
                "rail_1v8: the value is 5 K, a temperature difference, but the limit is in °C",
            ),
            (
                Value::from("on"),
                Limit::equals(true).unwrap(),
                "rail_1v8: the value is on, a text, but the limit is for a yes or no",
            ),
            (
                Value::Bool(true),
                Limit::matches("true").unwrap(),
                "rail_1v8: the value is true, a yes or no, but the limit is for a text",
            ),
        ] {
            let error = judge(&value, &limit).unwrap_err().about("rail_1v8");
            assert_eq!((error.message(), error.reason()), (said, Reason::ScriptError));
        }
    }

    #[test]
    fn a_limit_that_cannot_judge_is_refused_where_it_is_written() {
        let q = quantity;
        for (limit, said) in [
            (Limit::between(q("2 V"), q("1 V")), "the limit is from 2 V to 1 V, which is less"),
            (
                Limit::between(q("2 V"), q("3 A")),
                "the limit is from 2 V, a voltage, to 3 A, a current",
            ),
            (Limit::at_least(f64::NAN), "NaN cannot be the edge of a limit"),
            (Limit::between(0, f64::INFINITY), "inf cannot be the edge of a limit"),
            (Limit::at_most("5"), "a text cannot be the edge of a limit"),
            (Limit::within(q("5 V"), q("-1 V")), "the tolerance -1 V is negative"),
            (Limit::within(q("5 V"), q("1 A")), "1 A, a current, is no tolerance of 5 V"),
            (
                Limit::within(q("25 degC"), q("1 degC")),
                "1 °C, a temperature, is no tolerance of 25 °C",
            ),
            (Limit::within(q("25 degC"), q("2 %")), "2%, a percentage, is no tolerance of 25 °C"),
            (Limit::within(q("50 %"), q("2 %")), "2%, a percentage, is no tolerance of 50%"),
            (Limit::one_of([]), "one of nothing can never be met"),
            (
                Limit::equals(q("3.3 V")),
                "whether a measured value is 3.3 V is a matter of tolerance",
            ),
            (Limit::matches("a("), "`a(` is not a regular expression: unclosed group"),
        ] {
            assert_eq!(limit.unwrap_err().message(), said);
        }
        // Somebody may build one past the constructors.
        let backwards = Limit::Between { low: volts(2.0), high: volts(1.0) };
        assert!(judge(&volts(1.5), &backwards).is_err());
    }

    #[test]
    fn a_pattern_describes_the_whole_text() {
        let limit = Limit::matches(r"1\.2|2\.0\.\d+").unwrap();
        for (text, verdict) in [
            ("1.2", Verdict::Pass),
            ("2.0.17", Verdict::Pass),
            ("21.2", Verdict::Fail),
            ("1.2\n", Verdict::Fail),
            ("x2.0.17", Verdict::Fail),
        ] {
            assert_eq!(judge(&text.into(), &limit), Ok(verdict), "{text}");
        }
    }

    #[test]
    fn whole_numbers_are_compared_exactly_with_any_number() {
        let most = i64::MAX;
        for (value, limit, verdict) in [
            (Value::Integer(90), Limit::between(90, 100), Verdict::Pass),
            (Value::Integer(100), Limit::between(90.0, 99.5), Verdict::Fail),
            (Value::Number(99.5), Limit::between(90, 100), Verdict::Pass),
            (Value::Integer(-1), Limit::at_least(-0.5), Verdict::Fail),
            (Value::Integer(-1), Limit::at_least(-1.5), Verdict::Pass),
            // 2^63 as a binary number; the greatest whole number is one less.
            (Value::Integer(most), Limit::at_least(9_223_372_036_854_775_808.0), Verdict::Fail),
            (Value::Integer(most), Limit::at_least(most), Verdict::Pass),
            (Value::Integer(most - 1), Limit::at_least(most), Verdict::Fail),
            (Value::Integer(most - 1), Limit::within(most - 3, 1), Verdict::Fail),
            (Value::Integer(most - 2), Limit::within(most - 3, 1), Verdict::Pass),
        ] {
            let limit = limit.unwrap();
            assert_eq!(judge(&value, &limit), Ok(verdict), "{value} {limit}");
        }
    }

    #[test]
    fn texts_choices_and_yes_or_no_are_judged_by_equality() {
        let choices = || Limit::one_of(["A".into(), Value::Integer(2)]).unwrap();
        for (value, limit, verdict) in [
            (Value::from("A"), choices(), Verdict::Pass),
            (Value::from("a"), choices(), Verdict::Fail),
            (Value::Integer(2), choices(), Verdict::Pass),
            (Value::Integer(3), choices(), Verdict::Fail),
            (Value::Bool(false), Limit::equals(true).unwrap(), Verdict::Fail),
        ] {
            assert_eq!(judge(&value, &limit), Ok(verdict), "{value} {limit}");
        }
        assert!(judge(&Value::Bool(true), &choices()).is_err());
        assert!(judge(&Value::Number(2.0), &choices()).is_err());
    }

    proptest! {
        #[test]
        fn a_range_is_judged_as_whole_thousandths_are(
            low in -100_000_i64..100_000, width in 0_i64..1000, off in -1100_i64..1100,
        ) {
            let thousandths = |units| volts(decimal(units, 3));
            let limit = Limit::between(thousandths(low), thousandths(low + width)).unwrap();
            let inside = (0..=width).contains(&off);
            let verdict = if inside { Verdict::Pass } else { Verdict::Fail };
            prop_assert_eq!(judge(&thousandths(low + off), &limit), Ok(verdict));
        }

        #[test]
        fn a_tolerance_is_judged_as_whole_thousandths_are(
            nominal in -100_000_i64..100_000, tolerance in 0_i64..1000,
            from_edge in -2_i64..=2, upper: bool,
        ) {
            let thousandths = |units| volts(decimal(units, 3));
            let limit = Limit::within(thousandths(nominal), thousandths(tolerance)).unwrap();
            let value = nominal + if upper { tolerance } else { -tolerance } + from_edge;
            let inside = (value - nominal).abs() <= tolerance;
            let verdict = if inside { Verdict::Pass } else { Verdict::Fail };
            prop_assert_eq!(judge(&thousandths(value), &limit), Ok(verdict));
        }

        #[test]
        fn a_percentage_is_judged_as_whole_parts_are(
            nominal in -100_000_i64..100_000, percent in 0_i64..10_000,
            from_edge in -2_i64..=2, upper: bool,
        ) {
            // Thousandths of a volt and hundredths of a percent: edges are whole 1e-7 V.
            let tolerance = Quantity::new(decimal(percent, 2), Dimension::Percent);
            let limit = Limit::within(volts(decimal(nominal, 3)), tolerance).unwrap();
            let width = nominal.abs() * percent;
            let value = nominal * 10_000 + if upper { width } else { -width } + from_edge;
            let inside = (value - nominal * 10_000).abs() <= width;
            let verdict = if inside { Verdict::Pass } else { Verdict::Fail };
            prop_assert_eq!(judge(&volts(decimal(value, 7)), &limit), Ok(verdict));
        }

        #[test]
        fn what_is_read_back_is_judged_to_the_same_verdict(
            value: u64, a: u64, b: u64, kind in 0..4, steps in -2_i64..=2,
        ) {
            let edges = [f64::from_bits(a), f64::from_bits(b)];
            prop_assume!(edges.iter().all(|edge| edge.is_finite()));
            let (low, high) = (edges[0].min(edges[1]), edges[0].max(edges[1]));
            let limit = match kind {
                0 => Limit::between(volts(low), volts(high)),
                1 => Limit::at_least(volts(low)),
                2 => Limit::at_most(low),
                _ => Limit::within(volts(low), volts(high.abs())),
            };
            let Ok(limit) = limit else { return Ok(()) };
            // Half of the values lie within two steps of an edge.
            let near = f64::from_bits(low.to_bits().wrapping_add_signed(steps));
            for number in [f64::from_bits(value), near] {
                let value = if kind == 2 { Value::Number(number) } else { volts(number) };
                let origins = Origins::none();
                let (judged, _) = Judged::new(Some(1), "x", value, &origins, limit.clone());
                let text = serde_json::to_string(&judged).unwrap();
                let back: Judged = serde_json::from_str(&text).unwrap();
                let again = judge(&back.value, &back.limit).unwrap_or(Verdict::Error);
                prop_assert_eq!(again, judged.verdict);
                prop_assert_eq!(serde_json::to_string(&back).unwrap(), text);
            }
        }
    }
}
