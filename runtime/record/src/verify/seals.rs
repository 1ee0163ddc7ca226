//! Keys and checkpoints, against the entries before them.

use super::finding::{About, Findings};
use crate::body::{KeyActivated, Signed};
use crate::entry::Entry;
use crate::proof::{Checkpoint, Frontier, Note, ProofError, SIMULATION, VerifierKey};

/// What the log's keys and checkpoints have said so far.
#[derive(Default)]
pub(super) struct Seals {
    /// Every key, first to last; the last one signs.
    pub(super) keys: Vec<VerifierKey>,
    /// The last one took over in the entry before, and the one before it has to vouch for it.
    rotated: bool,
    pub(super) checkpoints: u64,
    /// How many entries the last checkpoint covers that holds.
    pub(super) signed: u64,
    /// Its text.
    pub(super) last: Option<String>,
    /// A root was wrong; all after it are, and say nothing new.
    broken: bool,
}

impl Seals {
    /// Looks at an entry that the log has written about itself. The tree ends before it.
    pub(super) fn take(&mut self, entry: &Entry, tree: &Frontier, found: &mut Findings) {
        let seq = Some(entry.seq);
        let said = match entry.kind.as_str() {
            "key.activated" => self.key(entry).map_err(|cause| (About::Key, cause)),
            "checkpoint" => {
                self.checkpoints += 1;
                self.checkpoint(entry, tree).map_err(|cause| (About::Checkpoint, cause))
            }
            _ => Ok(()),
        };
        if let Err((about, cause)) = said {
            found.add(about, seq, cause.to_string());
        }
        if self.rotated && entry.kind != "key.activated" {
            let what = "a key took over that the one before it did not vouch for";
            found.add(About::Key, seq, what);
            self.rotated = false;
        }
    }

    fn key(&mut self, entry: &Entry) -> Result<(), ProofError> {
        let wrong = |what: String| Err(ProofError::new(what));
        let body = serde_json::from_str(entry.body.get());
        let body: KeyActivated =
            body.map_err(|it| ProofError::new(format!("names no key: {it}")))?;
        let key: VerifierKey = body.key.parse()?;
        let before = self.keys.last().map(ToString::to_string);
        if body.previous != before {
            return wrong("a key takes over from another one than the log was signed with".into());
        }
        let origin = self.keys.first().unwrap_or(&key).name();
        if key.name() != origin || body.origin != origin {
            return wrong(format!("the log `{origin}` cannot be signed by `{}`", key.short()));
        }
        self.rotated = !self.keys.is_empty();
        self.keys.push(key);
        Ok(())
    }

    fn checkpoint(&mut self, entry: &Entry, tree: &Frontier) -> Result<(), ProofError> {
        let wrong = |what: String| Err(ProofError::new(what));
        let body = serde_json::from_str(entry.body.get());
        let body: Signed = body.map_err(|it| ProofError::new(format!("no checkpoint: {it}")))?;
        let note: Note = body.note.parse()?;
        let checkpoint: Checkpoint = note.text().parse()?;
        // The last key, or the last two if one has just vouched for the other.
        let rotated = std::mem::take(&mut self.rotated);
        let count = self.keys.len().min(1 + usize::from(rotated));
        let keys = &self.keys[self.keys.len() - count..];
        if note.verify(keys)?.len() < count {
            return wrong("a key took over that the one before it did not vouch for".into());
        }
        let origin = keys.first().map_or("", VerifierKey::name);
        if checkpoint.origin != origin {
            return wrong(format!("a checkpoint of `{}` in the log `{origin}`", checkpoint.origin));
        }
        if checkpoint.size != entry.seq {
            let (size, seq) = (checkpoint.size, entry.seq);
            return wrong(format!("a checkpoint of {size} entries stands behind {seq}"));
        }
        if checkpoint.root == tree.root() {
            (self.signed, self.last) = (checkpoint.size, Some(body.note));
            return Ok(());
        }
        if std::mem::replace(&mut self.broken, true) {
            return Ok(());
        }
        let (from, to) = (self.signed, entry.seq.saturating_sub(1));
        wrong(format!("what was signed is not what is there: one of the entries {from} to {to}"))
    }

    /// Whether the log is one of simulated runs.
    pub(super) fn is_simulation(&self) -> bool {
        self.keys.first().is_some_and(|key| key.name().ends_with(SIMULATION))
    }
}
