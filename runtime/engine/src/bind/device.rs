//! `device.firmware("application", "1.4.2")`: what a script says of the unit under test.

use std::sync::Arc;

use pogo_hal::{Diagnostic, nearest};
use pogo_record::{Component, Firmware, Source};
use pogo_sandbox::reference::{Argument, Entry, Failure, Kind, argument};
use pogo_sandbox::rhai::{Dynamic, NativeCallContext};
use pogo_sandbox::{Call, script_error};

use super::{Capability, Verb};
use crate::bridge::Outcome;
use crate::given::Given;
use crate::language::is_name;
use crate::site::Site;

/// What scripts call the unit under test.
pub(crate) const NAME: &str = "device";
/// What it is, as the checker calls it.
pub(crate) const CAPABILITY: &str = "unit under test";

/// The most bytes that a version, or anything said of a component, may have.
const LONGEST: usize = 200;

/// What scripts can say and ask of the unit under test.
pub(super) const UNIT: Capability = Capability {
    name: CAPABILITY,
    type_name: "Device",
    role: NAME,
    about: "No instrument: what a script says of the unit itself goes into the record, so that it \
            can be found by its parts and its firmware later.",
    verbs: VERBS,
    name_type: |engine, name| {
        engine.register_type_with_name::<Device>(name);
    },
};

const WHICH: &str = "lower-case letters, digits and `_`";
const FIRMWARE: &[Argument] = &[
    argument("name", Kind::Name, "which of its processors"),
    argument("version", Kind::Text, "as the processor says it"),
    argument("sha256", Kind::Text, "of the image, in 64 hexadecimal digits").optional(),
];
const KEYS: &[Argument] = &[
    argument("part", Kind::Text, "its part number").optional(),
    argument("revision", Kind::Text, "of the part").optional(),
    argument("lot", Kind::Text, "that it came from").optional(),
    argument("serial", Kind::Text, "its own serial number").optional(),
    argument("designator", Kind::Text, "its place on the board").optional(),
    argument(
        "source",
        Kind::Text,
        "how it is known: \"script\", \"scanned\", \"read\" or \"inherited\"",
    )
    .optional(),
];
const COMPONENT: &[Argument] =
    &[argument("name", Kind::Name, WHICH), argument("what", Kind::Options(KEYS), "what is known")];

const VERBS: &[Verb] = &[
    Verb {
        entry: Entry::new("serial", "the unit's serial number, as the run was started for it")
            .gives(Kind::Text)
            .example("note(\"unit \" + device.serial());"),
        bind: |engine, name| {
            engine.register_fn(name, |device: &mut Device| device.serial.clone());
        },
    },
    Verb {
        entry: Entry::new("lot", "the unit's lot; empty if none was given")
            .gives(Kind::Text)
            .example("check(\"lot\", device.lot(), matches(\"L[0-9]+\"));"),
        bind: |engine, name| {
            engine.register_fn(name, |device: &mut Device| device.lot.clone());
        },
    },
    Verb {
        entry: Entry::new(
            "variant",
            "the variant of the product that the run is for; empty if none",
        )
        .gives(Kind::Text)
        .example("if device.variant() == \"EU\" { note(\"230 V\"); }"),
        bind: |engine, name| {
            engine.register_fn(name, |device: &mut Device| device.variant.clone());
        },
    },
    Verb {
        entry: Entry::new("firmware", "records what one of the unit's processors runs")
            .takes(FIRMWARE)
            .fails(&[Failure::script("an empty version, or a hash that is none")])
            .example("device.firmware(\"application\", \"1.4.2\");"),
        bind: |engine, name| {
            engine.register_fn(
                name,
                |context: NativeCallContext, it: &mut Device, name: Dynamic, version: Dynamic| {
                    it.firmware(&context, &[name, version])
                },
            );
            engine.register_fn(
                name,
                |context: NativeCallContext,
                 it: &mut Device,
                 name: Dynamic,
                 version: Dynamic,
                 sha256: Dynamic| it.firmware(&context, &[name, version, sha256]),
            );
        },
    },
    Verb {
        entry: Entry::new("component", "records a part that is built in")
            .takes(COMPONENT)
            .fails(&[Failure::script("nothing among it that the part could be traced by")])
            .example("device.component(\"sensor\", #{ part: \"TS-9\", serial: \"A7\" });"),
        bind: |engine, name| {
            engine.register_fn(
                name,
                |context: NativeCallContext, it: &mut Device, name: Dynamic, what: Dynamic| {
                    it.component(&context, &[name, what])
                },
            );
        },
    },
];

/// The unit under test as a script holds it.
#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) site: Arc<Site>,
    pub(crate) serial: String,
    pub(crate) lot: String,
    pub(crate) variant: String,
}

/// What is wrong with the arguments of `call`, as far as its text shows.
pub(crate) fn mistake(call: &Call) -> Option<Diagnostic> {
    let given: Vec<Given> = call.arguments.iter().map(Given::from).collect();
    match call.name.as_str() {
        "firmware" => firmware(&given).err(),
        "component" => component(&given).err(),
        _ => None,
    }
}

impl Device {
    fn firmware(&self, context: &NativeCallContext, arguments: &[Dynamic]) -> Outcome<()> {
        self.site.keep_secret(context, "device.firmware", arguments)?;
        let given: Vec<Given> = arguments.iter().map(Given::from).collect();
        let firmware = firmware(&given).map_err(|it| script_error(it.message, it.hint))?;
        self.site.ledger().firmware(firmware, self.site.now_ns());
        Ok(())
    }

    fn component(&self, context: &NativeCallContext, arguments: &[Dynamic]) -> Outcome<()> {
        self.site.keep_secret(context, "device.component", arguments)?;
        let given: Vec<Given> = arguments.iter().map(Given::from).collect();
        let component = component(&given).map_err(|it| script_error(it.message, it.hint))?;
        self.site.ledger().component(component, self.site.now_ns());
        Ok(())
    }
}

fn wrong(verb: &str, what: &str) -> Diagnostic {
    Diagnostic::new(format!("{NAME}.{verb}: {what}"))
}

/// A text of reasonable length; empty if nobody knows it before the script runs.
fn text(verb: &str, what: &str, given: &Given) -> Result<String, Diagnostic> {
    match given {
        Given::Unknown => Ok(String::new()),
        Given::Text(text) if text.trim().is_empty() => {
            Err(wrong(verb, &format!("the {what} is empty"))
                .with_hint("what nobody knows is left out, and recorded as NOT RECORDED"))
        }
        Given::Text(text) if text.len() > LONGEST => {
            let (length, longest) = (text.len(), LONGEST);
            Err(wrong(verb, &format!("the {what} has {length} bytes; at most {longest} fit")))
        }
        Given::Text(text) => Ok(text.clone()),
        other => Err(wrong(verb, &format!("the {what} is {}; expected a text", other.what()))),
    }
}

fn name(verb: &str, given: Option<&Given>) -> Result<String, Diagnostic> {
    let Some(given) = given else { return Ok(String::new()) };
    let name = text(verb, "name", given)?;
    if matches!(given, Given::Text(_)) && !is_name(&name) {
        return Err(wrong(verb, &format!("`{name}` cannot be a name"))
            .with_hint("write names as `main_board`: lower-case letters, digits and `_`"));
    }
    Ok(name)
}

fn firmware(given: &[Given]) -> Result<Firmware, Diagnostic> {
    let name = name("firmware", given.first())?;
    let version = given.get(1).map_or(Ok(String::new()), |it| text("firmware", "version", it))?;
    let sha256 = given.get(2).map(hash).transpose()?;
    Ok(Firmware { step: None, name, version, sha256 })
}

fn hash(given: &Given) -> Result<String, Diagnostic> {
    let hash = text("firmware", "SHA-256", given)?;
    let is_hex = hash.len() == 64 && hash.bytes().all(|it| it.is_ascii_hexdigit());
    match given {
        Given::Text(_) if !is_hex => Err(wrong("firmware", &format!("`{hash}` is no SHA-256"))
            .with_hint("write the image's hash as 64 hexadecimal digits")),
        _ => Ok(hash.to_lowercase()),
    }
}

fn component(given: &[Given]) -> Result<Component, Diagnostic> {
    let name = name("component", given.first())?;
    let mut component = Component { name, ..Component::default() };
    let entries = match given.get(1) {
        Some(Given::Map(entries)) => entries,
        None | Some(Given::Unknown) => return Ok(component),
        Some(other) => {
            return Err(wrong("component", &format!("{} is no map", other.what()))
                .with_hint("write `device.component(\"sensor\", #{ serial: \"A7\" })`"));
        }
    };
    for (key, value) in entries {
        let place = match key.as_str() {
            "part" => &mut component.part,
            "revision" => &mut component.revision,
            "lot" => &mut component.lot,
            "serial" => &mut component.serial,
            "designator" => &mut component.designator,
            "source" => {
                component.source = source(value)?;
                continue;
            }
            _ => return Err(unknown(key)),
        };
        *place = Some(text("component", key, value)?);
    }
    let Component { part, revision, lot, serial, .. } = &component;
    if [part, revision, lot, serial].iter().all(|it| it.is_none()) {
        return Err(wrong("component", "it says nothing that the part could be traced by")
            .with_hint("give at least one of `part`, `revision`, `lot` and `serial`"));
    }
    Ok(component)
}

fn source(given: &Given) -> Result<Source, Diagnostic> {
    let name = text("component", "source", given)?;
    if matches!(given, Given::Unknown) {
        return Ok(Source::default());
    }
    Source::ALL.into_iter().find(|it| it.name() == name).ok_or_else(|| {
        let known = Source::ALL.map(Source::name);
        let hint = match nearest(&name, known) {
            Some(it) => format!("did you mean `\"{it}\"`?"),
            None => format!("known: {}", known.join(", ")),
        };
        wrong("component", &format!("`{name}` is no source")).with_hint(hint)
    })
}

fn unknown(key: &str) -> Diagnostic {
    wrong("component", &format!("there is no `{key}` of a component")).with_hint(
        match nearest(key, KEYS.iter().map(|it| it.name)) {
            Some(it) => format!("did you mean `{it}`?"),
            None => {
                let keys: Vec<_> = KEYS.iter().map(|it| it.name).collect();
                format!("it may say: {}", keys.join(", "))
            }
        },
    )
}
