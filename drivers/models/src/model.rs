//! A model: who it is, what it is rated for, and its two halves.

use std::collections::BTreeMap;
use std::sync::Arc;

use pogo_hal::toml_file::{self, Section};
use pogo_hal::{Amperes, Code, Diagnostic, Place, RegisterMap, Volts};
use serde::Deserialize;
use toml::Spanned;

use crate::{Obeys, Sends, obeys, sends, table};

/// An instrument model, as its file describes it.
#[derive(Clone, Debug)]
pub struct Model {
    name: String,
    title: String,
    driver: String,
    identity: String,
    source: String,
    channels: BTreeMap<u8, Channel>,
    registers: Arc<RegisterMap>,
    sends: Sends,
    obeys: Obeys,
}

/// What one output channel of a supply is rated for.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// The rated voltage.
    pub voltage: Volts,
    /// The rated current.
    pub current: Amperes,
    /// The smallest level that over-voltage protection can be set to, where that is not zero.
    pub least_over_voltage: Option<Volts>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manual {
    title: String,
    number: Option<String>,
}

const DRIVERS: [&str; 3] = [MODBUS, "scpi-multimeter", "scpi-power-supply"];

/// The driver of everything that speaks Modbus, and the model of what the fixture itself describes.
pub(crate) const MODBUS: &str = "modbus";

impl Model {
    /// The name that fixtures use: `keysight-e36312a`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is, in a few words: the first line of the file's head comment.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// A device that speaks Modbus, and of which only the fixture says what its registers mean.
    pub(crate) fn of_the_fixture() -> Self {
        Self {
            name: MODBUS.to_owned(),
            title: "Any device that speaks Modbus, with the registers of the fixture".to_owned(),
            driver: MODBUS.to_owned(),
            identity: "unknown,Modbus device".to_owned(),
            source: "the fixture".to_owned(),
            channels: BTreeMap::new(),
            registers: Arc::default(),
            sends: Sends::Modbus,
            obeys: Obeys::nothing(),
        }
    }

    /// The same with the registers that a fixture describes besides, in `[instruments.*.registers]`.
    ///
    /// # Errors
    ///
    /// It speaks no Modbus; or one of them is not described as it has to be, has the name of
    /// another, or overlaps one.
    pub fn with_registers(&self, section: Section) -> Result<Self, Diagnostic> {
        if self.driver != MODBUS {
            return Err(Diagnostic::new(format!("`{}` has no registers", self.name))
                .coded(Code::BadValue)
                .at(section.place())
                .with_hint("registers are those of devices that speak Modbus"));
        }
        let registers = RegisterMap::clone(&self.registers).with(RegisterMap::read(section)?)?;
        Ok(Self { registers: Arc::new(registers), ..self.clone() })
    }

    /// The name of its driver: `scpi-power-supply`, `scpi-multimeter` or `modbus`.
    pub fn driver(&self) -> &str {
        &self.driver
    }

    /// What its answer to `*IDN?` looks like, for [`pogo_hal::Identity::matches`].
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// Its manual: the title, and the part number where it is known.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What its output channels are rated for, by number; empty for a meter.
    pub fn channels(&self) -> &BTreeMap<u8, Channel> {
        &self.channels
    }

    /// What its registers mean, if it speaks Modbus; empty for everything else.
    pub fn registers(&self) -> &Arc<RegisterMap> {
        &self.registers
    }

    /// What its driver says.
    pub fn sends(&self) -> &Sends {
        &self.sends
    }

    /// What its simulated twin understands.
    pub fn obeys(&self) -> &Obeys {
        &self.obeys
    }
}

/// Reads the model called `name` from `text`, which stands in the file at `path`.
///
/// # Errors
///
/// It is no model: not TOML, an unknown or missing key or verb, a placeholder that the verb does
/// not have, a wrong unit, a header that is not SCPI. Always with the line and the column.
pub fn read(name: &str, path: &str, text: &str) -> Result<Model, Diagnostic> {
    let title = text.lines().next().and_then(|line| line.strip_prefix('#')).map_or("", str::trim);
    let mut file = toml_file::read(path, text)?;
    if title.is_empty() {
        let place = Place { file: path.into(), line: 1, column: 1, width: 1 };
        return Err(Diagnostic::new("a model begins with a comment that says what it is")
            .at(place)
            .with_hint("such as `# Keysight E36312A, triple-output bench supply.`"));
    }
    let known =
        ["driver", "identity", "manual", "channels", "registers", "sends", "obeys", "simulated"];
    table::deny_unknown(&file, &known)?;
    let driver = driver(&mut file)?;
    if driver == MODBUS {
        return modbus(name, title, file);
    }
    table::deny_unknown(&file, &["identity", "manual", "channels", "sends", "obeys", "simulated"])?;
    let channels = channels(&mut file, driver)?;
    let manual: Manual = table::must_section(&mut file, "manual")?.read()?;
    let identity = table::must(&mut file, "identity")?;
    let sends = table::must_section(&mut file, "sends")?;
    let sends = match driver {
        "scpi-multimeter" => sends::meter(sends)?,
        _ => sends::supply(sends, channels.len())?,
    };
    let obeys = table::must_section(&mut file, "obeys")?;
    let obeys = obeys::read(obeys, table::must_section(&mut file, "simulated")?, &channels)?;
    Ok(Model {
        name: name.to_owned(),
        title: title.trim_end_matches('.').to_owned(),
        driver: driver.to_owned(),
        identity,
        source: source(manual),
        channels,
        registers: Arc::default(),
        sends,
        obeys,
    })
}

/// A model that speaks Modbus: its registers are all there is to it.
fn modbus(name: &str, title: &str, mut file: Section) -> Result<Model, Diagnostic> {
    table::deny_unknown(&file, &["identity", "manual", "registers"])?;
    let manual: Manual = table::must_section(&mut file, "manual")?.read()?;
    let place = file.place_of("identity");
    let identity: String = table::must(&mut file, "identity")?;
    let parts = identity.split(',').filter(|it| !it.trim().is_empty()).count();
    if parts != 2 || identity.contains('*') {
        return Err(Diagnostic::new(format!("`{identity}` is not a maker and a model"))
            .at(place)
            .with_hint("write `identity = \"Maker,Model\"`: a device on Modbus is not asked"));
    }
    let section = table::must_section(&mut file, "registers")?;
    let place = section.place();
    let registers = RegisterMap::read(section)?;
    if registers.is_empty() {
        return Err(Diagnostic::new("`registers` is empty").at(place));
    }
    Ok(Model {
        name: name.to_owned(),
        title: title.trim_end_matches('.').to_owned(),
        driver: MODBUS.to_owned(),
        identity,
        source: source(manual),
        channels: BTreeMap::new(),
        registers: Arc::new(registers),
        sends: Sends::Modbus,
        obeys: Obeys::nothing(),
    })
}

fn source(manual: Manual) -> String {
    match manual.number {
        Some(number) => format!("{}, {number}", manual.title),
        None => manual.title,
    }
}

fn driver(file: &mut Section) -> Result<&'static str, Diagnostic> {
    let written: Spanned<String> = table::must(file, "driver")?;
    DRIVERS.into_iter().find(|driver| driver == written.get_ref()).ok_or_else(|| {
        Diagnostic::new(format!("`{}` is not a driver of models", written.get_ref()))
            .at(file.source().place(written.span()))
            .with_hint(table::suggest(written.get_ref(), DRIVERS))
    })
}

fn channels(file: &mut Section, driver: &str) -> Result<BTreeMap<u8, Channel>, Diagnostic> {
    let place = file.place_of("channels");
    let Some(mut section) = file.take_section("channels")? else {
        return match driver {
            "scpi-multimeter" => Ok(BTreeMap::new()),
            _ => Err(table::missing(file, "channels")),
        };
    };
    let mut channels = BTreeMap::new();
    for (key, table) in section.take_sections() {
        let at = table.place();
        let number = key.parse().ok().filter(|it| (1..=99).contains(it)).ok_or_else(|| {
            Diagnostic::new(format!("`{key}` is not a channel from 1 to 99")).at(at.clone())
        })?;
        let channel: Channel = table.read()?;
        let rated = |value: f64| value.is_finite() && value > 0.0;
        if !rated(channel.voltage.0) || !rated(channel.current.0) {
            return Err(Diagnostic::new(format!("channel {key} is rated for nothing")).at(at));
        }
        channels.insert(number, channel);
    }
    section.deny_rest(&[])?;
    match (driver, channels.is_empty()) {
        ("scpi-multimeter", _) => Err(Diagnostic::new("a meter has no output channels").at(place)),
        (_, true) => Err(Diagnostic::new("`channels` is empty").at(place)),
        _ => Ok(channels),
    }
}
