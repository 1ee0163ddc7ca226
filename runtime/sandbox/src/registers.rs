//! Values of registers, as scripts have them.

use pogo_hal::{Quantity, RegisterValue};
use rhai::Dynamic;

/// What a script has as a register's value; `None` if no register holds such a thing.
pub fn register_value(given: &Dynamic) -> Option<RegisterValue> {
    if let Some(quantity) = given.read_lock::<Quantity>() {
        return Some(RegisterValue::Quantity(quantity.clone()));
    }
    if let Ok(number) = given.as_int() {
        return Some(RegisterValue::Integer(number));
    }
    if let Ok(number) = given.as_float() {
        return Some(RegisterValue::Quantity(Quantity::number(number)));
    }
    if let Ok(it) = given.as_bool() {
        return Some(RegisterValue::Bool(it));
    }
    let text = given.as_immutable_string_ref().ok()?;
    Some(RegisterValue::Text(text.to_string()))
}
