//! Exact sums and products of the numbers that people write.
//!
//! `0.8 - 0.1` is not `0.7` in binary, and a unit that measures 0.7 V at the edge of 0.8 V ± 0.1 V
//! must pass. A limit's edges are therefore computed from the decimal texts of its numbers.

/// `digits × 10^exponent`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal {
    digits: i128,
    exponent: i32,
}

impl Decimal {
    /// The number that the shortest decimal text of `value` says; `None` unless it is finite.
    pub(super) fn of(value: f64) -> Option<Self> {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e')?;
        let places = digits.split_once('.').map_or(0, |(_, places)| places.len());
        let digits = digits.replace('.', "").parse().ok()?;
        let exponent = exponent.parse::<i32>().ok()?;
        Some(Self { digits, exponent: exponent - i32::try_from(places).ok()? })
    }

    /// `self + other`; `None` where their sizes differ so much that the digits do not fit.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let exponent = self.exponent.min(other.exponent);
        let digits = self.digits_at(exponent)?.checked_add(other.digits_at(exponent)?)?;
        Some(Self { digits, exponent })
    }

    /// `-self`.
    pub(super) fn negated(self) -> Self {
        Self { digits: -self.digits, ..self }
    }

    /// `percent` per cent of the size of `self`.
    pub(super) fn percentage(self, percent: Self) -> Option<Self> {
        let digits = self.digits.checked_abs()?.checked_mul(percent.digits)?;
        Some(Self { digits, exponent: self.exponent + percent.exponent - 2 })
    }

    /// The nearest binary number.
    pub(super) fn to_f64(self) -> Option<f64> {
        format!("{}e{}", self.digits, self.exponent).parse().ok().filter(|it: &f64| it.is_finite())
    }

    fn digits_at(self, exponent: i32) -> Option<i128> {
        if self.digits == 0 {
            return Some(0);
        }
        let shift = u32::try_from(self.exponent - exponent).ok()?;
        self.digits.checked_mul(10_i128.checked_pow(shift)?)
    }
}
