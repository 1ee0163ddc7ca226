//! `dmm.dc_voltage()`: the verbs of a multimeter.

use pogo_hal::{Multimeter, Range};
use pogo_sandbox::rhai::{Dynamic, Engine};

use super::{Parameter, Verb};
use crate::bridge::Bound;

type Dmm = Bound<dyn Multimeter>;

const fn verb(
    name: &'static str,
    takes: &'static [Parameter],
    gives: &'static str,
    about: &'static str,
) -> Verb {
    Verb { capability: "multimeter", name, takes, gives, about }
}

const RANGE: &[Parameter] = &[Parameter::Function, Parameter::AnyQuantity];
const CYCLES: &[Parameter] = &[Parameter::Function, Parameter::Number];

pub(super) const VERBS: &[Verb] = &[
    verb("dc_voltage", &[], "a voltage", "measures a DC voltage"),
    verb("dc_current", &[], "a current", "measures a DC current"),
    verb("resistance", &[], "a resistance", "measures a resistance over two wires"),
    verb("four_wire_resistance", &[], "a resistance", "measures a resistance over four wires"),
    verb("temperature", &[], "a temperature", "measures a temperature"),
    verb("set_range", RANGE, "nothing", "sets the range of one function: \"dc_voltage\", 10.V"),
    verb("set_auto_range", &[Parameter::Function], "nothing", "lets the meter find the range"),
    verb("set_nplc", CYCLES, "nothing", "sets the integration time in power line cycles"),
];

pub(super) fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<Dmm>("Multimeter")
        .register_fn("dc_voltage", |dmm: &mut Dmm| dmm.read("dc_voltage", |it| it.dc_voltage()))
        .register_fn("dc_current", |dmm: &mut Dmm| dmm.read("dc_current", |it| it.dc_current()))
        .register_fn("resistance", |dmm: &mut Dmm| dmm.read("resistance", |it| it.resistance()))
        .register_fn("four_wire_resistance", |dmm: &mut Dmm| {
            dmm.read("four_wire_resistance", |it| it.four_wire_resistance())
        })
        .register_fn("temperature", |dmm: &mut Dmm| dmm.read("temperature", |it| it.temperature()))
        .register_fn("set_range", |dmm: &mut Dmm, function: Dynamic, range: Dynamic| {
            let function = dmm.function("set_range", &function)?;
            let range = dmm.quantity("set_range", &range, function.dimension())?;
            dmm.ask("set_range", |it| it.set_range(function, Range::UpTo(range)))
        })
        .register_fn("set_auto_range", |dmm: &mut Dmm, function: Dynamic| {
            let function = dmm.function("set_auto_range", &function)?;
            dmm.ask("set_auto_range", |it| it.set_range(function, Range::Auto))
        })
        .register_fn("set_nplc", |dmm: &mut Dmm, function: Dynamic, cycles: Dynamic| {
            let function = dmm.function("set_nplc", &function)?;
            let cycles = dmm.number("set_nplc", &cycles)?;
            dmm.ask("set_nplc", |it| it.set_nplc(function, cycles))
        });
}
