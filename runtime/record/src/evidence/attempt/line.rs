//! What happened in a run, in order.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::body::{
    Attachment, Body, ErrorEvent, InterlockSeen, InterlockState, Judged, Prompt, PromptOutcome,
    Recorded, Safe, SafeBy, SafeOutcome,
};
use crate::evidence::day;
use crate::store::{Event, Run, Step};

/// Something that happened, `depth` steps deep.
#[derive(Clone, Debug, PartialEq)]
pub enum Line<'a> {
    /// A step begins; how it ended is known already.
    Step {
        /// How many steps are around it.
        depth: usize,
        /// The step.
        step: &'a Step,
    },
    /// A value was judged.
    Judged {
        /// How many steps are around it.
        depth: usize,
        /// The value.
        judged: &'a Judged,
    },
    /// A value was kept.
    Kept {
        /// How many steps are around it.
        depth: usize,
        /// The value.
        kept: &'a Recorded,
    },
    /// Anything else, in words.
    Said {
        /// How many steps are around it.
        depth: usize,
        /// What: `asked`, `error`, `attached`.
        what: &'static str,
        /// In words.
        text: String,
    },
}

/// What happened in `run`, in order, without what instruments were told, which is counted at the
/// end.
pub fn lines(run: &Run) -> Vec<Line<'_>> {
    let mut depths: BTreeMap<u32, usize> = BTreeMap::new();
    let mut lines = Vec::new();
    let mut told = 0_u64;
    for Event { body, .. } in &run.events {
        let inside = |step: Option<u32>| step.and_then(|it| depths.get(&it)).map_or(0, |it| it + 1);
        let said = |step, what, text| Line::Said { depth: inside(step), what, text };
        match body {
            Body::StepStarted(started) => {
                let depth = inside(started.parent);
                depths.insert(started.step, depth);
                let step = run.steps.iter().find(|it| it.started.step == started.step);
                lines.extend(step.map(|step| Line::Step { depth, step }));
            }
            Body::Measurement(judged) | Body::Check(judged) => {
                lines.push(Line::Judged { depth: inside(judged.step), judged });
            }
            Body::Record(kept) => lines.push(Line::Kept { depth: inside(kept.step), kept }),
            Body::Note(note) => lines.push(said(note.step, "note", note.text.clone())),
            Body::Prompt(it) => lines.push(said(it.step, "asked", asked(it))),
            Body::Error(it) => lines.push(said(it.step, "error", error(it))),
            Body::Recovery(it) => {
                lines.push(said(it.step, "recovered", format!("{}: {}", it.role, it.what)));
            }
            Body::Interlock(it) => lines.push(said(None, "interlock", interlock(it))),
            Body::Attachment(it) => {
                let text = attachment(it, run.removed.get(&it.sha256));
                lines.push(said(it.step, "attached", text));
            }
            Body::Safe(it) => lines.push(said(None, "safe state", safe(it))),
            Body::Setpoint(_) | Body::Output(_) => told += 1,
            // It ends in the line that it began with.
            Body::StepEnded(_) => {}
            // They have tables of their own.
            Body::Firmware(_) | Body::Component(_) => {}
        }
    }
    lines.extend(later(run).map(|it| Line::Said { depth: 0, what: "safe state", text: safe(it) }));
    if told > 0 {
        let text = format!("{told} settings and switchings of instruments, in the JSON form");
        lines.push(Line::Said { depth: 0, what: "also recorded", text });
    }
    lines
}

/// What somebody found out about the bench after the run's process had died.
fn later(run: &Run) -> impl Iterator<Item = &Safe> {
    run.interrupted.iter().flat_map(|it| it.after.safe())
}

fn asked(it: &Prompt) -> String {
    let who = it.operator.as_deref().unwrap_or("operator NOT RECORDED");
    let what = match &it.outcome {
        PromptOutcome::Answered { answer } => format!("answered {answer:?}"),
        PromptOutcome::Refused { answer, why } => format!("{answer:?} was not taken: {why}"),
        PromptOutcome::Unanswered { why } => format!("no answer: {why}"),
    };
    let image = it.image.as_ref().map_or_else(String::new, |it| format!(", shown {it}"));
    format!("{} → {what}, by {who}, {}{image}", it.question, it.via.name())
}

fn error(it: &ErrorEvent) -> String {
    let mut text = format!("{}: {}", it.kind, it.message);
    if let Some(place) = &it.place {
        text += &format!(" ({place})");
    }
    text
}

fn interlock(it: &InterlockSeen) -> String {
    let state = match it.state {
        InterlockState::Closed => "closed",
        InterlockState::Open => "OPEN",
        InterlockState::Unreadable => "UNREADABLE",
    };
    match &it.message {
        Some(message) => format!("{} {state}: {message}", it.interlock),
        None => format!("{} {state}", it.interlock),
    }
}

fn attachment(it: &Attachment, removed: Option<&Timestamp>) -> String {
    let removed =
        removed.map_or_else(String::new, |at| format!("; removed by retention on {}", day(*at)));
    format!("{}, {}, {} bytes, sha256 {}{removed}", it.name, it.media, it.size, it.sha256)
}

fn safe(it: &Safe) -> String {
    let by = match it.by {
        SafeBy::Run => "",
        SafeBy::Supervisor => ", by the supervisor",
        SafeBy::Guard => ", by the guard",
        SafeBy::NextRun => ", by the next run",
    };
    let what = match &it.outcome {
        SafeOutcome::Passive => "can do no harm".to_owned(),
        SafeOutcome::Confirmed { state, read_back } => format!("{state}, read back {read_back:?}"),
        SafeOutcome::NotConfirmed { message } => format!("NOT SAFE: {message}"),
    };
    format!("{}: {what}{by}", it.role)
}
