//! What instruments answer, read with suspicion.
//!
//! Source: IEEE 488.2-1992, 8.7 (response data); SCPI-99, volume 1, 7.2.1 (not a number) and
//! volume 2, 21.8 (error queue).

/// A number; NaN for SCPI's "not a number" and its two infinities, which is how instruments say
/// overload.
pub fn number(answer: &str) -> Option<f64> {
    let text = answer.trim();
    // `parse` would also take `inf`, `nan` and `infinity`, which no instrument means so.
    let plain = |c: u8| matches!(c, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    if !text.bytes().all(plain) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    // 9.91E37 is "not a number" and 9.9E37 infinity, not a very large voltage.
    Some(if value.abs() >= 9.9e37 { f64::NAN } else { value })
}

/// On or off, in either spelling.
pub fn boolean(answer: &str) -> Option<bool> {
    match answer.trim() {
        "1" | "+1" => Some(true),
        "0" | "+0" => Some(false),
        word if word.eq_ignore_ascii_case("ON") => Some(true),
        word if word.eq_ignore_ascii_case("OFF") => Some(false),
        _ => None,
    }
}

/// An entry of the error queue: its number, which is 0 for none. The text stays the instrument's.
pub fn error_number(answer: &str) -> Option<i32> {
    let (number, text) = answer.trim().split_once(',')?;
    text.trim_start().starts_with('"').then(|| number.trim().parse().ok())?
}

/// An answer as a message shows it: on one line, and not endless.
pub fn shown(answer: &[u8]) -> String {
    const MOST: usize = 80;
    let text = String::from_utf8_lossy(&answer[..answer.len().min(MOST)]);
    let dots = if answer.len() > MOST { "…" } else { "" };
    format!("`{}{dots}`", text.escape_debug())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_come_in_every_form_of_the_standard() {
        for (answer, value) in [
            ("+5.00000000E+00", 5.0),
            ("-6.999999881E-01", -0.6999999881),
            ("5.000", 5.0),
            (" 12.0035 ", 12.0035),
            ("0", 0.0),
            (".5", 0.5),
            ("+1.E+3", 1000.0),
        ] {
            assert_eq!(number(answer), Some(value), "{answer}");
        }
    }

    #[test]
    fn overload_and_not_a_number_have_no_value() {
        for answer in ["+9.90000000E+37", "-9.9E+37", "9.91E37", "9.9e+37", "1e999"] {
            assert!(number(answer).is_some_and(f64::is_nan), "{answer}");
        }
    }

    #[test]
    fn what_is_no_number_is_not_taken_for_one() {
        for answer in ["", "inf", "NaN", "infinity", "1,2", "1 V", "1;2", "0x10", "+", "--1", "ON"]
        {
            assert_eq!(number(answer), None, "{answer}");
        }
    }

    #[test]
    fn entries_of_the_error_queue_are_told_from_other_answers() {
        assert_eq!(error_number("+0,\"No error\""), Some(0));
        assert_eq!(error_number("0,\"No error;0;0 0\""), Some(0));
        assert_eq!(error_number("-222,\"Data out of range\""), Some(-222));
        assert_eq!(error_number("-113, \"Undefined header; VOLTA\""), Some(-113));
        for answer in
            ["", "1", "Command error", "1,2", "+5.0E+00", "\"0\",\"x\"", "99999999999,\"x\""]
        {
            assert_eq!(error_number(answer), None, "{answer}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_makes_a_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            let text = String::from_utf8_lossy(&bytes);
            _ = (number(&text), boolean(&text), error_number(&text));
            let shown = shown(&bytes);
            prop_assert!(!shown.contains('\n') && shown.chars().count() < 1000);
        }

        #[test]
        fn a_number_that_is_written_is_the_number_that_is_read(value in -1e30..1e30f64) {
            prop_assert_eq!(number(&format!("{value:+E}")), Some(value));
        }
    }
}
