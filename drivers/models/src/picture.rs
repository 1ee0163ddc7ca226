//! How an instrument writes its numbers, shown by an example.

use std::fmt::Write as _;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

/// The form of a number, as in `+0.00000000E+00` (sign always, eight decimals, an exponent),
/// `0.000` (sign only if negative, three decimals) or `+0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Whether a positive number is written with its sign.
    pub plus: bool,
    /// How many digits follow the decimal point; without any there is no point either.
    pub decimals: usize,
    /// Whether an exponent of ten follows: its sign and at least two digits.
    pub exponent: bool,
}

impl Picture {
    /// The form that `example` shows; `None` if it is no picture.
    pub fn parse(example: &str) -> Option<Self> {
        let (plus, rest) = example.strip_prefix('+').map_or((false, example), |rest| (true, rest));
        let (mantissa, exponent) =
            rest.strip_suffix("E+00").map_or((rest, false), |mantissa| (mantissa, true));
        let decimals = match mantissa.split_once('.') {
            Some(("0", zeros)) if !zeros.is_empty() => zeros,
            None if mantissa == "0" => "",
            _ => return None,
        };
        (decimals.len() <= 15 && decimals.bytes().all(|digit| digit == b'0')).then_some(Self {
            plus,
            decimals: decimals.len(),
            exponent,
        })
    }

    /// Appends `value`, which has to be finite, in this form.
    pub fn write(&self, value: f64, into: &mut String) {
        // An instrument does not answer with a negative zero.
        let value = if value == 0.0 { 0.0 } else { value };
        if self.plus && value >= 0.0 {
            into.push('+');
        }
        let decimals = self.decimals;
        let start = into.len();
        // Writing into a string cannot fail.
        if !self.exponent {
            _ = write!(into, "{value:.decimals$}");
            if into[start..].bytes().all(|c| matches!(c, b'-' | b'0' | b'.')) {
                // What rounds to nothing has no sign either.
                let unsigned = into[start..].trim_start_matches('-').len();
                into.drain(start..into.len() - unsigned);
            }
            return;
        }
        _ = write!(into, "{value:.decimals$e}");
        let Some(e) = into[start..].find('e').map(|at| start + at) else { return };
        let digits = into.split_off(e);
        let (sign, digits) =
            digits[1..].strip_prefix('-').map_or(('+', &digits[1..]), |it| ('-', it));
        _ = write!(into, "E{sign}{digits:0>2}");
    }
}

impl<'de> Deserialize<'de> for Picture {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let example = String::deserialize(deserializer)?;
        Self::parse(&example).ok_or_else(|| {
            D::Error::custom(format!(
                "`{example}` is not a picture of a number; \
                 write one such as `+0.00000000E+00`, `0.000` or `+0`"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_as_its_picture_shows() {
        for (picture, value, written) in [
            ("+0.00000000E+00", 5.0, "+5.00000000E+00"),
            ("+0.00000000E+00", -0.0123, "-1.23000000E-02"),
            ("+0.00000000E+00", 0.0, "+0.00000000E+00"),
            ("+0.00000000E+00", -0.0, "+0.00000000E+00"),
            ("0.000000000E+00", -0.6999999881, "-6.999999881E-01"),
            ("+0.0E+00", 9.9e37, "+9.9E+37"),
            ("0.0E+00", 1e123, "1.0E+123"),
            ("0.000", 5.0, "5.000"),
            ("0.0000", 12.00351, "12.0035"),
            ("0.000", -0.0001, "0.000"),
            ("+0", 1.0, "+1"),
            ("0", 20.0, "20"),
        ] {
            let mut text = String::new();
            Picture::parse(picture).unwrap().write(value, &mut text);
            assert_eq!(text, written, "{picture}");
        }
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for text in ["", "1.0", "0.", "0.0e+00", "+", "0.0E00", "0.1", "0.0000000000000000"] {
            assert_eq!(Picture::parse(text), None, "{text}");
        }
    }
}
