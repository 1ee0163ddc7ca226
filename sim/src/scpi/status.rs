//! The status structure that IEEE 488.2 asks of every instrument, and SCPI's error queue.
//!
//! One per instrument, whatever number of connections it has.

use std::collections::VecDeque;

use super::error::Code;

/// Bits of the standard event status register. Source: IEEE 488.2-1992, 11.5.1.
pub(crate) const OPERATION_COMPLETE: u8 = 1;
pub(super) const QUERY_ERROR: u8 = 4;
pub(super) const DEVICE_ERROR: u8 = 8;
pub(super) const EXECUTION_ERROR: u8 = 16;
pub(super) const COMMAND_ERROR: u8 = 32;
const POWER_ON: u8 = 128;

/// Bits of the status byte. Source: IEEE 488.2-1992, 11.2.1; SCPI-99, volume 1, 9.
const ERROR_QUEUE: u8 = 4;
const MESSAGE_AVAILABLE: u8 = 16;
const EVENT_SUMMARY: u8 = 32;
const MASTER_SUMMARY: u8 = 64;

/// See the module's own words.
#[derive(Debug)]
pub(crate) struct Status {
    events: u8,
    event_enable: u8,
    request_enable: u8,
    errors: VecDeque<Code>,
    depth: usize,
}

impl Status {
    /// As after power-on, with an error queue of `depth` entries.
    pub(crate) fn new(depth: usize) -> Self {
        Self {
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

    /// `*CLS`: clears events and errors; what is enabled stays.
    pub(crate) fn clear(&mut self) {
        self.events = 0;
        self.errors.clear();
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

/// What one connection knows of the instrument's wish to be served.
///
/// RQS belongs to whoever polls: one client's serial poll takes nothing from another, whose
/// message available bit is its own, too.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    /// Enabled bits of the status byte when they were last looked at.
    reasons: u8,
    requesting: bool,
    unannounced: bool,
}

impl Requests {
    /// Whether service was newly requested since this was last asked.
    pub(crate) fn take(&mut self) -> bool {
        std::mem::take(&mut self.unannounced)
    }

    /// A serial poll answers `byte`, the status byte of `*STB?`, with RQS in place of MSS, and
    /// ends the request. Source: IEEE 488.2-1992, 11.2.2.1 and 11.3.3.2.
    pub(crate) fn poll(&mut self, byte: u8) -> u8 {
        let requested = std::mem::take(&mut self.requesting);
        self.unannounced = false;
        (byte & !MASTER_SUMMARY) | if requested { MASTER_SUMMARY } else { 0 }
    }

    /// Looks at the status byte: every enabled bit that has come up is a new reason to request
    /// service, and without one the request ends. Whether there is a new one.
    ///
    /// Source: IEEE 488.2-1992, 11.3.3.1 and 11.3.3.3.
    fn look(&mut self, enabled: u8) -> bool {
        let new = enabled & !self.reasons != 0;
        self.reasons = enabled;
        self.requesting = (self.requesting || new) && enabled != 0;
        self.unannounced = (self.unannounced || new) && self.requesting;
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_poll_ends_the_request_and_only_a_new_reason_makes_another() {
        let (mut status, mut requests) = (Status::new(10), Requests::default());
        status.clear();
        status.enable_requests(ERROR_QUEUE | MESSAGE_AVAILABLE);
        status.raise(Code(-113));
        assert!(status.requests(&mut requests, false));
        assert!(requests.take() && !requests.take(), "one announcement per reason");
        assert_eq!(requests.poll(status.byte(false)), 64 + 4);
        assert_eq!(requests.poll(status.byte(false)), 4, "RQS is gone");
        assert_eq!(status.byte(false), 64 + 4, "MSS is not");
        status.raise(Code(-113));
        assert!(!status.requests(&mut requests, false), "the same reason is still there");
        assert!(status.requests(&mut requests, true), "a response is another one");
        status.clear();
        assert!(!status.requests(&mut requests, false));
        assert_eq!(requests.poll(status.byte(false)), 0, "nothing is left to be served");
        status.raise(Code(-113));
        assert!(status.requests(&mut requests, false));
        status.enable_requests(0);
        assert!(!status.requests(&mut requests, false) && !requests.take());
    }

    #[test]
    fn an_overflowing_queue_keeps_the_oldest_and_says_so_last() {
        let mut status = Status::new(3);
        for number in [-101, -102, -103, -104, -109] {
            status.raise(Code(number));
        }
        let all: Vec<i16> = std::iter::from_fn(|| status.next_error()).map(|it| it.0).collect();
        assert_eq!(all, [-101, -102, -350]);
    }

    #[test]
    fn each_class_of_error_sets_its_own_event_bit() {
        let mut status = Status::new(10);
        assert_eq!(status.take_events(), POWER_ON);
        for (number, bit) in [(-113, 32), (-222, 16), (-350, 8), (-430, 4)] {
            status.raise(Code(number));
            assert_eq!(status.take_events(), bit, "{number}");
        }
    }

    #[test]
    fn the_status_byte_summarises_what_is_enabled() {
        let mut status = Status::new(10);
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
}
