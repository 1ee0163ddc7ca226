//! Quantities as engineers write them: `3.42 mA`, not `0.00342000001`.

use std::fmt;

use super::{Quantity, UNITS, Unit};

/// Digits beyond these are the noise of binary fractions, not something anybody wrote.
const EXACT: usize = 12;

impl Quantity {
    /// The unit this is shown in: the chosen one, else the one that leaves one to three digits
    /// before the decimal point; `None` for plain numbers.
    pub fn display_unit(&self) -> Option<&'static Unit> {
        self.unit.or_else(|| {
            let own = self.dimension.unit()?;
            let fits = |unit: &&Unit| {
                let number = unit.from_base(self.value).abs();
                unit.automatic && (1.0..1000.0).contains(&number)
            };
            let same = |unit: &&Unit| unit.dimension == self.dimension;
            if self.value == 0.0 || !self.value.is_finite() || fits(&own) {
                return Some(own);
            }
            Some(UNITS.iter().filter(same).find(fits).unwrap_or(own))
        })
    }

    /// The number alone, in `unit` (or plain), rounded to `digits` significant digits and without
    /// trailing zeros.
    pub fn number_in(&self, unit: Option<&Unit>, digits: usize) -> String {
        let number = unit.map_or(self.value, |unit| unit.from_base(self.value));
        significant(number, digits)
    }

    /// Number and unit, rounded to `digits` significant digits: for a view, never for a record.
    pub fn rounded(&self, digits: usize) -> String {
        let unit = self.display_unit();
        with_symbol(&self.number_in(unit, digits), unit)
    }
}

impl fmt::Display for Quantity {
    /// Every digit that somebody may have written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rounded(EXACT))
    }
}

fn with_symbol(number: &str, unit: Option<&Unit>) -> String {
    match unit {
        None => number.to_owned(),
        Some(unit) if unit.symbol == "%" => format!("{number}%"),
        Some(unit) => format!("{number} {}", unit.symbol),
    }
}

fn significant(number: f64, digits: usize) -> String {
    if !number.is_finite() {
        return number.to_string();
    }
    if number == 0.0 {
        return "0".into();
    }
    // The exponent after rounding: 9.9996 to four digits is 10.00.
    let scientific = format!("{number:.*e}", digits.saturating_sub(1));
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-6..=15).contains(&exponent) {
        return scientific;
    }
    if exponent >= digits as i32 {
        return format!("{number:.0}");
    }
    // The same digits with the point in another place: working them out is most of the cost.
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let all: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let (whole, fraction) = match usize::try_from(exponent) {
        Ok(exponent) => all.split_at(exponent + 1),
        Err(_) => ("0", all.as_str()),
    };
    let zeros = "0".repeat(usize::try_from(-1 - exponent).unwrap_or(0));
    let fraction = fraction.trim_end_matches('0');
    match fraction.is_empty() {
        true => format!("{sign}{whole}"),
        false => format!("{sign}{whole}.{zeros}{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Dimension;

    #[test]
    fn values_are_shown_as_engineers_write_them() {
        for (value, dimension, shown) in [
            (0.003_420_000_01, Dimension::Current, "3.42 mA"),
            (1.801_23, Dimension::Voltage, "1.801 V"),
            (9999.96, Dimension::Resistance, "10 kΩ"),
            (0.000_047, Dimension::Capacitance, "47 µF"),
            (-58.0, Dimension::PowerLevel, "-58 dBm"),
            (37.25, Dimension::Temperature, "37.25 °C"),
            (2.0, Dimension::Percent, "2%"),
            (0.0, Dimension::Voltage, "0 V"),
            (0.5, Dimension::Number, "0.5"),
            (5400.0, Dimension::Time, "5400 s"),
        ] {
            assert_eq!(Quantity::new(value, dimension).rounded(4), shown);
        }
    }

    #[test]
    fn a_chosen_unit_is_kept() {
        assert_eq!(Quantity::parse("1200 mA").unwrap().to_string(), "1200 mA");
        assert_eq!(Quantity::parse("0.06 A").unwrap().to_string(), "0.06 A");
        let sum = Quantity::parse("1 mA").unwrap().plus(&Quantity::parse("1 A").unwrap()).unwrap();
        assert_eq!(sum.to_string(), "1001 mA");
    }

    proptest! {
        #[test]
        fn the_point_is_where_the_standard_library_puts_it(
            mantissa in -1.0e6..1.0e6, power in -12..16_i32, digits in 1..17_usize,
        ) {
            let number = mantissa * 10_f64.powi(power);
            let scientific = format!("{number:.*e}", digits - 1);
            let exponent: i32 = scientific.split_once('e').unwrap().1.parse().unwrap();
            let expected = if number == 0.0 {
                "0".into()
            } else if (-6..=15).contains(&exponent) {
                let places = usize::try_from(digits as i32 - 1 - exponent).unwrap_or(0);
                let text = format!("{number:.places$}");
                match text.contains('.') {
                    true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
                    false => text,
                }
            } else {
                scientific
            };
            prop_assert_eq!(significant(number, digits), expected);
        }
    }

    #[test]
    fn not_a_number_is_shown_and_not_hidden() {
        assert_eq!(Quantity::new(f64::NAN, Dimension::Voltage).to_string(), "NaN V");
        assert_eq!(Quantity::new(f64::INFINITY, Dimension::Voltage).to_string(), "inf V");
    }
}
