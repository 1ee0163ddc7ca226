//! HIBC labels: a primary data structure (which device), secondary ones (which unit), each checked.

mod check;
mod secondary;
mod symbols;

use jiff::civil::Date;

use super::{Parsed, UdiError};

/// Reads what stands in `text` from character `from` on; all of it is ASCII.
pub(super) fn read(text: &str, from: usize, today: Date) -> Result<Parsed, UdiError> {
    let symbols = symbols::split(text, from)?;
    secondary::read(text, &symbols, today)
}
