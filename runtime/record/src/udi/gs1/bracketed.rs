//! Element strings as they are printed: every identifier in brackets.

use super::identifiers::digits;
use super::{Found, GS};
use crate::udi::UdiError;

/// Where the elements stand in `text` from character `from` on.
///
/// Brackets are characters of GS1's set too, and may be part of a serial number: only those around
/// a whole identifier count. A blank beside them is put up with, as the printed form has them.
pub(super) fn elements(text: &str, from: usize) -> Result<Vec<Found>, UdiError> {
    let mut found: Vec<Found> = Vec::new();
    let mut at = from + text[from..].find(|letter| letter != GS).unwrap_or_default();
    while at < text.len() {
        let Some(length) = identifier(&text[at..]) else {
            let end = text[at..].find(')').map_or(text.len(), |length| at + length + 1);
            let what = format!("`{}` is no application identifier", &text[at..end]);
            let hint = "type what is printed below the barcode, identifiers in brackets: \
                        `(01)…(21)…`";
            return Err(UdiError::new(at..end, what, hint));
        };
        let begin = at + length + 2;
        let brackets = text[begin..].match_indices('(').map(|(length, _)| begin + length);
        let end = brackets.into_iter().find(|at| identifier(&text[*at..]).is_some());
        let end = end.unwrap_or(text.len());
        found.push(Found { ai: at + 1..at + 1 + length, value: trimmed(text, begin, end) });
        at = end;
    }
    Ok(found)
}

/// The number of digits between brackets at the start of `text`, if they are a whole identifier.
fn identifier(text: &str) -> Option<usize> {
    let (ai, _) = text.strip_prefix('(')?.split_once(')')?;
    let is = ai.bytes().all(|it| it.is_ascii_digit()) && digits(ai) == Some(ai.len());
    is.then_some(ai.len())
}

fn trimmed(text: &str, begin: usize, end: usize) -> std::ops::Range<usize> {
    let value = &text[begin..end];
    let begin = begin + value.len() - value.trim_start_matches(' ').len();
    begin..begin + value.trim_matches(' ').len()
}
