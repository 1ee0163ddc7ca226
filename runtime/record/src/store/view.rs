//! A run as a whole, put together from its entries.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::reader::parse;
use crate::body::{
    Body, Judged, Mode, Process, RunEnded, RunHeader, RunInterrupted, RunStarted, StepEnded,
    StepStarted,
};
use crate::entry::Entry;
use crate::error::Result;
use crate::verdict::{Reason, Verdict};

/// One line of a list of runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunSummary {
    /// The run's id.
    pub id: Uuid,
    /// What it counts for.
    pub mode: Mode,
    /// What was run.
    pub plan: String,
    /// Part number or product name of the unit.
    pub device: Option<String>,
    /// The unit's serial number.
    pub serial: Option<String>,
    /// How often this plan had been started for this unit, this time included.
    pub attempt: Option<u64>,
    /// What is known about the unit; `None` while the run goes on.
    pub verdict: Option<Verdict>,
    /// Why; `None` while the run goes on.
    pub reason: Option<Reason>,
    /// Wall time of the start.
    pub started: Timestamp,
    /// Wall time of the end, or of finding out that there was none.
    pub ended: Option<Timestamp>,
    /// How long it took on its own clock, which is simulated under simulation.
    pub duration_ns: Option<u64>,
    /// Whether it goes on: it has no end, and its process is there. One without either was killed,
    /// and is closed by the next run.
    pub goes_on: bool,
}

/// A run with everything that was recorded of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// In one line.
    pub summary: RunSummary,
    /// The place of its first entry in the log.
    pub first: u64,
    /// The place of its last entry; `None` while it has none.
    pub last: Option<u64>,
    /// What was known when it started.
    pub header: RunHeader,
    /// The process that runs it, or ran it.
    pub process: Process,
    /// How it ended; `None` while it goes on, and for runs that were interrupted.
    pub ended: Option<RunEnded>,
    /// What was found out later, if its process died before it ended.
    pub interrupted: Option<RunInterrupted>,
    /// Its steps, in the order of starting.
    pub steps: Vec<Step>,
    /// Every measurement, in order: what two runs with one seed have in common, byte for byte.
    pub measurements: Vec<Judged>,
    /// Everything between start and end, in order.
    pub events: Vec<Event>,
    /// Attachments of it that retention has removed, by their SHA-256 in hex: when the station said
    /// that it no longer keeps them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub removed: BTreeMap<String, Timestamp>,
}

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Its beginning.
    #[serde(flatten)]
    pub started: StepStarted,
    /// When it began, on the run's clock.
    pub started_ns: u64,
    /// How long it took on the run's clock; `None` if it did not end.
    pub duration_ns: Option<u64>,
    /// What is known about the unit; `None` if it did not end.
    pub verdict: Option<Verdict>,
    /// Why.
    pub reason: Option<Reason>,
    /// More about the reason.
    pub message: Option<String>,
}

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// Its place in the log.
    pub seq: u64,
    /// Nanoseconds of the run's clock.
    pub mono_ns: u64,
    /// The entry's type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What.
    pub body: Body,
}

/// The first and the last entry of a run.
pub(super) struct Ends {
    pub(super) start: (Entry, RunStarted),
    pub(super) end: Option<(Entry, End)>,
}

pub(super) enum End {
    Ended(RunEnded),
    Interrupted(RunInterrupted),
}

impl Ends {
    pub(super) fn read(path: &Path, start: &[u8], end: Option<&[u8]>) -> Result<Self> {
        let start: Entry = parse(path, start)?;
        let started = parse(path, start.body.get().as_bytes())?;
        let end = end.map(|bytes| {
            let entry: Entry = parse(path, bytes)?;
            let body = entry.body.get().as_bytes();
            let end = match entry.kind.as_str() {
                "run.ended" => End::Ended(parse(path, body)?),
                _ => End::Interrupted(parse(path, body)?),
            };
            Ok((entry, end))
        });
        Ok(Self { start: (start, started), end: end.transpose()? })
    }

    pub(super) fn summary(&self) -> RunSummary {
        let (entry, RunStarted { attempt, header, process }) = &self.start;
        let outcome = self.end.as_ref().map(|(_, end)| match end {
            End::Ended(ended) => (ended.verdict, ended.reason),
            End::Interrupted(ended) => (ended.verdict, ended.reason),
        });
        RunSummary {
            id: entry.run.unwrap_or_default(),
            mode: header.mode,
            plan: header.plan.id.clone(),
            device: header.device.part.clone(),
            serial: header.device.serial.clone(),
            attempt: *attempt,
            verdict: outcome.map(|(verdict, _)| verdict),
            reason: outcome.map(|(_, reason)| reason),
            started: entry.utc,
            ended: self.end.as_ref().map(|(entry, _)| entry.utc),
            duration_ns: self.end.as_ref().map(|(entry, _)| entry.mono_ns),
            goes_on: self.end.is_none() && process.is_alive(),
        }
    }

    pub(super) fn with(self, events: Vec<Event>, removed: BTreeMap<String, Timestamp>) -> Run {
        let summary = self.summary();
        let (first, last) = (self.start.0.seq, self.end.as_ref().map(|(entry, _)| entry.seq));
        let mut steps: Vec<Step> = Vec::new();
        let mut measurements = Vec::new();
        for event in &events {
            match &event.body {
                Body::StepStarted(started) => steps.push(Step::begun(started, event.mono_ns)),
                Body::StepEnded(ended) => {
                    if let Some(step) = steps.iter_mut().find(|it| it.started.step == ended.step) {
                        step.end(ended, event.mono_ns);
                    }
                }
                Body::Measurement(judged) => measurements.push(judged.clone()),
                _ => {}
            }
        }
        let (ended, interrupted) = match self.end {
            Some((_, End::Ended(ended))) => (Some(ended), None),
            Some((_, End::Interrupted(interrupted))) => (None, Some(interrupted)),
            None => (None, None),
        };
        let RunStarted { header, process, .. } = self.start.1;
        Run {
            summary,
            first,
            last,
            header,
            process,
            ended,
            interrupted,
            steps,
            measurements,
            events,
            removed,
        }
    }
}

impl Run {
    /// Whether there was another attempt at this step, which then counts no more.
    pub fn is_repeated(&self, step: &Step) -> bool {
        let mut beside = self.steps.iter().filter(|it| it.started.parent == step.started.parent);
        let next = beside.find(|it| it.started.step > step.started.step);
        next.is_some_and(|it| {
            it.started.name == step.started.name
                && it.started.attempt > 1
                && it.started.attempt == step.started.attempt + 1
        })
    }
}

impl Step {
    /// How it ended, in a word.
    pub fn word(&self) -> String {
        match (self.reason, self.verdict) {
            (Some(Reason::Skipped), _) => "SKIPPED".to_owned(),
            (_, Some(verdict)) => verdict.to_string(),
            (_, None) => "NOT ENDED".to_owned(),
        }
    }

    fn begun(started: &StepStarted, started_ns: u64) -> Self {
        let started = started.clone();
        let (duration_ns, verdict, reason, message) = (None, None, None, None);
        Self { started, started_ns, duration_ns, verdict, reason, message }
    }

    fn end(&mut self, ended: &StepEnded, mono_ns: u64) {
        self.duration_ns = Some(mono_ns.saturating_sub(self.started_ns));
        (self.verdict, self.reason) = (Some(ended.verdict), Some(ended.reason));
        self.message.clone_from(&ended.message);
    }
}
