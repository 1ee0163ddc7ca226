//! Conversations in SCPI, for every driver that has them.

mod answer;
mod link;
mod wire;

pub use answer::{boolean, number};
pub use link::Link;
pub use wire::SETTLE;
