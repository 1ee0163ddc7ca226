//! A run as documents show it: what was known of it, what it was run with, and what happened in it,
//! in order.

mod facts;
mod line;
mod outcome;
mod reading;

pub use facts::facts;
pub use line::{Line, lines};
pub use outcome::{Outcome, outcome};
pub use reading::{exactly, judging, readings};
