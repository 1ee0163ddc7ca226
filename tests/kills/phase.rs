//! Where in a run it is hit, and how that place is recognised on the wire.

use std::time::Duration;

use clap::ValueEnum;

use crate::dice::Dice;
use crate::job::{CLEANUP_BEGINS, PHASE_BEGINS};

/// A part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Phase {
    /// The process has just been started.
    BeforeOpen,
    /// An instrument is asked who it is.
    Opening,
    /// Commands follow one another.
    BetweenCommands,
    /// The supply has received half of a message.
    MidMessage,
    /// An answer is on its way.
    AwaitingReply,
    /// The script waits inside a step.
    Waiting,
    /// The script computes inside a step.
    Computing,
    /// A clean-up runs.
    Cleanup,
    /// The supply is told to be off, and has not heard it.
    SafeState,
    /// The supply has just confirmed that it is off.
    RecordClose,
    /// A person is asked something, at a terminal.
    Prompt,
    /// The script waits between two steps.
    Idle,
}

/// The message at which a phase has begun.
#[derive(Clone, Copy, Debug)]
pub struct Trigger {
    /// It is looked for once a message has begun with this.
    pub behind: &'static str,
    /// How it begins.
    pub message: &'static str,
    /// How many that begin so are let go before.
    pub skip: usize,
    /// When the phase has begun.
    pub moment: Moment,
}

/// A moment in an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The message is on its way. It arrives after the event.
    Said,
    /// Half of the message has arrived. The rest does after the event.
    HalfSaid,
    /// The answer is on its way. It arrives after the event.
    Asked,
    /// The answer to it, or to what was asked next, has arrived.
    Answered,
}

const MILLISECOND: Duration = Duration::from_millis(1);

impl Phase {
    /// The phase of the point with `seed`.
    pub fn of(seed: u64) -> Self {
        let all = Self::value_variants();
        all[(seed % all.len() as u64) as usize]
    }

    /// As it is printed.
    pub fn name(self) -> String {
        let name = self.to_possible_value().map(|it| it.get_name().to_owned());
        name.unwrap_or_default().replace('-', " ")
    }

    /// What it begins with; `None` if with the process.
    pub fn trigger(self, dice: &mut Dice) -> Option<Trigger> {
        use Moment::{Answered, Asked, HalfSaid, Said};
        let (behind, message, skip, moment) = match self {
            Self::BeforeOpen => return None,
            // The supply's, or the meter's.
            Self::Opening => ("", "*IDN?", usize::from(dice.coin()), dice.one_of([Said, Answered])),
            Self::MidMessage => (PHASE_BEGINS, dice.one_of(["OUTP ON", "VOLT 4.75"]), 0, HalfSaid),
            Self::AwaitingReply => {
                (PHASE_BEGINS, dice.one_of(["OUTP ON", "MEAS:VOLT?", "FUNC"]), 0, Asked)
            }
            Self::BetweenCommands | Self::Waiting | Self::Computing | Self::Prompt | Self::Idle => {
                ("", PHASE_BEGINS, 0, Answered)
            }
            Self::Cleanup => ("", CLEANUP_BEGINS, 0, Answered),
            Self::SafeState => (CLEANUP_BEGINS, "OUTP OFF", 0, Said),
            Self::RecordClose => (CLEANUP_BEGINS, "OUTP?", 0, Answered),
        };
        Some(Trigger { behind, message, skip, moment })
    }

    /// How long after its beginning it is hit, at most.
    pub fn lasts(self) -> Duration {
        MILLISECOND
            * match self {
                Self::BeforeOpen => 10,
                Self::Opening | Self::RecordClose => 3,
                Self::MidMessage | Self::AwaitingReply | Self::SafeState => 5,
                Self::Cleanup => 80,
                _ => 30,
            }
    }

    /// Whether the run has not, or maybe not, begun in its record.
    pub fn is_before_the_record(self) -> bool {
        matches!(self, Self::BeforeOpen | Self::Opening)
    }

    /// Whether the scripts have ended already.
    pub fn is_after_the_scripts(self) -> bool {
        matches!(self, Self::Cleanup | Self::SafeState | Self::RecordClose)
    }
}
