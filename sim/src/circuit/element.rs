//! What feeds a net.

use super::{NetId, SERIES};

/// One output of a supply: a voltage until the load draws its limit, then a current.
#[derive(Clone, Debug)]
pub(crate) struct Supply {
    /// The net its terminals are on.
    pub(crate) net: NetId,
    /// The voltage it regulates to, in volts.
    pub(crate) setpoint: f64,
    /// The current it regulates to once the load would draw more, in amperes.
    pub(crate) limit: f64,
    /// Whether the output is connected.
    pub(crate) on: bool,
    /// What is in series with it, its leads and contacts included, in ohms.
    pub(crate) series: f64,
    /// Whether it regulates the voltage of the net, over sense leads, instead of that of its own
    /// terminals.
    pub(crate) sense: bool,
    /// What flows out of it, as of the last solution.
    pub(super) current: f64,
}

/// What a supply regulates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Regulates {
    /// The voltage.
    Voltage,
    /// The current: the load wants more than the limit.
    Current,
    /// Nothing: the output is off.
    Nothing,
}

impl Supply {
    pub(super) fn off(net: NetId) -> Self {
        Self {
            net,
            setpoint: 0.0,
            limit: 0.0,
            on: false,
            series: SERIES,
            sense: false,
            current: 0.0,
        }
    }

    /// What flows out of it while its net carries `voltage`.
    pub(super) fn gives(&self, voltage: f64) -> f64 {
        // What it senses at the net it makes up for, whatever its leads lose.
        let series = if self.sense { SERIES } else { self.series.max(SERIES) };
        if self.on { ((self.setpoint - voltage) / series).clamp(0.0, self.limit) } else { 0.0 }
    }

    /// What it regulates, as of the last solution.
    pub(crate) fn regulates(&self) -> Regulates {
        match self.on {
            false => Regulates::Nothing,
            // The limit is reached exactly or not at all: between the two regulations there is
            // only the millivolt across the series resistance.
            true if self.current >= self.limit * (1.0 - 1e-9) => Regulates::Current,
            true => Regulates::Voltage,
        }
    }
}

/// A linear regulator, a charger or a closed relay of the device: what it gives to one net it draws
/// from another.
#[derive(Clone, Debug)]
pub(crate) struct Rail {
    /// Where it draws.
    pub(crate) from: NetId,
    /// What it feeds.
    pub(crate) to: NetId,
    /// The voltage it regulates to, in volts; infinite for a relay, which only passes on.
    pub(crate) level: f64,
    /// The most it gives, in amperes.
    pub(crate) limit: f64,
    /// How far its output stays below its input at least, in volts.
    pub(crate) dropout: f64,
    /// Its output resistance, in ohms.
    pub(crate) resistance: f64,
    /// Whether it is enabled.
    pub(crate) on: bool,
}

impl Rail {
    /// What it gives while its nets carry these voltages.
    pub(super) fn gives(&self, from: f64, to: f64) -> f64 {
        let inside = self.level.min(from - self.dropout).max(0.0);
        let current = (inside - to) / self.resistance.max(SERIES);
        if self.on { current.clamp(0.0, self.limit) } else { 0.0 }
    }
}

/// A buffer of the device: it drives a net in both directions to follow another, without drawing
/// from that.
#[derive(Clone, Debug)]
pub(crate) struct Follower {
    /// What it looks at.
    pub(crate) input: NetId,
    /// Output over input.
    pub(crate) gain: f64,
    /// What is added to the output, in volts.
    pub(crate) offset: f64,
    /// Its output resistance, in ohms.
    pub(crate) resistance: f64,
    /// Whether it drives.
    pub(crate) on: bool,
}

impl Follower {
    /// What it gives while its nets carry these voltages; negative if it draws.
    pub(super) fn gives(&self, input: f64, output: f64) -> f64 {
        let inside = self.gain * input + self.offset;
        if self.on { (inside - output) / self.resistance.max(SERIES) } else { 0.0 }
    }
}

/// A cell: a voltage behind a resistance, which gives and takes.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// The net that it is on.
    pub(super) net: NetId,
    /// Its voltage while nothing flows, in volts.
    pub(crate) emf: f64,
    /// Its resistance, in ohms.
    pub(crate) resistance: f64,
    /// Whether it is connected.
    pub(crate) on: bool,
}

impl Cell {
    /// What it gives while its net carries `voltage`; negative while it is charged.
    pub(super) fn gives(&self, voltage: f64) -> f64 {
        if self.on { (self.emf - voltage) / self.resistance.max(SERIES) } else { 0.0 }
    }
}

/// What a load draws from a net.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Draw {
    /// So many amperes, whatever the voltage.
    Current(f64),
    /// So many watts, as what stands behind a switching regulator does.
    Power(f64),
}

impl Draw {
    /// Nothing.
    pub(crate) const NOTHING: Self = Self::Current(0.0);
}

/// A load to ground.
#[derive(Clone, Debug)]
pub(crate) struct Sink {
    /// The net that it is on.
    pub(super) net: NetId,
    /// What it draws.
    pub(super) draw: Draw,
    /// The current that comes of it, as of the last solution.
    pub(super) current: f64,
}
