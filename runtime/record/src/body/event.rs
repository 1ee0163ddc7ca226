//! What else happens while a script runs.

use serde::{Deserialize, Serialize};

use crate::limit::Limit;
use crate::value::Value;

/// The body of `note`: somebody wrote something down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The step's number; `None` outside any step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// What.
    pub text: String,
}

/// The body of `setpoint` and `output`: an instrument was told something and accepted it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setpoint {
    /// The step's number; `None` outside any step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// The role.
    pub role: String,
    /// The verb as a script says it: `set_voltage`, `on`.
    pub verb: String,
    /// The level, where the verb has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// The body of `error`: something went wrong on the bench or in the script.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorEvent {
    /// The step's number; `None` outside any step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// The error's kind (`timeout`, `refused`), or `script`.
    pub kind: String,
    /// Whether the script said beforehand that it would; then it changes no verdict.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expected: bool,
    /// The role that was spoken to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// What happened.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Where in the script: `power_on.rhai:4:9`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// The body of `recovery`: a driver did something that no script asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// The step's number; `None` outside any step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// The role.
    pub role: String,
    /// What it did, or what it found in the error queue.
    pub what: String,
}

/// The body of `interlock`: what an interlock was seen to be, before the run and when that changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InterlockSeen {
    /// Its name in the fixture.
    pub interlock: String,
    /// What it was.
    pub state: InterlockState,
    /// What is read: `dc_voltage`.
    pub reads: String,
    /// What was read; `None` if nothing could be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The instrument's answer as received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// What it reads when it is closed.
    pub closed: Limit,
    /// When the answer came, or was given up, in nanoseconds of the run's clock.
    pub at_ns: u64,
    /// What a person is told; `None` if it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What an interlock was seen to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InterlockState {
    /// Closed.
    Closed,
    /// Open.
    Open,
    /// Nobody knows.
    Unreadable,
}

/// The body of `attachment`: a file beside the log, named by its SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The step's number; `None` outside any step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// What it is called: `psu.wire.txt`.
    pub name: String,
    /// Its media type.
    pub media: String,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// The body of `safe`: what is known of a role at the end of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Safe {
    /// The role.
    pub role: String,
    /// What is known.
    pub outcome: SafeOutcome,
    /// Who saw to it.
    #[serde(default)]
    pub by: SafeBy,
}

/// Who brought a role to its safe state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SafeBy {
    /// The run itself.
    #[default]
    Run,
    /// The supervisor of a run whose site hung.
    Supervisor,
    /// The guard of a run whose process was gone.
    Guard,
    /// The run that started next, if the guard was gone too.
    NextRun,
}

/// What is known of a role after it was told to be safe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum SafeOutcome {
    /// It can do no harm in any state.
    Passive,
    /// It was told, and read back.
    Confirmed {
        /// What it was told, in a person's words.
        state: String,
        /// What it answered when asked.
        read_back: String,
    },
    /// Somebody has to look at it.
    NotConfirmed {
        /// What went wrong.
        message: String,
    },
}

impl SafeOutcome {
    /// Whether nobody has to look at it.
    pub fn is_safe(&self) -> bool {
        !matches!(self, Self::NotConfirmed { .. })
    }
}

impl From<pogo_hal::SafeState> for SafeOutcome {
    fn from(it: pogo_hal::SafeState) -> Self {
        match it {
            pogo_hal::SafeState::Passive => Self::Passive,
            pogo_hal::SafeState::Confirmed { state, read_back } => {
                Self::Confirmed { state, read_back }
            }
        }
    }
}
