//! What warms the unit: a resistor on its board or under it, and how fast that follows.
//!
//! The unit's temperature above the room's goes to what its power is worth, with one time constant.
//! Only additions, multiplications and divisions are used, which give the same bits everywhere.

use crate::circuit::{Circuit, NetId};

/// While it moves, the temperature is looked at so many times in a time constant, besides whenever
/// anything happens.
const LOOKS: f64 = 25.0;

/// Closer than this to its end, in kelvins, it is there.
const THERE: f64 = 1e-3;

/// The largest part of a time constant that one step of the curve covers.
const STEP: f64 = 0.25;

/// A heater and what it has done so far.
#[derive(Debug)]
pub(crate) struct Heater {
    /// The net it is on.
    pub(crate) net: NetId,
    /// Its resistance, in ohms.
    pub(crate) resistance: f64,
    /// What a watt is worth in the end, in kelvins.
    pub(crate) rise: f64,
    /// The time constant, in nanoseconds.
    pub(crate) constant_ns: f64,
    /// How far the unit is above the room.
    excess: f64,
    counted_ns: u64,
    target: f64,
    change: u32,
    asks: bool,
}

impl Heater {
    /// A heater that is cold.
    pub(crate) fn new(net: NetId, resistance: f64, rise: f64, constant_ns: f64) -> Self {
        let (excess, target, change) = (0.0, 0.0, 0);
        let (counted_ns, asks) = (0, false);
        Self { net, resistance, rise, constant_ns, excess, counted_ns, target, change, asks }
    }

    /// How far above the room it keeps the unit, in kelvins.
    pub(crate) fn excess(&self) -> f64 {
        self.excess
    }

    /// Counts what has passed and looks at its power. Gives when it wants to look again, and for
    /// which change, if that is another moment than before.
    pub(crate) fn look(&mut self, circuit: &mut Circuit, now_ns: u64) -> Option<(u64, u32)> {
        if now_ns > self.counted_ns {
            let mut left = (now_ns - self.counted_ns) as f64 / self.constant_ns;
            while left > 0.0 && self.excess != self.target {
                let step = left.min(STEP);
                left -= step;
                self.excess = self.target + (self.excess - self.target) * decay(step);
                if (self.excess - self.target).abs() < THERE {
                    self.excess = self.target;
                }
            }
            self.counted_ns = now_ns;
        }
        let voltage = circuit.voltage(self.net).0;
        let target = voltage * voltage / self.resistance * self.rise;
        if target == self.target && !self.asks {
            return None;
        }
        self.target = target;
        self.asks = false;
        self.change = self.change.wrapping_add(1);
        (self.excess != target).then_some(((self.constant_ns / LOOKS) as u64, self.change))
    }

    /// What it asked to be woken for has come: unless something has changed since, the next look
    /// asks again.
    pub(crate) fn wake(&mut self, change: u32) {
        self.asks |= self.change == change;
    }
}

/// What is left of a distance after `time` constants, of which there is at most [`STEP`]: the (2,2)
/// Padé approximant of the exponential, right to a few parts in 10 million there.
pub(crate) fn decay(time: f64) -> f64 {
    let square = time * time / 12.0;
    (1.0 - time / 2.0 + square) / (1.0 + time / 2.0 + square)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_is_an_exponential_and_does_not_depend_on_how_often_it_is_looked_at() {
        for looks in [1_u32, 7, 1000] {
            let mut circuit = Circuit::default();
            let net = circuit.net("HEATER");
            let mut heater = Heater::new(net, 10.0, 20.0, 60e9);
            heater.target = 20.0;
            for look in 1..=looks {
                // Nothing feeds the net: what it looks at is not what is tested here.
                heater.target = 20.0;
                heater.look(&mut circuit, 90_000_000_000 * u64::from(look) / u64::from(looks));
            }
            let expected = 20.0 * (1.0 - (-1.5_f64).exp());
            assert!((heater.excess - expected).abs() < 1e-4, "{looks}: {}", heater.excess);
        }
    }
}
