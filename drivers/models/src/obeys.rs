//! What a simulated instrument understands: the half of a model that its driver never sees.

use std::collections::BTreeMap;

use pogo_hal::toml_file::Section;
use pogo_hal::{Diagnostic, Function, Hertz, Identity};
use serde::Deserialize;
use toml::Spanned;

use crate::{
    Act, Argument, Channel, Common, Header, Observable, Picture, Property, Setting, StatusBits,
};
use crate::{command, common, header, setting, status, table};

/// Everything that a simulated instrument needs to know of its model. Besides
/// [`Obeys::commands`] it knows the common commands, `SYSTem:ERRor[:NEXT]?`, `SYSTem:VERSion?`
/// and the `STATus` subsystem.
#[derive(Clone, Debug)]
pub struct Obeys {
    /// What it understands, in the order of the file.
    pub commands: Vec<Command>,
    /// Who it says it is; the serial number begins with `SIM`.
    pub identity: Identity,
    /// What it answers to `SYSTem:VERSion?`.
    pub version: String,
    /// How it writes numbers.
    pub numbers: Picture,
    /// How it writes whole numbers.
    pub integers: Picture,
    /// How it writes `false` and `true`.
    pub booleans: [String; 2],
    /// Its error queue.
    pub errors: Errors,
    /// Its common commands.
    pub common: Common,
    /// What stands in its status registers.
    pub status: StatusBits,
    /// The mains: a reading takes its power line cycles over this.
    pub line_frequency: Option<Hertz>,
    /// When it says that it was calibrated, as its maker writes it; empty if nobody can ask.
    pub calibration: String,
    /// Up to how many times its range a meter can read.
    pub overrange: f64,
    /// What a meter answers beyond that.
    pub overload: String,
    /// How a channel's name may be written, for each channel; the first is how it is answered.
    pub channels: BTreeMap<u8, Vec<String>>,
    /// The settings that commands name, but for [`Property::Function`].
    pub settings: BTreeMap<Property, Setting>,
    /// A meter's functions.
    pub functions: BTreeMap<Function, FunctionName>,
}

impl Obeys {
    /// Understands nothing: whoever speaks no SCPI.
    pub(crate) fn nothing() -> Self {
        let word = || String::new();
        let number = Picture { plus: false, decimals: 0, exponent: false };
        Self {
            commands: Vec::new(),
            identity: Identity {
                manufacturer: word(),
                model: word(),
                serial: word(),
                firmware: word(),
            },
            version: word(),
            numbers: number,
            integers: number,
            booleans: [word(), word()],
            errors: Errors { depth: 0, empty: word(), form: word() },
            common: Common::default(),
            status: StatusBits::default(),
            line_frequency: None,
            calibration: word(),
            overrange: 1.0,
            overload: word(),
            channels: BTreeMap::new(),
            settings: BTreeMap::new(),
            functions: BTreeMap::new(),
        }
    }
}

/// One header and what it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// How it is written.
    pub header: Header,
    /// What happens.
    pub act: Act,
    /// Its arguments in order; an optional one that does not fit is taken as left out.
    pub takes: Vec<Argument>,
    /// How this one answers, where it differs from the others.
    pub answers: Option<Answers>,
    /// Where the manual says so.
    pub page: String,
}

/// How one query answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Answers {
    /// A number in this form.
    Number(Picture),
    /// A boolean in these words, `false` first.
    Boolean([String; 2]),
}

/// An error queue.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Errors {
    /// How many entries it holds; the last becomes -350 when another arrives.
    pub depth: usize,
    /// What is answered when there are none.
    pub empty: String,
    /// How an entry is answered, with `{number}` and `{text}`.
    pub form: String,
}

/// How a meter's function is written inside a string.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunctionName {
    /// As manuals spell it: `VOLTage[:DC]`.
    pub name: String,
    /// As it is answered, without quotes: `VOLT`.
    pub answers: String,
}

const SIMULATED: [&str; 14] = [
    "identity",
    "calibration",
    "version",
    "numbers",
    "integers",
    "booleans",
    "errors",
    "common",
    "status",
    "line_frequency",
    "overrange",
    "overload",
    "channels",
    "settings",
];

/// Reads `[obeys]` and `[simulated]`.
pub fn read(
    obeys: Section,
    mut simulated: Section,
    channels: &BTreeMap<u8, Channel>,
) -> Result<Obeys, Diagnostic> {
    let meter = channels.is_empty();
    let known: Vec<&str> = SIMULATED.into_iter().chain(meter.then_some("functions")).collect();
    table::deny_unknown(&simulated, &known)?;
    let identity = identity(&mut simulated)?;
    let names = names(&mut simulated, channels)?;
    let functions = functions(&mut simulated)?;
    let settings = settings(&mut simulated, meter, channels.len())?;
    let commands = command::read(obeys, meter, &settings, &functions)?;
    let common = common::read(&mut simulated)?;
    let status = status::read(&mut simulated, meter)?;
    let section = &mut simulated;
    let overload = match section.take("overload")? {
        None if meter => return Err(table::missing(section, "overload")),
        overload => overload.unwrap_or_default(),
    };
    let calibration: Option<String> = section.take("calibration")?;
    let wanted = Act::Reads(Observable::Calibration);
    if calibration.is_none() && commands.iter().any(|it| it.act == wanted) {
        return Err(table::missing(section, "calibration"));
    }
    Ok(Obeys {
        commands,
        calibration: calibration.unwrap_or_default(),
        identity,
        version: table::must(section, "version")?,
        numbers: table::must(section, "numbers")?,
        integers: table::must(section, "integers")?,
        booleans: table::must(section, "booleans")?,
        errors: errors(section)?,
        common,
        status,
        line_frequency: section.take("line_frequency")?,
        overrange: section.take("overrange")?.unwrap_or(1.0),
        overload,
        channels: names,
        settings,
        functions,
    })
}

fn identity(section: &mut Section) -> Result<Identity, Diagnostic> {
    let written: Spanned<String> = table::must(section, "identity")?;
    let refuse =
        |message: String| Diagnostic::new(message).at(section.source().place(written.span()));
    let identity =
        Identity::parse(written.get_ref()).map_err(|error| refuse(error.message().to_owned()))?;
    if !identity.serial.starts_with("SIM") {
        return Err(refuse(format!(
            "the serial number `{}` is not a simulated one",
            identity.serial
        ))
        .with_hint("a simulated serial number begins with `SIM`"));
    }
    Ok(identity)
}

fn errors(section: &mut Section) -> Result<Errors, Diagnostic> {
    let place = section.place_of("errors");
    let errors: Errors = table::must(section, "errors")?;
    let complete = errors.form.contains("{number}") && errors.form.contains("{text}");
    if complete && (1..=10_000).contains(&errors.depth) {
        return Ok(errors);
    }
    Err(Diagnostic::new("`simulated.errors` has no depth, or no form of an entry")
        .at(place)
        .with_hint(
            "write `{ depth = 20, empty = '0,\"No error\"', form = '{number},\"{text}\"' }`",
        ))
}

fn names(
    section: &mut Section,
    channels: &BTreeMap<u8, Channel>,
) -> Result<BTreeMap<u8, Vec<String>>, Diagnostic> {
    let mut names: BTreeMap<_, _> =
        channels.keys().map(|channel| (*channel, vec![format!("CH{channel}")])).collect();
    let Some(mut section) = section.take_section("channels")? else { return Ok(names) };
    for (channel, names) in &mut names {
        let key = channel.to_string();
        let place = section.place_of(&key);
        match section.take::<Vec<String>>(&key)? {
            Some(written) if written.is_empty() => {
                return Err(Diagnostic::new(format!("channel {key} has no name")).at(place));
            }
            Some(written) => *names = written,
            None => {}
        }
    }
    section.deny_rest(&[])?;
    Ok(names)
}

fn functions(section: &mut Section) -> Result<BTreeMap<Function, FunctionName>, Diagnostic> {
    let mut functions = BTreeMap::new();
    let Some(mut section) = section.take_section("functions")? else { return Ok(functions) };
    for function in Function::ALL {
        let Some(name) = section.take::<Spanned<FunctionName>>(function.name())? else { continue };
        header::Header::parse(&name.get_ref().name)
            .map_err(|error| Diagnostic::new(error).at(section.source().place(name.span())))?;
        functions.insert(function, name.into_inner());
    }
    section.deny_rest(&Function::ALL.map(Function::name))?;
    Ok(functions)
}

fn settings(
    section: &mut Section,
    meter: bool,
    channels: usize,
) -> Result<BTreeMap<Property, Setting>, Diagnostic> {
    let mut settings = BTreeMap::new();
    let Some(mut section) = section.take_section("settings")? else { return Ok(settings) };
    for (name, written) in section.take_sections() {
        let property = Property::named(&name)
            .filter(|it| it.of_a_meter() == meter && *it != Property::Function)
            .ok_or_else(|| {
                let known: Vec<_> = Property::all()
                    .filter(|(_, it)| it.of_a_meter() == meter && *it != Property::Function)
                    .map(|(name, _)| name)
                    .collect();
                Diagnostic::new(format!("`{name}` is not a setting"))
                    .at(written.place())
                    .with_hint(table::suggest(&name, known.iter().map(String::as_str)))
            })?;
        settings.insert(property, setting::read(written, property, channels)?);
    }
    section.deny_rest(&[])?;
    Ok(settings)
}
