//! What two runs have in common, and what they do not: what went into them, and what came of them.
//!
//! Left out is what differs between any two runs: ids, wall time, how long something took, the
//! numbers of entries and attempts, the process, and who ran it where. So are a part's own serial
//! number and lot.

mod inputs;
mod results;
mod side;

use serde::Serialize;

pub use inputs::Input;
pub use results::{Change, Kind};
pub use side::Side;

use crate::store::Run;

/// What two runs have in common, and what they do not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// One of them.
    pub a: Side,
    /// The other.
    pub b: Side,
    /// What went into them and is not the same.
    pub inputs: Vec<Input>,
    /// How many things went into both and are the same.
    pub same_inputs: u64,
    /// What came of them and is not the same, in the order of the first run.
    pub results: Vec<Change>,
    /// How many results are the same.
    pub same_results: u64,
}

impl Difference {
    /// Of `a` and `b`.
    pub fn of(a: &Run, b: &Run) -> Self {
        let (inputs, same_inputs) = inputs::compare(a, b);
        let (results, same_results) = results::compare(a, b);
        let (a, b) = (Side::of(a), Side::of(b));
        Self { a, b, inputs, same_inputs, results, same_results }
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty() && self.results.is_empty()
    }
}
