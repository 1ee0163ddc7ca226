//! HIBC's characters and the check character worked out from them.

use std::ops::Range;

use crate::udi::UdiError;
use crate::udi::error::{self, SCAN_AGAIN};

/// The characters in the order of their values. Source: ANSI/HIBC 2.6, appendix B.
const CHARACTERS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%";

/// A blank as check or link character is printed so, because nobody sees a blank at an end.
const BLANK: char = '_';

fn value(letter: char) -> Option<usize> {
    CHARACTERS.find(if letter == BLANK { ' ' } else { letter })
}

/// Refuses what HIBC does not have.
pub(super) fn characters(text: &str, data: Range<usize>) -> Result<(), UdiError> {
    let bad = text[data.clone()].char_indices().find(|(_, letter)| value(*letter).is_none());
    let Some((at, letter)) = bad else { return Ok(()) };
    let hint = match letter.is_ascii_lowercase() {
        true => "HIBC has capitals only: see whether Caps Lock is on, or the reader swaps letters",
        false => SCAN_AGAIN,
    };
    let at = data.start + at;
    let what = format!("{} is none of HIBC's characters", error::named(letter));
    Err(UdiError::new(at..at + 1, what, hint))
}

/// The check character of `text`.
fn of(text: &str) -> char {
    let sum: usize = text.chars().filter_map(value).sum();
    CHARACTERS.chars().nth(sum % CHARACTERS.len()).unwrap_or_default()
}

/// Whether two check or link characters are the same.
pub(super) fn same(one: char, other: char) -> bool {
    value(one) == value(other)
}

/// Whether the last character of `data` checks the others.
pub(super) fn holds(text: &str, data: Range<usize>) -> bool {
    check(text, data).is_ok()
}

/// Refuses `data` whose last character does not check the others.
pub(super) fn check(text: &str, data: Range<usize>) -> Result<(), UdiError> {
    let mut content = text[data.clone()].chars();
    let is = content.next_back().unwrap_or_default();
    let should = of(content.as_str());
    if same(is, should) {
        return Ok(());
    }
    let last = data.end.saturating_sub(1).max(data.start)..data.end;
    let what = format!("the check character is {} and should be {}", named(is), named(should));
    let hint = match of(&text[data]) {
        ' ' => "a blank at the end may have got lost: if `_` is printed there, type it",
        _ => SCAN_AGAIN,
    };
    Err(UdiError::new(last, what, hint))
}

/// A check or link character as people can see it.
pub(super) fn named(letter: char) -> String {
    match letter {
        ' ' | BLANK => "a blank (printed `_`)".to_owned(),
        _ => error::named(letter),
    }
}
