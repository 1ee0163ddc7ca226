//! How text is laid out for a terminal: everything fits 80 columns, and what does not is folded.
//!
//! The width is always the same, so that what is printed twice is the same twice, and what was
//! mailed looks as it did.

mod facts;
mod fold;
mod grid;

pub use facts::Facts;
pub use fold::{EDGE, fold, plain};
pub use grid::Grid;
