//! Runs and steps, against the order in which they can happen.

use std::collections::HashMap;

use serde::Deserialize;
use uuid::Uuid;

use super::finding::{About, Findings};
use super::tables::RunRow;
use crate::body::{Mode, RunStarted, StepEnded, StepStarted};
use crate::entry::Entry;
use crate::verdict::{Reason, Verdict};

/// The runs that have begun so far.
#[derive(Default)]
pub(super) struct Runs {
    by_id: HashMap<Uuid, Run>,
    /// The rows that the table of runs has to have, in the order of starting.
    order: Vec<Uuid>,
    attempts: HashMap<(String, String, Mode), u64>,
    /// The last end of a run.
    pub(super) last_end: Option<u64>,
}

struct Run {
    row: RunRow,
    /// What is open: the run itself, and the steps inside, outermost first.
    open: Vec<Part>,
    steps: u32,
}

/// A run or a step that goes on.
#[derive(Default)]
struct Part {
    /// The step's number; 0 is the run.
    number: u32,
    /// Of a step, what there may be another attempt at.
    name: String,
    attempt: u32,
    /// The worst of what was said inside.
    worst: Verdict,
    /// What ended in it last, unless something was said since.
    last: Option<Attempt>,
}

/// A step that has ended, and may turn out to have been an attempt with another behind it.
struct Attempt {
    name: String,
    number: u32,
    verdict: Verdict,
    /// The worst of what was said before it.
    before: Verdict,
}

/// What the ends of runs and steps have in common.
#[derive(Deserialize)]
struct Outcome {
    verdict: Verdict,
    reason: Reason,
}

/// As much of an event as says where it belongs.
#[derive(Deserialize)]
struct Inside {
    #[serde(default)]
    step: Option<u32>,
    #[serde(default)]
    verdict: Option<Verdict>,
}

type Wrong = Result<(), String>;

impl Runs {
    /// Looks at an entry, whichever it is.
    pub(super) fn take(&mut self, entry: &Entry, found: &mut Findings) {
        let done = match (entry.kind.as_str(), entry.run) {
            ("run.started", Some(run)) => self.start(run, entry),
            ("key.activated" | "checkpoint" | "station.boot" | "attachments.pruned", None) => {
                Ok(())
            }
            (kind, None) => Err(format!("`{kind}` says nothing of its run")),
            (kind, Some(run)) => match self.by_id.get_mut(&run) {
                None => Err(format!("`{kind}` of the run {run}, which never began")),
                Some(it) if it.row.ended.is_some() => {
                    Err(format!("`{kind}` of the run {run}, which had ended"))
                }
                Some(it) if it.row.mode != entry.mode.name() => {
                    let (mode, own) = (&it.row.mode, entry.mode.name());
                    Err(format!("`{kind}` in the mode `{own}`, of a run in the mode `{mode}`"))
                }
                Some(it) => it.go_on(entry).inspect(|()| {
                    if it.row.ended.is_some() {
                        self.last_end = Some(entry.seq);
                    }
                }),
            },
        };
        if let Err(what) = done {
            found.add(About::Run, Some(entry.seq), what);
        }
    }

    fn start(&mut self, run: Uuid, entry: &Entry) -> Wrong {
        let RunStarted { attempt, header, .. } = read(entry)?;
        if header.mode != entry.mode {
            let (mode, own) = (header.mode.name(), entry.mode.name());
            return Err(format!(
                "`run.started` in the mode `{own}`, of a run in the mode `{mode}`"
            ));
        }
        let row = RunRow {
            id: run.to_string(),
            started: entry.seq,
            ended: None,
            mode: header.mode.name().to_owned(),
            plan: header.plan.id.clone(),
            serial: header.device.serial.clone(),
        };
        let new = Run { row, open: vec![Part::default()], steps: 0 };
        if self.by_id.insert(run, new).is_some() {
            return Err(format!("the run {run} begins again"));
        }
        self.order.push(run);
        let expected = header.device.serial.map(|serial| {
            let count = self.attempts.entry((serial, header.plan.id, header.mode)).or_default();
            *count += 1;
            *count
        });
        if attempt == expected {
            return Ok(());
        }
        let say = |it: Option<u64>| it.map_or("none".to_owned(), |it| it.to_string());
        Err(format!("says to be attempt {}, and is {}", say(attempt), say(expected)))
    }

    /// The rows that the table of runs has to have.
    pub(super) fn rows(&self) -> Vec<&RunRow> {
        self.order.iter().filter_map(|run| self.by_id.get(run)).map(|run| &run.row).collect()
    }

    /// How many have no end.
    pub(super) fn open(&self) -> usize {
        self.by_id.values().filter(|run| run.row.ended.is_none()).count()
    }
}

impl Run {
    fn go_on(&mut self, entry: &Entry) -> Wrong {
        match entry.kind.as_str() {
            "step.started" => {
                let started: StepStarted = read(entry)?;
                let StepStarted { step, parent, .. } = started;
                let (expected, open) = (self.steps + 1, self.step());
                self.steps = self.steps.max(step);
                let follows = self.around().map(|around| around.begin(&started));
                let (name, attempt) = (started.name, started.attempt);
                self.open.push(Part { number: step, name, attempt, ..Part::default() });
                if step != expected {
                    return Err(format!("step {step} begins where step {expected} has to"));
                }
                if parent != open {
                    return Err(format!("step {step} is not part of the step that goes on"));
                }
                if follows == Some(false) {
                    let what = format!("step {step} is attempt {attempt}");
                    return Err(format!("{what}, and nothing before it asks for another"));
                }
            }
            "step.ended" => {
                let StepEnded { step, verdict, reason, .. } = read(entry)?;
                let Some(open) = self.open.pop_if(|it| it.number == step && step != 0) else {
                    return Err(format!("step {step} ends, which is not the one that goes on"));
                };
                let Part { name, attempt, worst, .. } = open;
                if let Some(around) = self.around() {
                    around.end(name, attempt, verdict);
                }
                follows(verdict, reason, worst, &format!("step {step}"))?;
            }
            "run.ended" | "run.interrupted" => {
                let Outcome { verdict, reason } = read(entry)?;
                self.row.ended = Some(entry.seq);
                if let (Some(open), true) = (self.step(), verdict < Verdict::Error) {
                    return Err(format!("the run is {verdict}, though step {open} goes on"));
                }
                let worst = self.open.iter().map(|it| it.worst).max().unwrap_or_default();
                follows(verdict, reason, worst, "the run")?;
            }
            _ => {
                let Inside { step, verdict } = read(entry)?;
                if let Some(step) = step
                    && !self.open.iter().skip(1).any(|it| it.number == step)
                {
                    return Err(format!("`{}` in step {step}, which does not go on", entry.kind));
                }
                if let Some(verdict) = verdict {
                    self.saw(step, verdict);
                }
            }
        }
        Ok(())
    }

    /// The step that was open last.
    fn step(&self) -> Option<u32> {
        self.open.last().map(|it| it.number).filter(|it| *it != 0)
    }

    /// What was open last.
    fn around(&mut self) -> Option<&mut Part> {
        self.open.last_mut()
    }

    /// A verdict counts for the step that it was said in, and at that one's end for the one around.
    fn saw(&mut self, step: Option<u32>, verdict: Verdict) {
        let at = match step {
            Some(number) => self.open.iter_mut().find(|it| it.number == number),
            None => self.open.last_mut(),
        };
        if let Some(step) = at {
            step.worst = step.worst.max(verdict);
            step.last = None;
        }
    }
}

impl Part {
    /// A step begins in it; whether it may be the attempt that it says to be.
    fn begin(&mut self, started: &StepStarted) -> bool {
        let last = self.last.take();
        if started.attempt <= 1 {
            return true;
        }
        let forgiven = match started.forgives.is_empty() {
            true => Verdict::Fail,
            false => Verdict::Error,
        };
        match last {
            Some(last)
                if last.name == started.name
                    && last.number + 1 == started.attempt
                    && (Verdict::Fail..=forgiven).contains(&last.verdict) =>
            {
                self.worst = last.before;
                true
            }
            _ => false,
        }
    }

    /// A step of it ends.
    fn end(&mut self, name: String, number: u32, verdict: Verdict) {
        self.last = Some(Attempt { name, number, verdict, before: self.worst });
        self.worst = self.worst.max(verdict);
    }
}

/// A verdict is the one of its reason, and no better than what it was made of.
fn follows(verdict: Verdict, reason: Reason, worst: Verdict, what: &str) -> Wrong {
    if verdict != reason.verdict() {
        return Err(format!("{what} is {verdict}, which its reason does not give"));
    }
    if verdict < worst {
        return Err(format!("{what} is {verdict}, though something in it is {worst}"));
    }
    Ok(())
}

fn read<'a, T: Deserialize<'a>>(entry: &'a Entry) -> Result<T, String> {
    serde_json::from_str(entry.body.get()).map_err(|cause| format!("makes no sense: {cause}"))
}
