//! Which characters are whose: of one barcode, or of several scanned one behind the other.

use std::ops::Range;

use super::check::{self, named};
use crate::udi::UdiError;
use crate::udi::error::SCAN_AGAIN;

/// Labeler, product code and unit of measure, and the secondary data structures, without all that
/// is there to mark, link and check them.
pub(super) struct Symbols {
    pub(super) primary: Range<usize>,
    pub(super) secondary: Vec<Range<usize>>,
}

/// The parts of `text` from character `from` on, every check character checked.
///
/// Source: ANSI/HIBC 2.6, 2.2.1: one barcode holds primary and secondary data with `/` between them
/// and one check character; separate ones begin with `+` each, and the second to last character of
/// every secondary one is the check character of the primary one.
pub(super) fn split(text: &str, from: usize) -> Result<Symbols, UdiError> {
    let all = without_asterisks(text, from);
    check::characters(text, all.clone())?;
    let run = text[all.start + 1..all.end].find(|letter: char| !letter.is_ascii_alphanumeric());
    let run = run.map_or(all.end, |length| all.start + 1 + length);
    let after = &text.as_bytes()[run..all.end];
    is_primary(text, &all)?;
    let check_at = match after {
        // The check character itself ends the run, or is the last character of it.
        [_] | [_, b'+', ..] => run,
        [] | [b'+', ..] => run - 1,
        [b'/', ..] => {
            let primary = primary(text, all.start + 1..run)?;
            check::check(text, all.clone())?;
            let secondary = parts(text, run + 1..all.end - 1);
            return Ok(Symbols { primary, secondary });
        }
        [other, ..] => {
            let what = format!("the product code holds {}", named(char::from(*other)));
            let hint = "a product code has capitals and digits only; scan the label again";
            return Err(UdiError::new(run..run + 1, what, hint));
        }
    };
    separate(text, all, check_at)
}

/// A label in the printed form of Code 39 has an asterisk at either end.
fn without_asterisks(text: &str, from: usize) -> Range<usize> {
    match text[from..].strip_prefix('*').and_then(|rest| rest.strip_suffix('*')) {
        Some(inside) if !inside.is_empty() => from + 1..text.len() - 1,
        _ => from..text.len(),
    }
}

/// A letter behind the first `+` tells a primary barcode from all others.
fn is_primary(text: &str, all: &Range<usize>) -> Result<(), UdiError> {
    let at = all.start + 1;
    match text[at..all.end].chars().next() {
        Some(letter) if letter.is_ascii_alphabetic() => Ok(()),
        Some(letter) if letter.is_ascii_digit() || letter == '$' => Err(UdiError::new(
            all.clone(),
            "this is the secondary barcode of a label: it does not say which device it is",
            "scan the primary barcode, which has a letter behind `+`, and this one right behind \
             it into the same field",
        )),
        Some(letter) => Err(UdiError::new(
            at..at + 1,
            format!("{} where a labeler code begins with a letter", named(letter)),
            "this is no label of a device; a label of HIBC may have other barcodes, too",
        )),
        None => Err(UdiError::new(at..at, "nothing stands behind the `+`", SCAN_AGAIN)),
    }
}

/// One barcode with its check character at `check_at`, and perhaps others behind it.
fn separate(text: &str, all: Range<usize>, check_at: usize) -> Result<Symbols, UdiError> {
    let primary = primary(text, all.start + 1..check_at)?;
    check::check(text, all.start..check_at + 1)?;
    let link = text[check_at..].chars().next().unwrap_or_default();
    let mut symbols = Symbols { primary, secondary: Vec::new() };
    let mut begin = check_at + 1;
    while begin < all.end {
        let end = linked_end(text, begin..all.end, link)?;
        symbols.secondary.extend(parts(text, begin + 1..end - 2));
        begin = end;
    }
    Ok(symbols)
}

/// Where the secondary barcode ends that begins where `rest` does.
fn linked_end(text: &str, rest: Range<usize>, link: char) -> Result<usize, UdiError> {
    let next = rest.start + 3..rest.end;
    let begins = next.filter(|at| text[*at..].starts_with('+')).chain([rest.end]);
    let is_linked =
        |end: usize| text[..end].chars().nth_back(1).is_some_and(|it| check::same(it, link));
    let mut ends = begins.filter(|end| end - rest.start >= 3);
    let whole = |end: &usize| is_linked(*end) && check::holds(text, rest.start..*end);
    if let Some(end) = ends.find(whole) {
        return Ok(end);
    }
    if rest.len() < 3 {
        let what = "the second barcode ends before its link and check characters";
        return Err(UdiError::new(rest.end..rest.end, what, SCAN_AGAIN));
    }
    check::check(text, rest.clone())?;
    let at = rest.end - 2;
    let is = text[at..].chars().next().unwrap_or_default();
    let (is, should) = (named(is), named(link));
    let what = format!("the link character is {is} and should be {should}");
    let hint = "the two barcodes are not of one label; scan both of the same label";
    Err(UdiError::new(at..at + 1, what, hint))
}

/// What stands between slashes.
fn parts(text: &str, data: Range<usize>) -> Vec<Range<usize>> {
    let mut begin = data.start;
    let length = |part: &str| {
        let part = begin..begin + part.len();
        begin = part.end + 1;
        part
    };
    text[data].split('/').map(length).collect()
}

/// Primary data: a labeler code of 4 characters, a product code of 1 to 18, a unit of measure.
const SHORTEST: usize = 4 + 1 + 1;
const LONGEST: usize = 4 + 18 + 1;

fn primary(text: &str, data: Range<usize>) -> Result<Range<usize>, UdiError> {
    let (begin, end) = (data.start, data.end);
    let content = &text[data.clone()];
    let length = content.len();
    if length < SHORTEST {
        let what = format!("{length} characters of primary data, at least {SHORTEST}");
        return Err(UdiError::new(end..end, what, SCAN_AGAIN));
    }
    if length > LONGEST {
        let what = format!("{length} characters of primary data, at most {LONGEST}");
        return Err(UdiError::new(begin + LONGEST..end, what, SCAN_AGAIN));
    }
    if !content.ends_with(|letter: char| letter.is_ascii_digit()) {
        let what = format!("the unit of measure is `{}`, which is no digit", &text[end - 1..end]);
        return Err(UdiError::new(end - 1..end, what, SCAN_AGAIN));
    }
    Ok(data)
}
