//! What can be asked of a quantity.

use pogo_hal::{Dimension, Quantity, Unit};
use rhai::{FuncRegistration, Module};

use super::properties::unit_hint;
use super::{Result, refused};
use crate::reference::{Argument, Entry, Failure, Kind, argument};
use crate::script_error;

const UNIT: &[Argument] = &[argument("unit", Kind::Unit, "such as \"mV\"")];
const OTHER: &[Argument] = &[argument("other", Kind::AnyQuantity, "of the same dimension")];
const NO_UNIT: &[Failure] =
    &[Failure::script("there is no such unit, or it measures another thing")];
const MIXED: &[Failure] = &[Failure::script("the two are not of one dimension")];

/// What quantities can be asked.
pub const METHODS: &[Entry] = &[
    Entry::new("number_in", "its number in that unit: 1800 for `1.8.V` in \"mV\"")
        .takes(UNIT)
        .gives(Kind::Number)
        .fails(NO_UNIT)
        .example("let millivolts = 1.8.V.number_in(\"mV\");"),
    Entry::new("shown_in", "the same quantity, shown in that unit from now on")
        .takes(UNIT)
        .gives(Kind::AnyQuantity)
        .fails(NO_UNIT)
        .example("record(\"drift\", 0.002.V.shown_in(\"uV\"));"),
    Entry::new("abs", "its magnitude")
        .gives(Kind::AnyQuantity)
        .fails(&[Failure::script("it is a point on a scale, such as a temperature")])
        .example("let offset = (2.99.V - 3.V).abs();"),
    Entry::new("to_float", "the number that a quantity without dimension is")
        .gives(Kind::Number)
        .fails(&[Failure::script("it has a unit: `number_in` says in which")])
        .example("let gain = (200.mV / 100.mV).to_float();"),
    Entry::property(
        "is_nan",
        Kind::Bool,
        "whether it is no number, as a meter says of an overload",
    )
    .example("if dmm.dc_voltage().is_nan { note(\"overload\"); }"),
    Entry::property("unit", Kind::Text, "the name of the unit that it is shown in")
        .example("let name = 3.3.V.unit;"),
    Entry::new("min", "the smaller of the two; one that is no number wins")
        .takes(OTHER)
        .gives(Kind::AnyQuantity)
        .fails(MIXED)
        .example("let lower = 3.V.min(3.3.V);"),
    Entry::new("max", "the larger of the two; one that is no number wins")
        .takes(OTHER)
        .gives(Kind::AnyQuantity)
        .fails(MIXED)
        .example("let upper = 3.V.max(3.3.V);"),
];

pub(super) fn register(module: &mut Module) {
    let call = |name: &str| FuncRegistration::new(name).in_global_namespace().with_purity(true);
    for name in ["to_string", "to_debug", "print", "debug"] {
        call(name).set_into_module(module, |it: &mut Quantity| it.to_string());
    }
    call("number_in").set_into_module(module, |it: &mut Quantity, unit: &str| {
        it.in_unit(named(unit)?).map_err(refused)
    });
    call("shown_in").set_into_module(module, |it: &mut Quantity, unit: &str| -> Result<Quantity> {
        let unit = named(unit)?;
        it.in_unit(unit).map_err(refused)?;
        Ok(it.clone().shown_in(unit))
    });
    call("abs").set_into_module(module, |it: &mut Quantity| it.magnitude().map_err(refused));
    call("to_float").set_into_module(module, to_float);
    call("is_nan").set_into_module(module, |it: &mut Quantity| it.value().is_nan());
    let get = |name: &str| FuncRegistration::new_getter(name).with_purity(true);
    get("is_nan").set_into_module(module, |it: &mut Quantity| it.value().is_nan());
    get("unit").set_into_module(module, unit);
    call("unit").set_into_module(module, unit);
    call("min").set_into_module(module, |a: &mut Quantity, b: Quantity| pick(a, b, |a, b| a <= b));
    call("max").set_into_module(module, |a: &mut Quantity, b: Quantity| pick(a, b, |a, b| a >= b));
}

/// NaN wins: a reading that is none must not vanish behind one that is.
fn pick(left: &Quantity, right: Quantity, first: fn(f64, f64) -> bool) -> Result<Quantity> {
    left.compare(&right).map_err(refused)?;
    let (a, b) = (left.value(), right.value());
    Ok(if a.is_nan() || (!b.is_nan() && first(a, b)) { left.clone() } else { right })
}

fn named(name: &str) -> Result<&'static Unit> {
    Unit::named(name)
        .ok_or_else(|| script_error(format!("`{name}` is not a unit"), unit_hint("5", name)))
}

fn unit(it: &mut Quantity) -> &'static str {
    it.display_unit().map_or("", |unit| unit.name)
}

fn to_float(it: &mut Quantity) -> Result<f64> {
    if it.dimension() != Dimension::Number {
        let unit = unit(it);
        let hint = format!("say in which unit: `number_in(\"{unit}\")`");
        return Err(script_error(format!("{it} is not a plain number"), hint));
    }
    Ok(it.value())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rhai::Engine;

    use super::*;

    #[test]
    fn the_table_of_methods_is_what_is_registered() {
        let (mut module, mut engine) = (Module::new(), Engine::new_raw());
        register(&mut module);
        engine.register_global_module(module.into());
        let shown = ["to_string", "to_debug", "print", "debug"];
        let functions = crate::survey::functions(&engine, |name| !shown.contains(&name));
        let registered: BTreeSet<_> =
            functions.keys().map(|name| name.trim_start_matches("get$")).collect();
        assert_eq!(registered, METHODS.iter().map(|it| it.name).collect());
    }
}
