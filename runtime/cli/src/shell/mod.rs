//! The bench as somebody types at it.

mod keyboard;
mod pieces;
mod words;

pub use keyboard::Keyboard;
pub use words::Words;
