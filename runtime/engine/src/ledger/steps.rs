//! Steps, and attempts at them: what is open, and what counts for what is around it.

use std::time::Duration;

use pogo_hal::ErrorKind;
use pogo_record::{ATTEMPT, Body, Reason, StepEnded, StepStarted, Verdict};

use super::{Ledger, reason_of};
use crate::progress::Progress;

/// A step that goes on.
#[derive(Default)]
pub(super) struct OpenStep {
    pub(super) number: u32,
    name: String,
    since_ns: u64,
    pub(super) reason: Reason,
    /// What was judged in it so far.
    pub(super) judged: Vec<String>,
    /// What went wrong on the bench, and counts.
    errors: Vec<ErrorKind>,
    /// Whether something went wrong that no further attempt can make good.
    beyond: bool,
    attempt: Option<Attempt>,
    /// How many errors nobody had been shown when it began.
    unshown: usize,
}

/// Which attempt a step is.
#[derive(Clone)]
pub(crate) struct Attempt {
    /// From 1.
    pub(crate) number: u32,
    /// How many there can be.
    pub(crate) of: u32,
    /// The errors of the bench after which there may be another one.
    pub(crate) forgives: Vec<ErrorKind>,
}

/// What ends a step.
pub(crate) enum Ending {
    /// It came to its end.
    Done,
    /// An error of the bench, and its words.
    Bench(ErrorKind, String),
    /// Another error, with what that makes of the step, and its words.
    Error(Reason, String),
    /// It was left out, or what was left of it, for this reason.
    Skipped(String),
}

impl Ledger {
    /// Raises the floor of the innermost step, or of the run if there is none.
    pub(crate) fn raise(&mut self, reason: Reason) {
        match self.steps.last_mut() {
            Some(step) => {
                step.reason = step.reason.worst(reason);
                step.beyond |= reason.verdict() >= Verdict::Error;
            }
            None => self.reason = self.reason.worst(reason),
        }
    }

    /// As [`Ledger::raise`], for an error of the bench: the script may have said it beforehand, and
    /// another attempt may make it good.
    pub(super) fn raise_for(&mut self, kind: ErrorKind) {
        let reason = reason_of(kind);
        if self.expects(kind) {
            return;
        }
        match self.steps.last_mut() {
            Some(step) if reason.verdict() == Verdict::Error => {
                step.reason = step.reason.worst(reason);
                step.errors.push(kind);
            }
            _ => self.raise(reason),
        }
    }

    /// What the run has come to so far, with every step that goes on.
    pub(crate) fn reason(&self) -> Reason {
        self.steps.iter().fold(self.reason, |worst, step| worst.worst(step.reason))
    }

    /// Which attempt is being made, if one is; the innermost.
    pub(super) fn attempt(&self) -> u32 {
        let attempts = self.steps.iter().rev().find_map(|step| step.attempt.as_ref());
        attempts.map_or(1, |it| it.number)
    }

    /// How many steps are open.
    pub(crate) fn depth(&self) -> usize {
        self.steps.len()
    }

    /// Whether there can be another attempt at what is being done.
    pub(crate) fn may_be_repeated(&self) -> bool {
        let mut attempts = self.steps.iter().filter_map(|step| step.attempt.as_ref());
        attempts.any(|it| it.number < it.of)
    }

    /// Whether a step is open that has a name.
    pub(crate) fn is_in_step(&self) -> bool {
        self.steps.iter().any(|step| step.attempt.is_none())
    }

    /// Whether nobody has been told yet of the error that is on its way outwards.
    pub(crate) fn is_first_told(&mut self) -> bool {
        !std::mem::replace(&mut self.told, true)
    }

    /// Ends the steps that a panic left open, innermost first.
    pub(crate) fn end_open_steps(&mut self, now: u64) {
        while !self.steps.is_empty() {
            let cut_short = "it was cut short by a bug in Pogo".to_owned();
            self.end_step(Ending::Error(Reason::ScriptError, cut_short), now);
        }
    }

    pub(crate) fn begin_step(&mut self, name: &str, now: u64) {
        self.begun.insert(name.to_owned());
        self.watch.see(&Progress::StepStarted { name, depth: self.steps.len() });
        self.open(name, None, now);
    }

    pub(crate) fn begin_attempt(&mut self, attempt: Attempt, now: u64) {
        let name = format!("{ATTEMPT} {} of {}", attempt.number, attempt.of);
        self.watch.see(&Progress::StepStarted { name: &name, depth: self.steps.len() });
        self.open(ATTEMPT, Some(attempt), now);
    }

    fn open(&mut self, name: &str, attempt: Option<Attempt>, now: u64) {
        self.started += 1;
        self.told = false;
        let (number, parent, name) = (self.started, self.step(), name.to_owned());
        let mut started =
            StepStarted { step: number, parent, name: name.clone(), attempt: 1, forgives: vec![] };
        if let Some(it) = &attempt {
            started.attempt = it.number;
            started.forgives = it.forgives.iter().map(|kind| kind.name().to_owned()).collect();
        }
        self.append(now, &Body::StepStarted(started));
        let unshown = self.unshown.len();
        let step =
            OpenStep { number, name, since_ns: now, attempt, unshown, ..OpenStep::default() };
        self.steps.push(step);
    }

    /// A step that is left out as a whole.
    pub(crate) fn skip_step(&mut self, name: &str, why: String, now: u64) {
        self.begin_step(name, now);
        self.end_step(Ending::Skipped(why), now);
    }

    /// Ends the innermost step; gives what it came to, and whether there has to be another attempt
    /// at it: then nothing of this one counts.
    pub(crate) fn end_step(&mut self, ending: Ending, now: u64) -> (Reason, bool) {
        match &ending {
            Ending::Bench(kind, _) => self.raise_for(*kind),
            Ending::Error(reason, _) => self.raise(*reason),
            Ending::Done | Ending::Skipped(_) => {}
        }
        let Some(step) = self.steps.last() else { return (self.reason, false) };
        if step.reason.verdict() >= Verdict::Error {
            self.attach_wires(now);
        }
        if self.steps.len() == 1 {
            self.attach_trace(now);
        }
        let Some(mut step) = self.steps.pop() else { return (self.reason, false) };
        if let (Ending::Skipped(_), Reason::Passed) = (&ending, step.reason) {
            step.reason = Reason::Skipped;
            if step.attempt.is_none() {
                self.skipped.push(step.name.clone());
            }
        }
        let (reason, again) = (step.reason, step.is_repeated());
        let message = step.message(ending, again);
        let ended = StepEnded { message: message.clone(), ..StepEnded::new(step.number, reason) };
        self.append(now, &Body::StepEnded(ended));
        // A step that has ended is durable before anything further happens on the bench. One that
        // is gone with the power anyway does not get ahead of its record: the next commit will do.
        if !self.simulated {
            self.make_durable();
        }
        let took = Duration::from_nanos(now.saturating_sub(step.since_ns));
        self.watch.see(&Progress::StepEnded {
            name: &step.name,
            depth: self.steps.len(),
            reason,
            again,
            message: message.as_deref().filter(|_| step.speaks()),
            took,
        });
        if again {
            // Its names are free for the next one.
            step.judged.iter().for_each(|name| _ = self.judged.remove(name));
            self.unshown.truncate(step.unshown);
        } else if let Some(around) = self.steps.last_mut() {
            around.take_in(step);
        } else {
            self.reason = self.reason.worst(reason);
        }
        (reason, again)
    }
}

impl OpenStep {
    fn is_repeated(&self) -> bool {
        let Some(attempt) = &self.attempt else { return false };
        let good = match self.reason.verdict() {
            Verdict::Fail => true,
            Verdict::Error => self.errors.iter().all(|kind| attempt.forgives.contains(kind)),
            Verdict::Pass | Verdict::Aborted => false,
        };
        good && !self.beyond && attempt.number < attempt.of
    }

    /// Whether there is something to say of it to whoever watches: why it was left out, at which
    /// attempt it passed.
    fn speaks(&self) -> bool {
        match self.reason {
            Reason::Skipped => self.attempt.is_none(),
            reason => reason.verdict() == Verdict::Pass,
        }
    }

    /// What the record says of its end, beside the reason.
    fn message(&self, ending: Ending, again: bool) -> Option<String> {
        match (ending, &self.attempt) {
            (Ending::Bench(_, message) | Ending::Error(_, message), _) => Some(message),
            (Ending::Skipped(why), _) => Some(why),
            (Ending::Done, Some(it)) if it.number > 1 && !again => {
                let what = match self.reason.verdict() {
                    Verdict::Pass => "passed",
                    _ => "did not pass",
                };
                Some(format!("{what} on attempt {} of {}", it.number, it.of))
            }
            (Ending::Done, _) => None,
        }
    }

    /// What `inner` came to counts for it.
    fn take_in(&mut self, mut inner: Self) {
        self.reason = self.reason.worst(inner.reason);
        self.judged.append(&mut inner.judged);
        self.errors.append(&mut inner.errors);
        self.beyond |= inner.beyond;
    }
}
