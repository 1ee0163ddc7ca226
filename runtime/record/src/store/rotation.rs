//! The station's key: which it is, and taking a new one.

use std::path::Path;

use rusqlite::TransactionBehavior;

use super::log::{Failure, Log};
use super::seal::Seal;
use super::tree::Tree;
use super::{Store, database};
use crate::author::Author;
use crate::body::Mode;
use crate::error::{RecordError, Result};
use crate::proof::{SIMULATION, Signer, VerifierKey};

/// What [`Store::new_key`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// The key from now on.
    pub key: VerifierKey,
    /// The one that it took over from, if the log had begun.
    pub previous: Option<VerifierKey>,
}

impl Store {
    /// The key that the log below `dir` is signed with; `None` before its first run.
    ///
    /// # Errors
    ///
    /// The log cannot be read.
    pub fn key(dir: &Path) -> Result<Option<VerifierKey>> {
        let Some((connection, path)) = database::open_to_read(dir)? else { return Ok(None) };
        let key = Tree::load(&connection).map_err(|failure| failure.told(&path))?.key;
        key.map(|key| parse(&key)).transpose()
    }

    /// Gives the log below `dir` a new key. If it has begun, an entry says so, and the checkpoint
    /// behind it is signed with both keys; the old private key is gone then. If it has not, its key
    /// is made for `station`.
    ///
    /// # Errors
    ///
    /// The log has not begun and there is a key already; it is a log of simulated runs, whose key
    /// is published; the present key is gone; or something cannot be written.
    pub fn new_key(dir: &Path, station: &str) -> Result<NewKey> {
        let mut unsettled = database::make_folder(dir)?;
        let (mut connection, path, _) = database::open(dir)?;
        unsettled.settle()?;
        let told = |failure: Failure| failure.told(&path);
        let said = |cause: rusqlite::Error| RecordError::sqlite(&path, &cause);
        let mut seal = Seal::of(dir);
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(said)?;
        let begun = Tree::load(&transaction).map_err(told)?.key;
        let begun = begun.map(|key| parse(&key)).transpose()?;
        let Some(old) = begun else {
            if dir.join("key").symlink_metadata().is_ok() {
                let text = format!("`{}` has a key already, and nothing signed", dir.display());
                return Err(RecordError::new(text).with_hint("the first run will use it"));
            }
            return Ok(NewKey { key: seal.own(station)?.key().clone(), previous: None });
        };
        if old.name().ends_with(SIMULATION) {
            return Err(RecordError::new("the key of simulated runs is published and stays"));
        }
        let signer = seal.signer(&old.to_string())?;
        let new = Seal::of(dir).prepare(&old)?;
        let mut log = Log::new(&transaction).map_err(told)?;
        // Simulated logs have no key of their own to change.
        let author = Author { station: station.to_owned(), mode: Mode::Engineering };
        log.activate(&author, new.key()).map_err(told)?;
        log.checkpoint(&author, &[signer, &new]).map_err(told)?;
        log.finish().map_err(told)?;
        transaction.commit().map_err(said)?;
        seal.replace()?;
        Ok(NewKey { key: new.key().clone(), previous: Some(old) })
    }
}

fn parse(key: &str) -> Result<VerifierKey> {
    key.parse().map_err(|cause| RecordError::new(format!("the log's key: {cause}")))
}
