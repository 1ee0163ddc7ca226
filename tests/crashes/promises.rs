//! What a writer had acknowledged, and whether a store keeps it.

use std::path::Path;

use pogo_record::{Body, Reader, Reason, Run, Store};

use crate::story::{Said, Story};

/// What a process had acknowledged when it was killed.
pub struct Promises {
    story: Story,
    runs: Vec<Promise>,
}

struct Promise {
    id: String,
    kept: u64,
    ended: bool,
}

/// What a store holds of it.
#[derive(Default)]
pub struct Kept {
    /// Runs that came to their end.
    pub ended: u64,
    /// Runs that were closed by somebody else.
    pub interrupted: u64,
    /// Entries and files.
    pub said: u64,
    /// What is not as it was acknowledged.
    pub wrong: Vec<String>,
}

impl Promises {
    /// Those in what the writer of `story` has said. A line that the kill cut off was not said.
    pub fn read(story: Story, said: &str) -> Self {
        let mut runs: Vec<Promise> = Vec::new();
        let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
        for line in whole.lines() {
            match (line.split_once(' '), runs.last_mut()) {
                (Some(("started", id)), _) => {
                    runs.push(Promise { id: id.to_owned(), kept: 0, ended: false });
                }
                (None, Some(run)) if line == "kept" => run.kept += 1,
                (None, Some(run)) if line == "ended" => run.ended = true,
                _ => panic!("a writer says `{line}`"),
            }
        }
        Self { story, runs }
    }

    /// How many runs had started.
    pub fn runs(&self) -> u64 {
        self.runs.len() as u64
    }

    /// How many entries and files had been kept.
    pub fn said(&self) -> u64 {
        self.runs.iter().map(|run| run.kept).sum()
    }

    /// What the store below `dir`, which was opened since, holds of it.
    pub fn hold(&self, dir: &Path) -> Kept {
        let mut kept = Kept::default();
        let reader = match Store::reader(dir) {
            Ok(reader) => reader,
            Err(failure) => {
                kept.wrong.push(failure.to_string());
                return kept;
            }
        };
        for (number, promise) in (0_u64..).zip(&self.runs) {
            let found = reader.run(&promise.id).map_err(|failure| failure.to_string());
            let held = found.and_then(|run| self.one(number, promise, &run, &reader));
            match held {
                Err(what) => kept.wrong.push(format!("run {}: {what}", promise.id)),
                Ok((said, Reason::Passed)) => {
                    kept.ended += 1;
                    kept.said += said;
                }
                Ok((said, _)) => {
                    kept.interrupted += 1;
                    kept.said += said;
                }
            }
        }
        kept
    }

    /// How many things the run has said, and how it ended.
    fn one(
        &self,
        number: u64,
        promise: &Promise,
        run: &Run,
        reader: &Reader,
    ) -> Result<(u64, Reason), String> {
        for (at, event) in (0_u64..).zip(&run.events) {
            let expected = self.story.said(number, at);
            let said = match &event.body {
                Body::Attachment(file) => {
                    Said::File(reader.attachment(file).map_err(|failure| failure.to_string())?)
                }
                other => Said::Entry(other.clone().into()),
            };
            if said != expected {
                return Err(format!("its entry {at} is another: {said:?}"));
            }
        }
        let (count, length) = (run.events.len() as u64, self.story.length(number));
        if count < promise.kept {
            return Err(format!("{} entries were acknowledged, {count} are there", promise.kept));
        }
        match run.summary.reason {
            Some(Reason::Passed) if count == length => Ok((count, Reason::Passed)),
            Some(Reason::Interrupted) if !promise.ended => Ok((count, Reason::Interrupted)),
            reason => Err(format!("it ended as {reason:?} after {count} of {length} entries")),
        }
    }
}
