//! The beginning and the end of a run, and of a station's up-time.

use serde::{Deserialize, Serialize};

use super::{RunHeader, Safe, not_recorded};
use crate::verdict::{Reason, Verdict};

/// The body of `run.started`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// How often this plan was started for this unit in this log and mode, this time included; not
    /// counted for units without a serial number.
    #[serde(with = "not_recorded")]
    pub attempt: Option<u64>,
    /// What is known of the run.
    pub header: RunHeader,
    /// The process that runs it.
    pub process: Process,
}

/// A process, so that it can be told from a later one with the same number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// When it was started, in the kernel's ticks since boot.
    #[serde(with = "not_recorded")]
    pub start_ticks: Option<u64>,
    /// Which boot of the machine that was.
    #[serde(with = "not_recorded")]
    pub boot_id: Option<String>,
}

/// The body of `run.ended`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEnded {
    /// What is known about the unit.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// More about the reason, for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Declared measurements that were never set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unset: Vec<String>,
    /// Steps and declared measurements that an early end left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_reached: Vec<String>,
    /// Steps that were left out on purpose.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<String>,
}

impl From<Reason> for RunEnded {
    fn from(reason: Reason) -> Self {
        Self { verdict: reason.verdict(), reason, ..Self::default() }
    }
}

/// The body of `run.interrupted`: what the next process writes for one that died.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunInterrupted {
    /// Always `aborted`.
    pub verdict: Verdict,
    /// Always `interrupted`.
    pub reason: Reason,
    /// How many entries were found that the process had handed over but not yet made durable.
    pub recovered: u64,
    /// What became of its bench.
    #[serde(default)]
    pub after: Aftermath,
}

/// What became of the bench of a run whose process died.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Aftermath {
    /// Its guard, or the run itself in its last moment, had brought every role to its safe state;
    /// nobody touched the bench again.
    Guard {
        /// What is known of each role.
        safe: Vec<Safe>,
    },
    /// The run that started next told every role to be safe before it did anything else.
    NextRun {
        /// What is known of each role.
        safe: Vec<Safe>,
    },
    /// Nobody tried.
    Nobody {
        /// Why.
        why: String,
    },
}

impl Aftermath {
    /// What is known of each role.
    pub fn safe(&self) -> &[Safe] {
        match self {
            Self::Guard { safe } | Self::NextRun { safe } => safe,
            Self::Nobody { .. } => &[],
        }
    }
}

impl Default for Aftermath {
    fn default() -> Self {
        Self::Nobody { why: "not recorded".into() }
    }
}

/// The body of `station.boot`: once per boot of the machine and version of the program, in front
/// of the first run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationBoot {
    /// The version of the program.
    pub pogo: String,
    /// Which boot of the machine this is.
    #[serde(with = "not_recorded")]
    pub boot_id: Option<String>,
    /// The database's settings, read back.
    pub sqlite: crate::store::Settings,
}
