//! A limit as it stands in a record.
//!
//! Every number is in `unit`, the dimension's own. The edges of a tolerance are written out, so
//! that a verdict can be checked by comparing numbers.

use serde::de::{Deserializer, Error as _};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use super::band::Band;
use super::{Limit, LimitError};
use crate::value::{Scalar, Value};

impl Limit {
    fn kind(&self) -> &'static str {
        match self {
            Self::Between { .. } => "between",
            Self::AtLeast(_) => "at-least",
            Self::AtMost(_) => "at-most",
            Self::Within { .. } => "within",
            Self::OneOf(_) => "one-of",
            Self::Matches(_) => "matches",
            Self::Equals(_) => "equals",
        }
    }
}

impl Serialize for Limit {
    /// As `{"kind":"between","low":1.764,"high":1.836,"inclusive":true,"unit":"V","shown":"…"}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.kind())?;
        if let Some(band) = self.band() {
            if let Some(low) = &band.low {
                map.serialize_entry("low", &Scalar::from(low))?;
            }
            if let Some(high) = &band.high {
                map.serialize_entry("high", &Scalar::from(high))?;
            }
            map.serialize_entry("inclusive", &true)?;
        }
        match self {
            Self::Between { .. } | Self::AtLeast(_) | Self::AtMost(_) => {}
            Self::Within { nominal, tolerance } => {
                map.serialize_entry("nominal", &Scalar::from(nominal))?;
                map.serialize_entry("tolerance", tolerance)?;
            }
            Self::OneOf(choices) => map.serialize_entry("choices", choices)?,
            Self::Matches(pattern) => map.serialize_entry("pattern", pattern.as_str())?,
            Self::Equals(expected) => map.serialize_entry("expected", expected)?,
        }
        if let (Some(of), true) = (self.example(), self.dimension().is_some()) {
            map.serialize_entry("unit", &of.ucum())?;
            if let Some(unit) = of.shown_in() {
                map.serialize_entry("shown_in", unit)?;
            }
        }
        map.serialize_entry("shown", &format_args!("{self}"))?;
        map.end()
    }
}

#[derive(Deserialize)]
struct Document {
    kind: String,
    low: Option<Scalar<'static>>,
    high: Option<Scalar<'static>>,
    nominal: Option<Scalar<'static>>,
    tolerance: Option<Value>,
    choices: Option<Vec<Value>>,
    pattern: Option<String>,
    expected: Option<Value>,
    unit: Option<String>,
    shown_in: Option<String>,
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(Document::deserialize(deserializer)?).map_err(|it| D::Error::custom(it.message()))
    }
}

fn read(document: Document) -> Result<Limit, LimitError> {
    let Document { kind, low, high, nominal, tolerance, choices, pattern, expected, .. } = document;
    let (unit, shown_in) = (document.unit.as_deref(), document.shown_in.as_deref());
    let missing = |what: &str| LimitError::new(format!("a limit `{kind}` without its {what}"));
    let number = |it: &Option<Scalar<'static>>, what: &str| {
        let it = it.clone().ok_or_else(|| missing(what))?;
        it.with_unit(unit, shown_in).map_err(LimitError::new)
    };
    match kind.as_str() {
        "between" => Limit::between(number(&low, "low")?, number(&high, "high")?),
        "at-least" => Limit::at_least(number(&low, "low")?),
        "at-most" => Limit::at_most(number(&high, "high")?),
        "within" => {
            let nominal = number(&nominal, "nominal")?;
            let limit = Limit::within(nominal, tolerance.ok_or_else(|| missing("tolerance"))?)?;
            // Whoever compares with the edges must not come to another verdict.
            let written = (number(&low, "low")?, number(&high, "high")?);
            match limit.band() {
                Some(Band { low: Some(low), high: Some(high) })
                    if (&low, &high) == (&written.0, &written.1) =>
                {
                    Ok(limit)
                }
                _ => Err(LimitError::new("its edges are not those of nominal and tolerance")),
            }
        }
        "one-of" => Limit::one_of(choices.ok_or_else(|| missing("choices"))?),
        "matches" => Limit::matches(&pattern.ok_or_else(|| missing("pattern"))?),
        "equals" => Limit::equals(expected.ok_or_else(|| missing("expected"))?),
        other => Err(LimitError::new(format!("`{other}` is not a kind of limit"))),
    }
}

#[cfg(test)]
mod tests {
    use pogo_hal::Quantity;

    use super::*;

    fn quantity(text: &str) -> Value {
        Quantity::parse(text).unwrap().into()
    }

    #[test]
    fn a_limit_is_stored_with_its_edges_and_read_back_as_it_was() {
        let q = quantity;
        for (limit, text) in [
            (
                Limit::between(q("1 mA"), q("8 mA")),
                r#"{"kind":"between","low":0.001,"high":0.008,"inclusive":true,"unit":"A","shown_in":"mA","shown":"1 .. 8 mA"}"#,
            ),
            (
                Limit::within(q("3.3 V"), q("2 %")),
                r#"{"kind":"within","low":3.234,"high":3.366,"inclusive":true,"nominal":3.3,"tolerance":{"value":2.0,"unit":"%","shown_in":"%"},"unit":"V","shown_in":"V","shown":"3.3 V ± 2%"}"#,
            ),
            (
                Limit::at_least(5),
                r#"{"kind":"at-least","low":5,"inclusive":true,"unit":"1","shown":">= 5"}"#,
            ),
            (
                Limit::at_most(0.5),
                r#"{"kind":"at-most","high":0.5,"inclusive":true,"unit":"1","shown":"<= 0.5"}"#,
            ),
            (
                Limit::one_of(["A".into(), "B".into()]),
                r#"{"kind":"one-of","choices":[{"value":"A"},{"value":"B"}],"shown":"one of \"A\", \"B\""}"#,
            ),
            (Limit::matches("a+"), r#"{"kind":"matches","pattern":"a+","shown":"matches `a+`"}"#),
            (Limit::equals(true), r#"{"kind":"equals","expected":{"value":true},"shown":"true"}"#),
        ] {
            let limit = limit.unwrap();
            assert_eq!(serde_json::to_string(&limit).unwrap(), text);
            assert_eq!(serde_json::from_str::<Limit>(text).unwrap(), limit);
        }
    }

    #[test]
    fn a_stored_limit_that_cannot_judge_is_not_read() {
        for text in [
            r#"{"kind":"between","low":2.0,"high":1.0,"unit":"V"}"#,
            r#"{"kind":"between","low":1.0,"unit":"V"}"#,
            r#"{"kind":"between","low":"NaN","high":1.0,"unit":"V"}"#,
            r#"{"kind":"at-least","low":1.0,"unit":"parsec"}"#,
            r#"{"kind":"within","low":0.9,"high":1.2,"nominal":1.0,"tolerance":{"value":0.1,"unit":"V"},"unit":"V"}"#,
            r#"{"kind":"within","nominal":1.0,"tolerance":{"value":0.1,"unit":"V"},"unit":"V"}"#,
            r#"{"kind":"matches","pattern":"("}"#,
            r#"{"kind":"maybe"}"#,
        ] {
            assert!(serde_json::from_str::<Limit>(text).is_err(), "{text}");
        }
    }
}
