//! A simulated instrument on the bench: a thing, its wire face, and the messages it has not got
//! round to yet.

use std::collections::VecDeque;

use pogo_hal::Quantity;
use pogo_models::Condition;

use crate::circuit::Circuit;
use crate::fault::Ailments;
use crate::meter::Multimeter;
use crate::scpi::{Face, Running, Step, Thing};
use crate::supply::PowerSupply;

/// See the module's own words.
#[derive(Debug)]
pub(crate) struct Instrument {
    pub(crate) face: Face,
    thing: Either,
    /// What is wrong with its wire.
    pub(crate) ailments: Ailments,
    /// Messages that wait until the present one is done, with the connections they came by.
    pub(crate) input: VecDeque<(u64, Vec<u8>)>,
    /// The message that is being carried out.
    pub(crate) running: Option<(u64, Running)>,
    /// Which wait it is that [`Instrument::running`] is in: one that was abandoned ends nothing.
    pub(crate) wait: u64,
    /// Which turn of its overlapped command it waits for: one that was aborted ends nothing.
    pub(crate) turn: u64,
    /// Whether the present message waits for what is pending.
    pub(crate) blocked: bool,
    /// Whether somebody may be waiting for it to request service.
    pub(crate) watched: bool,
}

#[derive(Debug)]
enum Either {
    Supply(Box<PowerSupply>),
    Meter(Box<Multimeter>),
}

impl Either {
    fn get(&mut self) -> &mut dyn Thing {
        match self {
            Self::Supply(it) => &mut **it,
            Self::Meter(it) => &mut **it,
        }
    }
}

impl Instrument {
    /// A supply behind its wire.
    pub(crate) fn supply(face: Face, supply: PowerSupply) -> Self {
        Self::new(face, Either::Supply(Box::new(supply)))
    }

    /// A meter behind its wire.
    pub(crate) fn meter(face: Face, meter: Multimeter) -> Self {
        Self::new(face, Either::Meter(Box::new(meter)))
    }

    /// Lets it read `by` too much from now on; a supply, on this channel.
    pub(crate) fn skew(&mut self, channel: Option<u8>, by: Quantity) {
        match &mut self.thing {
            Either::Supply(it) => {
                channel.into_iter().for_each(|channel| it.skew(channel, by.clone()))
            }
            Either::Meter(it) => it.skew(by),
        }
    }

    /// Lets the output of a supply's channel stay off; whether it is a supply.
    pub(crate) fn stick(&mut self, channel: Option<u8>) -> bool {
        match &mut self.thing {
            Either::Supply(it) => {
                channel.into_iter().for_each(|channel| it.stick(channel));
                true
            }
            Either::Meter(_) => false,
        }
    }

    fn new(face: Face, thing: Either) -> Self {
        let ailments = Ailments::default();
        let input = VecDeque::new();
        Self {
            face,
            thing,
            ailments,
            input,
            running: None,
            wait: 0,
            turn: 0,
            blocked: false,
            watched: false,
        }
    }

    /// Forgets every message of `connection`, the one that is being carried out too; whether it
    /// was that one's turn.
    pub(crate) fn abandon(&mut self, connection: u64) -> bool {
        self.input.retain(|(from, _)| *from != connection);
        let running = self.running.take_if(|(from, _)| *from == connection).is_some();
        self.face.device_clear();
        if running {
            self.blocked = false;
            self.thing.get().abandon();
        }
        running
    }

    /// Carries out the next unit of `running`.
    pub(crate) fn step(
        &mut self,
        running: &mut Running,
        circuit: &mut Circuit,
        waiting: bool,
    ) -> Step {
        let thing = self.thing.get();
        let step = self.face.step(running, thing, circuit, waiting);
        self.face.look(thing, circuit);
        step
    }

    /// Goes on with the unit of `running` that took time.
    pub(crate) fn resume(&mut self, running: &mut Running, circuit: &mut Circuit) -> Step {
        let thing = self.thing.get();
        let step = self.face.resume(running, thing, circuit);
        self.face.look(thing, circuit);
        step
    }

    /// Whether it waits for a trigger.
    pub(crate) fn waits_for_trigger(&mut self, circuit: &mut Circuit) -> bool {
        self.thing.get().is(Condition::WaitingForTrigger, 0, circuit)
    }

    /// A trigger that came beside all messages.
    pub(crate) fn trigger(&mut self, circuit: &mut Circuit) {
        let thing = self.thing.get();
        if let Err(code) = thing.trigger() {
            self.face.status.raise(code);
        }
        self.face.look(thing, circuit);
    }

    /// After how many nanoseconds its overlapped command goes on, if it has just begun to wait.
    pub(crate) fn take_timer(&mut self) -> Option<u64> {
        self.thing.get().take_timer()
    }

    /// Goes on with its overlapped command; whether nothing is pending any more.
    pub(crate) fn proceed(&mut self, circuit: &mut Circuit) -> bool {
        let thing = self.thing.get();
        let done = self.face.proceed(thing, circuit);
        self.face.look(thing, circuit);
        done
    }

    /// Lets its status registers look at it and at the circuit.
    pub(crate) fn look(&mut self, circuit: &mut Circuit) {
        let thing = self.thing.get();
        self.face.look(thing, circuit);
    }

    /// Lets its protections look at the circuit; whether one of them switched something off.
    pub(crate) fn protect(&mut self, circuit: &mut Circuit) -> bool {
        match &mut self.thing {
            Either::Supply(it) => it.protect(circuit),
            Either::Meter(_) => false,
        }
    }
}
