//! What a run tells whoever watches it, as it happens.

use std::time::Duration;

use pogo_hal::Diagnostic;
use pogo_record::{Prompt, Reason, Verdict};

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
    /// A list of values or a curve was judged, value by value. What is outside follows, the first
    /// of it.
    JudgedAll {
        /// What scripts call it; statistics are kept of `name_1`, `name_2`, ….
        name: &'a str,
        /// How many values there are.
        count: usize,
        /// How many of them are not within their limits.
        failed: usize,
        /// The limit as people read it.
        limit: &'a str,
        /// The worst of them.
        verdict: Verdict,
        /// How many steps it stands in.
        depth: usize,
    },
    /// One value of a list that was judged, which is not within its limit.
    Outside {
        /// What statistics call it.
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
        /// What it came to: the worst of what it holds.
        reason: Reason,
        /// Whether another attempt follows: then it counts no more.
        again: bool,
        /// What there is to say of one that passed: why it was left out, at which attempt it passed.
        message: Option<&'a str>,
        /// How long it took on the bench.
        took: Duration,
    },
    /// Something in the scripts was not done in the end, and makes no difference.
    NotDone {
        /// Its name.
        name: &'a str,
        /// Whether it was left out on purpose; otherwise the run ended before.
        skipped: bool,
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
