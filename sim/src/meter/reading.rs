//! One reading: what the circuit is at that moment, through leads, range, noise and resolution.

use pogo_hal::{Function, Ohms};
use pogo_models::Property;

use super::{Leads, Multimeter};
use crate::circuit::{Circuit, rtd};
use crate::fault::skewed;

/// What a reading takes besides its integration time.
const OVERHEAD_NS: u64 = 1_000_000;

/// The resistance of both leads, which a measurement over two wires includes.
const LEADS: f64 = 0.1;

/// The finest step of a reading over one power line cycle, as a part of the range; noise has the
/// same size.
pub(super) const RESOLUTION: f64 = 3e-7;

/// What stands for a range where a function has none: a millikelvin per line cycle.
pub(super) const TEMPERATURE_SPAN: f64 = 3000.0;

/// A reading that was taken.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sample {
    Value(f64),
    Overload { negative: bool },
}

impl Multimeter {
    pub(super) fn cycles(&self) -> f64 {
        self.settings.number(Property::Nplc(self.function), 0).unwrap_or(1.0)
    }

    pub(super) fn reading_ns(&self) -> u64 {
        let line = self.settings.model().obeys().line_frequency.map_or(50.0, |it| it.0);
        OVERHEAD_NS + (self.cycles() / line * 1e9).round() as u64
    }

    /// One reading of the circuit as it now is.
    pub(super) fn sample(&mut self, circuit: &mut Circuit) -> Sample {
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
    pub(super) fn take(&mut self, circuit: &mut Circuit) -> Sample {
        let sample = self.sample(circuit);
        self.overloaded |= matches!(sample, Sample::Overload { .. });
        self.memory.push(sample);
        self.left = self.left.saturating_sub(1);
        sample
    }

    /// What the leads add to a resistance thermometer; `None` if the meter is set up for another
    /// kind of sensor, which reads nothing from a resistance.
    pub(super) fn thermometer(&self) -> Option<f64> {
        match self.settings.choice(Property::TemperatureTransducer) {
            None | Some("FRTD") => Some(0.0),
            Some("RTD") => Some(LEADS),
            Some(_) => None,
        }
    }

    pub(super) fn in_unit(&self, value: f64) -> f64 {
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
    pub(super) fn range(&mut self, truth: f64) -> Option<f64> {
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

    pub(super) fn write(&self, sample: Sample, answer: &mut String) {
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
}
