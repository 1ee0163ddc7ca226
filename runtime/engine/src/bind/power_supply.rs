//! `psu.set_voltage(3.3.V)`: the verbs of a power supply.

use pogo_hal::{Dimension, Output, PowerSupply};
use pogo_sandbox::rhai::{Dynamic, Engine};

use super::{Parameter, Verb};
use crate::bridge::Bound;

type Psu = Bound<dyn PowerSupply>;

const fn verb(
    name: &'static str,
    takes: &'static [Parameter],
    gives: &'static str,
    about: &'static str,
) -> Verb {
    Verb { capability: "power supply", name, takes, gives, about }
}

const VOLTAGE: &[Parameter] = &[Parameter::Quantity(Dimension::Voltage)];
const CURRENT: &[Parameter] = &[Parameter::Quantity(Dimension::Current)];

pub(super) const VERBS: &[Verb] = &[
    verb("set_voltage", VOLTAGE, "nothing", "sets the voltage the output regulates to"),
    verb("set_current_limit", CURRENT, "nothing", "sets the current it stops regulating at"),
    verb("voltage_setpoint", &[], "a voltage", "the voltage it was last told to regulate to"),
    verb("current_limit", &[], "a current", "the current limit it was last told to keep"),
    verb("on", &[], "nothing", "connects the output"),
    verb("off", &[], "nothing", "disconnects the output"),
    verb("is_on", &[], "a boolean", "whether the output is connected, as the supply says it"),
    verb("measure_voltage", &[], "a voltage", "measures the voltage across the terminals"),
    verb("measure_current", &[], "a current", "measures the current out of the terminals"),
];

pub(super) fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<Psu>("PowerSupply")
        .register_fn("set_voltage", |psu: &mut Psu, level: Dynamic| {
            psu.set("set_voltage", &level, |supply, level| supply.set_voltage(level))
        })
        .register_fn("set_current_limit", |psu: &mut Psu, limit: Dynamic| {
            psu.set("set_current_limit", &limit, |supply, limit| supply.set_current_limit(limit))
        })
        .register_fn("voltage_setpoint", |psu: &mut Psu| {
            psu.read("voltage_setpoint", |supply| supply.voltage_setpoint())
        })
        .register_fn("current_limit", |psu: &mut Psu| {
            psu.read("current_limit", |supply| supply.current_limit())
        })
        .register_fn("on", |psu: &mut Psu| psu.call("on", |supply| supply.on()))
        .register_fn("off", |psu: &mut Psu| psu.call("off", |supply| supply.off()))
        .register_fn("is_on", |psu: &mut Psu| {
            psu.ask("is_on", |supply| supply.output()).map(|output| output == Output::On)
        })
        .register_fn("measure_voltage", |psu: &mut Psu| {
            psu.read("measure_voltage", |supply| supply.measure_voltage())
        })
        .register_fn("measure_current", |psu: &mut Psu| {
            psu.read("measure_current", |supply| supply.measure_current())
        });
}
