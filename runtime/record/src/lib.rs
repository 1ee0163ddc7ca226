//! What a run leaves behind: values, limits, verdicts, and the log that keeps them.
//!
//! [`judge()`] holds a [`Value`] against a [`Limit`] and knows nothing else, so that every verdict
//! can be worked out again from what is stored. A [`Store`] is an append-only log of entries in
//! SQLite; a [`RunLog`] is one run's end of it, a [`Reader`] gives back what was written.
//!
//! Deliberately absent: this crate runs nothing, asks no instrument, and prints nothing. What a
//! step's verdict follows from (retries, caught errors) is decided by the runtime.

mod author;
mod body;
pub mod bundle;
mod entry;
mod error;
pub mod evidence;
mod exchange;
pub mod export;
pub mod html;
mod judge;
mod limit;
pub mod proof;
mod size;
mod store;
pub mod udi;
mod unseen;
mod value;
mod verdict;
pub mod verify;

pub use author::Author;
pub use body::{
    ATTEMPT, Aftermath, Asset, Attachment, Body, Clock, Component, Device, Environment, ErrorEvent,
    Firmware, Fixture, HashedFile, InterlockSeen, InterlockState, Judged, KeyActivated,
    LimitSource, Mode, Note, Operator, Plan, Process, Program, Prompt, PromptOutcome, Raw,
    Recorded, Recovery, RunEnded, RunHeader, RunInterrupted, RunStarted, Safe, SafeBy, SafeOutcome,
    Setpoint, Signed, Source, StationBoot, StepEnded, StepStarted, Udi, Via,
};
pub use entry::{Entry, LONGEST_ENTRY, SCHEMA, leaf};
pub use error::{RecordError, RecordErrorKind, Result};
pub use exchange::Exchange;
pub use judge::{JudgeError, judge};
pub use limit::{Limit, LimitError, Pattern};
pub use size::size;
pub use store::care;
pub use store::{
    Event, Keeping, Leak, NewKey, Orphan, RESERVE, RESERVED_FILES, Reader, Run, RunLog, RunSummary,
    Settings, Step, Store, testify, warm_up,
};
pub use unseen::is_unseen;
pub use uuid::Uuid;
pub use value::Value;
pub use verdict::{
    Colour, EXIT_ABORTED, EXIT_COMMAND_LINE, EXIT_FAIL, EXIT_INTEGRITY, EXIT_NO_VERDICT, EXIT_PASS,
    EXIT_REFUSED, Reason, Row, Verdict,
};
