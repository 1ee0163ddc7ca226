//! The runs of a log, as far as counting them needs.

use std::collections::HashMap;

use serde::Deserialize;
use uuid::Uuid;

use super::Scope;
use crate::body::Mode;
use crate::error::{RecordError, Result};
use crate::evidence::start::Start;
use crate::store::Reader;
use crate::verdict::Reason;

/// A run that counts.
pub(super) struct Attempted {
    pub(super) mode: Mode,
    pub(super) plan: String,
    pub(super) product: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) attempt: Option<u64>,
    /// `None` while it goes on.
    pub(super) reason: Option<Reason>,
}

/// Those of a log that are in the scope, in the order of starting, and where each of them stands.
#[derive(Default)]
pub(super) struct Runs {
    pub(super) all: Vec<Attempted>,
    pub(super) places: HashMap<Uuid, usize>,
    /// How many were left out because of what they were made for.
    pub(super) other_purposes: u64,
}

#[derive(Deserialize)]
struct End {
    body: Ended,
}

#[derive(Deserialize)]
struct Ended {
    reason: Reason,
}

impl Runs {
    /// Those of `reader`'s log in `scope` that begin before `end`.
    pub(super) fn of(reader: &Reader, scope: &Scope, end: u64) -> Result<Self> {
        let mut runs = Self::default();
        reader.each_run(end, |start, end| runs.take(scope, Start::read(start)?, end))?;
        Ok(runs)
    }

    fn take(&mut self, scope: &Scope, start: Start, end: Option<&[u8]>) -> Result<()> {
        let is_meant = scope.mode.is_none_or(|it| it == start.mode)
            && (scope.plans.is_empty() || scope.plans.contains(&start.plan))
            && scope.since.is_none_or(|it| start.at >= it)
            && scope.until.is_none_or(|it| start.at < it);
        if !is_meant {
            return Ok(());
        }
        if start.purpose.is_some_and(|it| it != "production") {
            self.other_purposes += 1;
            return Ok(());
        }
        let reason = match end {
            Some(bytes) => {
                let nonsense =
                    |cause| RecordError::new(format!("the end of a run makes no sense: {cause}"));
                let End { body } = serde_json::from_slice(bytes).map_err(nonsense)?;
                Some(body.reason)
            }
            None if start.process.is_alive() => None,
            // As the next run will close it.
            None => Some(Reason::Interrupted),
        };
        self.places.insert(start.run, self.all.len());
        let Start { mode, plan, product, serial, attempt, .. } = start;
        self.all.push(Attempted { mode, plan, product, serial, attempt, reason });
        Ok(())
    }
}
