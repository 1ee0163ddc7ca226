//! What the values of one measurement come to, in numbers and as people read them.

use pogo_hal::Quantity;
use serde::Serialize;

use super::capability::Capability;
use super::histogram::Histogram;
use super::values::Series;
use crate::evidence::amount::{amount, difference};
use crate::limit::Limit;
use crate::value::Value;

/// The numbers that one limit judged under one name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// The measurement's name.
    pub name: String,
    /// The unit of all amounts, as a code of the Unified Code for Units of Measure.
    pub unit: Option<&'static str>,
    /// The limit that judged them.
    pub limit: Limit,
    /// Whether the same name was judged by other limits too, which stand in rows of their own.
    pub limits_changed: bool,
    /// How many more values were no finite numbers, and are in none of the figures.
    pub not_numbers: u64,
    /// What the values come to.
    #[serde(flatten)]
    pub capability: Capability,
    /// How often values of each size occur; `None` where they have no width.
    pub histogram: Option<Histogram>,
    /// The amounts as people read them.
    pub shown: Shown,
}

/// Amounts as people read them, in the unit that the limit is shown in; a dash for what is not
/// known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The mean.
    pub mean: String,
    /// The standard deviation of all values.
    pub s: String,
    /// The standard deviation from one value to the next.
    pub sigma_within: String,
    /// The least.
    pub min: String,
    /// The greatest.
    pub max: String,
}

impl Figures {
    /// Of `series`; `None` if its limit makes no sense.
    pub(super) fn of(name: &str, series: &Series, limits_changed: bool) -> Option<Self> {
        let limit: Limit = serde_json::from_str(&series.limit).ok()?;
        let (low, high) = limit.edges();
        let capability = Capability::of(&series.values, low, high);
        let histogram = Histogram::of(&series.values, [low, high]);
        let (name, not_numbers) = (name.to_owned(), series.not_numbers);
        let unit = limit.example().and_then(Value::ucum);
        let shown = Shown::of(&capability, &limit);
        Some(Self { name, unit, limit, limits_changed, not_numbers, capability, histogram, shown })
    }
}

/// How many digits of an amount are shown, and of a spread.
const DIGITS: (usize, usize) = (6, 3);

impl Shown {
    fn of(it: &Capability, limit: &Limit) -> Self {
        let example = limit.example().and_then(Value::quantity);
        let unit = example.as_ref().and_then(Quantity::display_unit);
        let dash = || "–".to_owned();
        let amount = |it: Option<f64>| it.map_or_else(dash, |it| amount(it, DIGITS.0, unit));
        let spread = |it: Option<f64>| it.map_or_else(dash, |it| difference(it, DIGITS.1, unit));
        Self {
            mean: amount(it.mean),
            s: spread(it.s),
            sigma_within: spread(it.sigma_within),
            min: amount(it.min),
            max: amount(it.max),
        }
    }
}
