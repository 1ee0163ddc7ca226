//! What a run has come to so far: its open steps, its floor, and the log of both.
//!
//! Everything that can decide a verdict passes through here, before the script learns of it, so
//! that nothing a script does afterwards can make it undone: only another attempt, or an error that
//! was said beforehand, makes a step better than what happened in it.

mod expected;
mod steps;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pogo_hal::{Diagnostic, Error, ErrorKind, Origins, Quantity, SafeState, WireLog};
use pogo_record::{
    Body, Component, ErrorEvent, Exchange, Firmware, InterlockSeen, InterlockState, Judged, Leak,
    Note, Prompt, Reason, RecordError, Recorded, Recovery, RunEnded, RunLog, Safe, SafeBy,
    SafeOutcome, Setpoint, Uuid, Value, Verdict,
};
use pogo_sandbox::Kept;
use tokio::time::Instant;

use self::expected::Expected;
use self::steps::OpenStep;
pub(crate) use self::steps::{Attempt, Ending};
use crate::console::Conversation;
use crate::interlock::{self, Tripped};
use crate::limits::Criterion;
use crate::progress::{Progress, Unwatched, Watch};
use crate::traced::Traced;

/// How many different caught errors are shown at the end of a run.
const MOST_SHOWN: usize = 20;

/// How many values of a list are shown that are not within their limits.
const MOST_OUTSIDE: usize = 5;
/// The verb of an element of a list.
pub(crate) const ELEMENT: &str = "measure […]";

/// The state of one run.
pub(crate) struct Ledger {
    run: Uuid,
    /// `None` once the run has ended.
    log: Option<Arc<RunLog>>,
    watch: Box<dyn Watch>,
    steps: Vec<OpenStep>,
    started: u32,
    reason: Reason,
    judged: BTreeSet<String>,
    begun: BTreeSet<String>,
    /// The steps that were left out.
    skipped: Vec<String>,
    expected: Vec<Expected>,
    cleanups: Vec<Kept>,
    /// Bench errors that nobody has been shown yet.
    unshown: Vec<Diagnostic>,
    wires: Vec<(Arc<str>, Arc<WireLog>)>,
    traced: Option<Arc<Traced>>,
    conversations: Vec<(Arc<str>, Arc<Conversation>)>,
    epoch: Instant,
    failure: Option<RecordError>,
    /// Whether all of the bench is simulated.
    simulated: bool,
    unrecorded: Arc<AtomicBool>,
    /// Whether it is recorded that an interlock opened.
    tripped: bool,
    /// The leaks that were reported.
    leaks: Vec<Leak>,
    attached: usize,
    /// The values of a list, so far, that are not within their limits.
    outside: Vec<Judged>,
    /// Whether somebody was asked about an error since the last step began.
    told: bool,
}

/// What a script is told when something could not be judged: the message and a hint.
pub(crate) type Refusal = (String, Option<String>);

impl Ledger {
    /// The ledger of the run that `log` records. `unrecorded` is raised when an entry could not be
    /// kept; `epoch` is the moment that the bench's clock counts from.
    pub(crate) fn new(
        log: Arc<RunLog>,
        watch: Box<dyn Watch>,
        wires: Vec<(Arc<str>, Arc<WireLog>)>,
        epoch: Instant,
        unrecorded: Arc<AtomicBool>,
    ) -> Self {
        Self {
            run: log.id(),
            log: Some(log),
            watch,
            steps: Vec::new(),
            started: 0,
            reason: Reason::Passed,
            judged: BTreeSet::new(),
            begun: BTreeSet::new(),
            skipped: Vec::new(),
            expected: Vec::new(),
            cleanups: Vec::new(),
            unshown: Vec::new(),
            wires,
            traced: None,
            conversations: Vec::new(),
            epoch,
            failure: None,
            simulated: false,
            unrecorded,
            tripped: false,
            leaks: Vec::new(),
            attached: 0,
            outside: Vec::new(),
            told: false,
        }
    }

    /// The same for a bench of which all is simulated, or for one of which something is real.
    pub(crate) fn simulated(self, simulated: bool) -> Self {
        Self { simulated, ..self }
    }

    /// The same for a run of which every message is kept.
    pub(crate) fn tracing(self, traced: Option<Arc<Traced>>) -> Self {
        Self { traced, ..self }
    }

    /// What is said on the console of `role` is kept beside the record at the end.
    pub(crate) fn converses(&mut self, role: Arc<str>, conversation: Arc<Conversation>) {
        self.conversations.push((role, conversation));
    }

    /// The moment that the bench's clock counts from.
    pub(crate) fn epoch(&self) -> Instant {
        self.epoch
    }

    /// Judges a value once under a name.
    ///
    /// # Errors
    ///
    /// The name was judged before in this run, or the value cannot be judged by this limit; the
    /// floor is then ERROR already.
    pub(crate) fn judge(
        &mut self,
        verb: &str,
        name: &str,
        value: Value,
        by: &Criterion,
        origins: Option<&Origins>,
        now: u64,
    ) -> Result<Verdict, Refusal> {
        let Criterion { limit, source, at } = by;
        self.claim(name)?;
        let none = Origins::none();
        let (judged, error) =
            Judged::new(self.step(), name, value, origins.unwrap_or(&none), limit.clone());
        let judged = judged.by(source.clone()).at(at.clone()).in_attempt(self.attempt());
        let verdict = judged.verdict;
        match &error {
            Some(error) => self.raise(error.reason()),
            None if judged.verdict > Verdict::Pass => self.raise(Reason::Limit),
            None => {}
        }
        let depth = self.steps.len();
        if verb == ELEMENT {
            self.outside.extend((verdict > Verdict::Pass).then(|| judged.clone()));
        } else {
            let (value, limit) = (&judged.shown, &limit.to_string());
            self.watch.see(&Progress::Judged { name, value, limit, verdict, depth });
        }
        let body = if verb == "check" { Body::Check(judged) } else { Body::Measurement(judged) };
        self.append(now, &body);
        error.map_or(Ok(verdict), |error| {
            Err((error.message().to_owned(), error.hint().map(str::to_owned)))
        })
    }

    /// The elements of a list have been judged under names made from this one, as far as they could
    /// be: `count` of them.
    ///
    /// # Errors
    ///
    /// The name itself was judged before in this run; the floor is then ERROR already.
    pub(crate) fn judged_all(
        &mut self,
        name: &str,
        count: usize,
        limit: &str,
    ) -> Result<(), Refusal> {
        let outside = std::mem::take(&mut self.outside);
        let worst = outside.iter().map(|it| it.verdict).max().unwrap_or_default();
        let (failed, verdict, depth) = (outside.len(), worst, self.steps.len());
        self.watch.see(&Progress::JudgedAll { name, count, failed, limit, verdict, depth });
        for it in outside.iter().take(MOST_OUTSIDE) {
            let (name, value, limit) = (&it.name, &it.shown, &it.limit.to_string());
            let verdict = it.verdict;
            self.watch.see(&Progress::Outside { name, value, limit, verdict, depth });
        }
        self.claim(name)
    }

    /// A name is judged once.
    fn claim(&mut self, name: &str) -> Result<(), Refusal> {
        if !self.judged.insert(name.to_owned()) {
            self.raise(Reason::ScriptError);
            let hint = "give every value a name of its own; statistics are kept by name";
            return Err((format!("`{name}` was judged before in this run"), Some(hint.into())));
        }
        if let Some(step) = self.steps.last_mut() {
            step.judged.push(name.to_owned());
        }
        Ok(())
    }

    pub(crate) fn keep(&mut self, name: &str, value: Value, origins: Option<&Origins>, now: u64) {
        let none = Origins::none();
        let kept = Recorded::new(self.step(), name, value, origins.unwrap_or(&none));
        self.watch.see(&Progress::Kept { name, value: &kept.shown, depth: self.steps.len() });
        self.append(now, &Body::Record(kept));
    }

    pub(crate) fn note(&mut self, text: &str, now: u64) {
        self.watch.see(&Progress::Kept { name: "", value: text, depth: self.steps.len() });
        let note = Note { step: self.step(), text: text.to_owned() };
        self.append(now, &Body::Note(note));
    }

    /// Somebody has typed this, and sees it where they typed it.
    pub(crate) fn typed(&mut self, text: &str, now: u64) {
        let note = Note { step: self.step(), text: fitting(&format!("typed: {text}")) };
        self.append(now, &Body::Note(note));
    }

    /// The script says what one of the unit's processors runs.
    pub(crate) fn firmware(&mut self, firmware: Firmware, now: u64) {
        let Firmware { name, version, .. } = &firmware;
        self.watch.see(&Progress::Kept { name, value: version, depth: self.steps.len() });
        self.append(now, &Body::Firmware(Firmware { step: self.step(), ..firmware }));
    }

    /// The script says what part is built into the unit.
    pub(crate) fn component(&mut self, component: Component, now: u64) {
        let (name, value) = (&component.name, component.shown());
        self.watch.see(&Progress::Kept { name, value: &value, depth: self.steps.len() });
        self.append(now, &Body::Component(Component { step: self.step(), ..component }));
    }

    /// A person is about to be asked.
    pub(crate) fn asking(&mut self) {
        self.watch.see(&Progress::Asking);
    }

    /// A person was asked in the innermost step.
    pub(crate) fn prompted(&mut self, prompt: Prompt, now: u64) {
        let prompt = Prompt { step: self.step(), ..prompt };
        self.watch.see(&Progress::Prompted { prompt: &prompt, depth: self.steps.len() });
        self.append(now, &Body::Prompt(prompt));
    }

    /// An instrument was told something and accepted it.
    pub(crate) fn set(&mut self, role: &str, verb: &str, level: Option<&Quantity>, now: u64) {
        let value = level.map(Value::from);
        let switched = value.is_none();
        let event = Setpoint { step: self.step(), role: role.into(), verb: verb.into(), value };
        self.append(now, &if switched { Body::Output(event) } else { Body::Setpoint(event) });
    }

    pub(crate) fn recovery(&mut self, role: &str, what: &str, now: u64) {
        let event = Recovery { step: self.step(), role: role.into(), what: fitting(what) };
        self.append(now, &Body::Recovery(event));
    }

    /// Something went wrong on the bench; `role` is empty if no role in particular is to blame.
    pub(crate) fn bench_error(&mut self, role: &str, error: &Error, now: u64) {
        let expected = self.meet(error.kind());
        self.raise_for(error.kind());
        let mut diagnostic = Diagnostic::new(error.message());
        diagnostic.hint = error.hint().map(str::to_owned);
        // A script that catches errors in a loop must not fill the screen, or the memory.
        let room = self.unshown.len() < MOST_SHOWN;
        if !expected && room && !self.unshown.contains(&diagnostic) {
            self.unshown.push(diagnostic);
        }
        let event = ErrorEvent {
            step: self.step(),
            kind: error.kind().name().into(),
            expected,
            role: (!role.is_empty()).then(|| role.into()),
            message: fitting(error.message()),
            hint: error.hint().map(fitting),
            place: None,
        };
        self.append(now, &Body::Error(event));
    }

    /// Something that nobody caught: shows it, and records it unless a bench error already did.
    pub(crate) fn trouble(&mut self, diagnostic: &Diagnostic, reason: Option<Reason>, now: u64) {
        if let Some(reason) = reason {
            self.raise(reason);
            let event = ErrorEvent {
                step: self.step(),
                kind: if reason == Reason::SecretGivenAway { "secret" } else { "script" }.into(),
                expected: false,
                role: None,
                message: fitting(&diagnostic.message),
                hint: diagnostic.hint.as_deref().map(fitting),
                place: diagnostic.place.as_ref().map(ToString::to_string),
            };
            self.append(now, &Body::Error(event));
        }
        self.unshown.retain(|it| it.message != diagnostic.message);
        self.watch.see(&Progress::Trouble(diagnostic));
    }

    /// What interlocks were seen to be before the run; one that was not closed ends it.
    pub(crate) fn interlocks(&mut self, all: &[InterlockSeen], now: u64) {
        for seen in all {
            self.append(now, &Body::Interlock(seen.clone()));
            if seen.state != InterlockState::Closed {
                self.raise(Reason::InterlockOpen);
                self.watch.see(&Progress::Trouble(&interlock::diagnostic(seen)));
            }
        }
    }

    /// An interlock opened while the run went on. Once is enough, whoever says it first.
    pub(crate) fn tripped(&mut self, Tripped(seen): &Tripped, now: u64) {
        self.raise(Reason::Interlock);
        if !std::mem::replace(&mut self.tripped, true) {
            self.append(now, &Body::Interlock(seen.clone()));
            self.watch.see(&Progress::Trouble(&interlock::diagnostic(seen)));
        }
    }

    /// What is known of a role after `by` has told it to be safe.
    pub(crate) fn safe(
        &mut self,
        role: &str,
        state: &Result<SafeState, Error>,
        by: SafeBy,
        now: u64,
    ) {
        if state.is_err() {
            self.raise(Reason::NotSafe);
        }
        let outcome = outcome(state);
        self.append(now, &Body::Safe(Safe { role: role.into(), outcome, by }));
    }

    pub(crate) fn add_cleanup(&mut self, body: Kept) {
        self.cleanups.push(body);
    }

    /// The clean-up that was registered last.
    pub(crate) fn take_cleanup(&mut self) -> Option<Kept> {
        self.cleanups.pop()
    }

    /// The bench errors that no uncaught error has shown: the script caught them.
    pub(crate) fn show_caught(&mut self) {
        for mut diagnostic in std::mem::take(&mut self.unshown) {
            diagnostic.message += "; the script caught this, and the run cannot pass";
            self.watch.see(&Progress::Trouble(&diagnostic));
        }
    }

    /// How many values were judged.
    pub(crate) fn judged(&self) -> usize {
        self.judged.len()
    }

    pub(crate) fn has_judged(&self, name: &str) -> bool {
        self.judged.contains(name)
    }

    /// The steps that were left out, in their order.
    pub(crate) fn skipped(&self) -> &[String] {
        &self.skipped
    }

    /// What is in the scripts and was not done, in the end.
    pub(crate) fn not_done(&mut self, name: &str, skipped: bool) {
        self.watch.see(&Progress::NotDone { name, skipped });
    }

    /// Keeps a file beside the record.
    ///
    /// # Errors
    ///
    /// It cannot be kept; the run is an ERROR then.
    pub(crate) fn attach(&mut self, name: &str, media: &str, bytes: &[u8], now: u64) {
        let (step, depth) = (self.step(), self.steps.len());
        let kept = match &self.log {
            Some(log) => log.attach(now, step, name, media, bytes).map(drop),
            None => Ok(()),
        };
        self.keep_failure(kept);
        self.see_to_leaks(now);
        self.attached += 1;
        let value = format!("{} bytes", bytes.len());
        self.watch.see(&Progress::Kept { name, value: &value, depth });
    }

    /// How many files the scripts have attached.
    pub(crate) fn attached(&self) -> usize {
        self.attached
    }

    pub(crate) fn has_begun(&self, step: &str) -> bool {
        self.begun.contains(step)
    }

    pub(crate) fn run(&self) -> Uuid {
        self.run
    }

    /// Waits until everything so far is on the disk; gives whether it is.
    pub(crate) fn make_durable(&mut self) -> bool {
        let kept = self.log.as_ref().map_or(Ok(()), |log| log.barrier());
        self.keep_failure(kept);
        self.failure.is_none()
    }

    /// Ends the run in the record.
    ///
    /// # Errors
    ///
    /// Something of the run could not be kept, now or earlier.
    pub(crate) fn end(&mut self, mut ended: RunEnded, now: u64) -> Result<(), RecordError> {
        self.attach_trace(now);
        self.attach_conversations(now);
        let Some(log) = self.log.take() else { return Ok(()) };
        // It shows what it has held back when it is let go, which is before anybody says how the
        // run ended.
        self.watch = Box::new(Unwatched);
        let Some(failure) = self.failure.take() else { return log.end(now, &ended) };
        ended.reason = ended.reason.worst(Reason::NotRecorded);
        ended.verdict = ended.reason.verdict();
        // A last attempt: if the log has come back, it says itself that something is missing.
        let _ = log.end(now, &ended);
        Err(failure)
    }

    fn step(&self) -> Option<u32> {
        self.steps.last().map(|step| step.number)
    }

    /// Keeps the messages since this was last done, if the run keeps them.
    fn attach_trace(&mut self, now: u64) {
        let (Some(traced), Some(log)) = (&self.traced, &self.log) else { return };
        let Some((name, text)) = traced.take() else { return };
        let kept = log.attach(now, self.step(), &name, Exchange::MEDIA, text.as_bytes());
        self.keep_failure(kept.map(drop));
        self.see_to_leaks(now);
    }

    /// Keeps what was said on every console.
    fn attach_conversations(&mut self, now: u64) {
        for (role, conversation) in std::mem::take(&mut self.conversations) {
            let (Some(log), Some(text)) = (&self.log, conversation.transcript()) else { continue };
            let name = format!("{role}.console.txt");
            let kept = log.attach(now, None, &name, "text/plain", text.as_bytes());
            self.keep_failure(kept.map(drop));
            self.see_to_leaks(now);
        }
    }

    fn append(&mut self, now: u64, body: &Body) {
        if self.traced.as_ref().is_some_and(|it| it.is_much()) {
            self.attach_trace(now);
        }
        let kept = self.log.as_ref().map_or(Ok(()), |log| log.append(now, body));
        self.keep_failure(kept);
        self.see_to_leaks(now);
    }

    /// A secret that came as far as the record was not kept there, but somebody let it through. Said
    /// once of each place that it came to.
    pub(crate) fn see_to_leaks(&mut self, now: u64) {
        let Some(log) = &self.log else { return };
        for leak in log.take_leaks() {
            self.raise(Reason::SecretGivenAway);
            if self.leaks.contains(&leak) {
                continue;
            }
            let message = format!("{} would have held the secret `{}`", leak.within, leak.secret);
            let hint =
                format!("`[secret {}]` is there instead; find out how it came so far", leak.secret);
            self.leaks.push(leak);
            let diagnostic = Diagnostic::new(message).with_hint(hint);
            self.trouble(&diagnostic, Some(Reason::SecretGivenAway), now);
        }
    }

    fn keep_failure(&mut self, kept: Result<(), RecordError>) {
        if let Err(failure) = kept {
            self.failure.get_or_insert(failure);
            self.reason = self.reason.worst(Reason::NotRecorded);
            self.unrecorded.store(true, Ordering::Release);
        }
    }

    /// Keeps the last exchanges with every instrument beside the step that went wrong.
    fn attach_wires(&mut self, now: u64) {
        let step = self.step();
        let Some(log) = &self.log else { return };
        let mut kept = Ok(());
        for (role, wire) in &self.wires {
            let text = transcript(wire, self.epoch);
            if !text.is_empty() && kept.is_ok() {
                let name = format!("{role}.wire.txt");
                kept = log.attach(now, step, &name, "text/plain", text.as_bytes()).map(drop);
            }
        }
        self.keep_failure(kept);
        self.see_to_leaks(now);
    }
}

/// The most bytes of what somebody else said: a script may throw, and an instrument answer, whatever
/// it likes, and the entry that says so has to be written.
const LONGEST: usize = 2000;

/// `text`, or its beginning.
pub(crate) fn fitting(text: &str) -> String {
    match text.len() <= LONGEST {
        true => text.to_owned(),
        false => format!("{}…", &text[..text.floor_char_boundary(LONGEST)]),
    }
}

fn transcript(wire: &WireLog, epoch: Instant) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    if wire.dropped() > 0 {
        let _ = writeln!(text, "… {} earlier messages were not kept", wire.dropped());
    }
    for exchange in wire.exchanges() {
        let at = exchange.at.saturating_duration_since(epoch).as_secs_f64();
        let arrow = match exchange.direction {
            pogo_hal::Direction::Sent => '>',
            pogo_hal::Direction::Received => '<',
        };
        let _ = writeln!(text, "{at:>12.6} {arrow} {}", exchange.bytes.escape_ascii());
    }
    text
}

/// What is known of a role, as the record keeps it.
pub(crate) fn outcome(state: &Result<SafeState, Error>) -> SafeOutcome {
    match state {
        Ok(state) => SafeOutcome::from(state.clone()),
        Err(error) => SafeOutcome::NotConfirmed { message: error.message().into() },
    }
}

/// What a bench error makes of the step it happens in.
pub(crate) fn reason_of(kind: ErrorKind) -> Reason {
    match kind {
        ErrorKind::NoAnswer => Reason::NoAnswer,
        ErrorKind::Timeout => Reason::Timeout,
        ErrorKind::OutOfRange => Reason::ScriptError,
        ErrorKind::Stopped => Reason::Stopped,
        _ => Reason::BenchError,
    }
}
