//! Quantities in scripts: `3.3.V`, `-40.degC`, `dmm.dc_voltage() / 2`.

mod methods;
mod operators;
mod properties;
mod statistics;

pub use methods::METHODS;
pub(crate) use properties::unit_hint;
pub use statistics::LIST_METHODS;

use pogo_hal::{Quantity, QuantityError};
use rhai::{Dynamic, EvalAltResult, Module};

use crate::script_error;

type Result<T> = std::result::Result<T, Box<EvalAltResult>>;

pub(crate) fn register(module: &mut Module) {
    properties::register(module);
    operators::register(module);
    methods::register(module);
    statistics::register(module);
}

fn refused(error: QuantityError) -> Box<EvalAltResult> {
    script_error(error.message(), error.hint().map(str::to_owned))
}

/// A quantity, or a number as one without dimension; `None` for anything else.
fn of(value: &Dynamic) -> Option<Quantity> {
    let number = value.as_int().map(|it| it as f64).or_else(|_| value.as_float());
    match number {
        Ok(number) => Some(Quantity::number(number)),
        Err(_) => value.clone().try_cast::<Quantity>(),
    }
}
