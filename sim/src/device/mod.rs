//! The simulated unit under test: what hangs on the nets, and how it comes alive.
//!
//! A plain struct without a clock: it is told when to look at the circuit, and says what it wants
//! to be woken for.

mod options;
mod vocabulary;

use pogo_hal::{Amperes, Volts};

use crate::circuit::{Circuit, FollowerId, NetId, RailId, SinkId};
use crate::timeline::Timeline;

pub(crate) use vocabulary::read;

/// After its supply went away, nothing of the device starts again before this is over. Without
/// it a unit whose start pulls its own supply down would start over within the same nanosecond.
const REST_NS: u64 = 10_000_000;

/// Something that the device asked to be woken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wake {
    part: usize,
    /// Which of the part's changes it belongs to: a later one has overtaken it.
    change: u32,
}

/// See the module's own words.
#[derive(Debug, Default)]
pub(crate) struct Device {
    /// What it calls itself; empty without a device file.
    name: String,
    parts: Vec<Part>,
    outputs: Vec<FollowerId>,
}

/// Something that starts when its net carries enough.
#[derive(Debug)]
pub(crate) struct Part {
    /// The net that it lives on.
    pub(crate) net: NetId,
    /// What that net has to carry.
    pub(crate) needs: Volts,
    /// How long it takes to start.
    pub(crate) starts_in_ns: u64,
    /// What it is.
    pub(crate) kind: Kind,
    state: State,
    change: u32,
}

/// What starts.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A load, which draws three different currents.
    Load { sink: SinkId, off: Amperes, boot: Amperes, on: Amperes },
    /// A rail, which is on once it has started.
    Rail(RailId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Down,
    Starting,
    Up,
    /// Down, and not allowed to start yet.
    Resting,
}

impl Part {
    /// A part that is down.
    pub(crate) fn new(net: NetId, needs: Volts, starts_in_ns: u64, kind: Kind) -> Self {
        Self { net, needs, starts_in_ns, kind, state: State::Down, change: 0 }
    }

    fn enter(&mut self, state: State, circuit: &mut Circuit) {
        self.state = state;
        self.change = self.change.wrapping_add(1);
        match self.kind {
            Kind::Load { sink, off, boot, on } => circuit.set_sink(
                sink,
                match state {
                    State::Down | State::Resting => off,
                    State::Starting => boot,
                    State::Up => on,
                },
            ),
            Kind::Rail(rail) => circuit.rail_mut(rail).on = state == State::Up,
        }
    }
}

impl Device {
    /// Adds a part.
    pub(crate) fn add(&mut self, part: Part, circuit: &mut Circuit) {
        self.parts.push(part);
        if let Some(part) = self.parts.last_mut() {
            part.enter(State::Down, circuit);
        }
    }

    /// Adds an output that is driven while all loads are up.
    pub(crate) fn add_output(&mut self, output: FollowerId) {
        self.outputs.push(output);
    }

    /// Looks at the circuit and reacts; whether anything of the device has changed, so that it
    /// has to look again.
    pub(crate) fn look<E>(
        &mut self,
        circuit: &mut Circuit,
        timeline: &mut Timeline<E>,
        event: impl Fn(Wake) -> E,
    ) -> bool {
        let mut changed = false;
        for (index, part) in self.parts.iter_mut().enumerate() {
            let powered = circuit.voltage(part.net).0 >= part.needs.0;
            let (state, wake) = match (part.state, powered) {
                (State::Down, true) if part.starts_in_ns == 0 => (State::Up, None),
                (State::Down, true) => (State::Starting, Some(part.starts_in_ns)),
                (State::Starting | State::Up, false) => (State::Resting, Some(REST_NS)),
                _ => continue,
            };
            part.enter(state, circuit);
            if let Some(after_ns) = wake {
                timeline.schedule(after_ns, event(Wake { part: index, change: part.change }));
            }
            changed = true;
        }
        changed | self.drive(circuit)
    }

    /// What the device asked to be woken for has come.
    pub(crate) fn wake(&mut self, wake: Wake, circuit: &mut Circuit) {
        let Some(part) = self.parts.get_mut(wake.part) else { return };
        if part.change != wake.change {
            return;
        }
        match part.state {
            State::Starting => part.enter(State::Up, circuit),
            State::Resting => part.enter(State::Down, circuit),
            State::Down | State::Up => {}
        }
    }

    /// Whether every load is up.
    pub(crate) fn is_up(&self) -> bool {
        let mut loads = self.parts.iter().filter(|part| matches!(part.kind, Kind::Load { .. }));
        loads.all(|part| part.state == State::Up)
    }

    fn drive(&mut self, circuit: &mut Circuit) -> bool {
        let on = self.is_up();
        let mut changed = false;
        for output in &self.outputs {
            if circuit.follower(*output).on != on {
                circuit.follower_mut(*output).on = on;
                changed = true;
            }
        }
        changed
    }
}
