//! `psu.set_voltage(3.3.V)`: the verbs of a power supply.

use pogo_hal::{Dimension, ErrorKind, Output, PowerSupply};
use pogo_sandbox::reference::{Argument, Entry, Failure, Kind, argument};
use pogo_sandbox::rhai::Dynamic;

use super::{Capability, Verb};
use crate::bridge::Bound;

type Psu = Bound<dyn PowerSupply>;

/// What scripts can do with a power supply.
pub(super) const CAPABILITY: Capability = Capability {
    name: "power supply",
    type_name: "PowerSupply",
    role: "psu",
    about: "One output channel. What was set and what the terminals carry differ whenever the \
            supply limits current: `set_…` writes a setpoint, `measure_…` reads the terminals. At \
            the end of a run every output is switched off, whatever the script did.",
    verbs: VERBS,
    name_type: |engine, name| {
        engine.register_type_with_name::<Psu>(name);
    },
};

const UP_TO: &str = "up to the fixture's limit and the channel's rating";
const VOLTAGE: Kind = Kind::Quantity(Dimension::Voltage);
const CURRENT: Kind = Kind::Quantity(Dimension::Current);
const LEVEL: &[Argument] = &[argument("level", VOLTAGE, UP_TO)];
const LIMIT: &[Argument] = &[argument("limit", CURRENT, UP_TO)];
const BEYOND: &[Failure] = &[
    Failure::bench(ErrorKind::OutOfRange, "beyond the fixture's limit; nothing is sent"),
    Failure::bench(ErrorKind::Refused, "beyond the rating; the earlier setpoint still holds"),
];

const VERBS: &[Verb] = &[
    Verb {
        entry: Entry::new("set_voltage", "sets the voltage the output regulates to")
            .takes(LEVEL)
            .fails(BEYOND)
            .example("psu.set_voltage(3.3.V);"),
        bind: |engine, name| {
            engine.register_fn(name, move |psu: &mut Psu, level: Dynamic| {
                psu.set(name, &level, |supply, level| supply.set_voltage(level))
            });
        },
    },
    Verb {
        entry: Entry::new("set_current_limit", "sets the current it stops regulating at")
            .takes(LIMIT)
            .fails(BEYOND)
            .example("psu.set_current_limit(60.mA);"),
        bind: |engine, name| {
            engine.register_fn(name, move |psu: &mut Psu, limit: Dynamic| {
                psu.set(name, &limit, |supply, limit| supply.set_current_limit(limit))
            });
        },
    },
    Verb {
        entry: Entry::new("voltage_setpoint", "the voltage it was last told to regulate to")
            .gives(VOLTAGE)
            .example("record(\"setpoint\", psu.voltage_setpoint());"),
        bind: |engine, name| {
            engine.register_fn(name, move |psu: &mut Psu| {
                psu.read(name, |supply| supply.voltage_setpoint())
            });
        },
    },
    Verb {
        entry: Entry::new("current_limit", "the current limit it was last told to keep")
            .gives(CURRENT)
            .example("record(\"limit\", psu.current_limit());"),
        bind: |engine, name| {
            engine.register_fn(name, move |psu: &mut Psu| {
                psu.read(name, |supply| supply.current_limit())
            });
        },
    },
    Verb {
        entry: Entry::new("on", "connects the output")
            .fails(&[Failure::bench(ErrorKind::Refused, "while a protection is tripped")])
            .example("psu.on();\ncleanup(|| psu.off());"),
        bind: |engine, name| {
            engine.register_fn(name, move |psu: &mut Psu| psu.call(name, |supply| supply.on()));
        },
    },
    Verb {
        entry: Entry::new("off", "disconnects the output; the setpoints stay")
            .example("psu.off();"),
        bind: |engine, name| {
            engine.register_fn(name, move |psu: &mut Psu| psu.call(name, |supply| supply.off()));
        },
    },
    Verb {
        entry: Entry::new("is_on", "whether the output is connected, as the supply says it")
            .gives(Kind::Bool)
            .example("check(\"output_is_on\", psu.is_on());"),
        bind: |engine, name| {
            engine.register_fn(name, move |psu: &mut Psu| {
                psu.ask(name, |supply| supply.output()).map(|output| output == Output::On)
            });
        },
    },
    Verb {
        entry: Entry::new("measure_voltage", "measures the voltage across the terminals")
            .gives(VOLTAGE)
            .example("measure(\"battery\", psu.measure_voltage(), within(3.V, 1.percent));"),
        bind: |engine, name| {
            engine.register_fn(name, move |psu: &mut Psu| {
                psu.read(name, |supply| supply.measure_voltage())
            });
        },
    },
    Verb {
        entry: Entry::new("measure_current", "measures the current out of the terminals")
            .gives(CURRENT)
            .example("measure(\"idle_current\", psu.measure_current(), 1.mA..=8.mA);"),
        bind: |engine, name| {
            engine.register_fn(name, move |psu: &mut Psu| {
                psu.read(name, |supply| supply.measure_current())
            });
        },
    },
];
