//! The answer, and how its figures are worked out.

use jiff::Timestamp;
use serde::Serialize;

use super::plan::PlanYield;
use crate::body::Mode;

/// Which runs are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// Those in this mode; each mode by itself if there is none.
    pub mode: Option<Mode>,
    /// Those of these plans; all of them if there is none.
    pub plans: Vec<String>,
    /// Those that began at this moment or later.
    pub since: Option<Timestamp>,
    /// Those that began before this moment.
    pub until: Option<Timestamp>,
}

/// The yield of a store.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Yield {
    /// Which runs were counted.
    pub scope: Scope,
    /// How the figures are worked out.
    pub method: &'static [(&'static str, &'static str)],
    /// How many runs were left out because they were made for service, incoming inspection or a
    /// study.
    pub other_purposes: u64,
    /// Each mode that has runs, the one that counts first.
    pub modes: Vec<ModeYield>,
}

/// The yield in one mode.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModeYield {
    /// The mode.
    pub mode: Mode,
    /// Whether it is evidence about units.
    pub counts: bool,
    /// The products of which there is more than one plan.
    pub products: Vec<Rolled>,
    /// Each plan, by name.
    pub plans: Vec<PlanYield>,
}

/// The rolled throughput of a product.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rolled {
    /// The product.
    pub product: String,
    /// Its plans.
    pub plans: Vec<String>,
    /// The product of their first-pass yields; `None` if one of them has none.
    pub throughput: Option<f64>,
}

/// How the figures are worked out.
pub const METHOD: [(&str, &str); 8] = [
    (
        "first pass",
        "units whose attempt number 1 of the plan passed, of all units whose attempt number 1 is \
         among the runs. One that ended as ERROR or ABORTED did not pass. Beside it, the same of \
         those only whose attempt number 1 gave a verdict about the unit, PASS or FAIL",
    ),
    ("final", "units whose last run of the plan passed, of all units"),
    ("retests", "units with more than one attempt at the plan, of all units"),
    ("rolled throughput", "the first-pass yields of a product's plans, multiplied"),
    (
        "pareto",
        "in how many runs something failed, counted once for each run; a run that failed without \
         a failing value is listed under its reason, in parentheses",
    ),
    (
        "values",
        "every finite number that was judged in these runs, retests included, in the order of the \
         log. Numbers that other limits judged are a row of their own",
    ),
    (
        "Cp, Cpk",
        "with the standard deviation from one value to the next: the mean of the moving ranges of \
         two neighbours, over 1.128",
    ),
    (
        "Pp, Ppk",
        "with the standard deviation s of all values, n − 1. A limit with one edge has neither Cp \
         nor Pp, and Cpk and Ppk to that edge; fewer than two values, or values without spread, \
         have no index. No index is better than its n: below 30 it says little",
    ),
];
