//! The vocabulary of a `*.dut.rhai` file: declarations that build the device once.
//!
//! They can be made only while the bench is built; what goes on then is the business of handlers
//! and of what they can [do](super::actions). docs/simulation.md describes each verb.

use pogo_hal::{Amperes, Celsius, Coulombs, Dimension, Kelvins, Ohms, Place, Quantity, Volts};
use pogo_sandbox::rhai::{Array, Dynamic, Engine, EvalAltResult, FnPtr, Map, NativeCallContext};
use pogo_sandbox::{Kept, script_error};

use super::battery::{Battery, Charger};
use super::heater::Heater;
use super::options::{Options, quantity};
use super::script::{Declared, Shared, Stage, lock};
use super::{Kind, Output, Part, Sensor};
use crate::circuit::{Draw, Follower, FollowerId, Misfit, NetId, Rail, rtd};
use crate::noise::Noise;

pub(super) type Outcome<T = ()> = Result<T, Box<EvalAltResult>>;

/// A net that nothing is on: what an output with a level of its own follows.
const GROUND: &str = "\nground";

/// Registers `verb`, which declares something about a net.
fn declare<A: pogo_sandbox::rhai::Variant + Clone>(
    engine: &mut Engine,
    stage: &Shared,
    verb: &'static str,
    act: fn(&mut Stage, &str, A) -> Outcome,
) {
    let stage = stage.clone();
    engine.register_fn(verb, move |net: &str, what: A| {
        let mut stage = lock(&stage);
        stage.declares(verb)?;
        act(&mut stage, net, what)
    });
}

pub(super) fn register(engine: &mut Engine, stage: &Shared) {
    let it = stage.clone();
    engine.register_fn("device", move |name: &str| {
        let mut stage = lock(&it);
        stage.declares("device")?;
        stage.device.name = name.to_owned();
        Outcome::Ok(())
    });
    declare(engine, stage, "load", Stage::load);
    declare(engine, stage, "rail", Stage::rail);
    declare(engine, stage, "output", Stage::output);
    declare(engine, stage, "sensor", Stage::sensor);
    declare(engine, stage, "pin", Stage::pin);
    declare(engine, stage, "relay", Stage::relay);
    declare(engine, stage, "battery", Stage::battery);
    declare(engine, stage, "charger", Stage::charger);
    declare(engine, stage, "heater", Stage::heater);
    declare(engine, stage, "resistor", Stage::resistor);
    declare(engine, stage, "rtd", Stage::rtd);
    super::modbus::register(engine, stage);
    let it = stage.clone();
    engine.register_fn("fault", move |context: NativeCallContext, name: &str, body: FnPtr| {
        lock(&it).fault(&context, name, body)
    });
}

impl Stage {
    pub(super) fn declares(&self, verb: &str) -> Outcome {
        if !self.begun {
            return Ok(());
        }
        let hint = "a unit is declared before time begins; a handler can `change` what it is";
        Err(script_error(format!("{verb}: nothing can be declared any more"), hint.to_owned()))
    }

    fn load(&mut self, net: &str, map: Map) -> Outcome {
        let mut options = Options::new("load", map, &["off", "boot", "on", "boots_in", "needs"])?;
        let on = options.draw("on")?;
        let on = on.ok_or_else(|| options.lacks("on"))?;
        let off = options.draw("off")?.unwrap_or(Draw::NOTHING);
        let boot = options.draw("boot")?.unwrap_or(on);
        let starts_in_ns = options.time("boots_in")?.unwrap_or(0);
        let needs = threshold("load", options.may("needs")?.unwrap_or(Volts(0.1)))?;
        let net = self.net("load", net)?;
        let sink = self.circuit.add_sink(net, off);
        let kind = Kind::Load { sink, off, boot, on };
        self.device.add(Part::new(net, needs, starts_in_ns, kind), &mut self.circuit);
        Ok(())
    }

    fn rail(&mut self, name: &str, map: Map) -> Outcome {
        let known = &["from", "level", "dropout", "resistance", "after", "needs", "spread"];
        let mut options = Options::new("rail", map, known)?;
        let from = options.net("from")?;
        let level: Volts = options.must("level")?;
        let dropout = options.may("dropout")?.unwrap_or(Volts(0.0));
        let resistance = options.may("resistance")?.unwrap_or(Ohms(0.0));
        if !(level.0 > 0.0 && dropout.0 >= 0.0 && resistance.0 >= 0.0) {
            let hint = "the level is above 0 V, dropout and resistance are not below zero";
            return Err(script_error("rail: nothing real is like that", hint.to_owned()));
        }
        let starts_in_ns = options.time("after")?.unwrap_or(0);
        let needs = options.may("needs")?.unwrap_or(Volts(dropout.0.max(0.1)));
        let needs = threshold("rail", needs)?;
        let spread = 1.0 + options.part("spread")? * Noise::of(self.seed, name).even();
        let (from, to) = (self.net("rail", &from)?, self.net("rail", name)?);
        let rail = Rail {
            from,
            to,
            level: level.0 * spread,
            limit: f64::INFINITY,
            dropout: dropout.0,
            resistance: resistance.0,
            on: false,
        };
        let rail = self.circuit.add_rail(rail).map_err(|misfit| unfit("rail", name, misfit))?;
        self.device.add(Part::new(from, needs, starts_in_ns, Kind::Rail(rail)), &mut self.circuit);
        Ok(())
    }

    fn output(&mut self, name: &str, map: Map) -> Outcome {
        let known = &["follows", "gain", "offset", "resistance", "spread"];
        let mut options = Options::new("output", map, known)?;
        let follows = options.net("follows")?;
        let gain = options.number("gain")?.unwrap_or(1.0);
        let offset = options.may("offset")?.unwrap_or(Volts(0.0));
        let resistance = options.may("resistance")?.unwrap_or(Ohms(0.0));
        let spread = 1.0 + options.part("spread")? * Noise::of(self.seed, name).even();
        let (input, output) = (self.net("output", &follows)?, self.net("output", name)?);
        let follower = Follower {
            input,
            gain: gain * spread,
            offset: offset.0,
            resistance: resistance.0,
            on: false,
        };
        self.drives("output", name, output, follower, false).map(drop)
    }

    fn sensor(&mut self, name: &str, map: Map) -> Outcome {
        let known = &["slope", "zero", "offset", "gain", "bend", "resistance", "spread"];
        let mut options = Options::new("sensor", map, known)?;
        let slope: Volts = options.must("slope")?;
        let zero = options.may("zero")?.unwrap_or(Volts(0.0));
        let offset = options.may("offset")?.unwrap_or(Kelvins(0.0));
        let gain = options.number("gain")?.unwrap_or(1.0);
        let bend = options.number("bend")?.unwrap_or(0.0);
        let spread = 1.0 + options.part("spread")? * Noise::of(self.seed, name).even();
        let resistance = options.may("resistance")?;
        let net = self.net("sensor", name)?;
        let follower = self.steady(resistance);
        let follower = self.drives("sensor", name, net, follower, false)?;
        let (slope, zero, offset, gain) = (slope.0, zero.0, offset.0, gain * spread);
        let sensor = Sensor { net, follower, zero, slope, offset, gain, bend };
        self.circuit.follower_mut(follower).offset = sensor.voltage(self.device.feels());
        self.device.sensors.push(sensor);
        Ok(())
    }

    fn heater(&mut self, name: &str, map: Map) -> Outcome {
        let mut options = Options::new("heater", map, &["resistance", "rise", "time"])?;
        let resistance: Ohms = options.must("resistance")?;
        let rise: Kelvins = options.must("rise")?;
        let time = options.time("time")?.ok_or_else(|| options.lacks("time"))?;
        if !(resistance.0 > 0.0 && rise.0 > 0.0 && time > 0) {
            let hint = "resistance, rise and time are above zero".to_owned();
            return Err(script_error("heater: nothing real is like that", hint));
        }
        let net = self.net("heater", name)?;
        self.circuit.add_resistor(net, resistance);
        self.device.heaters.push(Heater::new(net, resistance.0, rise.0, time as f64));
        Ok(())
    }

    fn pin(&mut self, name: &str, map: Map) -> Outcome {
        let mut options = Options::new("pin", map, &["resistance"])?;
        let resistance = options.may("resistance")?;
        let net = self.net("pin", name)?;
        let follower = self.steady(resistance);
        self.drives("pin", name, net, follower, true).map(drop)
    }

    /// What drives a level of its own, 0 V until it has another.
    fn steady(&mut self, resistance: Option<Ohms>) -> Follower {
        let resistance = resistance.unwrap_or(Ohms(0.0)).0;
        let input = self.circuit.net(GROUND);
        Follower { input, gain: 0.0, offset: 0.0, resistance, on: false }
    }

    /// Lets `net` be driven while the unit is up.
    fn drives(
        &mut self,
        verb: &str,
        name: &str,
        net: NetId,
        follower: Follower,
        pin: bool,
    ) -> Outcome<FollowerId> {
        let follower = self.circuit.add_follower(follower, net);
        let follower = follower.map_err(|misfit| unfit(verb, name, misfit))?;
        self.device.outputs.push(Output { net, follower, pin, released: false });
        Ok(follower)
    }

    fn relay(&mut self, name: &str, map: Map) -> Outcome {
        let mut options = Options::new("relay", map, &["from", "resistance", "closed"])?;
        let from = options.net("from")?;
        let resistance = options.may("resistance")?.unwrap_or(Ohms(0.0)).0;
        let on = options.yes("closed")?.unwrap_or(false);
        let (from, to) = (self.net("relay", &from)?, self.net("relay", name)?);
        let (level, limit) = (f64::INFINITY, f64::INFINITY);
        let rail = Rail { from, to, level, limit, dropout: 0.0, resistance, on };
        let rail = self.circuit.add_rail(rail).map_err(|misfit| unfit("relay", name, misfit))?;
        self.device.relays.push((to, rail));
        Ok(())
    }

    fn battery(&mut self, name: &str, map: Map) -> Outcome {
        let known = &["capacity", "charge", "curve", "resistance"];
        let mut options = Options::new("battery", map, known)?;
        let capacity: Coulombs = options.must("capacity")?;
        let charge = options.share("charge")?.unwrap_or(1.0);
        let resistance = options.may("resistance")?.unwrap_or(Ohms(0.0));
        let curve = curve(options.list("curve")?)?;
        if !(capacity.0 > 0.0 && resistance.0 >= 0.0) {
            let hint = "its capacity is above 0 mAh, its resistance not below 0 ohm".to_owned();
            return Err(script_error("battery: nothing real is like that", hint));
        }
        let net = self.net("battery", name)?;
        let cell = self.circuit.add_cell(net, Volts(0.0), resistance);
        let battery = Battery::new(net, cell, capacity.0, charge, curve);
        self.circuit.cell_mut(cell).emf = battery.emf();
        self.device.batteries.push(battery);
        Ok(())
    }

    fn charger(&mut self, name: &str, map: Map) -> Outcome {
        let known = &["from", "needs", "current", "voltage", "ends_below", "resistance"];
        let mut options = Options::new("charger", map, known)?;
        let from = options.net("from")?;
        let (current, voltage): (Amperes, Volts) =
            (options.must("current")?, options.must("voltage")?);
        let ends_below = options.may("ends_below")?.unwrap_or(Amperes(current.0 / 10.0));
        let needs = threshold("charger", options.may("needs")?.unwrap_or(voltage))?;
        let resistance = options.may("resistance")?.unwrap_or(Ohms(0.0)).0;
        if !(current.0 > 0.0 && voltage.0 > 0.0) {
            let hint = "current and voltage are above zero".to_owned();
            return Err(script_error("charger: nothing real is like that", hint));
        }
        let (from, to) = (self.net("charger", &from)?, self.net("charger", name)?);
        let (level, limit) = (voltage.0, current.0);
        let rail = Rail { from, to, level, limit, dropout: 0.0, resistance, on: false };
        let rail = self.circuit.add_rail(rail).map_err(|misfit| unfit("charger", name, misfit))?;
        self.device.chargers.push(Charger::new(to, rail, from, needs.0, ends_below.0));
        Ok(())
    }

    fn fault(&mut self, context: &NativeCallContext, name: &str, body: FnPtr) -> Outcome {
        self.declares("fault")?;
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || !name.chars().all(word) {
            let hint = "lowercase letters, digits and underscores: `sleeps_hungry`".to_owned();
            let message = format!("fault: `{}` is no name of a fault", name.escape_debug());
            return Err(script_error(message, hint));
        }
        if self.faults.iter().any(|it| it.name == name) {
            return Err(script_error(format!("fault: `{name}` is declared already"), None));
        }
        let place = place_of(context, "fault");
        let closure = Kept::new(context, body);
        self.faults.push(Declared { name: name.to_owned(), place, closure });
        Ok(())
    }

    fn resistor(&mut self, net: &str, value: Dynamic) -> Outcome {
        let resistance: Ohms = quantity("resistor", value)?;
        if resistance.0 < 0.0 {
            return Err(script_error(format!("resistor: {resistance} is less than nothing"), None));
        }
        let net = self.net("resistor", net)?;
        self.circuit.add_resistor(net, resistance);
        Ok(())
    }

    fn rtd(&mut self, net: &str, value: Dynamic) -> Outcome {
        let temperature: Celsius = quantity("rtd", value)?;
        if !(-200.0..=850.0).contains(&temperature.0) {
            let message = format!("rtd: {temperature} is beyond a platinum thermometer");
            return Err(script_error(message, "from -200.degC to 850.degC".to_owned()));
        }
        let net = self.net("rtd", net)?;
        self.circuit.add_resistor(net, rtd::resistance(temperature));
        Ok(())
    }

    pub(super) fn net(&mut self, verb: &str, name: &str) -> Result<NetId, Box<EvalAltResult>> {
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(script_error(format!("{verb}: `{}` is no net", name.escape_debug()), None));
        }
        Ok(self.circuit.net(name))
    }
}

/// Where `verb` is called.
pub(super) fn place_of(context: &NativeCallContext, verb: &str) -> Place {
    let at = context.call_position();
    Place {
        file: context.call_source().unwrap_or_default().into(),
        line: at.line().unwrap_or(1),
        column: at.position().unwrap_or(1),
        width: verb.len(),
    }
}

/// Open-circuit voltages by charge: `[[0.percent, 3.V], [100.percent, 4.2.V]]`.
fn curve(points: Array) -> Outcome<Vec<(f64, f64)>> {
    let wrong = |why: &str| {
        let hint = "write `[[0.percent, 3.V], [50.percent, 3.7.V], [100.percent, 4.2.V]]`";
        script_error(format!("battery: `curve` {why}"), hint.to_owned())
    };
    let point = |point: Dynamic| {
        let pair: [Dynamic; 2] = point.into_array().ok()?.try_into().ok()?;
        let [charge, voltage] = pair.map(|it| it.try_cast::<Quantity>());
        let (charge, voltage) = (charge?, voltage?);
        let right = charge.dimension() == Dimension::Percent
            && voltage.dimension() == Dimension::Voltage
            && voltage.value().is_finite();
        right.then(|| (charge.value() / 100.0, voltage.value()))
    };
    let points: Option<Vec<(f64, f64)>> = points.into_iter().map(point).collect();
    let points = points.ok_or_else(|| wrong("is no list of a charge and a voltage each"))?;
    let rises = points.windows(2).all(|it| it[0].0 < it[1].0 && it[0].1 <= it[1].1);
    let ends = points.first().zip(points.last());
    if !(rises && ends.is_some_and(|(first, last)| (first.0, last.0) == (0.0, 1.0))) {
        return Err(wrong("does not rise from 0 % to 100 %"));
    }
    Ok(points)
}

/// What a part has to find on its net; not nothing, or it would live without a supply.
fn threshold(verb: &str, needs: Volts) -> Result<Volts, Box<EvalAltResult>> {
    if needs.0 > 0.0 {
        return Ok(needs);
    }
    Err(script_error(format!("{verb}: `needs` is {needs}, expected more than 0 V"), None))
}

fn unfit(verb: &str, net: &str, misfit: Misfit) -> Box<EvalAltResult> {
    match misfit {
        Misfit::FedAlready => {
            let hint = "a net has one rail or output".to_owned();
            script_error(format!("{verb}: `{net}` is fed already"), hint)
        }
        Misfit::Cycle => script_error(format!("{verb}: `{net}` would feed itself"), None),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use pogo_hal::Diagnostic;

    use super::super::script::{Script, build};

    fn built(text: &str) -> Result<Script, Diagnostic> {
        build(Path::new("unit.dut.rhai"), "unit.dut.rhai", text, 1, &[])
    }

    #[test]
    fn a_mistake_in_a_device_file_says_where_and_what_was_meant() {
        for (text, line, message, hint) in [
            ("device(\"A\");\n load(\"V\", #{ no: 1.mA });", 2, "`load` has no `no`", "`on`"),
            ("load(\"V\", #{ of: 1.A, on: 1.A });", 1, "`load` has no `of`", "did you mean `o"),
            ("load(\"V\", #{});", 1, "`load` needs `on`", "boots_in"),
            ("load(\"V\", #{ on: 3 });", 1, "`on` is 3, expected a current", ".A"),
            ("load(\"V\", #{ on: 3.V });", 1, "3 V is a voltage, expected a current", ""),
            ("load(\"V\", #{ on: -1.mA });", 1, "does not feed", ""),
            ("load(\"V\", #{ on: 1.mA, boots_in: -1.s });", 1, "past", ""),
            ("rail(\"R\", #{ from: 5, level: 1.V });", 1, "`from` is 5, expected a net", "VBAT"),
            ("rail(\"R\", #{ from: \"R\", level: 1.V });", 1, "feed itself", ""),
            (
                "rail(\"R\", #{ from: \"V\", level: 1.V });\nrail(\"R\", #{ from: \"V\", level: 1.V });",
                2,
                "fed already",
                "one rail",
            ),
            ("rail(\"R\", #{ from: \"V\", level: 1.V, spread: 1 });", 1, "expected a", "percent"),
            ("resistor(\"V\", 5);", 1, "resistor is 5, expected a resistance", "ohm"),
            ("rtd(\"V\", 25.K);", 1, "expected a temperature", ""),
            ("rtd(\"V\", 1000.degC);", 1, "beyond", "850"),
            ("lode(\"V\", 1);", 1, "lode", ""),
        ] {
            let Err(error) = built(text) else { panic!("{text} was accepted") };
            assert!(error.message.contains(message), "{text}: {error:?}");
            let place = error.place.clone().expect(text);
            assert_eq!((&*place.file, place.line), ("unit.dut.rhai", line), "{text}: {error:?}");
            assert!(place.column > 0);
            assert!(error.hint.clone().unwrap_or_default().contains(hint), "{text}: {error:?}");
        }
    }

    #[test]
    fn a_spread_is_drawn_from_the_seed_and_stays_within_itself() {
        let level = |seed| {
            let text = "rail(\"R\", #{ from: \"V\", level: 1.V, spread: 2.percent });";
            let built = build(Path::new("a"), "a", text, seed, &[]).unwrap();
            let built = &mut *built.stage();
            let (from, rail) = (built.circuit.net("V"), built.circuit.net("R"));
            let supply = built.circuit.add_supply(from);
            let supply = built.circuit.supply_mut(supply);
            (supply.setpoint, supply.limit, supply.on) = (5.0, 1.0, true);
            let mut timeline = crate::timeline::Timeline::new();
            built.device.look(&mut built.circuit, &mut timeline, |_| ());
            built.circuit.voltage(rail).0
        };
        assert_eq!(level(7), level(7));
        let all: Vec<f64> = (0..50).map(level).collect();
        assert!(all.iter().all(|it| (0.98..=1.02).contains(it)), "{all:?}");
        assert!(all.iter().any(|it| (it - all[0]).abs() > 0.005), "{all:?}");
    }
}
