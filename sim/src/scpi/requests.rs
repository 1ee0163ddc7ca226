//! Service requests: what makes an instrument call, and how a serial poll answers the call.
//!
//! Source: IEEE 488.2-1992, 11.2 and 11.3.

use super::status::MASTER_SUMMARY;

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
    /// ends the request. Source: IEEE 488.2-1992, 11.2.2 and 11.3.3.
    pub(crate) fn poll(&mut self, byte: u8) -> u8 {
        let requested = std::mem::take(&mut self.requesting);
        self.unannounced = false;
        (byte & !MASTER_SUMMARY) | if requested { MASTER_SUMMARY } else { 0 }
    }

    /// Looks at the status byte: every enabled bit that has come up is a new reason to request
    /// service, and without one the request ends. Whether there is a new one.
    ///
    /// Source: IEEE 488.2-1992, 11.3.3.
    pub(super) fn look(&mut self, enabled: u8) -> bool {
        let new = enabled & !self.reasons != 0;
        self.reasons = enabled;
        self.requesting = (self.requesting || new) && enabled != 0;
        self.unannounced = (self.unannounced || new) && self.requesting;
        new
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::Code;
    use super::super::status::{ERROR_QUEUE, MESSAGE_AVAILABLE, Status};
    use super::*;

    #[test]
    fn a_serial_poll_ends_the_request_and_only_a_new_reason_makes_another() {
        let (mut status, mut requests) = (Status::new(10, &[]), Requests::default());
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
}
