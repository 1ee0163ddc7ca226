//! A bundle: what the log has of a run or of a unit, in a folder that can be checked without Pogo.
//!
//! The entries are there with the exact bytes that were hashed, each with a proof that it stands in
//! the tree whose root a checkpoint signs; with them come the checkpoint, the key, the attachments,
//! the specification of all of it, and two verifiers. The same log gives the same bytes.
//!
//! Deliberately absent: the order of runs and steps is not looked at, and no verdict is worked out
//! again. What does not hash to what was signed is not bundled; the rest is what verifiers are for.

mod collect;
mod document;
mod folder;
mod instructions;

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use uuid::Uuid;

use self::collect::Signed;
use crate::body::Mode;
use crate::error::{RecordError, Result};
use crate::proof::{Hash, VerifierKey};
use crate::store::database;
use crate::verdict::Verdict;

/// What a bundle is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// One run.
    Run(Uuid),
    /// Every run of the unit with this serial number.
    Serial(String),
}

/// A bundle that is ready to be written.
#[derive(Debug)]
pub struct Bundle {
    of: Of,
    /// The folder of the log.
    log: PathBuf,
    note: String,
    size: u64,
    key: VerifierKey,
    entries: Vec<Proven>,
    runs: Vec<BundledRun>,
    /// By name: the size.
    attachments: Vec<(String, u64)>,
    unseen: Vec<String>,
}

/// A run as far as the last checkpoint covers it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct BundledRun {
    /// The run's id.
    pub id: Uuid,
    /// What it counts for.
    pub mode: Mode,
    /// What was run.
    pub plan: String,
    /// The unit's serial number.
    pub serial: Option<String>,
    /// Which attempt it was.
    pub attempt: Option<u64>,
    /// How it ended; `None` if the checkpoint covers no end.
    pub verdict: Option<Verdict>,
}

/// An entry, and what shows that it is in the signed tree.
#[derive(Debug)]
struct Proven {
    seq: u64,
    bytes: Vec<u8>,
    leaf: Hash,
    proof: Vec<Hash>,
}

impl Bundle {
    /// What the log in the folder `log` has of `of`, up to the last checkpoint.
    ///
    /// # Errors
    ///
    /// `Refused`: it has nothing, or nothing that a checkpoint covers. `Damaged`: an entry, an
    /// attachment, the checkpoint or the key is not what was signed. Or it cannot be read.
    pub fn new(log: &Path, of: Of) -> Result<Self> {
        let nothing = || {
            let what = format!("there is nothing of {} in `{}`", of.quoted(), log.display());
            RecordError::refused(what)
        };
        let (connection, path) = database::open_to_read(log)?.ok_or_else(nothing)?;
        let said = |cause: rusqlite::Error| RecordError::sqlite(&path, &cause);
        // One moment of a log that others may be adding to.
        let transaction = connection.unchecked_transaction().map_err(said)?;
        let connection: &Connection = &transaction;
        let signed = Signed::read(connection, &path)?;
        let mut found = signed.runs(connection, &path, &of)?;
        if found.runs.is_empty() {
            return Err(if found.unsigned.is_empty() { nothing() } else { found.unsigned_only() });
        }
        let attachments = found.attachments(log)?;
        let unseen = found.unseen();
        let (runs, entries) = (found.runs, signed.prove(found.entries)?);
        let Signed { note, size, key, .. } = signed;
        let log = log.to_owned();
        Ok(Self { of, log, note, size, key, entries, runs, attachments, unseen })
    }

    /// The runs in it, oldest first; there is one at least.
    pub fn runs(&self) -> &[BundledRun] {
        &self.runs
    }

    /// How many entries are in it.
    pub fn entries(&self) -> usize {
        self.entries.len()
    }

    /// How many attachments are in it.
    pub fn attachments(&self) -> usize {
        self.attachments.len()
    }

    /// How many entries the log had when it was signed.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The log's key.
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// What the runs count for, each once.
    pub fn modes(&self) -> Vec<Mode> {
        let all = [Mode::Simulate, Mode::Engineering, Mode::Production];
        all.into_iter().filter(|mode| self.runs.iter().any(|run| run.mode == *mode)).collect()
    }

    /// What is not in it, a sentence each.
    pub fn unseen(&self) -> &[String] {
        &self.unseen
    }
}

impl Of {
    fn quoted(&self) -> String {
        match self {
            Self::Run(run) => format!("the run `{run}`"),
            Self::Serial(serial) => format!("a unit with the serial number `{serial}`"),
        }
    }
}

#[cfg(test)]
mod tests;
