//! Units as properties of numbers.

use pogo_hal::{Quantity, UNITS, nearest};
use rhai::{Dynamic, FuncRegistration, Module};

use super::Result;
use crate::script_error;

pub(super) fn register(module: &mut Module) {
    for unit in UNITS {
        let get = || FuncRegistration::new_getter(unit.name).with_purity(true);
        get().set_into_module(module, move |number: &mut i64| Quantity::of(*number as f64, unit));
        get().set_into_module(module, move |number: &mut f64| Quantity::of(*number, unit));
    }
    // Rhai asks this where a property does not exist. It allows no such thing for numbers: there,
    // its error is explained instead.
    let get = || FuncRegistration::new_index_getter().with_purity(true);
    get().set_into_module(module, |quantity: &mut Quantity, name: &str| -> Result<Dynamic> {
        let hint = match nearest(name, UNITS.iter().map(|unit| unit.name)) {
            Some(unit) => format!("the number of {unit} is `number_in(\"{unit}\")`"),
            None => "a quantity has methods such as `abs()` and `number_in(\"mV\")`".into(),
        };
        Err(script_error(format!("{quantity} is a quantity and has no `{name}`"), hint))
    });
}

/// What was meant by `number.name`.
pub(crate) fn unit_hint(number: &str, name: &str) -> String {
    match nearest(name, UNITS.iter().map(|unit| unit.name)) {
        Some(unit) => format!("did you mean `{unit}`?"),
        None => format!("a unit follows the number as in `{number}.V`, `{number}.mA`"),
    }
}
