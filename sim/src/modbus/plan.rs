//! Which devices there are, where, and everything that can be wrong with that.

use pogo_hal::toml_file::Section;
use pogo_hal::{Diagnostic, Dimension, Register, Resource, Seconds, Table};

use super::ailments::Ailments;
use super::chamber::Chamber;
use super::station::{Behind, Station};
use super::tables::Tables;
use crate::fault::{Fault, nanoseconds};
use crate::floor::Floor;
use crate::plan::Role;

/// The unit id of a device that names none.
const UNIT: u8 = 1;

/// Where a device is.
#[derive(Debug)]
pub(crate) struct Placed {
    /// The line or port that it is on.
    pub(crate) resource: Resource,
    /// Its unit id there.
    pub(crate) unit: u8,
    /// What the fixture calls it.
    pub(crate) role: String,
}

/// Whether a role is a device that speaks Modbus.
pub(crate) fn speaks(role: &Role) -> bool {
    role.model.driver() == "modbus"
}

/// Puts the devices among `roles` on the floor, with those of `faults` that are theirs.
pub(crate) fn lay_out(
    roles: &[&Role],
    faults: &[&Fault],
    floor: &mut Floor,
) -> Result<Vec<Placed>, Diagnostic> {
    let mut placed: Vec<Placed> = Vec::new();
    for role in roles {
        let unit = role.channel.unwrap_or(UNIT);
        let taken = placed.iter().find(|it| it.resource == role.resource && it.unit == unit);
        if let Some(other) = taken {
            let message = format!(
                "`{}` and `{}` are both unit {unit} of `{}`",
                other.role, role.role, role.resource
            );
            return Err(Diagnostic::new(message)
                .at(role.sim.place())
                .with_hint("give each device on a line its own `unit`"));
        }
        let station = station(role, floor)?;
        floor.stations.push(station);
        placed.push(Placed { resource: role.resource.clone(), unit, role: role.role.clone() });
    }
    for fault in faults {
        let index = placed.iter().position(|it| it.role == fault.at);
        let Some(station) = index.and_then(|it| floor.stations.get_mut(it)) else { continue };
        if !station.ailments.add(&fault.does) {
            let message = format!("a device on Modbus does not `{}`", fault.does);
            return Err(Diagnostic::new(message).at(fault.place.clone()).with_hint(
                "its wire can `answer late`, `answer exception`, `fall silent`, `garble`, \
                 `hang up`, `refuse` or `truncate`",
            ));
        }
    }
    Ok(placed)
}

fn station(role: &Role, floor: &mut Floor) -> Result<Station, Diagnostic> {
    let mut sim = role.sim.clone();
    let whole = sim.clone();
    let map = role.model.registers().clone();
    let mut tables = Tables::new(map.clone());
    let (chamber, unit) = (sim.take_section("chamber")?, sim.take::<String>("server")?);
    let behind = match (chamber, unit) {
        (Some(_), Some(_)) => {
            return Err(Diagnostic::new("it is either a `chamber` or the unit's own `server`")
                .at(whole.place_of_key("server")));
        }
        (Some(section), None) => {
            if floor.stations.iter().any(|it| matches!(it.behind, Behind::Chamber(_))) {
                return Err(
                    Diagnostic::new("the unit cannot be in two chambers").at(section.place())
                );
            }
            Behind::Chamber(Box::new(read_chamber(section, floor, &mut tables)?))
        }
        (None, Some(name)) => {
            floor.device.knows_server(&name).map_err(|it| it.at(whole.place_of("server")))?;
            Behind::Unit(name)
        }
        (None, None) => Behind::Nothing,
    };
    if let Some(mut values) = sim.take_section("values")? {
        let source = values.clone();
        for register in map.iter() {
            let Some(value) = register.take_from(&mut values)? else { continue };
            tables.put(register, &value).map_err(|misfit| {
                let diagnostic =
                    Diagnostic::new(misfit.message).at(source.place_of(&register.name));
                match misfit.hint {
                    Some(hint) => diagnostic.with_hint(hint),
                    None => diagnostic,
                }
            })?;
        }
        let names: Vec<&str> = map.iter().map(|it| it.name.as_str()).collect();
        values.deny_rest(&names)?;
    }
    sim.deny_rest(&["chamber", "server", "values"])?;
    Ok(Station { tables, behind, ailments: Ailments::default() })
}

/// `chamber = { setpoint = "setpoint", temperature = "temperature", time = "10 min" }`, and the
/// coil `runs`.
fn read_chamber(
    mut section: Section,
    floor: &Floor,
    tables: &mut Tables,
) -> Result<Chamber, Diagnostic> {
    let whole = section.clone();
    let mut register = |key: &str, fits: fn(&Register) -> bool, what: &str| {
        let Some(name) = section.take::<String>(key)? else { return Ok(None) };
        let found = tables.map.get(&name).ok_or_else(|| {
            Diagnostic::new(format!("there is no register `{name}`"))
                .at(whole.place_of(key))
                .with_hint(tables.map.suggest(&name))
        })?;
        if !fits(found) {
            return Err(Diagnostic::new(format!("`{name}` is not {what}")).at(whole.place_of(key)));
        }
        Ok(Some(found.clone()))
    };
    let warm = |it: &Register| it.dimension() == Some(Dimension::Temperature);
    let setpoint = register("setpoint", warm, "a temperature")?;
    let temperature = register("temperature", warm, "a temperature")?;
    let runs = register("runs", |it| it.table == Table::Coil, "a coil")?;
    let time: Option<Seconds> = section.take("time")?;
    section.deny_rest(&["setpoint", "temperature", "runs", "time"])?;
    let (Some(setpoint), Some(temperature), Some(time)) = (setpoint, temperature, time) else {
        return Err(Diagnostic::new("a chamber has a `setpoint`, a `temperature` and a `time`")
            .at(whole.place())
            .with_hint(
                "write `chamber = { setpoint = \"setpoint\", temperature = \"temperature\", \
                 time = \"10 min\" }`: two registers and a time constant",
            ));
    };
    if !(time.0 > 0.0 && time.0.is_finite()) {
        let message = format!("no chamber follows within {time}");
        return Err(Diagnostic::new(message).at(whole.place_of("time")));
    }
    let constant_ns = nanoseconds(time).max(1) as f64;
    let room = floor.device.room();
    Ok(Chamber::new([setpoint, temperature], runs, constant_ns, room, tables))
}
