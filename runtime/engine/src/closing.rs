//! How a run is closed: its verdict, and its record, by its site or by whoever took its bench.

use std::sync::{Arc, MutexGuard};
use std::time::{Duration, Instant};

use pogo_hal::Diagnostic;
use pogo_record::{Body, Reason, RecordError, RunEnded, RunLog, Safe, SafeBy, Verdict};

use crate::check::{Checked, Declared};
use crate::interlock::Tripped;
use crate::ledger::{Ledger, outcome};
use crate::rescue::Safety;
use crate::run::Ended;
use crate::site::Site;

/// How long the ledger of a site that hangs is waited for: it may hang over it.
const LEDGER: Duration = Duration::from_millis(50);

/// What is known of a run from its beginning, and needed at its end.
#[derive(Clone)]
pub(crate) struct Closing {
    checked: Arc<Checked>,
    since: Instant,
    /// Whether only some of the steps are done.
    partial: bool,
    /// Whether it is typed.
    typed: bool,
}

impl Closing {
    /// For a run that begins now.
    #[expect(clippy::disallowed_methods, reason = "how long a run took outside is wall time")]
    pub(crate) fn new(checked: Arc<Checked>, partial: bool, typed: bool) -> Self {
        Self { checked, since: Instant::now(), partial, typed }
    }

    /// What is known of the scripts.
    pub(crate) fn checked(&self) -> &Checked {
        &self.checked
    }

    /// How long the run has taken outside.
    pub(crate) fn wall_time(&self) -> Duration {
        self.since.elapsed()
    }

    /// The verdict, and the record closed with it. `reached_end` says whether the last script came
    /// to its end.
    pub(crate) fn end(&self, site: &Site, safety: Safety, reached_end: bool) -> Ended {
        let (mut ledger, now) = (site.ledger(), site.now_ns());
        site.interlocks.tripped().into_iter().for_each(|it| ledger.tripped(it, now));
        self.close(ledger, now, safety, SafeBy::Run, reached_end)
    }

    /// As [`Closing::end`], by whoever took the bench from its site, for `reason`.
    pub(crate) fn take(&self, site: Option<&Site>, reason: Reason, safety: Safety) -> Ended {
        let Some(site) = site else { return self.unrecorded(reason, safety) };
        let by = SafeBy::Supervisor;
        let ended = match ledger_of(site) {
            Some(mut ledger) => {
                let now = site.now_ns();
                site.interlocks.tripped().into_iter().for_each(|it| ledger.tripped(it, now));
                ledger.raise(reason);
                self.close(ledger, now, safety, by, false)
            }
            None => {
                let now = site.now_ns();
                let record = close_without_ledger(site, reason, &safety, by, now);
                let run = Some(site.log.id());
                let bench_time = Duration::from_nanos(now);
                Ended { run, record, bench_time, ..self.unrecorded(reason, safety) }
            }
        };
        Ended { taken: true, ..ended }
    }

    /// A run that was taken and of which nothing can be said in the record.
    pub(crate) fn unrecorded(&self, reason: Reason, safety: Safety) -> Ended {
        let failure = RecordError::new("record: the run could not be closed in time")
            .with_hint("the next `pogo run` closes it");
        let wall_time = self.wall_time();
        Ended { reason, safety, wall_time, taken: true, ..Ended::never(failure) }
    }

    fn close(
        &self,
        mut ledger: MutexGuard<'_, Ledger>,
        now: u64,
        safety: Safety,
        by: SafeBy,
        reached_end: bool,
    ) -> Ended {
        ledger.end_open_steps(now);
        for (role, state) in &safety {
            ledger.safe(role, state, by, now);
        }
        ledger.show_caught();
        let mut ended = RunEnded { skipped: ledger.skipped().to_vec(), ..RunEnded::default() };
        let missing = self.checked.declared.iter().filter(|it| !ledger.has_judged(&it.name));
        let left_out = |it: &&Declared| {
            self.partial || it.steps.iter().any(|step| ended.skipped.contains(step))
        };
        let (skipped, missing): (Vec<_>, Vec<_>) = missing.partition(left_out);
        let skipped: Vec<_> = skipped.into_iter().map(|it| it.name.clone()).collect();
        skipped.iter().for_each(|name| ledger.not_done(name, true));
        ended.skipped.extend(skipped);
        // A run that fails has come to where it fails, and need not go on from there.
        if reached_end && ledger.reason().verdict() == Verdict::Pass {
            for Declared { name, place, .. } in &missing {
                let diagnostic = Diagnostic::new(format!("`{name}` is declared, not measured"))
                    .at(place.clone())
                    .with_hint("a run whose declared measurements are not all set cannot pass");
                ledger.trouble(&diagnostic, Some(Reason::Unset), now);
            }
            if ledger.judged() == 0 && self.typed {
                ledger.raise(Reason::JudgedNothing);
            } else if ledger.judged() == 0 {
                let diagnostic = Diagnostic::new("the run judged nothing")
                    .with_hint("judge at least one value with `measure` or `check`");
                ledger.trouble(&diagnostic, Some(Reason::JudgedNothing), now);
            }
            ended.unset = missing.into_iter().map(|it| it.name.clone()).collect();
        } else {
            let steps = self.checked.steps.iter().filter(|step| !ledger.has_begun(step));
            let steps: Vec<_> = steps.cloned().collect();
            steps.iter().for_each(|name| ledger.not_done(name, false));
            missing.iter().for_each(|it| ledger.not_done(&it.name, false));
            let names = missing.into_iter().map(|it| it.name.clone());
            ended.not_reached = steps.into_iter().chain(names).collect();
        }
        ended.reason = ledger.reason();
        ended.verdict = ended.reason.verdict();
        let (run, judged, mut reason) = (Some(ledger.run()), ledger.judged(), ended.reason);
        let record = ledger.end(ended, now);
        if record.is_err() {
            reason = reason.worst(Reason::NotRecorded);
        }
        let bench_time = Duration::from_nanos(now);
        let (wall_time, taken) = (self.wall_time(), false);
        Ended { run, reason, judged, bench_time, wall_time, safety, record, taken }
    }
}

/// The ledger of a site that hangs, unless it hangs over it.
#[expect(clippy::disallowed_methods, reason = "the clocks of a site that hangs are of no use")]
fn ledger_of(site: &Site) -> Option<MutexGuard<'_, Ledger>> {
    let since = Instant::now();
    loop {
        match site.try_ledger() {
            None if since.elapsed() < LEDGER => std::thread::sleep(Duration::from_millis(1)),
            ledger => return ledger,
        }
    }
}

fn close_without_ledger(
    site: &Site,
    reason: Reason,
    safety: &Safety,
    by: SafeBy,
    now: u64,
) -> Result<(), RecordError> {
    let log: &RunLog = &site.log;
    if let Some(Tripped(seen)) = site.interlocks.tripped() {
        log.append(now, &Body::Interlock(seen.clone()))?;
    }
    for (role, state) in safety {
        let safe = Safe { role: role.clone(), outcome: outcome(state), by };
        log.append(now, &Body::Safe(safe))?;
    }
    log.end(now, &RunEnded { reason, verdict: reason.verdict(), ..RunEnded::default() })
}
