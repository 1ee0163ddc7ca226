//! What a run tells whoever watches it, as it happens.

use std::time::Duration;

use pogo_hal::Diagnostic;
use pogo_record::{Prompt, Verdict};

/// Something that happened in a run, ready to be shown.
#[derive(Clone, Debug)]
pub enum Progress<'a> {
    /// A step began; `depth` steps are around it.
    StepStarted {
        /// Its name.
        name: &'a str,
        /// How many steps it is nested in.
        depth: usize,
    },
    /// Something was judged.
    Judged {
        /// What scripts and statistics call it.
        name: &'a str,
        /// The value as people read it.
        value: &'a str,
        /// The limit as people read it.
        limit: &'a str,
        /// How it was judged.
        verdict: Verdict,
        /// How many steps it stands in.
        depth: usize,
    },
    /// Something was kept without being judged: a value with its name, or a note without one.
    Kept {
        /// Its name; empty for a note.
        name: &'a str,
        /// The value or the note.
        value: &'a str,
        /// How many steps it stands in.
        depth: usize,
    },
    /// A person is about to be asked something: whoever shows this on their terminal leaves it alone
    /// until there is an answer, or none.
    Asking,
    /// A person has answered, or has not.
    Prompted {
        /// What, to what, and how.
        prompt: &'a Prompt,
        /// How many steps it stands in.
        depth: usize,
    },
    /// A step ended.
    StepEnded {
        /// Its name.
        name: &'a str,
        /// How many steps it is nested in.
        depth: usize,
        /// Its verdict: the worst of what it holds.
        verdict: Verdict,
        /// How long it took on the bench.
        took: Duration,
    },
    /// Something went wrong on the bench or in the script.
    Trouble(&'a Diagnostic),
}

/// Whoever watches a run.
pub trait Watch: Send {
    /// Shows `progress`; it must not take long.
    fn see(&mut self, progress: &Progress<'_>);
}

/// Nobody watches.
#[derive(Debug)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn see(&mut self, _: &Progress<'_>) {}
}
