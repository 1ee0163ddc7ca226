//! What is wrong with the wire to one device, and how far that has come.

use pogo_hal::ModbusException;

use crate::fault::{Does, nanoseconds};

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is carried out and answered so many nanoseconds later.
    Answered {
        /// How much later.
        after_ns: u64,
        /// Whether a bit of the answer is another.
        garbled: bool,
        /// Whether only half of the answer comes.
        truncated: bool,
    },
    /// It is not carried out, and declined.
    Declined(ModbusException),
    /// Nobody hears it.
    Lost,
    /// The connection ends.
    HungUp,
}

/// See the module's own words.
#[derive(Debug, Default)]
pub(super) struct Ailments {
    faults: Vec<Does>,
    heard: u64,
}

impl Ailments {
    /// Adds one; whether it is one that such a wire can have.
    pub(super) fn add(&mut self, does: &Does) -> bool {
        let fits = matches!(
            does,
            Does::AnswerLate { .. }
                | Does::AnswerException { .. }
                | Does::FallSilent { .. }
                | Does::Garble { .. }
                | Does::HangUp { .. }
                | Does::Refuse
                | Does::Truncate { .. }
        );
        if fits {
            self.faults.push(does.clone());
        }
        fits
    }

    /// Whether connections are refused.
    pub(super) fn refuses(&self) -> bool {
        self.faults.iter().any(|it| matches!(it, Does::Refuse))
    }

    /// A request has come.
    pub(super) fn hears(&mut self) -> Fate {
        let before = self.heard;
        self.heard += 1;
        let (mut after_ns, mut is_garbled, mut is_truncated) = (0, false, false);
        for does in &self.faults {
            match does {
                Does::FallSilent { after } if before >= *after => return Fate::Lost,
                Does::HangUp { after } if before >= *after => return Fate::HungUp,
                Does::AnswerException { code, after } if before >= *after => {
                    return Fate::Declined(ModbusException(*code));
                }
                Does::AnswerLate { by, after, times } => {
                    let late = before.checked_sub(*after);
                    if late.is_some_and(|late| times.is_none_or(|times| late < times)) {
                        after_ns = nanoseconds(*by);
                    }
                }
                Does::Garble { after } => is_garbled |= before >= *after,
                Does::Truncate { after } => is_truncated |= before >= *after,
                _ => {}
            }
        }
        Fate::Answered { after_ns, garbled: is_garbled, truncated: is_truncated }
    }
}
