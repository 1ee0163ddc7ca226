//! The runs of a log, as far as counting them needs.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::Scope;
use crate::body::{Mode, Process};
use crate::error::{RecordError, Result};
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

/// What a missing fact is recorded as.
const NOT_RECORDED: &str = "NOT RECORDED";

#[derive(Deserialize)]
struct Start<'a> {
    run: Uuid,
    utc: Timestamp,
    #[serde(borrow)]
    body: Body<'a>,
}

#[derive(Deserialize)]
struct Body<'a> {
    attempt: Attempt,
    #[serde(borrow)]
    header: Header<'a>,
    process: Process,
}

/// A number, or `NOT RECORDED`.
#[derive(Deserialize)]
#[serde(transparent)]
struct Attempt(#[serde(with = "crate::body::not_recorded")] Option<u64>);

#[derive(Deserialize)]
struct Header<'a> {
    mode: Mode,
    #[serde(borrow)]
    purpose: Cow<'a, str>,
    #[serde(borrow)]
    device: Device<'a>,
    #[serde(borrow)]
    plan: Plan<'a>,
}

#[derive(Deserialize)]
struct Device<'a> {
    #[serde(borrow)]
    part: Cow<'a, str>,
    #[serde(borrow)]
    serial: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Plan<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
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
        reader.each_run(end, |start, end| runs.take(scope, start, end))?;
        Ok(runs)
    }

    fn take(&mut self, scope: &Scope, start: &[u8], end: Option<&[u8]>) -> Result<()> {
        let nonsense =
            |cause| RecordError::new(format!("an entry of a run makes no sense: {cause}"));
        let Start { run, utc, body } = serde_json::from_slice(start).map_err(nonsense)?;
        let Body { attempt: Attempt(attempt), header, process } = body;
        let Header { mode, purpose, device, plan } = header;
        let is_meant = scope.mode.is_none_or(|it| it == mode)
            && (scope.plans.is_empty() || scope.plans.iter().any(|it| *it == plan.id))
            && scope.since.is_none_or(|it| utc >= it)
            && scope.until.is_none_or(|it| utc < it);
        if !is_meant {
            return Ok(());
        }
        if !matches!(&*purpose, NOT_RECORDED | "production") {
            self.other_purposes += 1;
            return Ok(());
        }
        let known = |text: Cow<'_, str>| (text != NOT_RECORDED).then(|| text.into_owned());
        let reason = match end {
            Some(bytes) => {
                let End { body } = serde_json::from_slice(bytes).map_err(nonsense)?;
                Some(body.reason)
            }
            None if process.is_alive() => None,
            // As the next run will close it.
            None => Some(Reason::Interrupted),
        };
        let (product, serial) = (known(device.part), known(device.serial));
        self.places.insert(run, self.all.len());
        let plan = plan.id.into_owned();
        self.all.push(Attempted { mode, plan, product, serial, attempt, reason });
        Ok(())
    }
}
