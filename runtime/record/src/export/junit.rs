//! Runs as a JUnit report: what continuous integration shows.
//!
//! A run is a suite, whatever was judged a test case. FAIL is a `failure`, ERROR and ABORTED are an
//! `error`, as [`crate::Reason::row`] says; what was left out or not reached is `skipped`. A step, or
//! the run itself, is a test case only if it came to something that nothing inside it did.

use std::collections::BTreeMap;
use std::time::Duration;

use quick_junit::{
    NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestRerun, TestSuite,
};

use super::Told;
use crate::body::{ATTEMPT, Body, ErrorEvent, Judged};
use crate::error::{RecordError, Result};
use crate::evidence::attempt::{outcome, readings};
use crate::store::{Run, Step};
use crate::verdict::{Reason, Verdict};

/// The report of `runs`, in their order.
///
/// # Errors
///
/// It cannot be written as XML.
pub fn junit(runs: &[Run]) -> Result<String> {
    let mut report = Report::new("pogo");
    report.add_test_suites(runs.iter().map(suite));
    let text = report.to_string();
    text.map_err(|cause| RecordError::new(format!("no JUnit report: {cause}")))
}

fn suite(run: &Run) -> TestSuite {
    let told = Told::new(run);
    let mut suite = TestSuite::new(visible(&run.summary.plan));
    suite.set_time(Duration::from_nanos(run.summary.duration_ns.unwrap_or(0)));
    let started = run.summary.started.to_string();
    suite.extra.insert("timestamp".into(), started.as_str().into());
    suite.extra.insert("hostname".into(), visible(&run.header.station).as_str().into());
    suite.add_properties(properties(run));
    let mut cases = Cases { told: &told, worst: BTreeMap::new(), all: Vec::new() };
    cases.judged();
    cases.steps();
    cases.not_done();
    cases.whole();
    suite.add_test_cases(cases.all);
    suite
}

fn properties(run: &Run) -> Vec<Property> {
    let (summary, header) = (&run.summary, &run.header);
    let mut all = vec![
        ("run", Some(summary.id.to_string())),
        ("mode", Some(summary.mode.name().to_owned())),
        ("verdict", Some(outcome(run).word)),
        ("serial", summary.serial.clone()),
        ("part", summary.device.clone()),
        ("lot", header.lot.clone()),
        ("work_order", header.work_order.clone()),
        ("variant", header.plan.variant.clone()),
        ("attempt", summary.attempt.map(|it| it.to_string())),
        ("operator", header.operator.id.clone()),
        ("fixture", header.fixture.id.clone()),
        ("seed", header.clock.seed.map(|it| it.to_string())),
        ("pogo", Some(header.pogo.version.clone())),
    ];
    let faults = &header.fixture.faults;
    all.push(("faults", (!faults.is_empty()).then(|| faults.join(", "))));
    let known = all.into_iter().filter_map(|(name, it)| Some((name.to_owned(), it?)));
    let firmware = run.events.iter().filter_map(|event| match &event.body {
        Body::Firmware(it) => Some((format!("firmware.{}", it.name), it.version.clone())),
        _ => None,
    });
    known.chain(firmware).map(|(name, it)| Property::new(visible(&name), visible(&it))).collect()
}

struct Cases<'a> {
    told: &'a Told<'a>,
    /// The worst that is already said, by step; 0 is the run.
    worst: BTreeMap<u32, Verdict>,
    all: Vec<TestCase>,
}

impl Cases<'_> {
    /// A test case of `step`, or of the run.
    fn add(
        &mut self,
        step: Option<u32>,
        name: &str,
        status: TestCaseStatus,
        took: Option<u64>,
    ) -> &mut TestCase {
        let mut case = TestCase::new(visible(name), status);
        let plan = std::iter::once(self.told.run.summary.plan.clone());
        let path: Vec<_> =
            plan.chain(self.told.path(step)).map(|it| it.replace('.', "_")).collect();
        case.set_classname(visible(&path.join(".")));
        if let Some(took) = took {
            case.set_time(Duration::from_nanos(took));
        }
        self.all.push(case);
        let last = self.all.len() - 1;
        &mut self.all[last]
    }

    /// Something is said of `step`, and so of all around it.
    fn said(&mut self, step: Option<u32>, verdict: Verdict) {
        let mut next = step;
        loop {
            let worst = self.worst.entry(next.unwrap_or(0)).or_default();
            *worst = verdict.max(*worst);
            let Some(it) = next.and_then(|it| self.told.steps.get(&it)) else { return };
            next = it.started.parent.filter(|parent| *parent < it.started.step);
        }
    }

    fn judged(&mut self) {
        let mut earlier: BTreeMap<&str, Vec<TestRerun>> = BTreeMap::new();
        for (_, judged) in self.told.judged() {
            if !self.told.counts(judged.step) {
                if judged.verdict > Verdict::Pass {
                    let mut rerun = TestRerun::new(kind(judged.verdict));
                    rerun.set_message(visible(&sentence(judged)));
                    earlier.entry(&judged.name).or_default().push(rerun);
                }
                continue;
            }
            let mut status = status(judged);
            status.add_reruns(earlier.remove(judged.name.as_str()).unwrap_or_default());
            self.said(judged.step, judged.verdict);
            let text = format!("{}\n{}", sentence(judged), readings(judged).join("\n"));
            let case = self.add(judged.step, &judged.name, status, None);
            case.set_system_out(visible(&text));
        }
    }

    /// Innermost first: what an inner one says need not be said again.
    fn steps(&mut self) {
        let told = self.told;
        for step in told.run.steps.iter().rev() {
            let number = step.started.step;
            let reason = step.reason.unwrap_or(Reason::Interrupted);
            // The step around an attempt says that it was left out.
            let attempt = reason == Reason::Skipped && step.started.name == ATTEMPT;
            if attempt || !told.counts(Some(number)) {
                continue;
            }
            let worst = self.worst.get(&number).copied().unwrap_or_default();
            if reason == Reason::Skipped || reason.verdict() > worst {
                self.step(step, reason);
            }
        }
    }

    fn step(&mut self, step: &Step, reason: Reason) {
        let number = step.started.step;
        let mut error = self.told.run.events.iter().filter_map(|event| match &event.body {
            Body::Error(it) if it.step == Some(number) && !it.expected => Some(it),
            _ => None,
        });
        // What ended a script is said where the script ended, behind its steps.
        let mut ending = self.told.run.events.iter().filter_map(|event| match &event.body {
            Body::Error(it) if it.step.is_none() && it.place.is_some() => Some(it),
            _ => None,
        });
        let own = error.next_back();
        let error = own.or_else(|| ending.next_back().filter(|_| reason == Reason::ScriptError));
        let message = step.message.clone().or_else(|| error.map(|it| it.message.clone()));
        let mut status = of(reason);
        status.set_message(visible(&message.unwrap_or_else(|| reason.to_string())));
        status.set_type(reason.row().name);
        if let Some(hint) = error.and_then(|it| it.hint.as_ref()) {
            status.set_description(visible(&format!("hint: {hint}")));
        }
        self.said(Some(number), reason.verdict());
        let name = step.started.shown().into_owned();
        let case = self.add(step.started.parent, &name, status, step.duration_ns);
        place(case, error);
    }

    fn not_done(&mut self) {
        let Some(ended) = &self.told.run.ended else { return };
        let steps: Vec<_> = self.told.run.steps.iter().map(|it| it.started.name.as_str()).collect();
        let skipped = ended.skipped.iter().filter(|it| !steps.contains(&it.as_str()));
        let skipped = skipped.map(|it| (it, "SKIPPED"));
        for (name, why) in skipped.chain(ended.not_reached.iter().map(|it| (it, "NOT REACHED"))) {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why);
            self.add(None, name, status, None);
        }
    }

    /// What the run came to, if nothing in it did.
    fn whole(&mut self) {
        let run = self.told.run;
        let reason = run.summary.reason.unwrap_or(Reason::Interrupted);
        if reason.verdict() <= self.worst.get(&0).copied().unwrap_or_default() {
            return;
        }
        let mut outside = run.events.iter().filter_map(|event| match &event.body {
            Body::Error(it) if it.step.is_none() && !it.expected => Some(it),
            _ => None,
        });
        let error = outside.next_back();
        let said = match (reason, &run.ended) {
            (Reason::Unset, Some(ended)) => format!("{reason}: {}", ended.unset.join(", ")),
            _ => error.map_or_else(|| outcome(run).sentence, |it| it.message.clone()),
        };
        let mut status = of(reason);
        status.set_message(visible(&said));
        status.set_type(reason.row().name);
        let case = self.add(None, "run", status, run.summary.duration_ns);
        place(case, error);
    }
}

/// Where it happened, as far as that is known: `power_on.rhai:4:9`.
fn place(case: &mut TestCase, error: Option<&ErrorEvent>) {
    let Some(place) = error.and_then(|it| it.place.as_deref()) else { return };
    let mut parts = place.rsplitn(3, ':');
    if let (Some(_), Some(line), Some(file)) = (parts.next(), parts.next(), parts.next()) {
        case.extra.insert("file".into(), visible(file).as_str().into());
        case.extra.insert("line".into(), visible(line).as_str().into());
    }
}

fn status(judged: &Judged) -> TestCaseStatus {
    if judged.verdict == Verdict::Pass {
        return TestCaseStatus::success();
    }
    let mut status = TestCaseStatus::non_success(kind(judged.verdict));
    status.set_message(visible(&sentence(judged)));
    let reason = if judged.verdict == Verdict::Fail { Reason::Limit } else { Reason::NotANumber };
    status.set_type(reason.row().name);
    status
}

fn sentence(judged: &Judged) -> String {
    format!("{} is {}; its limit: {}", judged.name, judged.shown, judged.limit)
}

/// The table of verdicts says which element it is.
fn of(reason: Reason) -> TestCaseStatus {
    match reason.row().junit {
        None => TestCaseStatus::success(),
        Some("skipped") => TestCaseStatus::skipped(),
        Some(_) => TestCaseStatus::non_success(kind(reason.verdict())),
    }
}

fn kind(verdict: Verdict) -> NonSuccessKind {
    match verdict {
        Verdict::Pass | Verdict::Fail => NonSuccessKind::Failure,
        Verdict::Error | Verdict::Aborted => NonSuccessKind::Error,
    }
}

/// `text` without what XML has no room for.
pub(super) fn visible(text: &str) -> String {
    let allowed = |it: char| {
        matches!(it, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
            && !('\u{7f}'..='\u{9f}').contains(&it)
    };
    text.chars().map(|it| if allowed(it) { it } else { '\u{fffd}' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_has_no_room_for_is_replaced() {
        assert_eq!(
            visible("a\u{0}\u{1b}[2J\u{ffff}b\u{85}]]>"),
            "a\u{fffd}\u{fffd}[2J\u{fffd}b\u{fffd}]]>"
        );
    }

    #[test]
    fn every_reason_is_the_element_that_the_table_of_verdicts_says() {
        for reason in Reason::ALL {
            let element = match of(reason) {
                TestCaseStatus::Success { .. } => None,
                TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, .. } => Some("failure"),
                TestCaseStatus::NonSuccess { .. } => Some("error"),
                TestCaseStatus::Skipped { .. } => Some("skipped"),
            };
            assert_eq!(element, reason.row().junit, "{reason:?}");
        }
    }
}
