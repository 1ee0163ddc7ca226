//! From a part, a lot or a firmware to the units it is in, and from a unit to what it is made of.

mod sought;
mod unit;
mod units;

pub use sought::Sought;
pub use unit::{Held, HeldMode, Holding, UnitTrace};
pub use units::{Found, Thing, Trace, TraceMode};
