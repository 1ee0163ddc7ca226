//! The vocabulary of a `*.dut.rhai` file: declarations that build the device once.
//!
//! The script runs in the sandbox while the bench is built and is gone before time begins, so
//! nothing in it can depend on what happens later. docs/simulation.md describes each verb.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pogo_hal::{Amperes, Celsius, Diagnostic, Ohms, Volts};
use pogo_sandbox::rhai::{Dynamic, Engine, EvalAltResult, Map, Scope};
use pogo_sandbox::{STACK, Sandbox, Settings, script_error};

use super::options::{Options, quantity};
use super::{Device, Kind, Part};
use crate::circuit::{Circuit, Follower, Misfit, NetId, Rail, rtd};
use crate::floor::Floor;
use crate::noise::Noise;

type Outcome = Result<(), Box<EvalAltResult>>;

/// What the script builds.
#[derive(Default)]
struct Built {
    circuit: Circuit,
    device: Device,
    seed: u64,
}

/// Runs the device file at `path` and puts what it declares on the floor.
///
/// # Errors
///
/// The file cannot be read, is no script, or declares something that cannot be; with its place.
pub(crate) fn read(path: &Path, seed: u64, floor: &mut Floor) -> Result<(), Diagnostic> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|cause| {
        Diagnostic::new(format!("the device file `{shown}` cannot be read: {cause}"))
            .with_hint("`device` in `[sim]` is relative to the fixture file")
    })?;
    let built = build(path, &shown, &text, seed)?;
    (floor.circuit, floor.device) = (built.circuit, built.device);
    Ok(())
}

fn build(path: &Path, shown: &str, text: &str, seed: u64) -> Result<Built, Diagnostic> {
    let built = Arc::new(Mutex::new(Built { seed, ..Built::default() }));
    let root = path.parent().unwrap_or(Path::new("."));
    let run = || {
        let mut sandbox = Sandbox::new(Settings::new(root));
        register(sandbox.engine_mut(), &built);
        let mut scope = Scope::new();
        let ast = sandbox.compile(shown, text, &scope)?;
        sandbox.run(&mut scope, &ast).map_err(|error| *error.diagnostic).map(drop)
    };
    // A thread of its own for its stack. Joining it blocks, which does not move a paused clock.
    std::thread::scope(|threads| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(threads, run);
        let thread = thread
            .map_err(|cause| Diagnostic::new(format!("no thread to run `{shown}`: {cause}")))?;
        thread.join().unwrap_or_else(|_| Err(Diagnostic::new(format!("`{shown}` panicked"))))
    })?;
    Ok(std::mem::take(&mut *lock(&built)))
}

fn register(engine: &mut Engine, built: &Arc<Mutex<Built>>) {
    let it = built.clone();
    engine.register_fn("device", move |name: &str| lock(&it).device.name = name.to_owned());
    let it = built.clone();
    engine.register_fn("load", move |net: &str, map: Map| lock(&it).load(net, map));
    let it = built.clone();
    engine.register_fn("rail", move |net: &str, map: Map| lock(&it).rail(net, map));
    let it = built.clone();
    engine.register_fn("output", move |net: &str, map: Map| lock(&it).output(net, map));
    let it = built.clone();
    engine.register_fn("resistor", move |net: &str, value: Dynamic| lock(&it).resistor(net, value));
    let it = built.clone();
    engine.register_fn("rtd", move |net: &str, value: Dynamic| lock(&it).rtd(net, value));
}

fn lock(built: &Mutex<Built>) -> MutexGuard<'_, Built> {
    built.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Built {
    fn load(&mut self, net: &str, map: Map) -> Outcome {
        let mut options = Options::new("load", map, &["off", "boot", "on", "boots_in", "needs"])?;
        let on: Amperes = options.must("on")?;
        let off = options.may("off")?.unwrap_or(Amperes(0.0));
        let boot = options.may("boot")?.unwrap_or(on);
        for (key, current) in [("off", off), ("boot", boot), ("on", on)] {
            if current.0 < 0.0 {
                let message =
                    format!("load: `{key}` is {current}, and a load does not feed its net");
                return Err(script_error(message, None));
            }
        }
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
        let follower = self.circuit.add_follower(follower, output);
        self.device.add_output(follower.map_err(|misfit| unfit("output", name, misfit))?);
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

    fn net(&mut self, verb: &str, name: &str) -> Result<NetId, Box<EvalAltResult>> {
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(script_error(format!("{verb}: `{}` is no net", name.escape_debug()), None));
        }
        Ok(self.circuit.net(name))
    }
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
    use super::*;

    fn built(text: &str) -> Result<Built, Diagnostic> {
        build(Path::new("unit.dut.rhai"), "unit.dut.rhai", text, 1)
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
            let mut built = build(Path::new("a"), "a", text, seed).unwrap();
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
