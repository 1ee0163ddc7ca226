//! The simulated unit under test: what hangs on the nets, how it comes alive, and what it does then.
//!
//! A plain struct without a clock: it is told when to look at the circuit, and says what it wants
//! to be woken for. What it declares is data; what it does is closures of its file, which are called
//! at moments of simulated time and between two of anybody else's.

mod actions;
mod battery;
mod console;
mod declarations;
mod heater;
mod modbus;
mod options;
#[cfg(test)]
mod promises;
mod script;
mod watch;

use pogo_hal::{Celsius, Volts};

use crate::circuit::{Circuit, Draw, FollowerId, NetId, RailId, SinkId};
use crate::console::Uart;
use crate::timeline::Timeline;
use battery::{Battery, Charger};
use heater::Heater;
pub(crate) use heater::decay;
use script::Script;
use watch::Handlers;

pub(crate) use script::{declared_faults, read};

/// After its supply went away, nothing of the device starts again before this is over. Without
/// it a unit whose start pulls its own supply down would start over within the same nanosecond.
const REST_NS: u64 = 10_000_000;

/// The temperature of the room, in degrees Celsius.
const ROOM: f64 = 23.0;

/// Something that the device asked to be woken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// A part goes on; a later change has overtaken it if `change` is not the part's any more.
    Part { part: usize, change: u32 },
    /// A battery counts its charge.
    Count { battery: usize, change: u32 },
    /// A heater looks how warm the unit is.
    Warm { heater: usize, change: u32 },
    /// A handler is called.
    Call(usize),
    /// A console has been told a line.
    Line(usize),
    /// What was said on a console has arrived.
    Said { console: usize, piece: u64 },
}

/// See the module's own words.
#[derive(Debug, Default)]
pub(crate) struct Device {
    /// What it calls itself; empty without a device file.
    name: String,
    parts: Vec<Part>,
    outputs: Vec<Output>,
    sensors: Vec<Sensor>,
    batteries: Vec<Battery>,
    chargers: Vec<Charger>,
    heaters: Vec<Heater>,
    relays: Vec<(NetId, RailId)>,
    handlers: Handlers,
    /// What it answers on Modbus, by the names of its servers.
    servers: Vec<modbus::Server>,
    /// In the order in which they were declared.
    pub(crate) consoles: Vec<Uart>,
    firmware: console::Slots,
    /// The temperature of the room; the usual one if nobody says.
    room: Option<Celsius>,
    script: Option<Box<Script>>,
    /// What went wrong in a handler and has not been told yet.
    broken: Option<pogo_hal::Diagnostic>,
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
    /// A load, which draws three different amounts.
    Load { sink: SinkId, off: Draw, boot: Draw, on: Draw },
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

/// What the device drives while every load is up.
#[derive(Debug)]
struct Output {
    net: NetId,
    follower: FollowerId,
    /// A pin, whose level a handler sets; everything else follows something.
    pin: bool,
    released: bool,
}

/// An output that follows the temperature.
#[derive(Debug)]
struct Sensor {
    net: NetId,
    follower: FollowerId,
    /// Its output at 0 °C, in volts.
    zero: f64,
    /// What a degree adds, in volts.
    slope: f64,
    /// How wrong it takes the temperature: degrees too much, times too much, and so much for each
    /// square of a degree away from the room's.
    offset: f64,
    gain: f64,
    bend: f64,
}

impl Sensor {
    fn voltage(&self, temperature: f64) -> f64 {
        let away = temperature - ROOM;
        let felt = temperature * self.gain + self.offset + self.bend * away * away;
        self.zero + self.slope * felt
    }
}

impl Part {
    /// A part that is down.
    pub(crate) fn new(net: NetId, needs: Volts, starts_in_ns: u64, kind: Kind) -> Self {
        Self { net, needs, starts_in_ns, kind, state: State::Down, change: 0 }
    }

    fn enter(&mut self, state: State, circuit: &mut Circuit) {
        self.state = state;
        self.change = self.change.wrapping_add(1);
        self.show(circuit);
    }

    /// Lets the circuit have what the part is in its state.
    fn show(&self, circuit: &mut Circuit) {
        match self.kind {
            Kind::Load { sink, off, boot, on } => circuit.set_sink(
                sink,
                match self.state {
                    State::Down | State::Resting => off,
                    State::Starting => boot,
                    State::Up => on,
                },
            ),
            Kind::Rail(rail) => circuit.rail_mut(rail).on = self.state == State::Up,
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

    /// What went wrong in a handler since somebody asked last. The device stands still from then
    /// on: its parts still start and end, and nothing of its file is called any more.
    pub(crate) fn takes_offence(&mut self) -> Option<pogo_hal::Diagnostic> {
        self.broken.take()
    }

    /// Something is wrong with its file: nothing of it is called any more.
    fn break_with(&mut self, wrong: pogo_hal::Diagnostic) {
        self.script = None;
        self.broken = Some(wrong);
    }

    /// Looks at the circuit and reacts; whether anything of the device has changed, so that it
    /// has to look again.
    pub(crate) fn look<E>(
        &mut self,
        circuit: &mut Circuit,
        timeline: &mut Timeline<E>,
        event: impl Fn(Wake) -> E,
    ) -> bool {
        let was_up = self.is_up();
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
                let wake = Wake::Part { part: index, change: part.change };
                timeline.schedule(after_ns, event(wake));
            }
            changed = true;
        }
        changed |= self.drive(circuit);
        for charger in &mut self.chargers {
            charger.look(circuit);
        }
        for (index, battery) in self.batteries.iter_mut().enumerate() {
            if let Some((after_ns, change)) = battery.look(circuit, timeline.now_ns()) {
                timeline.schedule(after_ns, event(Wake::Count { battery: index, change }));
            }
        }
        for (index, heater) in self.heaters.iter_mut().enumerate() {
            if let Some((after_ns, change)) = heater.look(circuit, timeline.now_ns()) {
                timeline.schedule(after_ns, event(Wake::Warm { heater: index, change }));
            }
        }
        self.feel(circuit);
        let is_up = self.is_up();
        if was_up && !is_up {
            self.consoles.iter_mut().for_each(Uart::goes_down);
        }
        self.handlers.look(circuit, was_up, is_up);
        for (after_ns, wake) in self.handlers.due() {
            timeline.schedule(after_ns, event(wake));
        }
        for (console, uart) in self.consoles.iter_mut().enumerate().filter(|it| it.1.has_said()) {
            for (after_ns, piece) in uart.sends(timeline.now_ns()) {
                timeline.schedule(after_ns, event(Wake::Said { console, piece }));
            }
        }
        changed
    }

    /// What the device asked to be woken for has come.
    pub(crate) fn wake(&mut self, wake: Wake, circuit: &mut Circuit, now_ns: u64) {
        match wake {
            Wake::Part { part, change } => {
                let was_up = self.is_up();
                let Some(part) = self.parts.get_mut(part) else { return };
                if part.change != change {
                    return;
                }
                match part.state {
                    State::Starting => part.enter(State::Up, circuit),
                    State::Resting => part.enter(State::Down, circuit),
                    State::Down | State::Up => {}
                }
                let is_up = self.is_up();
                self.handlers.power(was_up, is_up);
            }
            Wake::Count { battery, change } => {
                if let Some(battery) = self.batteries.get_mut(battery) {
                    battery.wake(change);
                }
            }
            Wake::Warm { heater, change } => {
                if let Some(heater) = self.heaters.get_mut(heater) {
                    heater.wake(change);
                }
            }
            Wake::Call(handler) => self.call(handler, circuit, now_ns),
            Wake::Line(console) => self.answer(console, circuit, now_ns),
            // Whoever has the other end of the wire sees to it.
            Wake::Said { .. } => {}
        }
    }

    /// Whether every load is up.
    pub(crate) fn is_up(&self) -> bool {
        let mut loads = self.parts.iter().filter(|part| matches!(part.kind, Kind::Load { .. }));
        loads.all(|part| part.state == State::Up)
    }

    /// What its sensors feel, in degrees Celsius.
    fn feels(&self) -> f64 {
        let room = self.room.map_or(ROOM, |it| it.0);
        self.heaters.iter().fold(room, |felt, heater| felt + heater.excess())
    }

    /// Puts the unit into a room of another temperature.
    pub(crate) fn put_into(&mut self, room: Celsius, circuit: &mut Circuit) {
        self.room = Some(room);
        self.feel(circuit);
    }

    /// The temperature of the room, in degrees Celsius.
    pub(crate) fn room(&self) -> f64 {
        self.room.map_or(ROOM, |it| it.0)
    }

    /// Surrounds the unit with so many degrees Celsius, as a chamber does.
    pub(crate) fn surround(&mut self, degrees: f64, circuit: &mut Circuit) {
        if self.room.is_none_or(|it| it.0 != degrees) {
            self.put_into(Celsius(degrees), circuit);
        }
    }

    /// Lets the sensors say what they feel.
    fn feel(&self, circuit: &mut Circuit) {
        let temperature = self.feels();
        for sensor in &self.sensors {
            let voltage = sensor.voltage(temperature);
            if circuit.follower(sensor.follower).offset != voltage {
                circuit.follower_mut(sensor.follower).offset = voltage;
            }
        }
    }

    fn drive(&mut self, circuit: &mut Circuit) -> bool {
        let up = self.is_up();
        let mut changed = false;
        for Output { follower, released, .. } in &self.outputs {
            let on = up && !released;
            if circuit.follower(*follower).on != on {
                circuit.follower_mut(*follower).on = on;
                changed = true;
            }
        }
        changed
    }
}
