//! How many units pass, at which attempt, what fails, and how far the values are from their limits.

mod answer;
mod capability;
mod count;
mod figures;
mod histogram;
mod plan;
mod runs;
mod values;

pub use answer::{METHOD, ModeYield, Rolled, Scope, Yield};
pub use capability::{Capability, d2};
pub use count::yields;
pub use figures::{Figures, Shown};
pub use histogram::Histogram;
pub use plan::{Failing, PlanYield, Verdicts, Why};
