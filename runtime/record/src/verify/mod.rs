//! Whether a record is what it was when it was written.
//!
//! One pass over the entries of each log of a store: their places, their bytes against their
//! hashes, the hashes against every signed checkpoint, keys against the keys before them, runs and
//! steps against the order in which they can happen, attachments against their names; then every
//! other table against the entries, and the database against itself. Another pass, at the same
//! time, over the pages of the database file, whatever stands in them. What was found is a
//! [`Finding`]; what nobody can find this way is said too.
//!
//! Deliberately absent: nothing is repaired, and nothing is written.

mod anchors;
mod files;
mod finding;
mod log;
mod pages;
mod rejudge;
mod runs;
mod seals;
mod secrets;
mod tables;
pub(crate) mod wal;

use std::path::{Path, PathBuf};

pub use anchors::Anchor;
pub(crate) use files::{attachment, wrong_with};
pub use finding::{About, Finding};
pub use secrets::{Searched, search};
use serde::Serialize;

use crate::body::Mode;

/// What to hold a store against, besides itself.
#[derive(Debug, Default)]
pub struct Against {
    /// Checkpoints that were kept elsewhere.
    pub anchors: Vec<Anchor>,
    /// Whether every verdict is to be worked out again.
    pub rejudge: bool,
}

/// What a store was found to be.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Its logs: real runs, and simulated ones.
    pub logs: Vec<LogReport>,
    /// What concerns no single log.
    pub findings: Vec<Finding>,
}

/// What a log was found to be.
#[derive(Debug, Default, Serialize)]
pub struct LogReport {
    /// The folder that it is in.
    pub folder: PathBuf,
    /// Its name.
    pub origin: Option<String>,
    /// What its last checkpoint is checked with, as a C2SP verifier key.
    pub key: Option<String>,
    /// How many entries it has.
    pub entries: u64,
    /// How many of them are before its last checkpoint.
    pub signed: u64,
    /// The last checkpoint that holds, as it was signed.
    pub checkpoint: Option<String>,
    /// How many checkpoints it has.
    pub checkpoints: u64,
    /// How many runs it has.
    pub runs: u64,
    /// How many attachments its entries name.
    pub attachments: u64,
    /// How many files the station has said it no longer keeps; they may be gone.
    pub pruned: u64,
    /// How many verdicts were worked out again.
    pub rejudged: u64,
    /// The largest size at which a checkpoint that was kept elsewhere holds.
    pub anchored: Option<u64>,
    /// What is wrong, in the order of the entries; what concerns no entry comes last.
    pub findings: Vec<Finding>,
    /// What could not be seen, a sentence each.
    pub unseen: Vec<String>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn holds(&self) -> bool {
        self.findings.is_empty() && self.logs.iter().all(|log| log.findings.is_empty())
    }
}

/// Verifies the logs of the store in the folder `store`, real and simulated; one without a
/// database is left out, unless something says that there was one.
pub fn verify(store: &Path, against: &Against) -> Report {
    let folders = [Mode::Engineering.folder(store), Mode::Simulate.folder(store)];
    let logs: Vec<LogReport> =
        folders.iter().filter_map(|folder| log::verify(folder, against)).collect();
    let findings = anchors::of_no_log(&against.anchors, &logs);
    Report { logs, findings }
}

#[cfg(test)]
mod tests;
