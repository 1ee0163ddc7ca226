//! A simulated multimeter: functions with ranges and integration times, and leads on nets.
//!
//! A plain struct without I/O or a clock: it says how long a reading takes, and reads the circuit
//! as it is when that time is over.

use std::collections::BTreeMap;
use std::sync::Arc;

use pogo_hal::{Function, Ohms, Quantity};
use pogo_models::{Act, Action, Condition, Model, Observable, Property};

use crate::circuit::{Circuit, NetId, rtd};
use crate::fault::skewed;
use crate::noise::Noise;
use crate::scpi::{At, Code, Level, Limits, Order, Outcome, Thing, Tree};
use crate::settings::Settings;

/// What a reading takes besides its integration time.
const OVERHEAD_NS: u64 = 1_000_000;

/// The resistance of both leads, which a measurement over two wires includes.
const LEADS: f64 = 0.1;

/// The finest step of a reading over one power line cycle, as a part of the range; noise has the
/// same size.
const RESOLUTION: f64 = 3e-7;

/// What stands for a range where a function has none: a millikelvin per line cycle.
const TEMPERATURE_SPAN: f64 = 3000.0;

/// As many readings as one trigger may lead to.
const MEMORY: f64 = 10_000.0;

/// Where a meter's terminals are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leads {
    /// The net that voltage and resistance are measured at, against ground.
    pub(crate) voltage: NetId,
    /// The net whose feeding current flows through the current terminals, if any does.
    pub(crate) current: Option<NetId>,
}

/// See the module's own words.
#[derive(Debug)]
pub(crate) struct Multimeter {
    settings: Settings,
    function: Function,
    names: Tree,
    leads: Leads,
    noise: Noise,
    skews: Vec<Quantity>,
    memory: Vec<Sample>,
    /// Readings that are still to be taken, and whether they are answered.
    left: u32,
    answers: bool,
    /// Of what was initiated: how far it is, triggers that are still to come, and the time after
    /// which the next reading is there, until somebody waits for it.
    phase: Phase,
    triggers: u32,
    timer: Option<u64>,
    /// The function as `*SAV` kept it.
    kept: BTreeMap<u8, Function>,
    /// Whether a reading was beyond its range and no register has been told.
    overloaded: bool,
}

/// How far an initiated measurement is. Source: SCPI-99, volume 2, 24 (the trigger model).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Idle,
    /// For a trigger.
    Waiting,
    Measuring,
}

#[derive(Clone, Copy, Debug)]
enum Sample {
    Value(f64),
    Overload { negative: bool },
}

impl Multimeter {
    /// A meter as after a reset.
    pub(crate) fn new(model: Arc<Model>, noise: Noise, leads: Leads) -> Self {
        let mut names = Tree::new();
        for (index, function) in Function::ALL.iter().enumerate() {
            let name = model.obeys().functions.get(function).map(|it| it.name.as_str());
            if let Some(Ok(header)) = name.map(pogo_models::Header::parse) {
                names.insert(&header, index);
            }
        }
        Self {
            settings: Settings::new(model, 1),
            function: Function::DcVoltage,
            names,
            leads,
            noise,
            skews: Vec::new(),
            memory: Vec::new(),
            left: 0,
            answers: false,
            phase: Phase::Idle,
            triggers: 0,
            timer: None,
            kept: BTreeMap::new(),
            overloaded: false,
        }
    }

    /// Lets it read `by` too much from now on.
    pub(crate) fn skew(&mut self, by: Quantity) {
        self.skews.push(by);
    }

    fn cycles(&self) -> f64 {
        self.settings.number(Property::Nplc(self.function), 0).unwrap_or(1.0)
    }

    fn reading_ns(&self) -> u64 {
        let line = self.settings.model().obeys().line_frequency.map_or(50.0, |it| it.0);
        OVERHEAD_NS + (self.cycles() / line * 1e9).round() as u64
    }

    fn begin(&mut self, count: u32, answers: bool) -> Outcome {
        self.memory.clear();
        (self.left, self.answers) = (count, answers);
        Outcome::Busy(self.reading_ns())
    }

    /// Readings per trigger, and triggers.
    ///
    /// # Errors
    ///
    /// -225 if they are more than it can keep.
    fn counts(&self) -> Result<(u32, u32), Code> {
        let count = |property| self.settings.number(property, 0).unwrap_or(1.0).max(1.0);
        let (samples, triggers) = (count(Property::SampleCount), count(Property::TriggerCount));
        if samples * triggers > MEMORY {
            return Err(Code::OUT_OF_MEMORY);
        }
        Ok((samples as u32, triggers as u32))
    }

    /// Whether readings need no trigger.
    fn immediate(&self) -> bool {
        self.settings.choice(Property::TriggerSource).is_none_or(|it| it == "IMMediate")
    }

    fn read(&mut self) -> Result<Outcome, Code> {
        // It would wait for a trigger that has to come behind the query, which would interrupt
        // it. Source: SCPI-99, volume 2, 21.8.10.
        if !self.immediate() {
            return Err(Code::TRIGGER_DEADLOCK);
        }
        let (samples, triggers) = self.counts()?;
        self.abort();
        Ok(self.begin(samples * triggers, true))
    }

    fn initiate(&mut self) -> Result<(), Code> {
        if self.phase != Phase::Idle {
            return Err(Code::INIT_IGNORED);
        }
        let (samples, triggers) = self.counts()?;
        self.memory.clear();
        if self.immediate() {
            self.measure(samples * triggers, 0);
        } else {
            (self.phase, self.triggers) = (Phase::Waiting, triggers);
        }
        Ok(())
    }

    fn measure(&mut self, readings: u32, triggers: u32) {
        (self.phase, self.left, self.triggers) = (Phase::Measuring, readings, triggers);
        self.timer = Some(self.reading_ns());
    }

    /// Ends what was initiated.
    fn abort(&mut self) {
        (self.phase, self.left, self.triggers, self.timer) = (Phase::Idle, 0, 0, None);
    }

    /// Ends what was initiated under other settings, and forgets what it has read.
    fn change(&mut self) {
        if self.phase != Phase::Idle {
            self.abort();
            self.memory.clear();
        }
    }

    fn configure(&mut self, function: Function, range: Option<Level>) -> Result<(), Code> {
        use crate::scpi::Extreme::Reset;
        let range = match range {
            None | Some(Level::Auto | Level::Extreme(Reset)) => None,
            Some(level) => Some(self.settings.within(Property::Range(function), 0, level)?),
        };
        self.settings.reset(|property| match property {
            Property::Range(it) | Property::AutoRange(it) | Property::Nplc(it) => it == function,
            Property::TriggerSource | Property::TriggerCount | Property::SampleCount => true,
            _ => false,
        });
        self.function = function;
        self.abort();
        self.memory.clear();
        if let Some(range) = range {
            self.fix_range(function, range);
        }
        Ok(())
    }

    fn fix_range(&mut self, function: Function, range: f64) {
        self.settings.set_number(Property::Range(function), 0, range);
        self.settings.set_boolean(Property::AutoRange(function), 0, false);
    }

    /// One reading of the circuit as it now is.
    fn sample(&mut self, circuit: &mut Circuit) -> Sample {
        let Leads { voltage, current } = self.leads;
        let wires = |ohms: Ohms, leads: f64| Ohms(ohms.0 + leads);
        let truth = match self.function {
            Function::DcVoltage => Some(circuit.voltage(voltage).0),
            Function::DcCurrent => Some(current.map_or(0.0, |net| circuit.current(net).0)),
            Function::Resistance => circuit.resistance(voltage).map(|it| wires(it, LEADS).0),
            Function::FourWireResistance => circuit.resistance(voltage).map(|it| it.0),
            Function::Temperature => {
                let leads = self.thermometer();
                let resistance = circuit.resistance(voltage).zip(leads);
                resistance.and_then(|(it, leads)| rtd::temperature(wires(it, leads))).map(|it| it.0)
            }
        };
        let Some(truth) = truth.filter(|it| it.is_finite()) else {
            return Sample::Overload { negative: false };
        };
        let truth = skewed(truth, self.function.dimension(), &self.skews);
        let Some(range) = self.range(truth) else {
            return Sample::Overload { negative: truth < 0.0 };
        };
        let step = range * RESOLUTION / self.cycles().clamp(0.02, 10.0);
        let noisy = truth + self.noise.normal() * step;
        Sample::Value(self.in_unit((noisy / step).round() * step))
    }

    /// Takes one reading and keeps it.
    fn take(&mut self, circuit: &mut Circuit) -> Sample {
        let sample = self.sample(circuit);
        self.overloaded |= matches!(sample, Sample::Overload { .. });
        self.memory.push(sample);
        self.left = self.left.saturating_sub(1);
        sample
    }

    /// What the leads add to a resistance thermometer; `None` if the meter is set up for another
    /// kind of sensor, which reads nothing from a resistance.
    fn thermometer(&self) -> Option<f64> {
        match self.settings.choice(Property::TemperatureTransducer) {
            None | Some("FRTD") => Some(0.0),
            Some("RTD") => Some(LEADS),
            Some(_) => None,
        }
    }

    fn in_unit(&self, value: f64) -> f64 {
        if self.function != Function::Temperature {
            return value;
        }
        match self.settings.choice(Property::TemperatureUnit).and_then(|it| it.bytes().next()) {
            Some(b'F') => value * 9.0 / 5.0 + 32.0,
            Some(b'K') => value + 273.15,
            _ => value,
        }
    }

    /// The range in which `truth` is read, chosen now if the meter may choose; `None` beyond it.
    fn range(&mut self, truth: f64) -> Option<f64> {
        let property = Property::Range(self.function);
        let Some(mut range) = self.settings.number(property, 0) else {
            return Some(TEMPERATURE_SPAN);
        };
        let over = self.settings.model().obeys().overrange;
        if self.settings.boolean(Property::AutoRange(self.function), 0) == Some(true) {
            let steps = self.settings.steps(property);
            let fits = steps.iter().find(|step| truth.abs() <= **step * over);
            range = *fits.or(steps.last())?;
            self.settings.set_number(property, 0, range);
        }
        (truth.abs() <= range * over).then_some(range)
    }

    fn write(&self, sample: Sample, answer: &mut String) {
        let obeys = self.settings.model().obeys();
        match sample {
            Sample::Value(value) => obeys.numbers.write(value, answer),
            Sample::Overload { negative } => {
                if negative {
                    answer.push('-');
                    answer.push_str(obeys.overload.trim_start_matches('+'));
                } else {
                    answer.push_str(&obeys.overload);
                }
            }
        }
    }

    fn set(&mut self, property: Property, order: &Order) -> Result<(), Code> {
        let bound = &order.bound;
        let level = || bound.level.or(bound.current).ok_or(Code::MISSING_PARAMETER);
        match property {
            Property::Function => {
                let name = bound.text.ok_or(Code::MISSING_PARAMETER)?;
                let found = self.names.find(At::ROOT, name).map_err(|_| Code::ILLEGAL_VALUE)?;
                self.function = *Function::ALL.get(found.entry).ok_or(Code::ILLEGAL_VALUE)?;
            }
            Property::Range(function) => {
                let range = self.settings.within(property, 0, level()?)?;
                self.fix_range(function, range);
            }
            Property::AutoRange(_) | Property::AutoZero(_) => {
                let on = bound.boolean.ok_or(Code::MISSING_PARAMETER)?;
                self.settings.set_boolean(property, 0, on);
            }
            Property::Nplc(_) | Property::SampleCount | Property::TriggerCount => {
                let number = self.settings.within(property, 0, level()?)?;
                let whole = !matches!(property, Property::Nplc(_));
                self.settings.set_number(property, 0, if whole { number.round() } else { number });
            }
            _ => {
                let word = bound.choice.ok_or(Code::MISSING_PARAMETER)?;
                self.settings.set_choice(property, word)?;
            }
        }
        Ok(())
    }

    fn give(&self, property: Property, order: &Order, answer: &mut String) -> Result<(), Code> {
        match (property, order.bound.extreme) {
            (Property::Function, _) => {
                answer.push('"');
                answer.push_str(self.answered());
                answer.push('"');
            }
            (_, Some(extreme)) => {
                let bound = self.settings.bound(property, 0, extreme)?;
                self.settings.write_number(property, bound, order.command, answer);
            }
            (_, None) => self.settings.write(property, 0, order.command, answer),
        }
        Ok(())
    }

    /// The function as the meter answers it.
    fn answered(&self) -> &str {
        let name = self.settings.model().obeys().functions.get(&self.function);
        name.map_or("", |it| it.answers.as_str())
    }
}

impl Limits for Multimeter {
    fn channel_named(&self, _word: &[u8]) -> Option<usize> {
        None
    }

    fn channel_numbered(&self, _number: u8) -> Option<usize> {
        None
    }
}

impl Thing for Multimeter {
    fn act(
        &mut self,
        order: &Order,
        _circuit: &mut Circuit,
        answer: &mut String,
    ) -> Result<Outcome, Code> {
        match order.command.act {
            Act::Sets(property) => {
                self.set(property, order)?;
                self.change();
            }
            Act::Gives(property) => self.give(property, order, answer)?,
            Act::Reads(Observable::Reading) => return self.read(),
            Act::Reads(Observable::Measure(function)) => {
                self.configure(function, order.bound.level)?;
                return Ok(self.begin(1, true));
            }
            Act::Reads(Observable::LastReading) => {
                match self.phase {
                    Phase::Idle => {}
                    Phase::Measuring => return Ok(Outcome::Blocked),
                    Phase::Waiting => return Err(Code::TRIGGER_DEADLOCK),
                }
                if self.memory.is_empty() {
                    return Err(Code::STALE);
                }
                for (index, sample) in self.memory.iter().enumerate() {
                    if index > 0 {
                        answer.push(',');
                    }
                    self.write(*sample, answer);
                }
            }
            Act::Reads(Observable::Calibration) => {
                answer.push_str(&self.settings.model().obeys().calibration);
            }
            Act::Reads(_) => {
                let range = self.settings.number(Property::Range(self.function), 0);
                let range = range.unwrap_or(TEMPERATURE_SPAN);
                let numbers = self.settings.model().obeys().numbers;
                answer.push('"');
                answer.push_str(self.answered());
                answer.push(' ');
                numbers.write(range, answer);
                answer.push(',');
                numbers.write(range * RESOLUTION / self.cycles().clamp(0.02, 10.0), answer);
                answer.push('"');
            }
            Act::Does(Action::Configure(function)) => {
                self.configure(function, order.bound.level)?;
            }
            Act::Does(Action::Initiate) => self.initiate()?,
            Act::Does(Action::Abort) => self.abort(),
            Act::Does(_) => {}
        }
        Ok(Outcome::Done)
    }

    fn resume(&mut self, circuit: &mut Circuit, answer: &mut String) -> Result<Outcome, Code> {
        let sample = self.take(circuit);
        if self.answers {
            if self.memory.len() > 1 {
                answer.push(',');
            }
            self.write(sample, answer);
        }
        Ok(if self.left > 0 { Outcome::Busy(self.reading_ns()) } else { Outcome::Done })
    }

    fn is(&self, condition: Condition, _channel: usize, _circuit: &mut Circuit) -> bool {
        match condition {
            Condition::Measuring => self.left > 0,
            Condition::WaitingForTrigger => self.phase == Phase::Waiting,
            _ => false,
        }
    }

    fn take_happened(&mut self) -> Option<Condition> {
        std::mem::take(&mut self.overloaded).then_some(match self.function {
            Function::DcVoltage => Condition::VoltageOverload,
            Function::DcCurrent => Condition::CurrentOverload,
            Function::Resistance | Function::FourWireResistance => Condition::ResistanceOverload,
            Function::Temperature => Condition::TemperatureOverload,
        })
    }

    fn trigger(&mut self) -> Result<Outcome, Code> {
        let heeds = self.settings.choice(Property::TriggerSource) == Some("BUS");
        if self.phase != Phase::Waiting || !heeds {
            return Err(Code::TRIGGER_IGNORED);
        }
        let (samples, _) = self.counts()?;
        self.measure(samples, self.triggers.saturating_sub(1));
        Ok(Outcome::Done)
    }

    fn abandon(&mut self) {
        // What was initiated goes on; only what is answered ends with its message.
        if self.phase == Phase::Idle {
            self.left = 0;
            self.memory.clear();
        }
    }

    fn pending(&self) -> bool {
        self.phase != Phase::Idle
    }

    fn take_timer(&mut self) -> Option<u64> {
        self.timer.take()
    }

    fn proceed(&mut self, circuit: &mut Circuit) {
        if self.phase != Phase::Measuring {
            return;
        }
        self.take(circuit);
        if self.left > 0 {
            self.timer = Some(self.reading_ns());
        } else {
            self.phase = if self.triggers > 0 { Phase::Waiting } else { Phase::Idle };
        }
    }

    fn save(&mut self, memory: u8) {
        self.settings.save(memory);
        self.kept.insert(memory, self.function);
    }

    fn recall(&mut self, memory: u8, _circuit: &mut Circuit) {
        self.change();
        self.settings.recall(memory);
        self.function = self.kept.get(&memory).copied().unwrap_or(Function::DcVoltage);
    }

    fn reset(&mut self, _circuit: &mut Circuit) {
        self.abort();
        self.settings.reset(|_| true);
        self.function = Function::DcVoltage;
        self.memory.clear();
    }
}
