//! Values and limits by chance: every kind, and edges more often than anything else.

use pogo_hal::{Dimension, Origins, Quantity};
use pogo_record::{Body, Judged, Limit, Value, Verdict};

use crate::Chance;

/// A value that was judged by a limit of some kind.
pub(crate) fn judged(chance: &mut Chance, step: Option<u32>, name: &str) -> Judged {
    let limit = loop {
        // What cannot judge is refused, and drawn again.
        if let Ok(limit) = limit(chance) {
            break limit;
        }
    };
    let value = value(chance, &limit);
    Judged::new(step, name, value, &Origins::none(), limit).0
}

/// The entry that it becomes.
pub(crate) fn body(judged: Judged) -> Body {
    match judged.value {
        Value::Text(_) | Value::Bool(_) => Body::Check(judged),
        _ => Body::Measurement(judged),
    }
}

/// A verdict that does not follow.
pub(crate) fn forged(verdict: Verdict) -> Verdict {
    if verdict == Verdict::Pass { Verdict::Fail } else { Verdict::Pass }
}

const TEXTS: [&str; 8] = ["", "1.2.3", "1.2", "A", "a", "true", "line\nfeed", "Grüße 🙂"];
const PATTERNS: [&str; 12] = [
    "",
    ".*",
    r"1\.2(\.\d+)?",
    "(?i)A|true",
    "[0-9.]{3,5}",
    "[^a-z]+",
    r"\w+",
    "^line$",
    r"line\sfeed",
    "(?:Gr|gr).*",
    r"\S*[🙂x]",
    "a|",
];

fn limit(chance: &mut Chance) -> Result<Limit, pogo_record::LimitError> {
    let dimension = chance.of(&Dimension::ALL);
    match chance.below(10) {
        0 | 1 => Limit::between(number(chance, dimension), number(chance, dimension)),
        2 => Limit::at_least(number(chance, dimension)),
        3 => Limit::at_most(number(chance, dimension)),
        4 | 5 => {
            let of = chance.of(&[Dimension::Percent, dimension, difference(dimension)]);
            Limit::within(number(chance, dimension), number(chance, of))
        }
        6 => Limit::within(any_number(chance), any_number(chance)),
        7 => Limit::equals(exact(chance)),
        8 => {
            let count = chance.below(4);
            Limit::one_of((0..count).map(|_| exact(chance)).collect::<Vec<_>>())
        }
        _ => Limit::matches(chance.of(&PATTERNS)),
    }
}

fn difference(dimension: Dimension) -> Dimension {
    dimension.difference_of_points().unwrap_or(dimension)
}

/// Often at an edge or a step beside it, seldom of another kind, seldom no finite number.
fn value(chance: &mut Chance, limit: &Limit) -> Value {
    let document = serde_json::to_value(limit).unwrap();
    let edges = ["low", "high"].map(|edge| document.get(edge)?.as_f64());
    let near = chance.of(&edges).or(edges[0]).or(edges[1]);
    let like = |number| match limit.dimension() {
        Some(dimension) => Quantity::new(number, dimension).into(),
        None => Value::from(number),
    };
    match (chance.below(16), near) {
        (0, _) => like(chance.of(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY])),
        (1, _) => exact(chance),
        (2, _) => number(chance, chance.clone().of(&Dimension::ALL)),
        (3, Some(near)) if limit.dimension() == Some(Dimension::Number) => {
            Value::Integer((near as i64).saturating_add(chance.below(3) as i64 - 1))
        }
        (4..12, Some(near)) => {
            let steps = chance.below(5) as i64 - 2;
            like(f64::from_bits(near.to_bits().wrapping_add_signed(steps)))
        }
        (_, Some(_)) => number(chance, limit.dimension().unwrap_or(Dimension::Number)),
        (3..8, None) => chance.of(&TEXTS).into(),
        (8..14, None) => choice(chance, limit),
        (_, None) => exact(chance),
    }
}

/// What the limit is met by, where it says so.
fn choice(chance: &mut Chance, limit: &Limit) -> Value {
    match limit {
        Limit::Equals(expected) => expected.clone(),
        Limit::OneOf(choices) => choices[chance.below(choices.len() as u64) as usize].clone(),
        _ => chance.of(&TEXTS).into(),
    }
}

/// What can be equal to something.
fn exact(chance: &mut Chance) -> Value {
    match chance.below(4) {
        0 => whole(chance).into(),
        1 => (chance.below(2) == 0).into(),
        _ => chance.of(&TEXTS).into(),
    }
}

fn any_number(chance: &mut Chance) -> Value {
    match chance.below(2) {
        0 => whole(chance).into(),
        _ => number(chance, Dimension::Number),
    }
}

fn whole(chance: &mut Chance) -> i64 {
    let far = [i64::MIN, i64::MIN + 1, -(1 << 53) - 1, (1 << 53) + 1, i64::MAX - 1, i64::MAX];
    match chance.below(4) {
        0 => chance.of(&far),
        _ => chance.below(9) as i64 - 4,
    }
}

fn number(chance: &mut Chance, dimension: Dimension) -> Value {
    let far = [0.0, -0.0, 5e-324, f64::MIN_POSITIVE, 1e22, 1e23, 9.5e-7, f64::MAX, f64::MIN];
    let number = match chance.below(8) {
        0 => chance.of(&far),
        1 => loop {
            let any = f64::from_bits(chance.next());
            if any.is_finite() {
                break any;
            }
        },
        // What people write: a few digits, and a point somewhere.
        _ => {
            let (digits, parts) = (chance.below(20_001) as i64 - 10_000, chance.below(9));
            format!("{digits}e-{parts}").parse().unwrap()
        }
    };
    Quantity::new(number, dimension).into()
}
