//! Whose rules a scanned text follows.

use jiff::civil::Date;

use super::error::{SCAN_AGAIN, named};
use super::gs1::{self, GS};
use super::hibc;
use super::{Agency, Parsed, UdiError};

/// As many digits as the largest QR code holds; no barcode holds more characters.
const LONGEST: usize = 7_089;

/// What readers put before the data of a barcode that is marked as GS1's. Source: GS1 General
/// Specifications, 5.1.3: GS1-128, DataBar, DataMatrix, QR Code, DotCode.
const GS1_SYMBOLS: [&str; 5] = ["]C1", "]e0", "]d2", "]Q3", "]J1"];

const BEGINNINGS: &str = "a UDI of GS1 begins with `01` or `(01)`, one of HIBC with `+`, one of \
                          ICCBBA with `=` or `&`; other barcodes on a label are none";

/// Reads a label as it was scanned, with or without the three characters by which readers name the
/// kind of barcode, or as it is printed below the barcode. `today` decides which century a year of
/// two digits is in.
///
/// # Errors
///
/// It is no UDI by its agency's rules, or its agency cannot be told.
///
/// ```
/// # use jiff::civil::date;
/// # use pogo_record::udi::parse;
/// let label = parse("(01)09506000134352(21)SN0001", date(2026, 11, 22))?;
/// assert_eq!(label.serial.as_deref(), Some("SN0001"));
/// # Ok::<(), pogo_record::udi::UdiError>(())
/// ```
pub fn parse(scanned: &str, today: Date) -> Result<Parsed, UdiError> {
    // Readers end a scan as somebody who types does.
    let text = scanned.trim_end_matches(['\r', '\n']);
    check_characters(text)?;
    let from = symbology(text)?;
    let (symbol, data) = text.split_at_checked(from).unwrap_or_default();
    if GS1_SYMBOLS.contains(&symbol) {
        return gs1::read(text, from, today);
    }
    match data.chars().next() {
        Some('+') => hibc::read(text, from, today),
        Some('*') if data.starts_with("*+") => hibc::read(text, from, today),
        Some('=' | '&') if data.len() > 1 => Ok(Parsed::of(text, Agency::Iccbba)),
        Some('0'..='9' | '(' | GS) if from == 0 => gs1::read(text, from, today),
        Some('0'..='9' | '(' | GS) => Err(UdiError::new(
            0..from,
            format!("`{symbol}` says that this barcode is not marked as one of GS1"),
            "scan the GS1 barcode of the label; if it is this one, it was printed without FNC1",
        )),
        Some(_) if is_address(data) => Err(UdiError::new(
            from..text.len(),
            "this is an address (GS1 Digital Link), which is not read",
            "scan the GS1 DataMatrix or GS1-128 barcode, or type what is printed as `(01)…`",
        )),
        Some(first) => {
            let what = format!("{} begins no UDI", named(first));
            Err(UdiError::new(from..from + 1, what, BEGINNINGS))
        }
        None => Err(UdiError::new(from..from, "there is nothing to read", BEGINNINGS)),
    }
}

/// From here on one character is one byte.
fn check_characters(text: &str) -> Result<(), UdiError> {
    let printable = |letter: char| matches!(letter, ' '..='~' | GS);
    if let Some((at, letter)) = text.chars().enumerate().find(|(_, letter)| !printable(*letter)) {
        let what = match letter.is_control() {
            true => format!("a control character, U+{:04X}, stands in no UDI", u32::from(letter)),
            false => format!("`{letter}` stands in no UDI"),
        };
        let hint = "set the reader to send the barcode's characters as they are, and the keyboard \
                    layout that it imitates to this computer's";
        return Err(UdiError::new(at..at + 1, what, hint));
    }
    if text.len() > LONGEST {
        let what = format!("{} characters, at most {LONGEST} fit in a barcode", text.len());
        return Err(UdiError::new(LONGEST..text.len(), what, SCAN_AGAIN));
    }
    Ok(())
}

/// Where the data begin: behind `]`, a letter and a letter or digit, if they are there.
fn symbology(text: &str) -> Result<usize, UdiError> {
    match text.as_bytes() {
        [b']', letter, modifier, ..]
            if letter.is_ascii_alphabetic() && modifier.is_ascii_alphanumeric() =>
        {
            Ok(3)
        }
        [b']', ..] => Err(UdiError::new(
            0..text.len().min(3),
            "`]` begins the name of a barcode's kind, which is a letter and a digit, such as `]d2`",
            SCAN_AGAIN,
        )),
        _ => Ok(0),
    }
}

fn is_address(data: &str) -> bool {
    let data = data.to_ascii_lowercase();
    data.starts_with("http://") || data.starts_with("https://")
}
