//! Whatever a reader sends, somebody types or a file holds.

use jiff::civil::{Date, date};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::TODAY;
use crate::udi::{Parsed, UdiError, parse};

/// What a label is made of, so that many a text comes far before it is refused.
const PIECES: [&str; 40] = [
    "01",
    "09506000134352",
    "10",
    "21",
    "17",
    "11",
    "281200",
    "260230",
    "(",
    ")",
    "(01)",
    "(10)",
    "(21)",
    "\u{1d}",
    "37",
    "255",
    "235",
    "3103",
    "]d2",
    "]C1",
    "]d1",
    "+",
    "A999",
    "12345",
    "/",
    "$",
    "$$",
    "$$+",
    "$+",
    "S",
    "14D",
    "16D20281231",
    "Q",
    "5",
    "_",
    " ",
    "*",
    "=",
    "é",
    "A",
];

fn labels() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        vec(select(&PIECES[..]), 0..12).prop_map(|pieces| pieces.concat()),
        vec(
            select("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%".chars().collect::<Vec<_>>()),
            0..40
        )
        .prop_map(|content| format!("+A99912345/{}", content.into_iter().collect::<String>()))
        .prop_map(|content| content.clone() + &check(&content)),
    ]
}

fn check(content: &str) -> String {
    let characters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%";
    let sum: usize = content.chars().filter_map(|it| characters.find(it)).sum();
    characters.chars().nth(sum % 43).unwrap().to_string()
}

fn days() -> impl Strategy<Value = Date> {
    (any::<i16>(), any::<i8>(), any::<i8>())
        .prop_map(|(year, month, day)| Date::new(year, month, day).unwrap_or(TODAY))
}

/// An error that somebody can act on.
fn is_an_answer(label: &str, answer: &Result<Parsed, UdiError>) -> Result<(), TestCaseError> {
    match answer {
        Ok(parsed) => prop_assert_eq!(&*parsed.scanned, label.trim_end_matches(['\r', '\n'])),
        Err(error) => {
            let length = label.chars().count();
            prop_assert!((1..=length + 1).contains(&error.column()), "{:?}: {}", label, error);
            prop_assert!(error.width() >= 1);
            prop_assert!(error.column() + error.width() <= length + 2, "{:?}: {}", label, error);
            prop_assert!(!error.message().is_empty() && !error.hint().is_empty());
        }
    }
    Ok(())
}

/// One to twenty characters of GS1's set without brackets.
fn numbers() -> impl Strategy<Value = String> {
    let set = "!\"%&'*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
    vec(select(set.chars().collect::<Vec<_>>()), 1..=20).prop_map(|it| it.into_iter().collect())
}

fn gtins() -> impl Strategy<Value = String> {
    (0..10_u64.pow(13)).prop_map(|digits| {
        let digits = format!("{digits:013}");
        let weigh = |(at, it): (usize, u8)| u32::from(it - b'0') * if at % 2 == 0 { 3 } else { 1 };
        let sum: u32 = digits.bytes().enumerate().map(weigh).sum();
        format!("{digits}{}", (10 - sum % 10) % 10)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn nothing_that_is_scanned_makes_it_panic(label in labels(), today in days()) {
        is_an_answer(&label, &parse(&label, today))?;
    }

    #[test]
    fn a_label_with_anything_in_it_is_read_or_refused_in_place(
        at in 0_usize..=53, more in any::<String>(), cut in 0_usize..4,
    ) {
        let label = "0109506000134352112611221728120010LOT42\u{1d}21SN0001/$$52001510X33";
        let (begin, end) = label.split_at(at);
        let label = format!("{begin}{more}{}", &end[cut.min(end.len())..]);
        is_an_answer(&label, &parse(&label, TODAY))?;
    }

    #[test]
    fn what_is_written_on_a_label_is_read_from_it(
        gtin in gtins(), lot in numbers(), serial in numbers(), year in 1978_i16..=2076,
        month in 1_i8..=12, day in 0_i8..=28,
    ) {
        let expiry = format!("{:02}{month:02}{day:02}", year % 100);
        let scanned = format!("01{gtin}17{expiry}10{lot}\u{1d}21{serial}");
        let printed = format!("(01){gtin}(17){expiry}(10){lot}(21){serial}");
        for label in [scanned, printed] {
            let it = parse(&label, TODAY).unwrap();
            prop_assert_eq!(it.device_identifier.as_deref(), Some(&*gtin));
            prop_assert_eq!(it.lot.as_deref(), Some(&*lot));
            prop_assert_eq!(it.serial.as_deref(), Some(&*serial));
            let expires = it.expires.unwrap();
            let last = date(year, month, day.max(1));
            let last = if day == 0 { last.last_of_month() } else { last };
            prop_assert_eq!(expires.last_day(), last);
            prop_assert!(it.further.is_empty());
        }
    }
}
