//! The end of the log, inside one transaction: where entries get their places.

use std::path::Path;

use rusqlite::{Transaction, params};
use uuid::Uuid;

use super::database::Settings;
use super::mention;
use super::tree::{Tree, does_not_fit};
use crate::author::Author;
use crate::body::{KeyActivated, Process, RunHeader, RunStarted, Signed, StationBoot};
use crate::entry::{Pending, leaf};
use crate::error::RecordError;
use crate::proof::{Checkpoint, Hash, ProofError, Signer, VerifierKey};

/// The end of the log, inside one transaction, which [`Log::finish`] makes ready to be committed.
pub(super) struct Log<'a> {
    transaction: &'a Transaction<'a>,
    tree: Tree,
}

impl<'a> Log<'a> {
    pub(super) fn new(transaction: &'a Transaction<'a>) -> Result<Self, Failure> {
        let query = "SELECT coalesce(max(seq), -1) + 1 FROM entry";
        let next = transaction.prepare_cached(query)?.query_row([], |row| row.get(0))?;
        let tree = Tree::load(transaction)?;
        match tree.frontier.size() == next {
            true => Ok(Self { transaction, tree }),
            false => Err(does_not_fit(next, tree.frontier.size()).into()),
        }
    }

    /// The edge of the tree, up to the last entry.
    pub(super) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Stores the edge of the tree; call it last.
    pub(super) fn finish(self) -> Result<Tree, Failure> {
        self.tree.save(self.transaction)?;
        Ok(self.tree)
    }

    /// Says that checkpoints are signed with `key` from now on.
    pub(super) fn activate(&mut self, author: &Author, key: &VerifierKey) -> Result<(), Failure> {
        let (origin, previous) = (key.name().to_owned(), self.tree.key.take());
        let body = KeyActivated { origin, key: key.to_string(), previous };
        self.append(&Pending::new(author, "key.activated", None, 0, &body)?)?;
        self.tree.key = Some(key.to_string());
        Ok(())
    }

    /// Signs what the log holds, unless nothing was added since it was last signed.
    pub(super) fn checkpoint(
        &mut self,
        author: &Author,
        signers: &[&dyn Signer],
    ) -> Result<(), Failure> {
        let Some(signer) = signers.first().filter(|_| self.tree.is_unsigned()) else {
            return Ok(());
        };
        let (origin, size) = (signer.key().name().to_owned(), self.tree.frontier.size());
        let checkpoint = Checkpoint { origin, size, root: self.tree.frontier.root() };
        let body = Signed { note: checkpoint.sign(signers)?.to_string() };
        self.append(&Pending::new(author, "checkpoint", None, 0, &body)?)?;
        self.tree.signed = size;
        Ok(())
    }

    /// Adds an entry and its outbox row; gives its place.
    pub(super) fn append(&mut self, pending: &Pending) -> rusqlite::Result<u64> {
        let seq = self.tree.frontier.size();
        let bytes = pending.bytes(seq);
        let leaf = leaf(&bytes);
        self.transaction
            .prepare_cached("INSERT INTO entry(seq, id, type, bytes, leaf) VALUES (?, ?, ?, ?, ?)")?
            .execute(params![seq, pending.id.to_string(), pending.kind, bytes, leaf])?;
        self.transaction
            .prepare_cached("INSERT INTO outbox(seq, sink, state) VALUES (?, 'server', 'waiting')")?
            .execute([seq])?;
        if mention::is_made_of(&pending.kind)
            && let Ok(entry) = serde_json::from_slice(&bytes)
        {
            mention::add(self.transaction, &entry)?;
        }
        self.tree.frontier.append(Hash(leaf));
        Ok(seq)
    }

    pub(super) fn end(&mut self, run: Uuid, pending: &Pending) -> rusqlite::Result<()> {
        let seq = self.append(pending)?;
        self.transaction
            .prepare_cached("UPDATE run SET ended = ? WHERE id = ?")?
            .execute(params![seq, run.to_string()])
            .map(drop)
    }

    /// Adds `run.started` with the number of the attempt.
    pub(super) fn start(
        &mut self,
        run: Uuid,
        header: &RunHeader,
        process: &Process,
    ) -> Result<(), Failure> {
        let (mode, plan, serial) = (header.mode.name(), &header.plan.id, &header.device.serial);
        let count = "SELECT count(*) + 1 FROM run WHERE serial = ? AND plan = ? AND mode = ?";
        let attempt = match serial {
            None => None,
            Some(serial) => Some(
                self.transaction
                    .prepare_cached(count)?
                    .query_row(params![serial, plan, mode], |row| row.get(0))?,
            ),
        };
        let body = RunStarted { attempt, header: header.clone(), process: process.clone() };
        let pending = Pending::new(&header.author(), "run.started", Some(run), 0, &body)?;
        let seq = self.append(&pending)?;
        let insert = "INSERT INTO run(id, started, mode, plan, serial) VALUES (?, ?, ?, ?, ?)";
        self.transaction.prepare_cached(insert)?.execute(params![
            run.to_string(),
            seq,
            mode,
            plan,
            serial
        ])?;
        Ok(())
    }

    /// Says once per boot of the machine and version of the program what the log is written with;
    /// gives whether it did.
    pub(super) fn boot(
        &mut self,
        header: &RunHeader,
        process: &Process,
        settings: &Settings,
    ) -> Result<bool, Failure> {
        let (boot_id, pogo) = (process.boot_id.clone(), header.pogo.version.clone());
        let key = boot_id.clone().unwrap_or_default();
        let known = self
            .transaction
            .prepare_cached("SELECT 1 FROM boot WHERE boot_id = ? AND pogo = ?")?
            .exists(params![key, pogo])?;
        if known {
            return Ok(false);
        }
        let body = StationBoot { pogo: pogo.clone(), boot_id, sqlite: settings.clone() };
        let seq = self.append(&Pending::new(&header.author(), "station.boot", None, 0, &body)?)?;
        self.transaction
            .prepare_cached("INSERT INTO boot(boot_id, pogo, seq) VALUES (?, ?, ?)")?
            .execute(params![key, pogo, seq])?;
        Ok(true)
    }
}

/// What can go wrong between an entry and its row.
pub(crate) enum Failure {
    Database(rusqlite::Error),
    Entry(RecordError),
}

impl From<rusqlite::Error> for Failure {
    fn from(it: rusqlite::Error) -> Self {
        Self::Database(it)
    }
}

impl From<RecordError> for Failure {
    fn from(it: RecordError) -> Self {
        Self::Entry(it)
    }
}

impl From<ProofError> for Failure {
    fn from(it: ProofError) -> Self {
        Self::Entry(RecordError::new(format!("the log's tree: {it}")))
    }
}

impl Failure {
    /// Says which file it was.
    pub(super) fn told(self, path: &Path) -> RecordError {
        match self {
            Self::Database(cause) => RecordError::sqlite(path, &cause),
            Self::Entry(error) => error,
        }
    }
}
