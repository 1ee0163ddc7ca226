//! The application identifiers that are known, and how long the others are.
//!
//! Source: GS1 Barcode Syntax Dictionary (formats, needs and exclusions); GS1 General
//! Specifications, 7.8 (lengths of identifiers by their first two digits, predefined lengths).

/// What an element may be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Digits.
    Digits,
    /// Digits of which the last is worked out from the others.
    Checked,
    /// A date, `YYMMDD`.
    Date,
    /// The 82 characters of GS1's set.
    Text,
}

/// One application identifier.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identifier {
    pub(super) ai: &'static str,
    pub(super) least: usize,
    pub(super) most: usize,
    pub(super) content: Content,
    /// Of each of these lists one has to be on the label too.
    pub(super) needs: &'static [&'static [&'static str]],
    /// None of these may be.
    pub(super) not_with: &'static [&'static str],
}

/// What an article's attributes need: an article.
const ARTICLE: &[&[&str]] = &[&["01", "02", "03", "8006", "8026"]];
const UNIT: &[&[&str]] = &[&["01", "03", "8006"]];
const GTIN: &[&[&str]] = &[&["01"]];

/// Those that labels of devices use. What is not here is kept as it stands.
const KNOWN: [Identifier; 33] = [
    Identifier { not_with: &["255", "37"], ..exact("01", 14, Content::Checked, &[]) },
    exact("02", 14, Content::Checked, &[&["37"]]),
    exact("03", 14, Content::Checked, &[]),
    up_to("10", 20, Content::Text, ARTICLE),
    exact("11", 6, Content::Date, ARTICLE),
    exact("12", 6, Content::Date, &[&["8020"]]),
    exact("13", 6, Content::Date, ARTICLE),
    exact("15", 6, Content::Date, ARTICLE),
    exact("16", 6, Content::Date, ARTICLE),
    exact("17", 6, Content::Date, &[&["01", "02", "03", "255", "8006", "8026"]]),
    exact("20", 2, Content::Digits, ARTICLE),
    Identifier { not_with: &["235"], ..up_to("21", 20, Content::Text, UNIT) },
    up_to("22", 20, Content::Text, GTIN),
    up_to("30", 8, Content::Digits, &[&["01", "02", "03"]]),
    up_to("37", 8, Content::Digits, &[&["02", "8026"]]),
    up_to("235", 28, Content::Text, GTIN),
    up_to("240", 30, Content::Text, ARTICLE),
    up_to("241", 30, Content::Text, ARTICLE),
    up_to("242", 6, Content::Digits, ARTICLE),
    up_to("243", 20, Content::Text, GTIN),
    up_to("250", 30, Content::Text, &[&["01", "03", "8006"], &["21"]]),
    up_to("251", 30, Content::Text, UNIT),
    exact("422", 3, Content::Digits, ARTICLE),
    up_to("710", 20, Content::Text, GTIN),
    up_to("711", 20, Content::Text, GTIN),
    up_to("712", 20, Content::Text, GTIN),
    up_to("713", 20, Content::Text, GTIN),
    up_to("714", 20, Content::Text, GTIN),
    up_to("715", 20, Content::Text, GTIN),
    up_to("7021", 20, Content::Text, UNIT),
    up_to("7022", 20, Content::Text, &[&["7021"]]),
    up_to("8012", 20, Content::Text, UNIT),
    up_to("90", 30, Content::Text, &[]),
];

/// How long the element of an identifier can be that nothing is known of.
pub(super) const LONGEST: usize = 90;

const fn exact(
    ai: &'static str,
    length: usize,
    content: Content,
    needs: &'static [&'static [&'static str]],
) -> Identifier {
    Identifier { ai, least: length, most: length, content, needs, not_with: &[] }
}

const fn up_to(
    ai: &'static str,
    most: usize,
    content: Content,
    needs: &'static [&'static [&'static str]],
) -> Identifier {
    Identifier { ai, least: 1, most, content, needs, not_with: &[] }
}

/// What is known of `ai`.
pub(super) fn known(ai: &str) -> Option<&'static Identifier> {
    KNOWN.iter().find(|it| it.ai == ai)
}

/// How many digits an identifier has that begins like `text`; `None` if none begins so.
pub(super) fn digits(text: &str) -> Option<usize> {
    match number(text)? {
        0..=4 | 10..=22 | 30 | 37 | 90..=99 => Some(2),
        23..=25 | 40..=42 | 71 => Some(3),
        31..=36 | 39 | 43 | 70 | 72 | 80..=82 => Some(4),
        _ => None,
    }
}

/// How many digits follow `ai` where its length is laid down for ever, so that no separator has to
/// stand behind them.
pub(super) fn predefined(ai: &str) -> Option<usize> {
    match number(ai)? {
        0 => Some(18),
        1..=3 => Some(14),
        4 => Some(16),
        11..=19 => Some(6),
        20 => Some(2),
        31..=36 => Some(6),
        41 => Some(13),
        _ => None,
    }
}

/// The first two characters, if they are digits.
fn number(text: &str) -> Option<u8> {
    let two = text.get(..2).filter(|two| two.bytes().all(|it| it.is_ascii_digit()))?;
    two.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_identifier_has_the_length_that_its_first_digits_say() {
        for it in &KNOWN {
            assert_eq!(digits(it.ai), Some(it.ai.len()), "{it:?}");
            if let Some(length) = predefined(it.ai) {
                assert_eq!((it.least, it.most), (length, length), "{it:?}");
                assert_ne!(it.content, Content::Text, "{it:?}");
            }
        }
    }

    #[test]
    fn what_is_needed_or_excluded_is_an_identifier() {
        for it in &KNOWN {
            for ai in it.needs.iter().copied().flatten().chain(it.not_with) {
                assert_eq!(digits(ai), Some(ai.len()), "{it:?}");
            }
        }
    }

    #[test]
    fn every_first_two_digits_have_the_lengths_that_gs1_lays_down() {
        let pairs = |lengths: fn(&str) -> Option<usize>| {
            let all = (0..100).filter_map(|it| {
                let two = format!("{it:02}");
                lengths(&two).map(|length| format!("{two}:{length}"))
            });
            all.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            pairs(predefined),
            "00:18 01:14 02:14 03:14 04:16 11:6 12:6 13:6 14:6 15:6 16:6 17:6 18:6 19:6 20:2 \
             31:6 32:6 33:6 34:6 35:6 36:6 41:13"
        );
        assert_eq!(
            pairs(digits),
            "00:2 01:2 02:2 03:2 04:2 10:2 11:2 12:2 13:2 14:2 15:2 16:2 17:2 18:2 19:2 20:2 \
             21:2 22:2 23:3 24:3 25:3 30:2 31:4 32:4 33:4 34:4 35:4 36:4 37:2 39:4 40:3 41:3 \
             42:3 43:4 70:4 71:3 72:4 80:4 81:4 82:4 90:2 91:2 92:2 93:2 94:2 95:2 96:2 97:2 \
             98:2 99:2"
        );
    }

    #[test]
    fn nothing_is_known_twice() {
        for (at, it) in KNOWN.iter().enumerate() {
            assert!(KNOWN[..at].iter().all(|other| other.ai != it.ai), "{it:?}");
        }
    }
}
