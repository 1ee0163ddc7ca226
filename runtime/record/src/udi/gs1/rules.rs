//! What elements may hold, and which of them may stand beside each other.

use jiff::civil::Date;

use super::Found;
use super::identifiers::{Content, Identifier, LONGEST, known, predefined};
use crate::udi::date::{DayZero, Reading};
use crate::udi::error::{SCAN_AGAIN, named};
use crate::udi::{Agency, Element, LabelDate, Parsed, UdiError};

const WHOLE_LABEL: &str = "scan the whole label; where it has two barcodes, scan the one with (01)";

/// The label that the elements make.
pub(super) fn check(text: &str, found: &[Found], today: Date) -> Result<Parsed, UdiError> {
    for element in found {
        check_value(text, element, today)?;
    }
    check_together(text, found)?;
    let mut parsed = Parsed::of(text, Agency::Gs1);
    for element in found {
        let value = text[element.value.clone()].to_owned();
        match &text[element.ai.clone()] {
            "01" => parsed.device_identifier = Some(value),
            "10" => parsed.lot = Some(value),
            "21" => parsed.serial = Some(value),
            "11" => parsed.produced = Some(date(text, element, today)?),
            "17" => parsed.expires = Some(date(text, element, today)?),
            ai => parsed.further.push(Element { identifier: ai.to_owned(), text: value }),
        }
    }
    if parsed.device_identifier.is_none() {
        let what = "no device identifier, which is `(01)`, stands on the label";
        return Err(UdiError::new(text.len()..text.len(), what, WHOLE_LABEL));
    }
    Ok(parsed)
}

fn date(text: &str, element: &Found, today: Date) -> Result<LabelDate, UdiError> {
    let reading = Reading { layout: "YYMMDD", day_zero: DayZero::LeavesOpen, today };
    reading.read(text, element.value.start)
}

fn check_value(text: &str, element: &Found, today: Date) -> Result<(), UdiError> {
    let (ai, value) = (&text[element.ai.clone()], &text[element.value.clone()]);
    let (begin, end) = (element.value.start, element.value.end);
    let (least, most, content) = match known(ai) {
        Some(Identifier { least, most, content, .. }) => (*least, *most, *content),
        None => match predefined(ai) {
            Some(length) => (length, length, Content::Digits),
            None => (1, LONGEST, Content::Text),
        },
    };
    // What is no digit says more than a length that is wrong because of it.
    let outside = |letter: char| match content {
        Content::Text => !is_text(letter),
        _ => !letter.is_ascii_digit(),
    };
    if let Some((at, letter)) = value.char_indices().find(|(_, letter)| outside(*letter)) {
        let why = match content {
            Content::Text => "is none of GS1's characters",
            _ => "is no digit",
        };
        let what = format!("`({ai})` holds {}, which {why}", named(letter));
        return Err(UdiError::new(begin + at..begin + at + 1, what, SCAN_AGAIN));
    }
    if value.len() < least {
        let what = match value.len() {
            0 => format!("`({ai})` is empty"),
            short => format!("`({ai})` ends after {short} of {least} characters"),
        };
        return Err(UdiError::new(end..end, what, SCAN_AGAIN));
    }
    if value.len() > most {
        let what = format!("`({ai})` holds {} characters, at most {most}", value.len());
        let hint = "a separator (FNC1) may be missing behind it: set the reader to send FNC1 as GS";
        return Err(UdiError::new(begin + most..end, what, hint));
    }
    match content {
        Content::Checked => check_digit(ai, value, end),
        Content::Date => date(text, element, today).map(drop),
        Content::Digits | Content::Text => Ok(()),
    }
}

/// Source: GS1 General Specifications, 7.9.1.
fn check_digit(ai: &str, value: &str, end: usize) -> Result<(), UdiError> {
    let weighted = |(at, digit): (usize, u8)| {
        let digit = u32::from(digit - b'0');
        if at % 2 == 0 { digit * 3 } else { digit }
    };
    let sum: u32 = value.bytes().rev().skip(1).enumerate().map(weighted).sum();
    let right = (10 - sum % 10) % 10;
    let is = value.chars().next_back().unwrap_or_default();
    if is.to_digit(10) == Some(right) {
        return Ok(());
    }
    let what = format!("the check digit of `({ai})` is {is} and should be {right}");
    Err(UdiError::new(end - 1..end, what, SCAN_AGAIN))
}

fn check_together(text: &str, found: &[Found]) -> Result<(), UdiError> {
    let ai = |element: &Found| &text[element.ai.clone()];
    for (at, element) in found.iter().enumerate() {
        let this = ai(element);
        if found[..at].iter().any(|other| ai(other) == this) {
            let what = format!("`({this})` stands here for the second time");
            let hint = "scan one label once, into an empty field";
            return Err(UdiError::new(element.ai.clone(), what, hint));
        }
        let Some(rules) = known(this) else { continue };
        if let Some(other) = found.iter().find(|it| rules.not_with.contains(&ai(it))) {
            let what = format!("`({})` may not stand on one label with `({this})`", ai(other));
            return Err(UdiError::new(other.ai.clone(), what, "the label itself is wrong"));
        }
        let is_there = |list: &&[&str]| found.iter().any(|it| list.contains(&ai(it)));
        if let Some(missing) = rules.needs.iter().find(|list| !is_there(list)) {
            let list: Vec<_> = missing.iter().map(|ai| format!("`({ai})`")).collect();
            let what = format!("`({this})` says nothing without {}", one_of(&list));
            return Err(UdiError::new(element.ai.clone(), what, WHOLE_LABEL));
        }
    }
    Ok(())
}

fn one_of(list: &[String]) -> String {
    match list {
        [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => list.concat(),
    }
}

/// Whether `letter` is one of the 82 characters of GS1's set, which is part of ISO/IEC 646.
fn is_text(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "!\"%&'()*+,-./:;<=>?_".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gs1s_set_has_82_characters() {
        assert_eq!((0..=127_u8).filter(|it| is_text(char::from(*it))).count(), 82);
    }
}
