//! What a bench is to be made of, and everything that can be wrong with that.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use pogo_hal::toml_file::Section;
use pogo_hal::{Celsius, Diagnostic, Ohms, Resource, nearest};
use pogo_models::Model;

use crate::circuit::Draw;
use crate::console::{ConsoleRole, break_console, plug_in};
use crate::device;
use crate::fault::{Does, Fault, nanoseconds};
use crate::floor::{Event, Floor};
use crate::instrument::Instrument;
use crate::meter::{Leads, Multimeter};
use crate::modbus::{self, Placed};
use crate::noise::Noise;
use crate::scpi::Face;
use crate::supply::PowerSupply;

/// One simulated role.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its name in the fixture.
    pub role: String,
    /// What it is.
    pub model: Arc<Model>,
    /// Where it answers; roles with one resource are one instrument.
    pub resource: Resource,
    /// The channel of a supply; the unit id of a device on Modbus.
    pub channel: Option<u8>,
    /// Its `sim` table: `connect = "NET"`, for a meter `current = "NET"`, for a supply `leads = "20
    /// mohm"` and `sense = true`; for a device on Modbus `values`, `chamber` or `server`.
    pub sim: Section,
}

/// What a bench is to be made of.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Its roles, in the order of the fixture.
    pub roles: Vec<Role>,
    /// Its consoles, in the order of the fixture.
    pub consoles: Vec<ConsoleRole>,
    /// The device file: what hangs on the nets.
    pub device: Option<PathBuf>,
    /// The temperature of the room; 23 °C if it is not said.
    pub room: Option<Celsius>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
    /// Seeds every noise and every spread.
    pub seed: u64,
}

/// Everything that can be wrong with a plan, without building the bench.
///
/// # Errors
///
/// The first thing that is wrong, with its place.
pub fn check(plan: &Plan) -> Result<(), Diagnostic> {
    lay_out(plan).map(drop)
}

/// The instruments of a plan, by their place on the floor.
#[derive(Debug)]
pub(crate) struct Place {
    /// Where it answers.
    pub(crate) resource: Resource,
    /// The roles that it has.
    pub(crate) roles: Vec<String>,
}

/// Puts everything on the floor.
pub(crate) fn lay_out(plan: &Plan) -> Result<(Floor, Vec<Place>, Vec<Placed>), Diagnostic> {
    // Devices on Modbus are on no net and share nothing with instruments but the world.
    let (stations, roles): (Vec<&Role>, Vec<&Role>) =
        plan.roles.iter().partition(|it| modbus::speaks(it));
    let is_theirs = |it: &&Fault| stations.iter().any(|role| role.role == it.at);
    let (theirs, faults): (Vec<&Fault>, Vec<&Fault>) = plan.faults.iter().partition(is_theirs);
    if stations.is_empty() {
        return lay_out_instruments(plan).map(|(floor, places)| (floor, places, Vec::new()));
    }
    let rest = Plan {
        roles: roles.into_iter().cloned().collect(),
        faults: faults.into_iter().cloned().collect(),
        ..plan.clone()
    };
    let (mut floor, places) = lay_out_instruments(&rest)?;
    let placed = modbus::lay_out(&stations, &theirs, &mut floor)?;
    Ok((floor, places, placed))
}

fn lay_out_instruments(plan: &Plan) -> Result<(Floor, Vec<Place>), Diagnostic> {
    let mut floor = Floor::new();
    if let Some(path) = &plan.device {
        device::read(path, plan.seed, &plan.faults, &mut floor)?;
    } else if let Some(it) = plan.faults.iter().find(|it| matches!(it.does, Does::Suffer { .. })) {
        return Err(Diagnostic::new("no device file is there that could declare a fault")
            .at(it.place.clone())
            .with_hint("name one below `[sim]`: `device = \"unit.dut.rhai\"`"));
    }
    if let Some(room) = plan.room {
        let Floor { device, circuit, .. } = &mut floor;
        device.put_into(room, circuit);
    }
    let mut wirings = plan.roles.iter().map(Wiring::read).collect::<Result<Vec<_>, _>>()?;
    known_nets(plan, &wirings, &floor)?;
    rewire(plan, &mut wirings, &floor)?;
    let mut places: Vec<Place> = Vec::new();
    for role in &plan.roles {
        match places.iter().position(|place| place.resource == role.resource) {
            Some(index) => places[index].roles.push(role.role.clone()),
            None => {
                let shared: Vec<(&Role, &Wiring)> = (plan.roles.iter().zip(&wirings))
                    .filter(|(other, _)| other.resource == role.resource)
                    .collect();
                let instrument = instrument(plan.seed, &shared, &mut floor)?;
                floor.instruments.push(instrument);
                let roles = vec![role.role.clone()];
                places.push(Place { resource: role.resource.clone(), roles });
            }
        }
    }
    for console in &plan.consoles {
        let port = plug_in(console, plan.seed, &floor)?;
        floor.ports.push(port);
    }
    for fault in &plan.faults {
        break_something(fault, plan, &places, &mut floor)?;
    }
    Ok((floor, places))
}

/// A role's `sim` table.
struct Wiring {
    connect: String,
    current: Option<String>,
    /// Of a supply: what its leads have, and whether it senses behind them.
    leads: Ohms,
    sense: bool,
}

impl Wiring {
    fn read(role: &Role) -> Result<Self, Diagnostic> {
        let mut sim = role.sim.clone();
        let place = sim.place();
        let connect = sim.take("connect")?.ok_or_else(|| {
            Diagnostic::new(format!("`{}` is on no net", sim.name()))
                .at(place)
                .with_hint("say where it is: `sim = { connect = \"VBAT\" }`")
        })?;
        let is_meter = role.model.channels().is_empty();
        let current = if is_meter { sim.take("current")? } else { None };
        let leads_place = sim.place_of("leads");
        let leads = if is_meter { None } else { sim.take::<Ohms>("leads")? };
        let leads = leads.unwrap_or(Ohms(0.0));
        if !(0.0..f64::INFINITY).contains(&leads.0) {
            return Err(Diagnostic::new(format!("no leads have {leads}")).at(leads_place));
        }
        let sense = if is_meter { None } else { sim.take("sense")? }.unwrap_or(false);
        let supply = &["connect", "leads", "sense"];
        sim.deny_rest(if is_meter { &["connect", "current"] } else { supply })?;
        Ok(Self { connect, current, leads, sense })
    }

    fn nets(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let current = self.current.iter().map(|net| ("current", net));
        std::iter::once(("connect", &self.connect)).chain(current)
    }
}

/// With a device, a net that neither it nor a second role names is a typing mistake.
fn known_nets(plan: &Plan, wirings: &[Wiring], floor: &Floor) -> Result<(), Diagnostic> {
    if plan.device.is_none() {
        return Ok(());
    }
    for (index, (role, wiring)) in plan.roles.iter().zip(wirings).enumerate() {
        for (key, net) in wiring.nets() {
            let others = wirings.iter().enumerate().filter(|(other, _)| *other != index);
            let shared = others.flat_map(|(_, it)| it.nets()).any(|(_, other)| other == net);
            if shared || floor.circuit.find(net).is_some() {
                continue;
            }
            let known: Vec<&str> = floor.circuit.names().collect();
            return Err(no_net(net, &known).at(role.sim.place_of(key)));
        }
    }
    Ok(())
}

fn no_net(net: &str, known: &[&str]) -> Diagnostic {
    let hint = nearest(net, known.iter().copied()).map_or_else(
        || format!("its nets are {}", known.join(", ")),
        |it| format!("did you mean `{it}`?"),
    );
    Diagnostic::new(format!("the simulated bench has no net `{net}`")).with_hint(hint)
}

/// The one instrument behind all roles with one resource.
fn instrument(
    seed: u64,
    roles: &[(&Role, &Wiring)],
    floor: &mut Floor,
) -> Result<Instrument, Diagnostic> {
    let Some((first, wiring)) = roles.first() else {
        return Err(Diagnostic::new("an instrument without a role"));
    };
    let model = &first.model;
    for (role, _) in roles {
        if role.model.name() != model.name() {
            let message = format!(
                "`{}` is a `{}`, but `{}` at the same address is a `{}`",
                role.role,
                role.model.name(),
                first.role,
                model.name(),
            );
            return Err(Diagnostic::new(message).at(role.sim.place()));
        }
    }
    let noise = Noise::of(seed, &first.resource.to_string());
    let face = Face::new(model.clone());
    let circuit = &mut floor.circuit;
    if model.channels().is_empty() {
        for (role, other) in roles {
            if (&other.connect, &other.current) != (&wiring.connect, &wiring.current) {
                let message = format!(
                    "`{}` and `{}` are one meter, which cannot be on two nets",
                    first.role, role.role
                );
                return Err(Diagnostic::new(message).at(role.sim.place_of("connect")));
            }
        }
        let leads = Leads {
            voltage: circuit.net(&wiring.connect),
            current: wiring.current.as_ref().map(|net| circuit.net(net)),
        };
        return Ok(Instrument::meter(face, Multimeter::new(model.clone(), noise, leads)));
    }
    let mut nets = BTreeMap::new();
    for (role, wiring) in roles {
        let channel = channel(role)?;
        if nets.insert(channel, &wiring.connect).is_some_and(|it| *it != wiring.connect) {
            let message = format!("channel {channel} is on two nets");
            return Err(Diagnostic::new(message).at(role.sim.place_of("connect")));
        }
    }
    let supply = PowerSupply::new(model.clone(), noise, circuit, |number, circuit| {
        let net = match nets.get(&number) {
            Some(net) => circuit.net(net),
            // Its terminals are open: a net of its own, by a name that nobody can write.
            None => circuit.net(&format!("{}\n{number}", first.resource)),
        };
        let output = circuit.add_supply(net);
        let mut wired = roles.iter().filter(|(it, _)| channel(it).is_ok_and(|it| it == number));
        if let Some((_, wiring)) = wired.next() {
            let supply = circuit.supply_mut(output);
            supply.series += wiring.leads.0;
            supply.sense = wiring.sense;
        }
        let roles = roles.iter().filter(|(it, _)| channel(it).is_ok_and(|it| it == number));
        let roles = roles.map(|(it, _)| it.role.clone()).collect();
        floor.outputs.add(&first.resource, number, roles, output);
        output
    });
    Ok(Instrument::supply(face, supply))
}

fn channel(role: &Role) -> Result<u8, Diagnostic> {
    let known = role.model.channels();
    let first = known.keys().next().copied().unwrap_or(1);
    match role.channel {
        Some(channel) if known.contains_key(&channel) => Ok(channel),
        None if known.len() == 1 => Ok(first),
        channel => {
            let known: Vec<String> = known.keys().map(u8::to_string).collect();
            let message = match channel {
                Some(channel) => format!("`{}` has no channel {channel}", role.model.name()),
                None => format!("`{}` names none of its channels", role.role),
            };
            Err(Diagnostic::new(message)
                .at(role.sim.place())
                .with_hint(format!("write `channel = N`; it has {}", known.join(", "))))
        }
    }
}

/// Puts the leads of roles where faults have them.
fn rewire(plan: &Plan, wirings: &mut [Wiring], floor: &Floor) -> Result<(), Diagnostic> {
    for fault in &plan.faults {
        if let Does::Swap { with } = &fault.does {
            swap(fault, with, wirings, floor)?;
            continue;
        }
        if plan.consoles.iter().any(|it| it.role == fault.at) {
            continue;
        }
        let net = match &fault.does {
            // A net of its own, by a name that nobody can write.
            Does::Open => format!("{}\nopen", fault.at),
            Does::Connect { to } => to.clone(),
            _ => continue,
        };
        let role = role_of(fault, plan)?;
        let named = wirings.iter().flat_map(Wiring::nets).any(|(_, it)| *it == net);
        if matches!(fault.does, Does::Connect { .. })
            && !named
            && floor.circuit.find(&net).is_none()
        {
            let known: Vec<&str> = floor.circuit.names().collect();
            return Err(no_net(&net, &known).at(fault.place.clone()));
        }
        // Roles that are one pair of terminals go together.
        let same =
            |it: &Role| it.resource == role.resource && channel(it).ok() == channel(role).ok();
        for (_, wiring) in plan.roles.iter().zip(&mut *wirings).filter(|(it, _)| same(it)) {
            wiring.connect.clone_from(&net);
        }
    }
    Ok(())
}

/// Puts what is on either of two nets on the other.
fn swap(
    fault: &Fault,
    with: &str,
    wirings: &mut [Wiring],
    floor: &Floor,
) -> Result<(), Diagnostic> {
    for net in [fault.at.as_str(), with] {
        let named = wirings.iter().flat_map(Wiring::nets).any(|(_, it)| it == net);
        if !named && floor.circuit.find(net).is_none() {
            let known: Vec<&str> = floor.circuit.names().collect();
            return Err(no_net(net, &known).at(fault.place.clone()));
        }
    }
    for wiring in wirings {
        for net in std::iter::once(&mut wiring.connect).chain(wiring.current.as_mut()) {
            if *net == fault.at {
                *net = with.to_owned();
            } else if net == with {
                net.clone_from(&fault.at);
            }
        }
    }
    Ok(())
}

/// The role that a fault is at.
fn role_of<'a>(fault: &Fault, plan: &'a Plan) -> Result<&'a Role, Diagnostic> {
    plan.roles.iter().find(|it| it.role == fault.at).ok_or_else(|| {
        let consoles = plan.consoles.iter().map(|it| it.role.as_str());
        let roles: Vec<&str> =
            plan.roles.iter().map(|it| it.role.as_str()).chain(consoles).collect();
        let hint = nearest(&fault.at, roles.iter().copied()).map_or_else(
            || format!("its roles are {}", roles.join(", ")),
            |it| format!("did you mean `{it}`?"),
        );
        Diagnostic::new(format!("the bench has no role `{}`", fault.at))
            .at(fault.place.clone())
            .with_hint(hint)
    })
}

fn break_something(
    fault: &Fault,
    plan: &Plan,
    places: &[Place],
    floor: &mut Floor,
) -> Result<(), Diagnostic> {
    if let Some(port) = floor.ports.iter().position(|it| it.role == fault.at) {
        return break_console(fault, port, floor);
    }
    if fault.is_at_a_role() {
        let role = role_of(fault, plan)?;
        let index = places.iter().position(|place| place.roles.contains(&fault.at));
        let Some(instrument) = index.and_then(|index| floor.instruments.get_mut(index)) else {
            return Ok(());
        };
        match &fault.does {
            Does::ReadHigh { by } => instrument.skew(channel(role).ok(), by.clone()),
            Does::StuckOff if !instrument.stick(channel(role).ok()) => {
                let text = format!("`{}` has no output that could be stuck", fault.at);
                return Err(Diagnostic::new(text)
                    .at(fault.place.clone())
                    .with_hint("`stuck off` is at a role of a supply"));
            }
            Does::Flood { .. } | Does::Unplug { .. } => {
                let text = format!("`{}` is no console", fault.at);
                return Err(Diagnostic::new(text)
                    .at(fault.place.clone())
                    .with_hint("`flood` and `unplug` are at a role of a console"));
            }
            // Where its leads are was settled before it was put there.
            Does::StuckOff | Does::Open | Does::Connect { .. } => {}
            Does::AnswerException { .. } | Does::HangUp { .. } => {
                let text = format!("`{}` does not `{}`", fault.at, fault.does);
                return Err(Diagnostic::new(text)
                    .at(fault.place.clone())
                    .with_hint("that is a fault of devices on Modbus"));
            }
            wire => instrument.ailments.add(wire.clone()),
        }
        return Ok(());
    }
    if matches!(fault.does, Does::Suffer { .. } | Does::Swap { .. }) {
        return Ok(());
    }
    let Some(net) = floor.circuit.find(&fault.at) else {
        let known: Vec<&str> = floor.circuit.names().collect();
        return Err(no_net(&fault.at, &known).at(fault.place.clone()));
    };
    match fault.does {
        Does::Contact { through } => {
            for supply in floor.circuit.supplies_of(net) {
                floor.circuit.supply_mut(supply).series += through.0;
            }
        }
        Does::Short { through } => {
            floor.circuit.add_resistor(net, through);
        }
        Does::Load { by, from, until } => {
            let sink = floor.circuit.add_sink(net, Draw::NOTHING);
            let mut at = |moment, draw| {
                floor.timeline.schedule(nanoseconds(moment), Event::Load { sink, draw });
            };
            at(from, Draw::Current(by.0));
            until.into_iter().for_each(|until| at(until, Draw::NOTHING));
        }
        Does::Offset { by } if !floor.circuit.offset(net, by) => {
            let message = format!("the device gives nothing to `{}` that could be off", fault.at);
            return Err(Diagnostic::new(message)
                .at(fault.place.clone())
                .with_hint("an offset is at a net that has a rail or an output"));
        }
        _ => {}
    }
    Ok(())
}
