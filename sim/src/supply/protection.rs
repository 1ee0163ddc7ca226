//! What switches an output off by itself: too high a voltage, too high a current.

use pogo_models::Property;

use super::{PowerSupply, Tripped};
use crate::circuit::{Circuit, Regulates};

impl PowerSupply {
    /// Switches off every channel whose protection has found a reason to; whether there was one.
    pub(crate) fn protect(&mut self, circuit: &mut Circuit) -> bool {
        let mut any = false;
        for index in 0..self.channels.len() {
            let output = self.channels[index].output;
            if !circuit.supply(output).on {
                continue;
            }
            let tripped = Tripped {
                voltage: self.over_voltage(index, circuit),
                current: self.over_current(index, circuit),
            };
            if tripped.voltage || tripped.current {
                self.channels[index].tripped = tripped;
                self.switch(index, false, circuit);
                any = true;
            }
        }
        any
    }

    fn over_voltage(&self, index: usize, circuit: &mut Circuit) -> bool {
        use Property::{OverVoltageLevel, OverVoltageState};
        let Some(level) = self.settings.number(OverVoltageLevel, index) else { return false };
        // Where a model has no switch for it, it is always on.
        let armed = self.settings.boolean(OverVoltageState, index).unwrap_or(true);
        let net = circuit.supply(self.channels[index].output).net;
        armed && circuit.voltage(net).0 > level * (1.0 + 1e-9)
    }

    fn over_current(&self, index: usize, circuit: &mut Circuit) -> bool {
        use Property::{OverCurrentLevel, OverCurrentState};
        if self.settings.boolean(OverCurrentState, index) != Some(true) {
            return false;
        }
        let output = self.channels[index].output;
        let current = circuit.supplied(output).0;
        match self.settings.number(OverCurrentLevel, index) {
            Some(level) => current > level * (1.0 + 1e-9),
            // Where a model has no level for it, it trips once the output limits its current.
            None => circuit.supply(output).regulates() == Regulates::Current,
        }
    }
}
