//! A simulated multimeter: functions with ranges and integration times, and leads on nets.
//!
//! A plain struct without I/O or a clock: it says how long a reading takes, and reads the circuit
//! as it is when that time is over.

mod reading;
mod trigger;

use std::collections::BTreeMap;
use std::sync::Arc;

use pogo_hal::{Function, Quantity};
use pogo_models::{Act, Action, Condition, Model, Observable, Property};

use reading::{RESOLUTION, Sample, TEMPERATURE_SPAN};
use trigger::Phase;

use crate::circuit::{Circuit, NetId};
use crate::noise::Noise;
use crate::scpi::{At, Code, Level, Limits, Order, Outcome, Thing, Tree};
use crate::settings::Settings;

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
    /// Readings that are still to be taken.
    left: u32,
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
                return Ok(self.begin(1));
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
        if self.memory.len() > 1 {
            answer.push(',');
        }
        self.write(sample, answer);
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
        self.bus_trigger().map(|()| Outcome::Done)
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
        self.next_reading(circuit);
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
