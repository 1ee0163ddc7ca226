//! `power_cycle(psu, 500.ms)`: off, and on again.

use pogo_hal::{Dimension, ErrorKind, PowerSupply};
use pogo_sandbox::reference::{Argument, Entry, Failure, Kind, argument};
use pogo_sandbox::rhai::Dynamic;
use pogo_sandbox::script_error;

use super::Word;
use super::waiting::{duration, let_pass};
use crate::bridge::{Bound, Outcome};
use crate::site::Site;

const TAKES: &[Argument] = &[
    argument("supply", Kind::Supply, "the role"),
    argument("off_time", Kind::Quantity(Dimension::Time), "how long it stays off"),
];

pub(super) const POWER_CYCLE: Word = Word {
    entry: Entry::new("power_cycle", "switches a supply off and, after that time, on again")
        .takes(TAKES)
        .fails(&[
            Failure::script("the role is no power supply, or the time cannot pass"),
            Failure::bench(ErrorKind::Refused, "while a protection is tripped"),
        ])
        .example("power_cycle(psu, 500.ms);"),
    bind: |engine, name, site| {
        let own = site.clone();
        engine.register_fn(name, move |supply: Dynamic, off_time: Dynamic| {
            power_cycle(&own, name, supply, &off_time)
        });
    },
};

fn power_cycle(site: &Site, verb: &str, supply: Dynamic, off_time: &Dynamic) -> Outcome<()> {
    let kind = supply.type_name();
    let Some(supply) = supply.try_cast::<Bound<dyn PowerSupply>>() else {
        let message = format!("{verb}: a {kind} is no power supply");
        return Err(script_error(message, "write `power_cycle(psu, 500.ms)`".to_owned()));
    };
    let off_time = duration(verb, off_time)?;
    supply.call("off", |it| it.off())?;
    let_pass(site, verb, off_time)?;
    supply.call("on", |it| it.on())
}
