//! What the closures of a device file can see and do, besides declaring.

use pogo_hal::{
    Amperes, Celsius, Coulombs, Dimension, Kelvins, Ohms, Quantity, Seconds, Volts, nearest,
};
use pogo_sandbox::rhai::{Dynamic, Engine, EvalAltResult, FnPtr, Map, NativeCallContext};
use pogo_sandbox::{Kept, script_error};

use super::declarations::Outcome;
use super::options::{Options, quantity};
use super::script::{Shared, Stage, lock};
use super::watch::{After, Edge, MOST, REACTS_NS, SHORTEST_NS};
use super::{Kind, Output};
use crate::circuit::NetId;
use crate::fault::nanoseconds;

/// Everything that `change` can change.
const CHANGES: &[&str] = &[
    "off",
    "boot",
    "on",
    "level",
    "dropout",
    "resistance",
    "gain",
    "offset",
    "zero",
    "slope",
    "bend",
    "capacity",
    "charge",
    "current",
    "voltage",
    "ends_below",
];

pub(super) fn register(engine: &mut Engine, stage: &Shared) {
    engine.register_type_with_name::<Edge>("Edge");
    engine.register_fn("above", |level: Dynamic| {
        quantity::<Volts>("above", level).map(|it| Edge::Above(it.0))
    });
    engine.register_fn("below", |level: Dynamic| {
        quantity::<Volts>("below", level).map(|it| Edge::Below(it.0))
    });
    see(engine, stage);
    act(engine, stage);
    later(engine, stage);
}

fn see(engine: &mut Engine, stage: &Shared) {
    let it = stage.clone();
    engine.register_fn("voltage", move |net: &str| {
        let mut stage = lock(&it);
        let net = stage.known("voltage", net)?;
        Outcome::Ok(Quantity::from(stage.circuit.voltage(net)))
    });
    let it = stage.clone();
    engine.register_fn("current", move |net: &str| {
        let mut stage = lock(&it);
        let net = stage.known("current", net)?;
        Outcome::Ok(Quantity::from(stage.circuit.current(net)))
    });
    let it = stage.clone();
    engine.register_fn("charge", move |net: &str| {
        let stage = lock(&it);
        let id = stage.known("charge", net)?;
        let battery = stage.device.batteries.iter().find(|it| it.net == id);
        let battery = battery.ok_or_else(|| nothing("charge", net, "battery"))?;
        Outcome::Ok(Quantity::new(battery.charge * 100.0, Dimension::Percent))
    });
    let it = stage.clone();
    engine.register_fn("temperature", move || Quantity::from(Celsius(lock(&it).device.feels())));
    let it = stage.clone();
    engine.register_fn("now", move || Quantity::from(Seconds(lock(&it).now_ns as f64 * 1e-9)));
    let it = stage.clone();
    engine.register_fn("is_up", move || lock(&it).device.is_up());
}

fn act(engine: &mut Engine, stage: &Shared) {
    let it = stage.clone();
    engine.register_fn("drive", move |net: &str, level: Dynamic| {
        lock(&it).drive(net, Some(quantity("drive", level)?))
    });
    let it = stage.clone();
    engine.register_fn("release", move |net: &str| lock(&it).drive(net, None));
    for (verb, on) in [("close", true), ("open", false)] {
        let it = stage.clone();
        engine.register_fn(verb, move |net: &str| lock(&it).switch(verb, net, on));
    }
    let it = stage.clone();
    engine.register_fn("change", move |net: &str, map: Map| lock(&it).change(net, map));
}

fn later(engine: &mut Engine, stage: &Shared) {
    let it = stage.clone();
    engine.register_fn("after", move |context: NativeCallContext, time: Dynamic, body: FnPtr| {
        let after_ns = span("after", time, REACTS_NS)?;
        let kept = Kept::new(&context, body);
        room(lock(&it).device.handlers.add_timer(after_ns, kept, After::Goes))
    });
    let it = stage.clone();
    engine.register_fn("every", move |context: NativeCallContext, time: Dynamic, body: FnPtr| {
        let after_ns = span("every", time, SHORTEST_NS)?;
        let kept = Kept::new(&context, body);
        room(lock(&it).device.handlers.add_timer(after_ns, kept, After::Repeats(after_ns)))
    });
    for (verb, up) in [("on_boot", true), ("on_down", false)] {
        let it = stage.clone();
        engine.register_fn(verb, move |context: NativeCallContext, body: FnPtr| {
            let kept = Kept::new(&context, body);
            room(lock(&it).device.handlers.add_power(up, kept))
        });
    }
    let it = stage.clone();
    engine.register_fn(
        "on_net",
        move |context: NativeCallContext, net: &str, edge: Edge, body: FnPtr| {
            let kept = Kept::new(&context, body);
            let mut stage = lock(&it);
            let net = match stage.begun {
                true => stage.known("on_net", net)?,
                false => stage.net("on_net", net)?,
            };
            room(stage.device.handlers.add_net(net, edge, kept))
        },
    );
}

/// A time in nanoseconds, not shorter than `least`.
fn span(verb: &str, time: Dynamic, least: u64) -> Outcome<u64> {
    let time: Seconds = quantity(verb, time)?;
    let nanoseconds = if time.0 > 0.0 { nanoseconds(time) } else { 0 };
    if nanoseconds >= least {
        return Ok(nanoseconds);
    }
    let least = Quantity::from(Seconds(least as f64 * 1e-9));
    let hint = format!("no unit does that sooner than after {least}");
    Err(script_error(format!("{verb}: {time} is too short"), hint))
}

fn room(there_is: bool) -> Outcome {
    if there_is {
        return Ok(());
    }
    let hint = "does a closure start more of them than it ends?".to_owned();
    Err(script_error(format!("more than {MOST} closures wait to be called"), hint))
}

fn nothing(verb: &str, net: &str, what: &str) -> Box<EvalAltResult> {
    script_error(format!("{verb}: the device has no {what} on `{net}`"), None)
}

impl Stage {
    /// A net that is there.
    fn known(&self, verb: &str, net: &str) -> Outcome<NetId> {
        self.circuit.find(net).ok_or_else(|| {
            let names: Vec<&str> = self.circuit.names().collect();
            let hint = match nearest(net, names.iter().copied()) {
                Some(it) => format!("did you mean `{it}`?"),
                None => format!("its nets are {}", names.join(", ")),
            };
            script_error(format!("{verb}: there is no net `{net}`"), hint)
        })
    }

    /// Lets a pin drive `level`, or nothing.
    fn drive(&mut self, net: &str, level: Option<Volts>) -> Outcome {
        let verb = if level.is_some() { "drive" } else { "release" };
        let id = self.known(verb, net)?;
        let pin = self.device.outputs.iter_mut().find(|it| it.net == id && it.pin);
        let Output { follower, released, .. } = pin.ok_or_else(|| nothing(verb, net, "pin"))?;
        *released = level.is_none();
        let offset = level.map_or(0.0, |it| it.0);
        if self.circuit.follower(*follower).offset != offset {
            self.circuit.follower_mut(*follower).offset = offset;
        }
        Ok(())
    }

    /// Closes a relay, or opens it.
    fn switch(&mut self, verb: &str, net: &str, on: bool) -> Outcome {
        let id = self.known(verb, net)?;
        let relay = self.device.relays.iter().find(|it| it.0 == id);
        let (_, rail) = relay.ok_or_else(|| nothing(verb, net, "relay"))?;
        if self.circuit.rail(*rail).on != on {
            self.circuit.rail_mut(*rail).on = on;
        }
        Ok(())
    }

    /// Changes what is on a net: each key belongs to whatever there has one.
    fn change(&mut self, name: &str, map: Map) -> Outcome {
        let net = self.known("change", name)?;
        let mut options = Options::new("change", map, CHANGES)?;
        self.change_load(net, &mut options)?;
        self.change_battery(net, &mut options)?;
        self.change_charger(net, &mut options)?;
        self.change_sensor(net, &mut options)?;
        self.change_output(net, &mut options)?;
        self.change_rail(net, &mut options)?;
        match options.left() {
            None => Ok(()),
            Some(key) => {
                let message = format!("change: nothing on `{name}` has `{key}`");
                Err(script_error(message, None))
            }
        }
    }

    fn change_load(&mut self, net: NetId, options: &mut Options) -> Outcome {
        let loads = self.device.parts.iter_mut();
        let mut loads = loads.filter(|it| it.net == net && matches!(it.kind, Kind::Load { .. }));
        let Some(part) = loads.next() else { return Ok(()) };
        if let Kind::Load { off, boot, on, .. } = &mut part.kind {
            for (key, slot) in [("off", off), ("boot", boot), ("on", on)] {
                *slot = options.draw(key)?.unwrap_or(*slot);
            }
        }
        part.show(&mut self.circuit);
        Ok(())
    }

    fn change_battery(&mut self, net: NetId, options: &mut Options) -> Outcome {
        let Some(battery) = self.device.batteries.iter_mut().find(|it| it.net == net) else {
            return Ok(());
        };
        if let Some(capacity) = options.may::<Coulombs>("capacity")? {
            if capacity.0 <= 0.0 {
                return Err(script_error(format!("change: a battery of {capacity}"), None));
            }
            battery.capacity = capacity.0;
        }
        battery.charge = options.share("charge")?.unwrap_or(battery.charge);
        let resistance = options.may::<Ohms>("resistance")?;
        let emf = battery.emf();
        let cell = self.circuit.cell_mut(battery.cell);
        cell.emf = emf;
        cell.resistance = resistance.map_or(cell.resistance, |it| it.0.max(0.0));
        Ok(())
    }

    fn change_charger(&mut self, net: NetId, options: &mut Options) -> Outcome {
        let Some(charger) = self.device.chargers.iter_mut().find(|it| it.net == net) else {
            return Ok(());
        };
        let ends = options.may::<Amperes>("ends_below")?;
        charger.ends_below = ends.map_or(charger.ends_below, |it| it.0);
        let (current, voltage) =
            (options.may::<Amperes>("current")?, options.may::<Volts>("voltage")?);
        let rail = self.circuit.rail_mut(charger.rail);
        rail.limit = current.map_or(rail.limit, |it| it.0.max(0.0));
        rail.level = voltage.map_or(rail.level, |it| it.0);
        Ok(())
    }

    fn change_sensor(&mut self, net: NetId, options: &mut Options) -> Outcome {
        let temperature = self.device.feels();
        let Some(sensor) = self.device.sensors.iter_mut().find(|it| it.net == net) else {
            return Ok(());
        };
        sensor.zero = options.may::<Volts>("zero")?.map_or(sensor.zero, |it| it.0);
        sensor.slope = options.may::<Volts>("slope")?.map_or(sensor.slope, |it| it.0);
        sensor.offset = options.may::<Kelvins>("offset")?.map_or(sensor.offset, |it| it.0);
        sensor.gain = options.number("gain")?.unwrap_or(sensor.gain);
        sensor.bend = options.number("bend")?.unwrap_or(sensor.bend);
        self.circuit.follower_mut(sensor.follower).offset = sensor.voltage(temperature);
        Ok(())
    }

    fn change_output(&mut self, net: NetId, options: &mut Options) -> Outcome {
        let sensors = &self.device.sensors;
        let mut outputs = self.device.outputs.iter().filter(|it| it.net == net);
        let Some(output) = outputs.next() else { return Ok(()) };
        let sets = !output.pin && sensors.iter().all(|it| it.net != net);
        let follower = self.circuit.follower_mut(output.follower);
        if sets {
            follower.gain = options.number("gain")?.unwrap_or(follower.gain);
            let offset = options.may::<Volts>("offset")?;
            follower.offset = offset.map_or(follower.offset, |it| it.0);
        }
        let resistance = options.may::<Ohms>("resistance")?;
        follower.resistance = resistance.map_or(follower.resistance, |it| it.0.max(0.0));
        Ok(())
    }

    fn change_rail(&mut self, net: NetId, options: &mut Options) -> Outcome {
        let rails = self.device.parts.iter().filter_map(|it| match it.kind {
            Kind::Rail(rail) => Some(rail),
            Kind::Load { .. } => None,
        });
        let mut rails = rails.chain(self.device.relays.iter().map(|(_, rail)| *rail));
        let Some(id) = rails.find(|it| self.circuit.rail(*it).to == net) else { return Ok(()) };
        let is_relay = self.circuit.rail(id).level.is_infinite();
        let rail = self.circuit.rail_mut(id);
        if !is_relay {
            rail.level = options.may::<Volts>("level")?.map_or(rail.level, |it| it.0);
            rail.dropout = options.may::<Volts>("dropout")?.map_or(rail.dropout, |it| it.0);
        }
        let resistance = options.may::<Ohms>("resistance")?;
        rail.resistance = resistance.map_or(rail.resistance, |it| it.0.max(0.0));
        Ok(())
    }
}
