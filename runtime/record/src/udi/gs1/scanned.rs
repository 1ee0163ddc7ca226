//! Element strings as readers send them: one element behind the other.

use super::identifiers::{digits, predefined};
use super::{Found, GS};
use crate::udi::UdiError;
use crate::udi::error::SCAN_AGAIN;

/// Where the elements stand in `text` from character `from` on.
///
/// Of some identifiers the length of what follows is laid down; all others run to the next separator
/// or to the end. One separator is put up with behind every element. Source: GS1 General
/// Specifications, 7.8.
pub(super) fn elements(text: &str, from: usize) -> Result<Vec<Found>, UdiError> {
    let mut found = Vec::new();
    // Some readers send the function character that marks the barcode as GS1's, too.
    let mut at = skip_separator(text, from);
    while at < text.len() || found.is_empty() {
        let element = element(text, at)?;
        at = skip_separator(text, element.value.end);
        found.push(element);
    }
    Ok(found)
}

fn element(text: &str, at: usize) -> Result<Found, UdiError> {
    let rest = text.get(at..).unwrap_or_default();
    if rest.is_empty() {
        return Err(UdiError::new(at..at, "there is no element", SCAN_AGAIN));
    }
    if rest.starts_with(GS) {
        let hint = "the label or the reader doubles the separator; scan the label again";
        return Err(UdiError::new(at..at + 1, "nothing stands between two separators", hint));
    }
    let length = digits(rest).ok_or_else(|| no_identifier(rest, at, 2))?;
    let ai = rest.get(..length).filter(|ai| ai.bytes().all(|it| it.is_ascii_digit()));
    let ai = ai.ok_or_else(|| no_identifier(rest, at, length))?;
    let begin = at + length;
    let to_separator = text[begin..].find(GS).map_or(text.len(), |length| begin + length);
    let end = match predefined(ai) {
        Some(length) => to_separator.min(begin + length),
        None => to_separator,
    };
    Ok(Found { ai: at..begin, value: begin..end })
}

fn no_identifier(rest: &str, at: usize, length: usize) -> UdiError {
    let length = rest.len().min(length).min(rest.find(GS).unwrap_or(rest.len()));
    let begin = &rest[..length];
    UdiError::new(
        at..at + length,
        format!("`{begin}` is no application identifier"),
        "the element before it is too long or too short, or the label is none of GS1; \
         scan the label again",
    )
}

fn skip_separator(text: &str, at: usize) -> usize {
    let is = text.get(at..).is_some_and(|rest| rest.starts_with(GS));
    if is { at + GS.len_utf8() } else { at }
}
