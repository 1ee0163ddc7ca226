//! What the soak says at its end.

use std::collections::BTreeMap;
use std::io::{Write, stderr, stdout};
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::json;

use crate::long::Long;

/// Everything that was counted, and everything that is wrong.
#[derive(Debug, Default)]
pub struct Figures {
    /// Short runs.
    pub runs: u64,
    /// Of them, those that got SIGKILL.
    pub killed: u64,
    /// Of them, those that got SIGTERM.
    pub told: u64,
    /// How long each took that nobody ended.
    pub took: Vec<Duration>,
    /// How long all of them took.
    pub seconds: f64,
    /// How many of them the records give each reason; those with none are open.
    pub reasons: BTreeMap<String, u64>,
    /// Runs that a store has begun and not ended.
    pub open: usize,
    /// Processes that are left.
    pub orphans: usize,
    /// Locks that are held.
    pub held: usize,
    /// Descriptors of the instruments' processes, before and after.
    pub descriptors: (usize, usize),
    /// Clean runs of the thermometer, and the hash of the one trace that they are.
    pub clean: u64,
    pub trace: Option<String>,
    /// The long run.
    pub long: Option<Long>,
    /// Everything that is wrong.
    complaints: Vec<String>,
}

impl Figures {
    /// A run got `fate`, or nothing.
    pub fn count(&mut self, fate: Option<Signal>) {
        self.killed += u64::from(fate == Some(Signal::SIGKILL));
        self.told += u64::from(fate == Some(Signal::SIGTERM));
    }

    /// A record says why a run ended, or that it is open.
    pub fn recorded(&mut self, reason: Option<String>) {
        *self.reasons.entry(reason.unwrap_or_else(|| "open".into())).or_default() += 1;
    }

    /// Something is worth a look; it is said at once.
    pub fn note(&self, note: &str) {
        drop(writeln!(stderr(), "{note}"));
    }

    /// Something is wrong; it is said at once.
    pub fn complain(&mut self, complaint: String) {
        self.note(&complaint);
        self.complaints.push(complaint);
    }

    /// Whether nothing is wrong.
    pub fn is_ok(&self) -> bool {
        self.complaints.is_empty()
    }

    /// Takes in what another counted.
    pub fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.killed += other.killed;
        self.told += other.told;
        self.took.extend(other.took);
        for (reason, count) in other.reasons {
            *self.reasons.entry(reason).or_default() += count;
        }
        self.open += other.open;
        self.descriptors.0 += other.descriptors.0;
        self.descriptors.1 += other.descriptors.1;
        self.complaints.extend(other.complaints);
    }

    /// Complains about whatever is left over.
    pub fn judge(&mut self) {
        let (open, held) = (self.open, self.held);
        let unended = self.reasons.get("open").copied().unwrap_or(0);
        if open > 0 || unended > 0 {
            self.complain(format!("{open} runs are open, {unended} are listed so"));
        }
        if held > 0 {
            self.complain(format!("{held} locks are held"));
        }
        let (before, after) = self.descriptors;
        if after > before {
            self.complain(format!(
                "the instruments have {after} descriptors open; before it all they had {before}"
            ));
        }
    }

    /// Prints them.
    pub fn print(&self, as_json: bool) {
        let text = if as_json { format!("{:#}\n", self.json()) } else { self.text() };
        // Whoever closed the pipe wants no more.
        drop(stdout().write_all(text.as_bytes()));
    }

    /// The time that half of the undisturbed runs did not exceed, and the longest, in ms.
    fn times(&self) -> (f64, f64) {
        let mut took: Vec<f64> = self.took.iter().map(|it| it.as_secs_f64() * 1e3).collect();
        took.sort_by(f64::total_cmp);
        (took.get(took.len() / 2).copied().unwrap_or(0.0), took.last().copied().unwrap_or(0.0))
    }

    fn text(&self) -> String {
        let Self { runs, killed, told, seconds, open, orphans, held, .. } = self;
        let ((median, longest), (before, after)) = (self.times(), self.descriptors);
        let reasons: Vec<_> =
            self.reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        let mut text = format!(
            "runs           {runs} in {seconds:.0} s, undisturbed {median:.1} ms (longest {longest:.0} ms)\n\
             ended early    {killed} by SIGKILL, {told} by SIGTERM\n\
             recorded       {}\n\
             left over      {orphans} processes, {held} locks held, {open} open runs\n\
             instruments    {before} descriptors before, {after} after\n",
            reasons.join(", ")
        );
        if let Some(trace) = &self.trace {
            let clean = self.clean;
            text += &format!("clean          {clean} runs of the thermometer, trace {trace}\n");
        }
        if let Some(Long { calls, took, run, guard }) = &self.long {
            text += &format!("long run       {calls} calls in {:.0} s\n", took.as_secs_f64());
            for (name, (then, later)) in [("  the run", run), ("  its guard", guard)] {
                text += &format!(
                    "{name:<13}  {} KiB private, later {}; {} descriptors, later {}; {} threads\n",
                    then.private, later.private, then.descriptors, later.descriptors, later.threads
                );
            }
        }
        text
    }

    fn json(&self) -> serde_json::Value {
        let (median, longest) = self.times();
        let long = self.long.as_ref().map(|Long { calls, took, run, guard }| {
            let grown = |(then, later): (crate::size::Size, crate::size::Size)| {
                json!({
                    "private_kib": [then.private, later.private],
                    "descriptors": [then.descriptors, later.descriptors],
                    "threads": [then.threads, later.threads],
                })
            };
            let seconds = took.as_secs_f64();
            json!({ "calls": calls, "seconds": seconds, "run": grown(*run), "guard": grown(*guard) })
        });
        json!({
            "runs": self.runs, "sigkill": self.killed, "sigterm": self.told,
            "seconds": self.seconds, "undisturbed_ms": { "median": median, "longest": longest },
            "recorded": self.reasons,
            "orphans": self.orphans, "locks_held": self.held, "open_runs": self.open,
            "descriptors": [self.descriptors.0, self.descriptors.1],
            "clean": { "runs": self.clean, "trace": self.trace }, "long": long, "complaints": self.complaints, "ok": self.is_ok(),
        })
    }
}
