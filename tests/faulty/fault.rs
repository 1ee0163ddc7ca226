//! A run in which one call on its store fails.

use crate::bench::Bench;
use crate::calls::Calls;
use crate::ended::{Ended, Recorded};
use crate::job::Job;
use crate::shim::{self, Fault};

/// What came of a point.
pub struct Outcome {
    /// Whether the run came to the call that was to fail.
    pub reached: bool,
    /// How it ended and what the record says of it.
    pub ended: String,
    /// What is wrong.
    pub complaints: Vec<String>,
}

/// Runs `job` with `fault` in a new store.
pub fn take(bench: &Bench, job: Job, fault: Fault) -> Outcome {
    bench.empty_disk();
    let ended = bench.run(job, |command| shim::prepare(command, bench, fault), |_| {});
    let calls = shim::calls(bench);
    let mut complaints = Vec::new();
    if !bench.outputs().is_off() {
        complaints.push("the supply is ON".into());
    }
    if Job::said(&ended.sent) > 0 && calls.durable("started").is_none() {
        complaints.push("it said something before its start was on the disk".into());
    }
    complaints.extend(bench.next().err());
    let mut shown = format!("exit {:?}", ended.code());
    match Recorded::before_the_next(bench) {
        Err(complaint) => complaints.push(complaint),
        Ok(recorded) => {
            shown += &format!(", {}", recorded.shown());
            complaints.extend(recorded.missing(&ended.sent));
            complaints.extend(verdict(job, &ended, &recorded, &calls));
        }
    }
    if let Some((_, path)) = calls.hit() {
        shown += &format!(", {path}");
    }
    if !complaints.is_empty() {
        complaints.push(format!("{shown}; it said: {}", ended.last_words()));
    }
    Outcome { reached: calls.hit().is_some(), ended: shown, complaints }
}

/// What is wrong with how it ended.
fn verdict(job: Job, ended: &Ended, recorded: &Recorded, calls: &Calls) -> Option<String> {
    let (hit, durable) = (calls.hit(), calls.durable("ended"));
    let is_late = hit.is_some_and(|(at, _)| durable.is_some_and(|durable| durable < at));
    // SQLite ignores what becomes of its fsync of the store's folder. We do not of ours, for the
    // station's key and for attachments.
    let is_folder = hit.is_some_and(|(_, path)| path == "store");
    let may_be_unharmed = hit.is_none() || is_late || is_folder;
    let may_be_harmed = hit.is_some() && !is_late;
    let reason = recorded.ended.as_ref().map(|(_, reason)| reason.as_str());
    let is_closed = reason.is_some_and(|it| it != "interrupted");
    match ended.code() {
        Some(code) if may_be_unharmed && code == job.exit() && is_closed => None,
        Some(3) if may_be_harmed && !is_closed => None,
        _ if may_be_harmed => Some("expected exit 3 and a record without an end".into()),
        _ => Some(format!("expected exit {} and a record", job.exit())),
    }
}
