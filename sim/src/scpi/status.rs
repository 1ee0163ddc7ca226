//! The status structure that IEEE 488.2 and SCPI ask of every instrument, and the error queue.
//!
//! One per instrument, whatever number of connections it has.

use std::collections::VecDeque;

use super::error::Code;
use super::register::Register;
use super::requests::Requests;

/// Bits of the standard event status register. Source: IEEE 488.2-1992, 11.5.1.
pub(crate) const OPERATION_COMPLETE: u8 = 1;
pub(super) const QUERY_ERROR: u8 = 4;
pub(super) const DEVICE_ERROR: u8 = 8;
pub(super) const EXECUTION_ERROR: u8 = 16;
pub(super) const COMMAND_ERROR: u8 = 32;
const POWER_ON: u8 = 128;

/// Bits of the status byte. Source: IEEE 488.2-1992, 11.2.1; SCPI-99, volume 1, 9.
pub(super) const ERROR_QUEUE: u8 = 4;
const QUESTIONABLE_SUMMARY: u8 = 8;
pub(super) const MESSAGE_AVAILABLE: u8 = 16;
const EVENT_SUMMARY: u8 = 32;
pub(super) const MASTER_SUMMARY: u8 = 64;
const OPERATION_SUMMARY: u8 = 128;

/// The bit of `STATus:QUEStionable` that sums up `STATus:QUEStionable:INSTrument`.
const INSTRUMENT_SUMMARY: u8 = 13;

/// See the module's own words.
#[derive(Debug)]
pub(crate) struct Status {
    events: u8,
    event_enable: u8,
    request_enable: u8,
    errors: VecDeque<Code>,
    depth: usize,
    operation: Register,
    questionable: Register,
    /// One bit for each channel, at its number.
    instrument: Register,
    channels: Vec<(u8, Register)>,
}

/// Which register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// `STATus:OPERation`
    Operation,
    /// `STATus:QUEStionable`
    Questionable,
    /// `STATus:QUEStionable:INSTrument`
    Instrument,
    /// `STATus:QUEStionable:INSTrument:ISUMmary<n>`, by the channel's index.
    Channel(usize),
}

impl Status {
    /// As after power-on, with an error queue of `depth` entries and a register of its own for
    /// each of these channels.
    pub(crate) fn new(depth: usize, channels: &[u8]) -> Self {
        Self {
            operation: Register::new(),
            questionable: Register::new(),
            instrument: Register::below(),
            channels: channels.iter().map(|channel| (*channel, Register::below())).collect(),
            events: POWER_ON,
            event_enable: 0,
            request_enable: 0,
            errors: VecDeque::new(),
            depth,
        }
    }

    /// Queues an error and sets the event bit of its class. A full queue keeps the oldest and
    /// says with its last entry that something is missing.
    ///
    /// Source: SCPI-99, volume 2, 21.8.1.
    pub(crate) fn raise(&mut self, code: Code) {
        self.events |= code.event();
        if self.errors.len() < self.depth {
            self.errors.push_back(code);
        } else if let Some(last) = self.errors.back_mut() {
            *last = Code::QUEUE_OVERFLOW;
        }
    }

    /// Takes the oldest error.
    pub(crate) fn next_error(&mut self) -> Option<Code> {
        self.errors.pop_front()
    }

    /// How many errors are queued.
    pub(crate) fn error_count(&self) -> usize {
        self.errors.len()
    }

    /// `*CLS`: clears every event and the errors; what is enabled stays, and so do conditions.
    pub(crate) fn clear(&mut self) {
        self.events = 0;
        self.errors.clear();
        self.each_register(|it| {
            it.take_events();
        });
    }

    /// `STATus:PRESet`: enables and transition filters are as at first. What IEEE 488.2 has is
    /// not SCPI's to change. Source: SCPI-99, volume 2, 20.2.
    pub(crate) fn preset(&mut self) {
        self.each_register(Register::preset);
    }

    /// A register; `None` for a channel that has none.
    pub(crate) fn register(&self, which: Which) -> Option<&Register> {
        Some(match which {
            Which::Operation => &self.operation,
            Which::Questionable => &self.questionable,
            Which::Instrument => &self.instrument,
            Which::Channel(index) => &self.channels.get(index)?.1,
        })
    }

    /// Changes a register and tells those above it.
    pub(crate) fn change<T>(
        &mut self,
        which: Which,
        how: impl FnOnce(&mut Register) -> T,
    ) -> Option<T> {
        let done = how(match which {
            Which::Operation => &mut self.operation,
            Which::Questionable => &mut self.questionable,
            Which::Instrument => &mut self.instrument,
            Which::Channel(index) => &mut self.channels.get_mut(index)?.1,
        });
        self.sum_up();
        Some(done)
    }

    /// Says what is so now. Mostly that is what was so before, and nobody has to be told.
    pub(crate) fn tell(&mut self, which: Which, condition: u16) {
        let Some(register) = self.register(which) else { return };
        // What the channels sum up to is not the instrument's to say.
        let summary = match which {
            Which::Questionable => register.condition() & (1 << INSTRUMENT_SUMMARY),
            _ => 0,
        };
        let condition = condition | summary;
        if register.condition() != condition {
            self.change(which, |it| it.set_condition(condition));
        }
    }

    fn each_register(&mut self, mut how: impl FnMut(&mut Register)) {
        self.channels.iter_mut().for_each(|(_, it)| how(it));
        [&mut self.instrument, &mut self.questionable, &mut self.operation]
            .into_iter()
            .for_each(how);
        self.sum_up();
    }

    /// Lets each register above tell what those below it sum up to.
    fn sum_up(&mut self) {
        if self.channels.is_empty() {
            return;
        }
        for (channel, register) in &self.channels {
            self.instrument.set_bit(*channel, register.summary());
        }
        self.questionable.set_bit(INSTRUMENT_SUMMARY, self.instrument.summary());
    }

    /// `*OPC`: everything before it is done.
    pub(crate) fn operation_complete(&mut self) {
        self.events |= OPERATION_COMPLETE;
    }

    /// `*ESR?`: the events, which are cleared by being read.
    pub(crate) fn take_events(&mut self) -> u8 {
        std::mem::take(&mut self.events)
    }

    /// `*ESE?`
    pub(crate) fn event_enable(&self) -> u8 {
        self.event_enable
    }

    /// `*ESE`
    pub(crate) fn enable_events(&mut self, mask: u8) {
        self.event_enable = mask;
    }

    /// `*SRE?`
    pub(crate) fn request_enable(&self) -> u8 {
        self.request_enable
    }

    /// `*SRE`: bit 6 is not stored. Source: IEEE 488.2-1992, 11.3.2.
    pub(crate) fn enable_requests(&mut self, mask: u8) {
        self.request_enable = mask & !MASTER_SUMMARY;
    }

    /// `*STB?`: the status byte with the master summary in bit 6. `message_available` says
    /// whether a response is waiting to be read.
    pub(crate) fn byte(&self, message_available: bool) -> u8 {
        let mut byte = 0;
        if !self.errors.is_empty() {
            byte |= ERROR_QUEUE;
        }
        if message_available {
            byte |= MESSAGE_AVAILABLE;
        }
        if self.events & self.event_enable != 0 {
            byte |= EVENT_SUMMARY;
        }
        if self.questionable.summary() {
            byte |= QUESTIONABLE_SUMMARY;
        }
        if self.operation.summary() {
            byte |= OPERATION_SUMMARY;
        }
        if byte & self.request_enable != 0 {
            byte |= MASTER_SUMMARY;
        }
        byte
    }

    /// Lets a connection see whether there is a reason to request service; whether there is a
    /// new one. `message_available` as in [`Status::byte`].
    pub(crate) fn requests(&self, requests: &mut Requests, message_available: bool) -> bool {
        requests.look(self.byte(message_available) & self.request_enable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overflowing_queue_keeps_the_oldest_and_says_so_last() {
        let mut status = Status::new(3, &[]);
        for number in [-101, -102, -103, -104, -109] {
            status.raise(Code(number));
        }
        let all: Vec<i16> = std::iter::from_fn(|| status.next_error()).map(|it| it.0).collect();
        assert_eq!(all, [-101, -102, -350]);
    }

    #[test]
    fn each_class_of_error_sets_its_own_event_bit() {
        let mut status = Status::new(10, &[]);
        assert_eq!(status.take_events(), POWER_ON);
        for (number, bit) in [(-113, 32), (-222, 16), (-350, 8), (-430, 4)] {
            status.raise(Code(number));
            assert_eq!(status.take_events(), bit, "{number}");
        }
    }

    #[test]
    fn the_status_byte_summarises_what_is_enabled() {
        let mut status = Status::new(10, &[]);
        status.clear();
        status.raise(Code(-113));
        assert_eq!(status.byte(false), 4);
        status.enable_events(32);
        assert_eq!(status.byte(true), 4 + 16 + 32);
        status.enable_requests(255);
        assert_eq!(status.request_enable(), 191);
        assert_eq!(status.byte(false), 4 + 32 + 64);
        status.clear();
        assert_eq!((status.byte(false), status.event_enable()), (0, 32));
    }

    #[test]
    fn a_channel_is_summed_up_through_every_register_to_the_status_byte() {
        use super::super::register::Part;
        let mut status = Status::new(10, &[1, 2]);
        status.change(Which::Questionable, |it| it.parts.set(Part::Enable, 1 << 13));
        status.change(Which::Channel(1), |it| it.set_bit(9, true));
        let condition = |status: &Status, which| status.register(which).map(Register::condition);
        assert_eq!(condition(&status, Which::Instrument), Some(0b100));
        assert_eq!(condition(&status, Which::Questionable), Some(1 << 13));
        assert_eq!(status.byte(false), 8);
        status.change(Which::Channel(1), Register::take_events);
        assert_eq!(condition(&status, Which::Instrument), Some(0), "its cause was read");
        assert_eq!(condition(&status, Which::Questionable), Some(1 << 13), "each latches its own");
        status.change(Which::Instrument, Register::take_events);
        assert_eq!(condition(&status, Which::Questionable), Some(0));
        assert_eq!(status.byte(false), 8, "but its own event is latched");
        status.change(Which::Questionable, Register::take_events);
        assert_eq!(status.byte(false), 0);
        assert_eq!(condition(&status, Which::Channel(1)), Some(1 << 9), "it is still so");
        assert_eq!(status.change(Which::Channel(2), Register::take_events), None);
    }

    #[test]
    fn a_preset_leaves_alone_what_ieee_488_2_has_and_clearing_leaves_what_is_enabled() {
        use super::super::register::Part;
        let mut status = Status::new(10, &[]);
        status.enable_events(4);
        status.enable_requests(8);
        status.change(Which::Operation, |it| it.parts.set(Part::Enable, 16));
        status.change(Which::Operation, |it| it.set_bit(4, true));
        assert_eq!(status.byte(false), 128);
        status.clear();
        assert_eq!(status.byte(false), 0);
        assert_eq!(
            status.register(Which::Operation).map(|it| it.parts.get(Part::Enable)),
            Some(16)
        );
        status.preset();
        assert_eq!(status.register(Which::Operation).map(|it| it.parts.get(Part::Enable)), Some(0));
        assert_eq!((status.event_enable(), status.request_enable()), (4, 8));
    }
}
