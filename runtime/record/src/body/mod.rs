//! What an entry says, by type.

mod event;
mod header;
mod log;
mod measurement;
pub(crate) mod not_recorded;
mod prompt;
mod run;
mod step;
mod unit;

use serde::Serialize;

pub use event::{
    Attachment, ErrorEvent, InterlockSeen, InterlockState, Note, Recovery, Safe, SafeBy,
    SafeOutcome, Setpoint,
};
pub use header::{
    Asset, Clock, Device, Environment, Fixture, HashedFile, Mode, Operator, Plan, Program,
    RunHeader, Udi,
};
pub use log::{KeyActivated, Pruned, PrunedFile, Signed};
pub use measurement::{Judged, LimitSource, Raw, Recorded};
pub use prompt::{Prompt, PromptOutcome, Via};
pub use run::{Aftermath, Process, RunEnded, RunInterrupted, RunStarted, StationBoot};
pub use step::{ATTEMPT, StepEnded, StepStarted};
pub use unit::{Component, Firmware, Source};

/// What a run appends between its start and its end.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Body {
    /// A step begins.
    StepStarted(StepStarted),
    /// A step is over. Whoever waits for this to be durable calls `barrier`.
    StepEnded(StepEnded),
    /// A number was judged; goes to statistics.
    Measurement(Judged),
    /// A text, a choice, or yes or no was judged.
    Check(Judged),
    /// A value was kept without judging.
    Record(Recorded),
    /// Somebody wrote something down.
    Note(Note),
    /// A person was asked something.
    Prompt(Prompt),
    /// An instrument was told a level.
    Setpoint(Setpoint),
    /// An output was switched.
    Output(Setpoint),
    /// Something went wrong; recorded before the script sees it.
    Error(ErrorEvent),
    /// A driver made a session fit again, or found something in an instrument's error queue.
    Recovery(Recovery),
    /// An interlock was looked at.
    Interlock(InterlockSeen),
    /// A file that belongs to the run.
    Attachment(Attachment),
    /// What one of the unit's processors runs.
    Firmware(Firmware),
    /// A part that is built into the unit.
    Component(Component),
    /// A role was brought to its safe state, or was not.
    Safe(Safe),
}

impl Body {
    /// The entry's type.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::StepStarted(_) => "step.started",
            Self::StepEnded(_) => "step.ended",
            Self::Measurement(_) => "measurement",
            Self::Check(_) => "check",
            Self::Record(_) => "record",
            Self::Note(_) => "note",
            Self::Prompt(_) => "prompt",
            Self::Setpoint(_) => "setpoint",
            Self::Output(_) => "output",
            Self::Error(_) => "error",
            Self::Recovery(_) => "recovery",
            Self::Interlock(_) => "interlock",
            Self::Attachment(_) => "attachment",
            Self::Firmware(_) => "firmware",
            Self::Component(_) => "component",
            Self::Safe(_) => "safe",
        }
    }
}
