//! When a log is signed: when it begins, at a boot, at a run's end, and every minute while there is
//! something that was not signed.

use std::time::{Duration, Instant};

use rusqlite::Transaction;

use super::log::{Failure, Log};
use super::seal::Seal;
use super::tree::{CHANGED, Tree};
use crate::author::Author;
use crate::body::RunHeader;
use crate::error::RecordError;
use crate::proof::Signer;

/// How long an entry may go unsigned while its run goes on.
const EVERY: Duration = Duration::from_secs(60);

/// What a writer knows about signing its log.
pub(super) struct Signing {
    seal: Seal,
    /// Of the last run that was started here.
    author: Author,
    /// When the oldest entry was committed that is not signed.
    unsigned: Option<Instant>,
    pub(super) every: Duration,
}

impl Signing {
    pub(super) fn with(seal: Seal) -> Self {
        Self { seal, author: Author::default(), unsigned: None, every: EVERY }
    }

    /// Sees to it that what the run is going to say can be signed. Names the log and its key, if it
    /// has none yet.
    pub(super) fn begin(&mut self, log: &mut Log<'_>, header: &RunHeader) -> Result<(), Failure> {
        self.author = header.author();
        if let Some(key) = &log.tree().key {
            self.seal.signer(key)?;
            return Ok(());
        }
        if log.tree().frontier.size() > 0 {
            let text = "the log has entries, but no key that it is signed with";
            return Err(RecordError::new(text).with_hint(CHANGED).into());
        }
        let key = self.seal.first(header.mode, &header.station)?.key().clone();
        log.activate(&self.author, &key)
    }

    /// Signs what the log holds so far.
    pub(super) fn sign(&mut self, log: &mut Log<'_>) -> Result<(), Failure> {
        let Some(key) = log.tree().key.clone() else { return Ok(()) };
        log.checkpoint(&self.author, &[self.seal.signer(&key)?])
    }

    /// Signs a log that nothing else is added to at the time `now`.
    pub(super) fn sign_alone(
        &mut self,
        transaction: &Transaction<'_>,
        now: Instant,
    ) -> Result<(), Failure> {
        let mut log = Log::new(transaction)?;
        self.sign(&mut log)?;
        self.committing(&log.finish()?, now);
        Ok(())
    }

    /// Whether something has gone unsigned for too long.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.unsigned.is_some_and(|since| now.duration_since(since) >= self.every)
    }

    /// The log is about to be committed with this edge.
    pub(super) fn committing(&mut self, tree: &Tree, now: Instant) {
        let since = self.unsigned.take().unwrap_or(now);
        self.unsigned = tree.is_unsigned().then_some(since);
    }
}
