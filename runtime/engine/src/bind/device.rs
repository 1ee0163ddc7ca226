//! `device.firmware("application", "1.4.2")`: what a script says of the unit under test.

use std::sync::Arc;

use pogo_hal::{Diagnostic, nearest};
use pogo_record::{Component, Firmware, Source};
use pogo_sandbox::Call;
use pogo_sandbox::rhai::{Dynamic, Engine, NativeCallContext};
use pogo_sandbox::script_error;

use super::{Parameter, Verb};
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

const KEYS: [&str; 6] = ["part", "revision", "lot", "serial", "designator", "source"];

const fn verb(
    name: &'static str,
    takes: &'static [Parameter],
    gives: &'static str,
    about: &'static str,
) -> Verb {
    Verb { capability: CAPABILITY, name, takes, gives, about }
}

const TEXT: Parameter = Parameter::Text;
const FIRMWARE: &str = "records what one of the unit's processors runs";

pub(super) const VERBS: &[Verb] = &[
    verb("serial", &[], "a text", "the unit's serial number, as the run was started for it"),
    verb("lot", &[], "a text", "the unit's lot; empty if none was given"),
    verb("firmware", &[TEXT, TEXT], "nothing", FIRMWARE),
    verb("firmware", &[TEXT, TEXT, TEXT], "nothing", FIRMWARE),
    verb("component", &[TEXT, Parameter::Map], "nothing", "records a part that is built in"),
];

/// The unit under test as a script holds it.
#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) site: Arc<Site>,
    pub(crate) serial: String,
    pub(crate) lot: String,
}

pub(super) fn register(engine: &mut Engine) {
    engine
        .register_type_with_name::<Device>("Device")
        .register_fn("serial", |device: &mut Device| device.serial.clone())
        .register_fn("lot", |device: &mut Device| device.lot.clone())
        .register_fn(
            "firmware",
            |context: NativeCallContext, device: &mut Device, name: Dynamic, version: Dynamic| {
                device.firmware(&context, &[name, version])
            },
        )
        .register_fn(
            "firmware",
            |context: NativeCallContext,
             device: &mut Device,
             name: Dynamic,
             version: Dynamic,
             sha256: Dynamic| device.firmware(&context, &[name, version, sha256]),
        )
        .register_fn(
            "component",
            |context: NativeCallContext, device: &mut Device, name: Dynamic, what: Dynamic| {
                device.component(&context, &[name, what])
            },
        );
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
        match nearest(key, KEYS) {
            Some(it) => format!("did you mean `{it}`?"),
            None => format!("it may say: {}", KEYS.join(", ")),
        },
    )
}
