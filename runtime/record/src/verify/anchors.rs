//! Checkpoints that were kept elsewhere, against which a log cannot defend itself.

use std::str::FromStr;

use super::finding::{About, Finding, Findings};
use super::{LogReport, Report};
use crate::proof::{Checkpoint, Hash, Note, ProofError, VerifierKey};

/// A signed checkpoint from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    note: Note,
    checkpoint: Checkpoint,
}

impl Anchor {
    /// What it says. That somebody kept it is all the authority it has, besides its signature.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Its exact text.
    pub fn text(&self) -> String {
        self.note.to_string()
    }
}

impl FromStr for Anchor {
    type Err = ProofError;

    fn from_str(text: &str) -> Result<Self, ProofError> {
        let note: Note = text.parse()?;
        let checkpoint = note.text().parse()?;
        Ok(Self { note, checkpoint })
    }
}

/// The anchors of one log, while its entries go by.
pub(super) struct Anchors<'a> {
    /// The ones to come, the smallest last.
    left: Vec<&'a Anchor>,
    pub(super) held: Option<u64>,
}

impl<'a> Anchors<'a> {
    /// Those of `all` that are of the log with the name `origin`.
    pub(super) fn of(all: &'a [Anchor], origin: &str) -> Self {
        let mut left: Vec<_> = all.iter().filter(|it| it.checkpoint.origin == origin).collect();
        left.sort_by_key(|it| std::cmp::Reverse(it.checkpoint.size));
        Self { left, held: None }
    }

    /// Holds those of this size against the root that the log has there.
    pub(super) fn at(&mut self, size: u64, root: impl Fn() -> Hash, found: &mut Findings) {
        while let Some(anchor) = self.left.pop_if(|it| it.checkpoint.size <= size) {
            if anchor.checkpoint.size == size && anchor.checkpoint.root == root() {
                self.held = Some(size);
            } else {
                let last = size.checked_sub(1);
                let since = match self.held {
                    Some(held) => format!("after entry {}", held.saturating_sub(1)),
                    None => "since it began".to_owned(),
                };
                let what = format!(
                    "the first {size} entries are not those that the anchor has seen: \
                     the log was written anew somewhere {since}"
                );
                found.add(About::Anchor, last, what);
            }
        }
    }

    /// Every entry has gone by, and every one of `keys`.
    pub(super) fn end(
        &mut self,
        entries: u64,
        all: &[Anchor],
        keys: &[VerifierKey],
        found: &mut Findings,
    ) {
        for anchor in self.left.drain(..) {
            let size = anchor.checkpoint.size;
            let what =
                format!("the anchor has seen {size} entries, the log has {entries}: cut off");
            found.add(About::Anchor, Some(entries), what);
        }
        let Some(name) = keys.first().map(VerifierKey::name) else { return };
        for anchor in all.iter().filter(|it| it.checkpoint.origin == name) {
            if let Err(cause) = anchor.note.verify(keys) {
                found.add(
                    About::Anchor,
                    None,
                    format!("an anchor was not signed by the log: {cause}"),
                );
            }
        }
    }
}

/// Anchors of logs that are not there.
pub(super) fn of_no_log(anchors: &[Anchor], logs: &[LogReport]) -> Vec<Finding> {
    let is_there = |anchor: &&Anchor| {
        logs.iter().any(|log| log.origin.as_deref() == Some(anchor.checkpoint.origin.as_str()))
    };
    let missing = anchors.iter().filter(|anchor| !is_there(anchor));
    let finding = |anchor: &Anchor| {
        let origin = &anchor.checkpoint.origin;
        Finding::new(About::Anchor, None, format!("the store has no log `{origin}`, the anchor's"))
    };
    missing.map(finding).collect()
}

impl Report {
    /// Whether a store has nothing that could be verified.
    pub fn is_empty(&self) -> bool {
        self.logs.is_empty() && self.findings.is_empty()
    }
}
