//! Amounts that were worked out, as people read them.

use pogo_hal::{Quantity, Unit};

/// The amount `value`, in the dimension's own unit, as it is read in `unit`.
pub(crate) fn amount(value: f64, digits: usize, unit: Option<&Unit>) -> String {
    text(inside(value, unit), digits, unit)
}

/// The difference of two amounts, likewise. Where 0 of the unit is not 0 of the dimension's own,
/// differences still begin at 0.
pub(crate) fn difference(value: f64, digits: usize, unit: Option<&Unit>) -> String {
    text(inside(value, unit) - inside(0.0, unit), digits, unit)
}

fn inside(value: f64, unit: Option<&Unit>) -> f64 {
    unit.map_or(value, |unit| unit.from_base(value))
}

fn text(number: f64, digits: usize, unit: Option<&Unit>) -> String {
    let number = Quantity::number(number).number_in(None, digits);
    match unit {
        Some(unit) => format!("{number} {}", unit.symbol),
        None => number,
    }
}
