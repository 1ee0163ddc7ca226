//! `record("serial_of_sensor", value)`: what is kept and not judged.

use pogo_hal::Quantity;
use pogo_sandbox::reference::{Argument, Entry, Failure, Kind, argument};
use pogo_sandbox::rhai::{Dynamic, NativeCallContext};

use super::{Chapter, Word, name_of};
use crate::bridge::Outcome;
use crate::limits;
use crate::site::Site;

/// What is kept and not judged.
pub(super) const KEEPING: Chapter =
    Chapter { title: "keeping", about: "What is kept changes no verdict.", words: WORDS };

const RECORD: &[Argument] = &[
    argument("name", Kind::Name, "lower-case letters, digits and `_`"),
    argument("value", Kind::Anything, "a number, quantity, boolean or text"),
];
const NOTE: &[Argument] = &[argument("text", Kind::Anything, "what there is to say")];

const WORDS: &[Word] = &[
    Word {
        entry: Entry::new("record", "keeps a value without judging it")
            .takes(RECORD)
            .fails(&[Failure::script(
                "a name that cannot be one, or a value that is none of these",
            )])
            .example("record(\"setpoint\", psu.voltage_setpoint());"),
        bind: |engine, verb, site| {
            let own = site.clone();
            engine.register_fn(
                verb,
                move |context: NativeCallContext, name: Dynamic, value: Dynamic| {
                    own.keep_secret(&context, verb, [&name, &value])?;
                    keep(&own, name, value)
                },
            );
        },
    },
    Word {
        entry: Entry::new("note", "keeps a remark")
            .takes(NOTE)
            .example("note(\"the LED flickers\");"),
        bind: |engine, verb, site| {
            let own = site.clone();
            engine.register_fn(verb, move |context: NativeCallContext, remark: Dynamic| {
                own.keep_secret(&context, verb, [&remark])?;
                own.ledger().note(&remark.to_string(), own.now_ns());
                Outcome::Ok(())
            });
        },
    },
];

fn keep(site: &Site, name: Dynamic, value: Dynamic) -> Outcome<()> {
    let name = name_of("record", name)?;
    let kept = limits::value("record", value.clone())?;
    let quantity = value.read_lock::<Quantity>();
    let origins = quantity.as_ref().map(|quantity| quantity.origins());
    site.ledger().keep(&name, kept, origins, site.now_ns());
    Ok(())
}
