//! What is known of one unit, or of the units of one lot.

mod five;
mod lot;
mod unit;

pub use five::{FiveAnswers, QUESTIONS};
pub use lot::{LotHistory, LotMode, LotUnit};
pub use unit::{Attempt, History};
