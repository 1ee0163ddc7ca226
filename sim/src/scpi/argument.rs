//! The arguments of a program message: numbers, words, strings, channel lists.

use super::error::Code;
use super::message::{is_white, trimmed};

/// One argument as it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Written<'a> {
    /// A number and the unit behind it, empty if there is none.
    Number(f64, &'a [u8]),
    /// Character data, such as `MAX` or `CH1`.
    Word(&'a [u8]),
    /// What stands between the quotes; a quote inside is still doubled.
    Text(&'a [u8]),
    /// What stands between `(@` and `)`.
    Channels(&'a [u8]),
    /// A block or an expression: nothing here takes one.
    Other,
}

/// More digits than any number needs. Source: IEEE 488.2-1992, 7.7.2.4.1.
const MOST_DIGITS: usize = 255;

/// Characters of a word, and of a suffix. Source: IEEE 488.2-1992, 7.7.1.4 and 7.7.3.4.
const LONGEST_WORD: usize = 12;

/// Source: IEEE 488.2-1992, 7.7.2.4.1.
const LARGEST_EXPONENT: i64 = 32_000;

impl<'a> Written<'a> {
    /// Reads one argument, without white space around it.
    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, Code> {
        match text {
            [] => Err(Code::SYNTAX),
            [b'#', rest @ ..] => non_decimal(rest),
            [quote @ (b'"' | b'\''), inner @ .., end] if quote == end => match whole(inner, *quote)
            {
                true => Ok(Self::Text(inner)),
                false => Err(Code::INVALID_STRING),
            },
            [b'"' | b'\'', ..] => Err(Code::INVALID_STRING),
            [b'(', b'@', inner @ .., b')'] => Ok(Self::Channels(inner)),
            [b'(', .., b')'] => Ok(Self::Other),
            [b'(', ..] => Err(Code::INVALID_EXPRESSION),
            [b'0'..=b'9' | b'+' | b'-' | b'.', ..] => decimal(text),
            [first, ..] if first.is_ascii_alphabetic() => {
                let word = |c: &u8| c.is_ascii_alphanumeric() || *c == b'_';
                match text.iter().all(word) {
                    true if text.len() > LONGEST_WORD => Err(Code::WORD_TOO_LONG),
                    true => Ok(Self::Word(text)),
                    false => Err(bad(text)),
                }
            }
            _ => Err(Code::INVALID_CHARACTER),
        }
    }
}

/// What is wrong with something that is almost a word.
fn bad(text: &[u8]) -> Code {
    if text.iter().any(is_white) { Code::INVALID_SEPARATOR } else { Code::INVALID_WORD }
}

/// Whether every quote inside a string is doubled.
fn whole(inner: &[u8], quote: u8) -> bool {
    let mut rest = inner;
    while let Some(at) = rest.iter().position(|c| *c == quote) {
        match rest.get(at + 1) {
            Some(next) if *next == quote => rest = &rest[at + 2..],
            _ => return false,
        }
    }
    true
}

/// `#H1F`, `#Q17`, `#B101`, or a block. Source: IEEE 488.2-1992, 7.7.4 and 7.7.6.
fn non_decimal(text: &[u8]) -> Result<Written<'_>, Code> {
    let (radix, digits) = match text {
        [b'H' | b'h', digits @ ..] => (16, digits),
        [b'Q' | b'q', digits @ ..] => (8, digits),
        [b'B' | b'b', digits @ ..] => (2, digits),
        // Up to the end of the message, whatever it is.
        [b'0', ..] => return Ok(Written::Other),
        [digits @ b'1'..=b'9', rest @ ..] => {
            let (length, data) =
                rest.split_at_checked(usize::from(digits - b'0')).ok_or(Code::INVALID_BLOCK)?;
            let plain = length.iter().all(u8::is_ascii_digit);
            let length = std::str::from_utf8(length).ok().and_then(|it| it.parse::<usize>().ok());
            // Neither more nor less than it says.
            let whole = plain && length == Some(data.len());
            return if whole { Ok(Written::Other) } else { Err(Code::INVALID_BLOCK) };
        }
        _ => return Err(Code::INVALID_BLOCK),
    };
    let digit = |c: &u8| char::from(*c).to_digit(radix).ok_or(Code::INVALID_NUMBER);
    if digits.is_empty() {
        return Err(Code::INVALID_NUMBER);
    }
    let mut value = 0.0;
    for c in digits {
        value = value * f64::from(radix) + f64::from(digit(c)?);
    }
    if value.is_finite() { Ok(Written::Number(value, b"")) } else { Err(Code::TOO_MANY_DIGITS) }
}

/// NRf with a unit behind it. Source: IEEE 488.2-1992, 7.7.2 and 7.7.3.
fn decimal(text: &[u8]) -> Result<Written<'_>, Code> {
    let digits = |from: usize| text[from..].iter().take_while(|c| c.is_ascii_digit()).count();
    let sign = usize::from(matches!(text[0], b'+' | b'-'));
    let whole = digits(sign);
    let mut end = sign + whole;
    let mut count = whole;
    if text.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        count += fraction;
        end += 1 + fraction;
    }
    if count == 0 {
        return Err(Code::INVALID_NUMBER);
    }
    let leading = text[sign..].iter().take_while(|c| **c == b'0').count();
    if count.saturating_sub(leading) > MOST_DIGITS {
        return Err(Code::TOO_MANY_DIGITS);
    }
    let mantissa = end;
    let mut exponent: &[u8] = b"0";
    // White space may stand on both sides of the E. Source: IEEE 488.2-1992, 7.7.2.2.
    let spaces = |from: usize| text[from..].iter().take_while(|c| is_white(c)).count();
    let e = mantissa + spaces(mantissa);
    if matches!(text.get(e), Some(b'e' | b'E')) {
        let start = e + 1 + spaces(e + 1);
        let sign = usize::from(matches!(text.get(start), Some(b'+' | b'-')));
        let count = digits(start + sign);
        // Otherwise it is the beginning of a unit, such as EV.
        if count > 0 {
            end = start + sign + count;
            exponent = &text[start..end];
        }
    }
    let exponent = std::str::from_utf8(exponent).ok().and_then(|it| it.parse::<i64>().ok());
    let exponent = exponent.filter(|it| it.abs() <= LARGEST_EXPONENT);
    let exponent = exponent.ok_or(Code::EXPONENT_TOO_LARGE)?;
    let number = std::str::from_utf8(&text[..mantissa]).unwrap_or_default();
    // Together, because a mantissa that is scaled afterwards is rounded twice.
    let value = format!("{number}e{exponent}").parse().map_err(|_| Code::INVALID_NUMBER)?;
    let unit = trimmed(&text[end..]);
    let starts = unit.first().is_none_or(|c| c.is_ascii_alphabetic() || *c == b'/');
    let suffix = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'/' | b'.' | b'-');
    if unit.first() == Some(&b':') {
        return Err(Code::INVALID_SEPARATOR);
    }
    if starts && unit.len() > LONGEST_WORD && unit.iter().all(suffix) {
        return Err(Code::SUFFIX_TOO_LONG);
    }
    if !starts || !unit.iter().all(suffix) {
        return Err(if text[end..].iter().any(is_white) {
            Code::INVALID_SEPARATOR
        } else {
            Code::INVALID_NUMBER
        });
    }
    Ok(Written::Number(value, unit))
}

/// `value` in the plain `unit`, where `suffix` is that unit with a multiplier in front.
///
/// Source: IEEE 488.2-1992, 7.7.3, table 7-2; `M` is mega in front of `OHM` and `HZ` only.
pub(crate) fn scaled(value: f64, suffix: &[u8], unit: &[u8]) -> Result<f64, Code> {
    if suffix.is_empty() {
        return Ok(value);
    }
    let at = suffix.len().checked_sub(unit.len()).ok_or(Code::INVALID_SUFFIX)?;
    let (multiplier, rest) = suffix.split_at(at);
    if !rest.eq_ignore_ascii_case(unit) {
        return Err(Code::INVALID_SUFFIX);
    }
    let mega = matches!(unit, b"OHM" | b"HZ");
    // A division, because a thousandth cannot be written exactly: 60 MA has to be 0.06.
    let (times, over) = match multiplier.to_ascii_uppercase().as_slice() {
        b"" => (1.0, 1.0),
        b"EX" => (1e18, 1.0),
        b"PE" => (1e15, 1.0),
        b"T" => (1e12, 1.0),
        b"G" => (1e9, 1.0),
        b"MA" => (1e6, 1.0),
        b"M" if mega => (1e6, 1.0),
        b"K" => (1e3, 1.0),
        b"M" => (1.0, 1e3),
        b"U" => (1.0, 1e6),
        b"N" => (1.0, 1e9),
        b"P" => (1.0, 1e12),
        b"F" => (1.0, 1e15),
        b"A" => (1.0, 1e18),
        _ => return Err(Code::INVALID_SUFFIX),
    };
    Ok(value * times / over)
}

/// The channel numbers of a channel list, in its order, each handed to `each`.
///
/// # Errors
///
/// The list is malformed, or longer than any instrument has channels.
pub(crate) fn channels(
    list: &[u8],
    mut each: impl FnMut(u8) -> Result<(), Code>,
) -> Result<(), Code> {
    let number = |text: &[u8]| {
        let text = std::str::from_utf8(trimmed(text)).ok();
        text.and_then(|it| it.parse::<u8>().ok()).ok_or(Code::INVALID_EXPRESSION)
    };
    let mut count = 0;
    for entry in list.split(|c| *c == b',') {
        let mut ends = entry.splitn(2, |c| *c == b':');
        let first = number(ends.next().unwrap_or_default())?;
        let last = ends.next().map_or(Ok(first), number)?;
        let mut channel = first;
        loop {
            count += 1;
            if count > usize::from(u8::MAX) {
                return Err(Code::INVALID_EXPRESSION);
            }
            each(channel)?;
            match channel.cmp(&last) {
                std::cmp::Ordering::Less => channel += 1,
                std::cmp::Ordering::Greater => channel -= 1,
                std::cmp::Ordering::Equal => break,
            }
        }
    }
    Ok(())
}

/// Whether `word` is the short or the long form of `spelling` (`MINimum`), in any case.
pub(crate) fn is_form_of(word: &[u8], spelling: &str) -> bool {
    let short = spelling.bytes().take_while(|c| !c.is_ascii_lowercase()).count();
    let spelling = spelling.as_bytes();
    word.eq_ignore_ascii_case(spelling) || word.eq_ignore_ascii_case(&spelling[..short])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_in_every_form_the_standard_has() {
        for (text, value, unit) in [
            ("5", 5.0, ""),
            ("+5.", 5.0, ""),
            ("-.5", -0.5, ""),
            ("1.5E3", 1500.0, ""),
            ("1e-3", 0.001, ""),
            ("#H1f", 31.0, ""),
            ("#Q17", 15.0, ""),
            ("#b101", 5.0, ""),
            ("500 MA", 500.0, "MA"),
            ("5V", 5.0, "V"),
            ("2 EV", 2.0, "EV"),
            ("1 E 3", 1000.0, ""),
            ("1 e-3 V", 0.001, "V"),
            ("1V/S", 1.0, "V/S"),
            ("0E99", 0.0, ""),
            ("1E0000003", 1000.0, ""),
        ] {
            let read = Written::parse(text.as_bytes());
            assert_eq!(read, Ok(Written::Number(value, unit.as_bytes())), "{text}");
        }
    }

    #[test]
    fn malformed_arguments_have_the_error_the_standard_gives_them() {
        for (text, code) in [
            ("1.2.3", -121),
            ("+", -121),
            ("#H", -121),
            ("#Q8", -121),
            ("#X1", -161),
            ("1E999999", -123),
            ("1E32001", -123),
            ("#15hell", -161),
            ("#15hellos", -161),
            ("#9", -161),
            ("#1+", -161),
            ("\"open", -151),
            ("'a'b'", -151),
            ("(@1", -171),
            ("5 V 3", -103),
            ("CH1 ON", -103),
            ("A$", -141),
            ("ABCDEFGHIJKLM", -144),
            ("1 ABCDEFGHIJKLM", -134),
            ("1:SYST", -103),
            ("$", -101),
        ] {
            assert_eq!(Written::parse(text.as_bytes()), Err(Code(code)), "{text}");
        }
    }

    #[test]
    fn a_multiplier_means_mega_only_where_the_standard_says_so() {
        for (number, suffix, unit, value) in [
            (60.0, "MA", "A", 0.06),
            (60.0, "ma", "A", 0.06),
            (1.0, "MAA", "A", 1e6),
            (5.0, "MV", "V", 0.005),
            (2.0, "KV", "V", 2000.0),
            (1.0, "MOHM", "OHM", 1e6),
            (1.0, "KOHM", "OHM", 1e3),
            (7.0, "US", "S", 7e-6),
            (2.0, "PEV", "V", 2e15),
            (3.0, "TOHM", "OHM", 3e12),
            (4.0, "FA", "A", 4e-15),
        ] {
            assert_eq!(scaled(number, suffix.as_bytes(), unit.as_bytes()), Ok(value), "{suffix}");
        }
        for (suffix, unit) in [("A", "V"), ("XV", "V"), ("OHMS", "OHM")] {
            let read = scaled(1.0, suffix.as_bytes(), unit.as_bytes());
            assert_eq!(read, Err(Code::INVALID_SUFFIX), "{suffix}");
        }
    }

    #[test]
    fn channel_lists_keep_their_order() {
        let read = |list: &str| {
            let mut all = Vec::new();
            channels(list.as_bytes(), |it| {
                all.push(it);
                Ok(())
            })
            .map(|()| all)
        };
        assert_eq!(read("1:3,5"), Ok(vec![1, 2, 3, 5]));
        assert_eq!(read(" 3 : 1 "), Ok(vec![3, 2, 1]));
        for list in ["", "1,", "a", "1:2:3", "-1", "256", "0:255,0:255"] {
            assert_eq!(read(list), Err(Code::INVALID_EXPRESSION), "{list}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(text in prop::collection::vec(any::<u8>(), 0..40)) {
            _ = Written::parse(&text);
            _ = channels(&text, |_| Ok(()));
        }

        #[test]
        fn every_finite_number_is_read_as_it_was_written(value in any::<f64>()) {
            prop_assume!(value.is_finite());
            let text = format!("{value:e}");
            prop_assert_eq!(Written::parse(text.as_bytes()), Ok(Written::Number(value, b"")));
        }
    }
}
