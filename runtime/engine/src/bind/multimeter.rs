//! `dmm.dc_voltage()`: the verbs of a multimeter.

use pogo_hal::{Dimension, ErrorKind, Multimeter, Range};
use pogo_sandbox::reference::{Argument, Entry, Failure, Kind, argument};
use pogo_sandbox::rhai::Dynamic;

use super::{Capability, Verb};
use crate::bridge::Bound;

type Dmm = Bound<dyn Multimeter>;

/// What scripts can do with a multimeter.
pub(super) const CAPABILITY: Capability = Capability {
    name: "multimeter",
    type_name: "Multimeter",
    role: "dmm",
    about: "A reading beyond the range is no number and never passes. Range and integration time \
            are kept per function until they are set again.",
    verbs: VERBS,
    name_type: |engine, name| {
        engine.register_type_with_name::<Dmm>(name);
    },
};

const FUNCTION: Argument = argument(
    "function",
    Kind::MeterFunction,
    "\"dc_voltage\", \"dc_current\", \"resistance\", \"four_wire_resistance\" or \"temperature\"",
);
const RANGE: &[Argument] = &[
    FUNCTION,
    argument("range", Kind::AnyQuantity, "the largest magnitude to be read, of that function"),
];
const CYCLES: &[Argument] =
    &[FUNCTION, argument("cycles", Kind::Number, "of the power line, as far as the meter can")];
const NO_SUCH: Failure = Failure::bench(ErrorKind::Unsupported, "the function has no such setting");
const BEYOND: &[Failure] =
    &[Failure::bench(ErrorKind::Refused, "beyond what the meter can do"), NO_SUCH];

const VERBS: &[Verb] = &[
    Verb {
        entry: Entry::new("dc_voltage", "measures a DC voltage")
            .gives(Kind::Quantity(Dimension::Voltage))
            .example("measure(\"rail_1v8\", dmm.dc_voltage(), 1.764.V..=1.836.V);"),
        bind: |engine, name| {
            engine.register_fn(name, move |dmm: &mut Dmm| dmm.read(name, |it| it.dc_voltage()));
        },
    },
    Verb {
        entry: Entry::new("dc_current", "measures a DC current")
            .gives(Kind::Quantity(Dimension::Current))
            .example("measure(\"sleep_current\", dmm.dc_current(), at_most(5.uA));"),
        bind: |engine, name| {
            engine.register_fn(name, move |dmm: &mut Dmm| dmm.read(name, |it| it.dc_current()));
        },
    },
    Verb {
        entry: Entry::new("resistance", "measures a resistance over two wires")
            .gives(Kind::Quantity(Dimension::Resistance))
            .example("measure(\"pull_up\", dmm.resistance(), within(10.kohm, 5.percent));"),
        bind: |engine, name| {
            engine.register_fn(name, move |dmm: &mut Dmm| dmm.read(name, |it| it.resistance()));
        },
    },
    Verb {
        entry: Entry::new(
            "four_wire_resistance",
            "measures a resistance over four wires: without that of the leads",
        )
        .gives(Kind::Quantity(Dimension::Resistance))
        .example("measure(\"shunt\", dmm.four_wire_resistance(), 98.mohm..=102.mohm);"),
        bind: |engine, name| {
            engine.register_fn(name, move |dmm: &mut Dmm| {
                dmm.read(name, |it| it.four_wire_resistance())
            });
        },
    },
    Verb {
        entry: Entry::new("temperature", "measures a temperature, of whatever probe is attached")
            .gives(Kind::Quantity(Dimension::Temperature))
            .example("measure(\"board\", dmm.temperature(), 15.degC..=35.degC);"),
        bind: |engine, name| {
            engine.register_fn(name, move |dmm: &mut Dmm| dmm.read(name, |it| it.temperature()));
        },
    },
    Verb {
        entry: Entry::new("set_range", "sets the range of one function")
            .takes(RANGE)
            .fails(BEYOND)
            .example("dmm.set_range(\"dc_voltage\", 10.V);"),
        bind: |engine, name| {
            engine.register_fn(name, move |dmm: &mut Dmm, function: Dynamic, range: Dynamic| {
                let function = dmm.function(name, &function)?;
                let range = dmm.quantity(name, &range, function.dimension())?;
                dmm.ask(name, |it| it.set_range(function, Range::UpTo(range)))
            });
        },
    },
    Verb {
        entry: Entry::new("set_auto_range", "lets the meter find the range of one function")
            .takes(&[FUNCTION])
            .fails(&[NO_SUCH])
            .example("dmm.set_auto_range(\"dc_voltage\");"),
        bind: |engine, name| {
            engine.register_fn(name, move |dmm: &mut Dmm, function: Dynamic| {
                let function = dmm.function(name, &function)?;
                dmm.ask(name, |it| it.set_range(function, Range::Auto))
            });
        },
    },
    Verb {
        entry: Entry::new("set_nplc", "sets the integration time of one function")
            .takes(CYCLES)
            .fails(BEYOND)
            .example("dmm.set_nplc(\"dc_voltage\", 10);"),
        bind: |engine, name| {
            engine.register_fn(name, move |dmm: &mut Dmm, function: Dynamic, cycles: Dynamic| {
                let function = dmm.function(name, &function)?;
                let cycles = dmm.number(name, &cycles)?;
                dmm.ask(name, |it| it.set_nplc(function, cycles))
            });
        },
    },
];
