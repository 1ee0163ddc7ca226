//! `chamber.temperature`, `chamber.set("setpoint", 40.degC)`: the registers of a device on Modbus.

use pogo_hal::{Dimension, ErrorKind, Modbus, Quantity, Register, RegisterValue};
use pogo_sandbox::reference::{Argument, Entry, Failure, Kind, argument};
use pogo_sandbox::register_value;
use pogo_sandbox::rhai::{Dynamic, ImmutableString};

use super::{Capability, Verb};
use crate::bridge::{Bound, Outcome};

type Device = Bound<dyn Modbus>;

/// What scripts can do with a device on Modbus.
pub(crate) const CAPABILITY: Capability = Capability {
    name: "modbus device",
    type_name: "ModbusDevice",
    role: "chamber",
    about: "Its registers are those of its model or of the fixture, by name, and each is a property \
            too: `chamber.temperature` reads what `chamber.get(\"temperature\")` reads. An amount \
            comes with its unit, a coil or a single bit as a boolean. What the map does not allow is \
            not sent.",
    verbs: VERBS,
    name_type: |engine, name| {
        engine.register_type_with_name::<Device>(name);
        // Rhai asks this where a type has no property of that name.
        engine.register_indexer_get(|device: &mut Device, name: ImmutableString| {
            device.get_register(&name, &name)
        });
    },
};

const NAME: Argument = argument("register", Kind::Text, "its name in the register map");
const VALUE: Argument = argument("value", Kind::Anything, "with its unit, within its range");
const DECLINED: Failure =
    Failure::bench(ErrorKind::Refused, "the device answers with an exception, which is named");
const SILENT: Failure = Failure::bench(
    ErrorKind::NoAnswer,
    "the device is the unit under test, and silent, and the line is sound",
);

const VERBS: &[Verb] = &[
    Verb {
        entry: Entry::new("get", "reads a register")
            .takes(&[NAME])
            .gives(Kind::Anything)
            .fails(&[DECLINED, SILENT])
            .example("record(\"chamber\", chamber.get(\"temperature\"));"),
        bind: |engine, name| {
            engine.register_fn(name, move |device: &mut Device, register: Dynamic| {
                let register = device.name_of(name, &register)?;
                device.get_register(name, &register)
            });
        },
    },
    Verb {
        entry: Entry::new("set", "writes a register")
            .takes(&[NAME, VALUE])
            .fails(&[
                Failure::bench(ErrorKind::OutOfRange, "beyond its range; nothing is sent"),
                DECLINED,
                SILENT,
            ])
            .example("chamber.set(\"setpoint\", 40.degC);"),
        bind: |engine, name| {
            engine.register_fn(
                name,
                move |device: &mut Device, register: Dynamic, value: Dynamic| {
                    let register = device.name_of(name, &register)?;
                    device.set_register(name, &register, &value)
                },
            );
        },
    },
];

impl Device {
    fn name_of(&self, verb: &str, given: &Dynamic) -> Outcome<ImmutableString> {
        given.clone().into_immutable_string().map_err(|what| {
            self.mistake(verb, &format!("a {what} is not the name of a register"), None)
        })
    }

    fn register(&self, verb: &str, name: &str) -> Outcome<Register> {
        let map = self.instrument().map();
        map.get(name).cloned().ok_or_else(|| {
            let message = format!("there is no register `{name}`");
            self.mistake(verb, &message, Some(map.suggest(name)))
        })
    }

    /// What the register called `name` holds. `verb` is what the script has written.
    fn get_register(&self, verb: &str, name: &str) -> Outcome<Dynamic> {
        let register = self.register(verb, name)?;
        register.may_be_read().map_err(|it| self.mistake(verb, &it.message, it.hint))?;
        let (value, origin) =
            self.observe(verb, |it| Box::pin(async move { it.get(&register).await }))?;
        Ok(match value {
            RegisterValue::Quantity(it) => Dynamic::from(it.from_origin(origin)),
            RegisterValue::Integer(it) => Dynamic::from(it),
            RegisterValue::Bool(it) => Dynamic::from(it),
            RegisterValue::Text(it) => Dynamic::from(it),
        })
    }

    fn set_register(&self, verb: &str, name: &str, given: &Dynamic) -> Outcome<()> {
        let register = self.register(verb, name)?;
        register.may_be_written().map_err(|it| self.mistake(verb, &it.message, it.hint))?;
        let value = register_value(given).ok_or_else(|| {
            let message = format!("no register holds a {}", given.type_name());
            self.mistake(verb, &message, None)
        })?;
        // A wrong kind of value is the script's mistake; one beyond the range the driver refuses.
        if let Err(it) = register.contents(&value)
            && !is_of(&register, &value)
        {
            return Err(self.mistake(verb, &it.message, it.hint));
        }
        let amount = match &value {
            RegisterValue::Quantity(it) => Some(it.clone()),
            RegisterValue::Integer(it) => Some(Quantity::number(*it as f64)),
            RegisterValue::Bool(_) | RegisterValue::Text(_) => None,
        };
        let shown = match amount {
            Some(_) => format!("{verb} {name}"),
            None => format!("{verb} {name} {value}"),
        };
        self.change(&shown, amount.as_ref(), |it| {
            Box::pin(async move { it.set(&register, &value).await })
        })
    }
}

/// Whether `value` is of what `register` is an amount of.
fn is_of(register: &Register, value: &RegisterValue) -> bool {
    match (register.dimension(), value) {
        (Some(wanted), RegisterValue::Quantity(it)) => it.dimension() == wanted,
        (Some(wanted), RegisterValue::Integer(_)) => wanted == Dimension::Number,
        _ => false,
    }
}
