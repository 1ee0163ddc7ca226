//! A simulated power supply: channels with setpoints, limits and protections.
//!
//! A plain struct without I/O or a clock. What its terminals carry is the circuit's business; the
//! setpoints that the circuit needs are kept there, everything else here.

mod meant;
mod protection;

use std::sync::Arc;

use pogo_hal::{Dimension, Quantity};
use pogo_models::{Act, Action, Condition, Model, Observable, Property};

use meant::Meant;

use crate::circuit::{Circuit, Regulates, SupplyId};
use crate::fault::skewed;
use crate::noise::Noise;
use crate::scpi::{Code, Level, Limits, Order, Outcome, Thing};
use crate::settings::{Settings, picture};

/// Read-back noise over the channel's rating.
const READ_BACK: f64 = 2e-6;

/// See the module's own words.
#[derive(Debug)]
pub(crate) struct PowerSupply {
    settings: Settings,
    channels: Vec<Channel>,
    noise: Noise,
}

#[derive(Debug)]
struct Channel {
    number: u8,
    output: SupplyId,
    voltage_noise: f64,
    current_noise: f64,
    tripped: Tripped,
    skews: Vec<Quantity>,
    stuck: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tripped {
    voltage: bool,
    current: bool,
}

impl PowerSupply {
    /// A supply as after a reset; `output` gives the circuit's end of each of its channels.
    pub(crate) fn new(
        model: Arc<Model>,
        noise: Noise,
        circuit: &mut Circuit,
        mut output: impl FnMut(u8, &mut Circuit) -> SupplyId,
    ) -> Self {
        let channels: Vec<Channel> = (model.channels().iter())
            .map(|(number, rating)| Channel {
                number: *number,
                output: output(*number, circuit),
                voltage_noise: rating.voltage.0 * READ_BACK,
                current_noise: rating.current.0 * READ_BACK,
                tripped: Tripped::default(),
                skews: Vec::new(),
                stuck: false,
            })
            .collect();
        let settings = Settings::new(model, channels.len());
        let mut supply = Self { settings, channels, noise };
        supply.reset(circuit);
        supply
    }

    /// Lets a channel read back `by` too much from now on.
    pub(crate) fn skew(&mut self, channel: u8, by: Quantity) {
        let channels = self.channels.iter_mut().filter(|it| it.number == channel);
        channels.for_each(|it| it.skews.push(by.clone()));
    }

    /// Lets the output of a channel stay off, whatever it says.
    pub(crate) fn stick(&mut self, channel: u8) {
        self.channels.iter_mut().filter(|it| it.number == channel).for_each(|it| it.stuck = true);
    }

    fn switch(&mut self, index: usize, on: bool, circuit: &mut Circuit) {
        self.settings.set_boolean(Property::Output, index, on);
        let Channel { output, stuck, .. } = self.channels[index];
        circuit.supply_mut(output).on = on && !stuck;
    }

    /// Brings the outputs to what is set. One that has tripped stays off.
    fn apply(&mut self, circuit: &mut Circuit) {
        for index in 0..self.channels.len() {
            let Channel { output, tripped, .. } = self.channels[index];
            let number = |property| self.settings.number(property, index).unwrap_or(0.0);
            let supply = circuit.supply_mut(output);
            supply.setpoint = number(Property::Voltage);
            supply.limit = number(Property::Current);
            let on = self.settings.boolean(Property::Output, index).unwrap_or(false);
            self.switch(index, on && !tripped.voltage && !tripped.current, circuit);
        }
    }

    fn selected(&self) -> usize {
        let number = self.settings.number(Property::Selected, 0).unwrap_or(1.0);
        self.channels.iter().position(|it| f64::from(it.number) == number).unwrap_or(0)
    }

    /// Each channel that a message means.
    fn meant(&self, order: &Order) -> Result<Meant, Code> {
        match (order.bound.channels(), order.suffix) {
            ([], None) => Ok(Meant::one(self.selected())),
            ([], Some(number)) => {
                self.channel_numbered(number).map(Meant::one).ok_or(Code::SUFFIX_OUT_OF_RANGE)
            }
            (channels, _) => Ok(Meant::all(channels)),
        }
    }

    fn set(
        &mut self,
        property: Property,
        index: usize,
        order: &Order,
        circuit: &mut Circuit,
    ) -> Result<(), Code> {
        match property {
            Property::Selected => {
                let index = match (order.bound.channels(), order.bound.level) {
                    ([index, ..], _) => usize::from(*index),
                    (_, Some(level)) => {
                        let number = self.settings.within(property, 0, level)?;
                        let found =
                            self.channels.iter().position(|it| f64::from(it.number) == number);
                        found.ok_or(Code::OUT_OF_RANGE)?
                    }
                    _ => return Err(Code::MISSING_PARAMETER),
                };
                self.select(index);
                Ok(())
            }
            Property::Output => {
                let on = order.bound.boolean.ok_or(Code::MISSING_PARAMETER)?;
                let tripped = self.channels[index].tripped;
                if on && (tripped.voltage || tripped.current) {
                    return Err(Code::SETTINGS_CONFLICT);
                }
                self.switch(index, on, circuit);
                Ok(())
            }
            Property::OverVoltageState | Property::OverCurrentState => {
                let on = order.bound.boolean.ok_or(Code::MISSING_PARAMETER)?;
                self.settings.set_boolean(property, index, on);
                Ok(())
            }
            _ => {
                let level = order.bound.level.or(order.bound.current);
                self.level(property, index, level.ok_or(Code::MISSING_PARAMETER)?, circuit)
            }
        }
    }

    fn level(
        &mut self,
        property: Property,
        index: usize,
        level: Level,
        circuit: &mut Circuit,
    ) -> Result<(), Code> {
        let number = self.settings.within(property, index, level)?;
        self.settings.set_number(property, index, number);
        let output = self.channels[index].output;
        match property {
            Property::Voltage => circuit.supply_mut(output).setpoint = number,
            Property::Current => circuit.supply_mut(output).limit = number,
            // A protection that is told to trip lower may have to trip now.
            _ => {
                circuit.supply_mut(output);
            }
        }
        Ok(())
    }

    fn select(&mut self, index: usize) {
        let number = f64::from(self.channels[index].number);
        // One selection for the instrument: kept where a single value would be.
        self.settings.set_number(Property::Selected, 0, number);
    }

    fn give(
        &self,
        property: Property,
        index: usize,
        order: &Order,
        answer: &mut String,
    ) -> Result<(), Code> {
        if property == Property::Selected && !order.by_number {
            let channel = self.channels[self.selected()].number;
            let names = self.settings.model().obeys().channels.get(&channel);
            answer.push_str(names.and_then(|it| it.first()).map_or("", String::as_str));
            return Ok(());
        }
        let index = if property == Property::Selected { 0 } else { index };
        match order.bound.extreme {
            None => self.settings.write(property, index, order.command, answer),
            Some(extreme) => {
                let bound = self.settings.bound(property, index, extreme)?;
                self.settings.write_number(property, bound, order.command, answer);
            }
        }
        Ok(())
    }

    fn read(
        &mut self,
        observable: Observable,
        index: usize,
        order: &Order,
        circuit: &mut Circuit,
        answer: &mut String,
    ) -> Result<(), Code> {
        let Channel { output, voltage_noise, current_noise, tripped, .. } = self.channels[index];
        let picture = picture(order.command, self.settings.model().obeys().numbers);
        let skews = &self.channels[index].skews;
        let mut voltage = |noise: &mut Noise| {
            skewed(circuit.terminals(output).0, Dimension::Voltage, skews)
                + noise.normal() * voltage_noise
        };
        match observable {
            Observable::TerminalVoltage => picture.write(voltage(&mut self.noise), answer),
            Observable::TerminalCurrent => {
                let current = skewed(circuit.supplied(output).0, Dimension::Current, skews)
                    + self.noise.normal() * current_noise;
                picture.write(current, answer);
            }
            Observable::TerminalPower | Observable::Terminals => {
                let voltage = voltage(&mut self.noise);
                let current = skewed(circuit.supplied(output).0, Dimension::Current, skews)
                    + self.noise.normal() * current_noise;
                if observable == Observable::Terminals {
                    picture.write(voltage, answer);
                    answer.push(',');
                    picture.write(current, answer);
                    answer.push(',');
                }
                picture.write(voltage * current, answer);
            }
            Observable::Mode => {
                circuit.supplied(output);
                answer.push_str(match circuit.supply(output).regulates() {
                    Regulates::Voltage => "CV",
                    Regulates::Current => "CC",
                    Regulates::Nothing => "UR",
                });
            }
            Observable::OverVoltageTripped => {
                self.settings.write_boolean(tripped.voltage, order.command, answer);
            }
            Observable::OverCurrentTripped => {
                self.settings.write_boolean(tripped.current, order.command, answer);
            }
            Observable::Calibration => {
                answer.push_str(&self.settings.model().obeys().calibration);
            }
            // The reader of model files gives these to meters only.
            _ => return Err(Code::UNDEFINED_HEADER),
        }
        Ok(())
    }

    fn perform(
        &mut self,
        action: Action,
        index: usize,
        order: &Order,
        circuit: &mut Circuit,
    ) -> Result<(), Code> {
        let tripped = &mut self.channels[index].tripped;
        match action {
            Action::Apply => {
                // Both are held against their bounds first: a refusal changes nothing.
                let bound = &order.bound;
                for (property, level) in
                    [(Property::Voltage, bound.level), (Property::Current, bound.current)]
                {
                    level.map_or(Ok(0.0), |level| self.settings.within(property, index, level))?;
                }
                self.select(index);
                if let Some(level) = bound.level {
                    self.level(Property::Voltage, index, level, circuit)?;
                }
                if let Some(level) = bound.current {
                    self.level(Property::Current, index, level, circuit)?;
                }
            }
            Action::ClearProtection => *tripped = Tripped::default(),
            Action::ClearOverVoltage => tripped.voltage = false,
            Action::ClearOverCurrent => tripped.current = false,
            _ => {}
        }
        Ok(())
    }
}

impl Limits for PowerSupply {
    fn channel_named(&self, word: &[u8]) -> Option<usize> {
        let names = &self.settings.model().obeys().channels;
        self.channels.iter().position(|channel| {
            let names = names.get(&channel.number);
            names.is_some_and(|it| it.iter().any(|name| word.eq_ignore_ascii_case(name.as_bytes())))
        })
    }

    fn channel_numbered(&self, number: u8) -> Option<usize> {
        self.channels.iter().position(|channel| channel.number == number)
    }
}

impl Thing for PowerSupply {
    fn act(
        &mut self,
        order: &Order,
        circuit: &mut Circuit,
        answer: &mut String,
    ) -> Result<Outcome, Code> {
        let meant = self.meant(order)?;
        // All bounds are checked before anything changes: a list is set wholly or not at all.
        if let (Act::Sets(property), Some(level)) =
            (order.command.act, order.bound.level.or(order.bound.current))
        {
            for index in meant.iter().filter(|_| property != Property::Selected) {
                self.settings.within(property, index, level)?;
            }
        }
        for (position, index) in meant.iter().enumerate() {
            if position > 0 && order.command.header.query {
                answer.push(',');
            }
            match order.command.act {
                Act::Sets(property) => self.set(property, index, order, circuit)?,
                Act::Gives(property) => self.give(property, index, order, answer)?,
                Act::Reads(observable) => self.read(observable, index, order, circuit, answer)?,
                Act::Does(action) => self.perform(action, index, order, circuit)?,
            }
        }
        Ok(Outcome::Done)
    }

    fn resume(&mut self, _circuit: &mut Circuit, _answer: &mut String) -> Result<Outcome, Code> {
        Ok(Outcome::Done)
    }

    fn is(&self, condition: Condition, channel: usize, circuit: &mut Circuit) -> bool {
        let Some(Channel { output, tripped, .. }) = self.channels.get(channel) else {
            return false;
        };
        let mut regulates = |what| {
            circuit.supplied(*output);
            circuit.supply(*output).regulates() == what
        };
        match condition {
            Condition::ConstantVoltage => regulates(Regulates::Voltage),
            Condition::ConstantCurrent => regulates(Regulates::Current),
            Condition::OverVoltage => tripped.voltage,
            Condition::OverCurrent => tripped.current,
            // The reader of model files gives these to meters only.
            _ => false,
        }
    }

    fn save(&mut self, memory: u8) {
        self.settings.save(memory);
    }

    fn recall(&mut self, memory: u8, circuit: &mut Circuit) {
        self.settings.recall(memory);
        self.apply(circuit);
    }

    fn reset(&mut self, circuit: &mut Circuit) {
        self.settings.reset(|_| true);
        self.channels.iter_mut().for_each(|it| it.tripped = Tripped::default());
        self.apply(circuit);
    }
}
