//! A thermal chamber: a setpoint, and a temperature that follows it with one time constant. The unit
//! under test is inside.

use pogo_hal::{Dimension, Quantity, Register, RegisterValue};

use super::tables::Tables;
use crate::device::decay;

/// While it moves, the temperature is looked at so many times in a time constant, besides whenever
/// anything happens.
const LOOKS: f64 = 25.0;

/// Closer than this to its setpoint, in kelvins, it is there.
const THERE: f64 = 1e-3;

/// The largest part of a time constant that one step of the curve covers.
const STEP: f64 = 0.25;

/// See the module's own words.
#[derive(Debug)]
pub(super) struct Chamber {
    setpoint: Register,
    temperature: Register,
    /// The coil that switches it on; without one it always is.
    runs: Option<Register>,
    constant_ns: f64,
    /// Of the room that it stands in, in degrees Celsius.
    room: f64,
    is: f64,
    target: f64,
    counted_ns: u64,
    change: u32,
    asks: bool,
}

impl Chamber {
    /// A chamber that has the temperature of the room, as its registers say from now on.
    pub(super) fn new(
        [setpoint, temperature]: [Register; 2],
        runs: Option<Register>,
        constant_ns: f64,
        room: f64,
        tables: &mut Tables,
    ) -> Self {
        let chamber = Self {
            setpoint,
            temperature,
            runs,
            constant_ns,
            room,
            is: room,
            target: room,
            counted_ns: 0,
            change: 0,
            asks: false,
        };
        for register in [&chamber.setpoint, &chamber.temperature] {
            say(register, room, tables);
        }
        chamber
    }

    /// The temperature inside at `now_ns`, which its register then says.
    pub(super) fn temperature(&mut self, now_ns: u64, tables: &mut Tables) -> f64 {
        let mut left = now_ns.saturating_sub(self.counted_ns) as f64 / self.constant_ns;
        while left > 0.0 && self.is != self.target {
            let step = left.min(STEP);
            left -= step;
            self.is = self.target + (self.is - self.target) * decay(step);
            if (self.is - self.target).abs() < THERE {
                self.is = self.target;
            }
        }
        self.counted_ns = self.counted_ns.max(now_ns);
        say(&self.temperature, self.is, tables);
        self.is
    }

    /// Follows its setpoint from now on. Gives when it wants to look again, and for which change, if
    /// that is another moment than before.
    pub(super) fn look(&mut self, now_ns: u64, tables: &mut Tables) -> Option<(u64, u32)> {
        self.temperature(now_ns, tables);
        let runs = self
            .runs
            .as_ref()
            .is_none_or(|it| matches!(tables.value(it), Ok(RegisterValue::Bool(true))));
        let target = match tables.value(&self.setpoint) {
            Ok(RegisterValue::Quantity(it)) if runs && it.value().is_finite() => it.value(),
            _ => self.room,
        };
        if target == self.target && !self.asks {
            return None;
        }
        self.target = target;
        self.asks = false;
        self.change = self.change.wrapping_add(1);
        (self.is != target).then_some(((self.constant_ns / LOOKS) as u64, self.change))
    }

    /// What it asked to be woken for has come: unless something has changed since, the next look
    /// asks again.
    pub(super) fn wake(&mut self, change: u32) {
        self.asks |= self.change == change;
    }
}

fn say(register: &Register, degrees: f64, tables: &mut Tables) {
    let value = RegisterValue::Quantity(Quantity::new(degrees, Dimension::Temperature));
    // What its register cannot say it does not say.
    _ = tables.put(register, &value);
}
