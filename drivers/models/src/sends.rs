//! What the generic drivers say: the half of a model that its simulated twin never sees.

use std::collections::BTreeMap;

use pogo_hal::toml_file::Section;
use pogo_hal::{Diagnostic, Function};

use crate::phrase::{self, Phrase, Shape};
use crate::table;

/// What the driver of a model says.
#[derive(Clone, Debug)]
pub enum Sends {
    /// The driver is `scpi-power-supply`.
    PowerSupply(Box<SupplyVerbs>),
    /// The driver is `scpi-multimeter`.
    Multimeter(Box<MeterVerbs>),
    /// The driver is `modbus`: it says nothing of its own, see [`Model::registers`](crate::Model::registers).
    Modbus,
}

/// What `scpi-power-supply` says. Every message but `next_error` and `prepare` names its channel
/// with `{channel}` if there is more than one.
#[derive(Clone, Debug)]
pub struct SupplyVerbs {
    /// Takes the oldest entry out of the error queue.
    pub next_error: Phrase,
    /// Asks when the supply was calibrated.
    pub calibration: Option<Phrase>,
    /// Said once when the supply is opened.
    pub prepare: Vec<Phrase>,
    /// Sets the voltage, `{level}` in volts.
    pub set_voltage: Phrase,
    /// Sets the current limit, `{limit}` in amperes.
    pub set_current_limit: Phrase,
    /// Asks for the voltage that was set.
    pub voltage_setpoint: Phrase,
    /// Asks for the current limit that was set.
    pub current_limit: Phrase,
    /// Switches the output on.
    pub on: Phrase,
    /// Switches the output off.
    pub off: Phrase,
    /// Asks whether the output is on.
    pub output: Phrase,
    /// Asks for the voltage across the terminals.
    pub measure_voltage: Phrase,
    /// Asks for the current out of the terminals.
    pub measure_current: Phrase,
    /// Brings the channel to its safe state.
    pub make_safe: Phrase,
    /// Sets the voltage at which the output is switched off, `{level}` in volts.
    pub set_over_voltage: Option<Phrase>,
    /// Switches over-voltage protection on, where it can be off.
    pub over_voltage_on: Option<Phrase>,
    /// Sets the current at which the output is switched off, `{level}` in amperes.
    pub set_over_current: Option<Phrase>,
    /// Switches over-current protection on, where it can be off.
    pub over_current_on: Option<Phrase>,
}

/// What `scpi-multimeter` says.
#[derive(Clone, Debug)]
pub struct MeterVerbs {
    /// Takes the oldest entry out of the error queue.
    pub next_error: Phrase,
    /// Asks when the meter was calibrated.
    pub calibration: Option<Phrase>,
    /// Said once when the meter is opened.
    pub prepare: Vec<Phrase>,
    /// The integration time after a reset, in power line cycles.
    pub reset_nplc: f64,
    /// What it can measure.
    pub functions: BTreeMap<Function, FunctionVerbs>,
}

/// What `scpi-multimeter` says for one function.
#[derive(Clone, Debug)]
pub struct FunctionVerbs {
    /// Selects the function and takes one reading, in one message.
    pub read: Phrase,
    /// Sets the range, `{range}` in the function's own unit.
    pub range: Option<Phrase>,
    /// Lets the meter find the range.
    pub auto_range: Option<Phrase>,
    /// Sets the integration time, `{cycles}` in power line cycles.
    pub nplc: Option<Phrase>,
}

const SUPPLY: [&str; 17] = [
    "next_error",
    "calibration",
    "prepare",
    "set_voltage",
    "set_current_limit",
    "voltage_setpoint",
    "current_limit",
    "on",
    "off",
    "output",
    "measure_voltage",
    "measure_current",
    "make_safe",
    "set_over_voltage",
    "over_voltage_on",
    "set_over_current",
    "over_current_on",
];

const FUNCTION: [&str; 4] = ["read", "range", "auto_range", "nplc"];

/// Reads `[sends]` of a supply with these `channels`.
pub fn supply(mut section: Section, channels: usize) -> Result<Sends, Diagnostic> {
    table::deny_unknown(&section, &SUPPLY)?;
    let channel = channels > 1;
    let section = &mut section;
    let ask = Shape { query: true, value: None, channel };
    let tell = Shape { query: false, value: None, channel };
    let set = |value| Shape { query: false, value: Some(value), channel };
    Ok(Sends::PowerSupply(Box::new(SupplyVerbs {
        next_error: must(section, "next_error", Shape { channel: false, ..ask })?,
        calibration: may(section, "calibration", Shape { channel: false, ..ask })?,
        prepare: prepare(section)?,
        set_voltage: must(section, "set_voltage", set("level"))?,
        set_current_limit: must(section, "set_current_limit", set("limit"))?,
        voltage_setpoint: must(section, "voltage_setpoint", ask)?,
        current_limit: must(section, "current_limit", ask)?,
        on: must(section, "on", tell)?,
        off: must(section, "off", tell)?,
        output: must(section, "output", ask)?,
        measure_voltage: must(section, "measure_voltage", ask)?,
        measure_current: must(section, "measure_current", ask)?,
        make_safe: must(section, "make_safe", tell)?,
        set_over_voltage: may(section, "set_over_voltage", set("level"))?,
        over_voltage_on: may(section, "over_voltage_on", tell)?,
        set_over_current: may(section, "set_over_current", set("level"))?,
        over_current_on: may(section, "over_current_on", tell)?,
    })))
}

/// Reads `[sends]` of a meter.
pub fn meter(mut section: Section) -> Result<Sends, Diagnostic> {
    let known: Vec<&str> = ["next_error", "calibration", "prepare", "reset_nplc"]
        .into_iter()
        .chain(Function::ALL.iter().map(|function| function.name()))
        .collect();
    table::deny_unknown(&section, &known)?;
    let ask = Shape { query: true, value: None, channel: false };
    let tell = Shape { query: false, ..ask };
    let set = |value| Shape { value: Some(value), ..tell };
    let mut functions = BTreeMap::new();
    for function in Function::ALL {
        let Some(mut verbs) = section.take_section(function.name())? else { continue };
        table::deny_unknown(&verbs, &FUNCTION)?;
        let verbs = &mut verbs;
        functions.insert(
            function,
            FunctionVerbs {
                read: must(verbs, "read", ask)?,
                range: may(verbs, "range", set("range"))?,
                auto_range: may(verbs, "auto_range", tell)?,
                nplc: may(verbs, "nplc", set("cycles"))?,
            },
        );
    }
    if functions.is_empty() {
        let message = format!("`{}` measures nothing", section.name());
        return Err(Diagnostic::new(message).at(section.place()));
    }
    let nplc = section.place_of("reset_nplc");
    let reset_nplc = table::must(&mut section, "reset_nplc")?;
    if !(0.0..=1000.0).contains(&reset_nplc) {
        return Err(Diagnostic::new("`sends.reset_nplc` is not between 0 and 1000").at(nplc));
    }
    let section = &mut section;
    Ok(Sends::Multimeter(Box::new(MeterVerbs {
        next_error: must(section, "next_error", ask)?,
        calibration: may(section, "calibration", ask)?,
        prepare: prepare(section)?,
        reset_nplc,
        functions,
    })))
}

fn may(section: &mut Section, key: &str, shape: Shape) -> Result<Option<Phrase>, Diagnostic> {
    section.take_section(key)?.map(|it| phrase::read(it, shape)).transpose()
}

fn must(section: &mut Section, key: &str, shape: Shape) -> Result<Phrase, Diagnostic> {
    may(section, key, shape)?.ok_or_else(|| table::missing(section, key))
}

/// `[sends.prepare]`: each key names in a word what its message is for, said in the file's order.
fn prepare(section: &mut Section) -> Result<Vec<Phrase>, Diagnostic> {
    let Some(mut section) = section.take_section("prepare")? else { return Ok(Vec::new()) };
    let tell = Shape { query: false, value: None, channel: false };
    let tables = section.take_sections();
    section.deny_rest(&[])?;
    tables.into_iter().map(|(_, table)| phrase::read(table, tell)).collect()
}
