//! Everything that was recorded of one unit.

use serde::Serialize;

use super::five::FiveAnswers;
use crate::body::Mode;
use crate::error::Result;
use crate::evidence::{COUNTS, MODES, counted};
use crate::store::{Reader, Run};

/// Everything that was recorded of one unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct History {
    /// Its serial number; letter case counts.
    pub serial: String,
    /// The mode whose runs count.
    pub counts: Mode,
    /// The five answers, for the mode that counts and for every other that it was run in.
    pub answers: Vec<FiveAnswers>,
    /// Every attempt, in the order of starting.
    pub attempts: Vec<Attempt>,
}

/// One run of the unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attempt {
    /// Its number in this history, from 1, over all plans and modes.
    pub number: usize,
    /// Whether it is evidence about the unit.
    pub counts: bool,
    /// The name of the log that it stands in.
    pub log: Option<String>,
    /// The run.
    pub run: Run,
}

impl History {
    /// Of the unit `serial`, from all of these logs; without an attempt if there is none.
    ///
    /// # Errors
    ///
    /// A log cannot be read.
    pub fn of(readers: &[Reader], serial: &str) -> Result<Self> {
        let mut runs: Vec<(Option<String>, Run)> = Vec::new();
        for reader in readers {
            let log = reader.origin()?;
            runs.extend(reader.runs_of(serial)?.into_iter().map(|run| (log.clone(), run)));
        }
        runs.sort_by_key(|(_, run)| (run.summary.started, run.summary.id));
        let attempt = |(at, (log, run)): (usize, (Option<String>, Run))| {
            let counts = run.summary.mode == COUNTS;
            Attempt { number: at + 1, counts, log, run }
        };
        let attempts: Vec<Attempt> = runs.into_iter().enumerate().map(attempt).collect();
        let answers = MODES.into_iter().filter_map(|mode| FiveAnswers::of(mode, &attempts));
        let answers = answers.collect();
        Ok(Self { serial: serial.to_owned(), counts: COUNTS, answers, attempts })
    }

    /// How many attempts there are, and how many of them count, in a sentence.
    pub fn counted(&self) -> String {
        let each = MODES.map(|mode| format!("{} {}", self.count(mode), mode.name()));
        let all = counted(self.attempts.len(), "attempt");
        format!("{all}: {}. Only {} counts.", each.join(", "), COUNTS.name())
    }

    /// What has to stand above it if nothing in it counts.
    pub fn warning(&self) -> Option<String> {
        let none = self.count(COUNTS) == 0;
        none.then(|| "NO EVIDENCE about this unit: no production run of it is recorded".to_owned())
    }

    /// How many attempts were made in `mode`.
    pub fn count(&self, mode: Mode) -> usize {
        self.attempts.iter().filter(|it| it.run.summary.mode == mode).count()
    }
}
