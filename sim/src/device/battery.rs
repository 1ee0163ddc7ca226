//! A rechargeable battery and what charges it.
//!
//! Charge is counted in steps: whenever something happens, and often enough in between that no step
//! moves more than a part of the capacity, nor more than a part of what is left between the
//! battery's voltage and that of its net. Between two steps the current counts as constant.

use crate::circuit::{CellId, Circuit, NetId, RailId};

/// The part of the capacity that a step moves at most.
const STEP: f64 = 0.002;

/// The part of the voltage across its resistance that a step makes up at most, and the least part of
/// the capacity that is a step all the same.
const APPROACH: f64 = 0.2;
const LEAST: f64 = 1e-5;

/// The shortest and the longest step.
const SHORTEST_NS: f64 = 1e6;
const LONGEST_NS: f64 = 3.6e12;

/// A battery: how full it is, and the voltage that goes with it.
#[derive(Debug)]
pub(crate) struct Battery {
    /// Its net.
    pub(crate) net: NetId,
    /// The circuit's end of it.
    pub(crate) cell: CellId,
    /// What it holds, in coulombs.
    pub(crate) capacity: f64,
    /// What is left, as a part of the capacity.
    pub(crate) charge: f64,
    /// Open-circuit voltages by charge, both rising; from empty to full.
    pub(crate) curve: Vec<(f64, f64)>,
    counted_ns: u64,
    current: f64,
    change: u32,
    asks: bool,
}

impl Battery {
    /// A battery that nothing has been taken from yet.
    pub(crate) fn new(
        net: NetId,
        cell: CellId,
        capacity: f64,
        charge: f64,
        curve: Vec<(f64, f64)>,
    ) -> Self {
        Self {
            net,
            cell,
            capacity,
            charge,
            curve,
            counted_ns: 0,
            current: 0.0,
            change: 0,
            asks: false,
        }
    }

    /// The open-circuit voltage at its charge.
    pub(crate) fn emf(&self) -> f64 {
        open_circuit(&self.curve, self.charge)
    }

    /// Counts what has flown until now and takes on the voltage that goes with it. Gives when it
    /// wants to count again, and for which change, if that is another moment than before.
    pub(crate) fn look(&mut self, circuit: &mut Circuit, now_ns: u64) -> Option<(u64, u32)> {
        let before = self.current;
        if now_ns > self.counted_ns {
            let seconds = (now_ns - self.counted_ns) as f64 * 1e-9;
            self.charge = (self.charge + before * seconds / self.capacity).clamp(0.0, 1.0);
            self.counted_ns = now_ns;
        }
        let emf = self.emf();
        if circuit.cell(self.cell).emf != emf {
            circuit.cell_mut(self.cell).emf = emf;
        }
        self.current = circuit.charging(self.cell).0;
        if self.current == before && !self.asks {
            return None;
        }
        let inside = circuit.cell(self.cell).resistance;
        self.next(inside)
    }

    /// What it asked to be woken for has come: unless something has changed since, the next look
    /// asks again.
    pub(crate) fn wake(&mut self, change: u32) {
        self.asks |= self.change == change;
    }

    fn next(&mut self, resistance: f64) -> Option<(u64, u32)> {
        self.asks = false;
        self.change = self.change.wrapping_add(1);
        let stands = self.current == 0.0
            || (self.current > 0.0 && self.charge >= 1.0)
            || (self.current < 0.0 && self.charge <= 0.0);
        // A voltage that holds ends in a current that dies away: a step too far would turn it round.
        let slope = slope(&self.curve, self.charge).max(f64::MIN_POSITIVE);
        let near = APPROACH * self.current.abs() * resistance / slope;
        let step = near.clamp(LEAST, STEP) * self.capacity / self.current.abs() * 1e9;
        (!stands).then(|| (step.clamp(SHORTEST_NS, LONGEST_NS) as u64, self.change))
    }
}

/// The straight line around `charge`: its two points.
fn around(curve: &[(f64, f64)], charge: f64) -> ((f64, f64), (f64, f64)) {
    let above = curve.iter().position(|(at, _)| *at >= charge).unwrap_or(curve.len() - 1);
    let above = above.max(1);
    (curve[above - 1], curve[above])
}

/// How steep the curve is at `charge`, in volts for the whole of the charge.
fn slope(curve: &[(f64, f64)], charge: f64) -> f64 {
    let ((low, from), (high, to)) = around(curve, charge);
    (to - from) / (high - low)
}

/// The voltage on the straight line between the two points around `charge`.
fn open_circuit(curve: &[(f64, f64)], charge: f64) -> f64 {
    let ((low, from), (high, to)) = around(curve, charge);
    from + (to - from) * (charge - low) / (high - low)
}

/// What fills a battery: so much current until a voltage is reached, then that voltage until the
/// current has become small, then nothing until its input has been away.
#[derive(Debug)]
pub(crate) struct Charger {
    /// The net that it charges.
    pub(crate) net: NetId,
    /// The circuit's end of it.
    pub(crate) rail: RailId,
    /// The net that it draws from.
    pub(crate) from: NetId,
    /// What that has to carry.
    pub(crate) needs: f64,
    /// It has ended once it gives less than this, in amperes.
    pub(crate) ends_below: f64,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Unpowered,
    Charging,
    Ended,
}

impl Charger {
    /// A charger that is off.
    pub(crate) fn new(net: NetId, rail: RailId, from: NetId, needs: f64, ends_below: f64) -> Self {
        Self { net, rail, from, needs, ends_below, phase: Phase::Unpowered }
    }

    /// Looks at its input and at what it gives.
    pub(crate) fn look(&mut self, circuit: &mut Circuit) {
        let powered = circuit.voltage(self.from).0 >= self.needs;
        let phase = match (self.phase, powered) {
            (Phase::Unpowered, true) => Phase::Charging,
            (Phase::Charging, true) if circuit.given(self.rail).0 < self.ends_below => Phase::Ended,
            (Phase::Charging | Phase::Ended, false) => Phase::Unpowered,
            _ => return,
        };
        self.phase = phase;
        circuit.rail_mut(self.rail).on = phase == Phase::Charging;
    }
}
