//! Operations on quantities: each gives a quantity or says why it means nothing.

use std::cmp::Ordering;

use super::{Dimension, Quantity, Unit};

/// An operation between quantities that means nothing, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct QuantityError {
    message: String,
    hint: Option<String>,
}

impl QuantityError {
    /// An error that says `message`, a lowercase fragment, and perhaps what to do.
    pub fn new(message: impl Into<String>, hint: Option<String>) -> Self {
        Self { message: message.into(), hint }
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to write instead.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

type Outcome<T> = Result<T, QuantityError>;

impl Quantity {
    /// `self + other`. Adding a difference to a point (degC, dBm) gives a point.
    ///
    /// # Errors
    ///
    /// The dimensions differ, or both are points.
    pub fn plus(&self, other: &Self) -> Outcome<Self> {
        let dimension = self.dimension.plus(other.dimension);
        self.combine(other, dimension, "add", "to", self.value + other.value)
    }

    /// `self - other`. The difference of two points (degC, dBm) is a K or a dB.
    ///
    /// # Errors
    ///
    /// The dimensions differ, or a point is to be subtracted from a difference.
    pub fn minus(&self, other: &Self) -> Outcome<Self> {
        let dimension = self.dimension.minus(other.dimension);
        self.combine(other, dimension, "subtract", "from", self.value - other.value)
    }

    /// `self × other`; a percentage of something is an amount of that thing.
    ///
    /// # Errors
    ///
    /// The product has no dimension that Pogo knows, or one of the two is a point.
    pub fn times(&self, other: &Self) -> Outcome<Self> {
        let percent = [self, other].iter().any(|it| it.dimension == Dimension::Percent);
        let plain = [self, other].iter().any(|it| it.dimension == Dimension::Number);
        let scale = if percent && !plain { 100.0 } else { 1.0 };
        let dimension = self.dimension.times(other.dimension);
        self.combine(other, dimension, "multiply", "by", self.value * other.value / scale)
    }

    /// `self ÷ other`.
    ///
    /// # Errors
    ///
    /// The quotient has no dimension that Pogo knows, one of the two is a point, or `other` is
    /// zero.
    pub fn over(&self, other: &Self) -> Outcome<Self> {
        let dimension = self.dimension.over(other.dimension);
        if dimension.is_some() && other.value == 0.0 {
            return Err(QuantityError::new(format!("{self} cannot be divided by zero"), None));
        }
        self.combine(other, dimension, "divide", "by", self.value / other.value)
    }

    /// `-self`.
    ///
    /// # Errors
    ///
    /// A point on a scale (degC, dBm) has no negative: `-x.degC` would mean kelvins below zero.
    pub fn negative(&self) -> Outcome<Self> {
        if self.dimension.is_point() {
            let message = format!("{} has no negative", self.dimension.with_article());
            let unit = self.dimension.unit().map_or("degC", |unit| unit.name);
            let hint = format!("negate the number first: `(-x).{unit}`");
            return Err(QuantityError::new(message, Some(hint)));
        }
        Ok(Self { value: -self.value, ..self.clone() })
    }

    /// The magnitude of a difference or amount.
    ///
    /// # Errors
    ///
    /// A point on a scale (degC, dBm) has no magnitude.
    pub fn magnitude(&self) -> Outcome<Self> {
        if self.dimension.is_point() {
            let message = format!("{} has no magnitude", self.dimension.with_article());
            let hint = "take the difference to another point first".to_owned();
            return Err(QuantityError::new(message, Some(hint)));
        }
        Ok(Self { value: self.value.abs(), ..self.clone() })
    }

    /// Which of the two is larger; `None` if one of them is not a number.
    ///
    /// # Errors
    ///
    /// The dimensions differ.
    pub fn compare(&self, other: &Self) -> Outcome<Option<Ordering>> {
        if !self.dimension.compares_with(other.dimension) {
            let message = format!(
                "cannot compare {} ({self}) with {} ({other})",
                self.dimension.with_article(),
                other.dimension.with_article(),
            );
            return Err(QuantityError::new(message, advice(self.dimension, other.dimension)));
        }
        Ok(self.value.partial_cmp(&other.value))
    }

    /// The plain number of `unit` that this is.
    ///
    /// # Errors
    ///
    /// `unit` is a unit of something else.
    pub fn in_unit(&self, unit: &Unit) -> Outcome<f64> {
        if unit.dimension != self.dimension {
            let message = format!("{self} is {}, not a number of `{}`", self.what(), unit.symbol);
            return Err(QuantityError::new(message, None));
        }
        Ok(unit.from_base(self.value))
    }

    fn what(&self) -> &'static str {
        self.dimension.with_article()
    }

    fn combine(
        &self,
        other: &Self,
        dimension: Option<Dimension>,
        verb: &str,
        joint: &str,
        value: f64,
    ) -> Outcome<Self> {
        let Some(dimension) = dimension else {
            let (first, second) =
                if matches!(verb, "add" | "subtract") { (other, self) } else { (self, other) };
            let message = format!(
                "cannot {verb} {} ({first}) {joint} {} ({second})",
                first.what(),
                second.what(),
            );
            return Err(QuantityError::new(message, advice(self.dimension, other.dimension)));
        };
        let unit =
            [self.unit, other.unit].into_iter().flatten().find(|unit| unit.dimension == dimension);
        Ok(Self { value, dimension, unit, origins: self.origins.and(&other.origins) })
    }
}

fn advice(left: Dimension, right: Dimension) -> Option<String> {
    let number = [left, right].contains(&Dimension::Number);
    let other = if left == Dimension::Number { right } else { left };
    match (left.is_point() || right.is_point(), other.unit()) {
        (true, _) if left == Dimension::Temperature || right == Dimension::Temperature => {
            Some("a difference of temperatures is written in K: `20.degC + 5.K`".into())
        }
        (true, _) => Some("a difference of power levels is written in dB: `x + 3.dB`".into()),
        (false, Some(unit)) if number => Some(format!("give the number a unit: `5.{}`", unit.name)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::UNITS;

    fn quantity(text: &str) -> Quantity {
        Quantity::parse(text).unwrap()
    }

    /// The whole of what may be combined, by the names of the dimensions' own units. What is not
    /// listed is refused, so that a new dimension or law must be written down here to exist.
    const ALLOWED: &str = include_str!("operations.txt");

    #[test]
    fn exactly_the_listed_operations_mean_something() {
        let name = |dimension: Dimension| dimension.unit().map_or("1", |unit| unit.name);
        let mut found = String::new();
        for left in Dimension::ALL {
            for right in Dimension::ALL {
                for (sign, result) in [
                    ("+", left.plus(right)),
                    ("-", left.minus(right)),
                    ("*", left.times(right)),
                    ("/", left.over(right)),
                    ("<", left.compares_with(right).then_some(Dimension::Number)),
                ] {
                    if let Some(result) = result {
                        found +=
                            &format!("{} {sign} {} = {}\n", name(left), name(right), name(result));
                    }
                }
            }
        }
        assert_eq!(found, ALLOWED, "operations.txt is the promise; found:\n{found}");
    }

    #[test]
    fn every_operation_agrees_with_the_table_of_dimensions() {
        for left in Dimension::ALL {
            for right in Dimension::ALL {
                let (a, b) = (Quantity::new(6.0, left), Quantity::new(2.0, right));
                assert_eq!(a.plus(&b).ok().map(|it| it.dimension()), left.plus(right));
                assert_eq!(a.minus(&b).ok().map(|it| it.dimension()), left.minus(right));
                assert_eq!(a.times(&b).ok().map(|it| it.dimension()), left.times(right));
                assert_eq!(a.over(&b).ok().map(|it| it.dimension()), left.over(right));
                assert_eq!(a.compare(&b).is_ok(), left.compares_with(right));
            }
        }
    }

    #[test]
    fn points_on_a_scale_have_differences_and_no_sums() {
        let difference = quantity("30 degC").minus(&quantity("25 degC")).unwrap();
        assert_eq!((difference.value(), difference.dimension().unit().unwrap().name), (5.0, "K"));
        let warmer = quantity("20 degC").plus(&quantity("5 K")).unwrap();
        assert_eq!(warmer.to_string(), "25 °C");
        let error = quantity("20 degC").plus(&quantity("5 degC")).unwrap_err();
        assert_eq!(error.message(), "cannot add a temperature (5 °C) to a temperature (20 °C)");
        assert!(error.hint().unwrap().contains("5.K"));
        assert!(quantity("20 degC").negative().unwrap_err().hint().unwrap().contains("(-x).degC"));
        assert!(quantity("-40 dBm").negative().is_err());
    }

    #[test]
    fn ohms_law_and_percentages_come_out_right() {
        assert_eq!(quantity("3 V").over(&quantity("60 mA")).unwrap().value(), 50.0);
        assert_eq!(quantity("2 %").times(&quantity("3.3 V")).unwrap().value(), 0.066);
        assert_eq!(quantity("50 %").times(&quantity("50 %")).unwrap().value(), 25.0);
        assert_eq!(Quantity::number(2.0).times(&quantity("50 %")).unwrap().value(), 100.0);
        assert!(quantity("3 V").over(&quantity("0 A")).is_err());
    }

    #[test]
    fn a_number_is_never_taken_for_a_quantity() {
        let error = quantity("20 mA").plus(&Quantity::number(5.0)).unwrap_err();
        assert_eq!(error.hint(), Some("give the number a unit: `5.A`"));
        for unit in UNITS {
            assert!(Quantity::of(1.0, unit).compare(&Quantity::number(1.0)).is_err());
        }
    }
}
