mod gs1;
mod hibc;
mod hostile;
mod labels;

use jiff::civil::{Date, date};

use super::{Parsed, UdiError, parse};

const TODAY: Date = date(2026, 11, 22);

/// A label that has to be accepted.
fn accepted(label: &str) -> Parsed {
    parse(label, TODAY).unwrap_or_else(|error| panic!("{label:?}: {error}"))
}

/// Why a label is refused that has to be.
fn refused(label: &str) -> UdiError {
    match parse(label, TODAY) {
        Err(error) => error,
        Ok(parsed) => panic!("{label:?}: {parsed:?}"),
    }
}

/// Every label, without the bar in it, is refused with these words about what the bar stands before.
fn each_is_refused<'a>(labels: impl IntoIterator<Item = (&'a str, &'a str)>) {
    for (marked, says) in labels {
        let (before, behind) = marked.split_once('|').expect("a bar");
        let error = refused(&format!("{before}{behind}"));
        assert!(error.message().contains(says), "{marked:?}: {error}");
        assert_eq!(error.column(), before.chars().count() + 1, "{marked:?}: {error}");
        assert!(!error.hint().is_empty(), "{marked:?}: {error}");
    }
}

/// What a label says, in one line: identifier, lot, serial, production, expiry, further elements.
fn told(label: &str) -> String {
    let it = accepted(label);
    let text = |it: &Option<String>| it.clone().unwrap_or_else(|| "-".to_owned());
    let date = |it: &Option<super::LabelDate>| it.map_or("-".to_owned(), |it| it.to_string());
    let mut told = [
        text(&it.device_identifier),
        text(&it.lot),
        text(&it.serial),
        date(&it.produced),
        date(&it.expires),
    ]
    .join(" ");
    for element in &it.further {
        told += &format!(" {}={}", element.identifier, element.text);
    }
    told
}
