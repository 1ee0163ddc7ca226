//! A simulated instrument on the bench: a thing, its wire face, and the messages it has not got
//! round to yet.

use std::collections::VecDeque;

use pogo_hal::Quantity;

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
    /// Whether somebody may be waiting for it to request service.
    pub(crate) watched: bool,
}

#[derive(Debug)]
enum Either {
    Supply(Box<PowerSupply>),
    Meter(Box<Multimeter>),
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
        Self { face, thing, ailments, input, running: None, wait: 0, watched: false }
    }

    /// Forgets every message of `connection`, the one that is being carried out too; whether it
    /// was that one's turn.
    pub(crate) fn abandon(&mut self, connection: u64) -> bool {
        self.input.retain(|(from, _)| *from != connection);
        let running = self.running.take_if(|(from, _)| *from == connection).is_some();
        if running {
            match &mut self.thing {
                Either::Supply(it) => it.abandon(),
                Either::Meter(it) => it.abandon(),
            }
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
        let thing: &mut dyn Thing = match &mut self.thing {
            Either::Supply(it) => &mut **it,
            Either::Meter(it) => &mut **it,
        };
        let step = self.face.step(running, thing, circuit, waiting);
        self.face.look(thing, circuit);
        step
    }

    /// Goes on with the unit of `running` that took time.
    pub(crate) fn resume(&mut self, running: &mut Running, circuit: &mut Circuit) -> Step {
        let thing: &mut dyn Thing = match &mut self.thing {
            Either::Supply(it) => &mut **it,
            Either::Meter(it) => &mut **it,
        };
        let step = self.face.resume(running, thing, circuit);
        self.face.look(thing, circuit);
        step
    }

    /// Lets its status registers look at it and at the circuit.
    pub(crate) fn look(&mut self, circuit: &mut Circuit) {
        let thing: &mut dyn Thing = match &mut self.thing {
            Either::Supply(it) => &mut **it,
            Either::Meter(it) => &mut **it,
        };
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
