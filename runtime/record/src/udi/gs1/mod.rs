//! GS1 element strings: application identifiers, each with its data.

mod bracketed;
mod identifiers;
mod rules;
mod scanned;

use std::ops::Range;

use jiff::civil::Date;

use super::{Parsed, UdiError};

/// What a reader sends for the function character (FNC1) between two elements.
pub(super) const GS: char = '\u{1d}';

/// Where an element stands in the text: its identifier, without brackets, and what follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    ai: Range<usize>,
    value: Range<usize>,
}

/// Reads what stands in `text` from character `from` on; all of it is ASCII.
pub(super) fn read(text: &str, from: usize, today: Date) -> Result<Parsed, UdiError> {
    let data = text.get(from..).unwrap_or_default();
    let found = match data.trim_start_matches(GS).starts_with('(') {
        true => bracketed::elements(text, from)?,
        false => scanned::elements(text, from)?,
    };
    rules::check(text, &found, today)
}
