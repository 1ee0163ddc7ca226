//! Program messages taken apart: units between semicolons, arguments between commas.
//!
//! Source: IEEE 488.2-1992, 7.3 to 7.5.

use super::argument::Written;
use super::error::Code;

/// One program message unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Unit<'a> {
    /// The header with its question mark, if it is a query.
    pub(crate) header: &'a [u8],
    arguments: &'a [u8],
}

/// The next unit of `message` from `at`, which moves behind it; `None` at the end. Empty units
/// are passed over.
///
/// # Errors
///
/// What stands there is no header. The rest of the message is then passed over.
pub(crate) fn next<'a>(message: &'a [u8], at: &mut usize) -> Option<Result<Unit<'a>, Code>> {
    while *at < message.len() {
        let rest = &message[*at..];
        let end = end_of(rest, b';');
        *at += end + 1;
        let unit = trimmed(&rest[..end]);
        if !unit.is_empty() {
            return Some(Unit::read(unit));
        }
    }
    None
}

impl<'a> Unit<'a> {
    fn read(unit: &'a [u8]) -> Result<Self, Code> {
        let end = unit.iter().position(is_white).unwrap_or(unit.len());
        let (header, arguments) = unit.split_at(end);
        let body = header.strip_suffix(b"?").unwrap_or(header);
        let known = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b':' | b'*' | b'_');
        match body.iter().find(|c| !known(c)) {
            // Its argument begins without white space in between. Source: SCPI-99, volume 2,
            // 21.8.9, -111.
            Some(b'"' | b'\'' | b'(' | b'#') if !body.is_empty() && known(&body[0]) => {
                Err(Code::HEADER_SEPARATOR)
            }
            // A comma, or a second question mark: part of the syntax, but not here.
            Some(b',' | b'?') => Err(Code::SYNTAX),
            Some(_) => Err(Code::INVALID_CHARACTER),
            None => Ok(Self { header, arguments: trimmed(arguments) }),
        }
    }

    /// The arguments in order.
    pub(crate) fn arguments(&self) -> Arguments<'a> {
        Arguments { rest: (!self.arguments.is_empty()).then_some(self.arguments) }
    }
}

/// See [`Unit::arguments`].
#[derive(Clone, Debug)]
pub(crate) struct Arguments<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for Arguments<'a> {
    type Item = Result<Written<'a>, Code>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest?;
        let end = end_of(rest, b',');
        self.rest = rest.get(end + 1..);
        Some(Written::parse(trimmed(&rest[..end])))
    }
}

/// Whether it is white space: every control character but the one that ends a message.
///
/// Source: IEEE 488.2-1992, 7.4.1.2.
pub(super) fn is_white(c: &u8) -> bool {
    *c <= b' ' && *c != b'\n'
}

/// `text` without white space around it.
pub(super) fn trimmed(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|c| !is_white(c)).unwrap_or(text.len());
    let end = text.iter().rposition(|c| !is_white(c)).map_or(start, |last| last + 1);
    &text[start..end]
}

/// Where the first `separator` stands that is not inside a string, a block or parentheses.
fn end_of(text: &[u8], separator: u8) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(c) = text.get(at) {
        match c {
            b'"' | b'\'' => {
                let inside = text[at + 1..].iter().position(|it| it == c);
                at += inside.map_or(text.len(), |length| length + 1);
            }
            b'#' => at += block(&text[at..]),
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            c if *c == separator && depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// How many bytes behind `#` belong to a block, which one of indefinite length ends only with its
/// message; none if it is something else. Source: IEEE 488.2-1992, 7.7.6.
fn block(text: &[u8]) -> usize {
    if text.get(1) == Some(&b'0') {
        return text.len();
    }
    let Some(digits @ b'1'..=b'9') = text.get(1) else { return 0 };
    let digits = usize::from(digits - b'0');
    let length = text.get(2..2 + digits).and_then(|it| std::str::from_utf8(it).ok());
    let length: Option<usize> = length.and_then(|it| it.parse().ok());
    length.map_or(0, |length| 1 + digits + length.min(text.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn units(message: &str) -> Vec<Result<(String, usize), i16>> {
        let (mut at, mut all) = (0, Vec::new());
        while let Some(unit) = next(message.as_bytes(), &mut at) {
            all.push(match unit {
                Ok(unit) => {
                    let header = String::from_utf8(unit.header.to_vec()).unwrap();
                    Ok((header, unit.arguments().count()))
                }
                Err(code) => Err(code.0),
            });
        }
        all
    }

    #[test]
    fn units_end_at_semicolons_that_are_not_inside_something() {
        let ok = |header: &str, count| Ok((header.to_owned(), count));
        assert_eq!(
            units(" VOLT 5 , (@1,2) ;; *IDN? ; A \"x;y,z\";B 'it''s;',#15a;b,c;C "),
            [ok("VOLT", 2), ok("*IDN?", 0), ok("A", 1), ok("B", 2), ok("C", 0)]
        );
        assert_eq!(units("A #0b,c;D"), [ok("A", 1)]);
        assert_eq!(units("A,B;V$;C?? ;\u{e9}"), [Err(-102), Err(-101), Err(-102), Err(-101)]);
        assert_eq!(units(" \r"), []);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic_or_stand_still(
            message in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'#'), Just(b';'), Just(b'"'), Just(b'9')], 0..60),
        ) {
            let (mut at, mut count) = (0, 0);
            while let Some(unit) = next(&message, &mut at) {
                count += 1;
                prop_assert!(count <= message.len());
                if let Ok(unit) = unit {
                    prop_assert!(unit.arguments().count() <= message.len() + 1);
                }
            }
        }
    }
}
