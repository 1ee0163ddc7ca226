//! What is wrong with a record.

use std::fmt;

use serde::Serialize;

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// The database itself: it does not open, a page makes no sense.
    Database,
    /// An entry's bytes.
    Entry,
    /// The places of entries: one is missing.
    Sequence,
    /// A signed root that the entries do not give.
    Checkpoint,
    /// A key that nobody vouched for.
    Key,
    /// A run or a step that did not happen in this order.
    Run,
    /// A verdict that does not follow from what was measured.
    Verdict,
    /// A file beside the log.
    Attachment,
    /// A table that does not say what the entries say.
    Index,
    /// A checkpoint that was kept elsewhere.
    Anchor,
    /// A secret that stands where it must not.
    Secret,
}

/// One thing that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about.
    pub about: About,
    /// The first entry that is concerned.
    pub seq: Option<u64>,
    /// What is wrong, as a fragment.
    pub what: String,
}

impl Finding {
    pub(super) fn new(about: About, seq: Option<u64>, what: impl Into<String>) -> Self {
        Self { about, seq, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seq {
            Some(seq) => write!(f, "entry {seq}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// What was found so far. More than [`Findings::MOST`] of a kind say nothing new.
#[derive(Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    const MOST: usize = 20;

    pub(super) fn add(&mut self, about: About, seq: Option<u64>, what: impl Into<String>) {
        if self.0.iter().filter(|it| it.about == about).count() < Self::MOST {
            self.0.push(Finding::new(about, seq, what));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts what `other` found before everything else.
    pub(super) fn precede(&mut self, mut other: Self) {
        std::mem::swap(&mut self.0, &mut other.0);
        self.0.extend(other.0);
    }

    /// In the order of the entries; what concerns none comes last.
    pub(super) fn sorted(mut self) -> Vec<Finding> {
        self.0.sort_by_key(|it| it.seq.unwrap_or(u64::MAX));
        self.0
    }
}
