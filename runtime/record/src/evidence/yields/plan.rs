//! The yield of one plan.

use std::collections::BTreeMap;

use serde::Serialize;

use super::figures::Figures;
use super::runs::Attempted;
use super::values::Judged;
use crate::evidence::Share;
use crate::verdict::{Reason, Verdict};

/// The yield of one plan in one mode.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PlanYield {
    /// The plan.
    pub plan: String,
    /// The product that it belongs to.
    pub product: Option<String>,
    /// How its runs ended.
    pub runs: Verdicts,
    /// How many runs name no unit; they are in none of the figures about units.
    pub without_serial: u64,
    /// Units whose first attempt is among the runs, and passed.
    pub first_pass: Share,
    /// The same of those only whose first attempt gave a verdict about the unit: PASS or FAIL.
    pub first_verdict: Share,
    /// Units whose last run among these passed.
    pub last: Share,
    /// Units that were run more than once.
    pub retested: Share,
    /// Why runs did not pass, the most frequent first.
    pub reasons: Vec<Why>,
    /// What failed, the most frequent first.
    pub pareto: Vec<Failing>,
    /// What was measured.
    pub measurements: Vec<Figures>,
}

/// How runs ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verdicts {
    /// The unit is good.
    pub pass: u64,
    /// The unit is bad.
    pub fail: u64,
    /// The bench or the script was bad; says nothing about the unit.
    pub error: u64,
    /// Ended before it was done; says nothing about the unit.
    pub aborted: u64,
    /// It goes on, and is in no other figure.
    pub going_on: u64,
}

/// Why runs did not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The reason.
    pub reason: Reason,
    /// How many runs ended for it.
    pub runs: u64,
}

/// Something that failed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failing {
    /// The name of what was judged, or why a run failed in which nothing that was judged did.
    pub what: String,
    /// In how many runs, however often in each.
    pub runs: u64,
    /// How many of all that is listed: this, and what comes before it.
    pub so_far: f64,
}

impl Verdicts {
    /// How many have ended.
    pub fn ended(&self) -> u64 {
        self.pass + self.fail + self.error + self.aborted
    }

    fn count(&mut self, reason: Option<Reason>) {
        *match reason.map(Reason::verdict) {
            Some(Verdict::Pass) => &mut self.pass,
            Some(Verdict::Fail) => &mut self.fail,
            Some(Verdict::Error) => &mut self.error,
            Some(Verdict::Aborted) => &mut self.aborted,
            None => &mut self.going_on,
        } += 1;
    }
}

/// What is known of a unit so far.
#[derive(Default)]
struct Unit {
    runs: u64,
    /// The highest attempt number seen.
    attempt: u64,
    passed_last: bool,
}

impl PlanYield {
    /// Of these runs, in the order of starting, and what was judged in them.
    pub(super) fn of(plan: &str, runs: &[(usize, &Attempted)], judged: &Judged) -> Self {
        let product = runs.iter().rev().find_map(|(_, run)| run.product.clone());
        let mut it = Self { plan: plan.to_owned(), product, ..Self::default() };
        let mut units: BTreeMap<&str, Unit> = BTreeMap::new();
        let mut reasons: BTreeMap<&str, Why> = BTreeMap::new();
        for (_, run) in runs {
            it.runs.count(run.reason);
            let Some(reason) = run.reason else { continue };
            if reason.verdict() != Verdict::Pass {
                let why = Why { reason, runs: 0 };
                reasons.entry(reason.row().name).or_insert(why).runs += 1;
            }
            let Some(serial) = &run.serial else {
                it.without_serial += 1;
                continue;
            };
            let unit = units.entry(serial).or_default();
            unit.runs += 1;
            unit.attempt = unit.attempt.max(run.attempt.unwrap_or(0));
            unit.passed_last = reason.verdict() == Verdict::Pass;
            // The record counts attempts, so that a first one is known as such even where only
            // some runs are looked at.
            if run.attempt == Some(1) {
                it.first_pass.count(reason.verdict() == Verdict::Pass);
                if reason.verdict() <= Verdict::Fail {
                    it.first_verdict.count(reason.verdict() == Verdict::Pass);
                }
            }
        }
        for unit in units.values() {
            it.last.count(unit.passed_last);
            it.retested.count(unit.attempt.max(unit.runs) > 1);
        }
        it.reasons = reasons.into_values().collect();
        it.reasons.sort_by_key(|why| std::cmp::Reverse(why.runs));
        it.pareto = pareto(runs, judged);
        it.measurements = figures(judged);
        it
    }
}

fn figures(judged: &Judged) -> Vec<Figures> {
    let each = judged.all.iter().flat_map(|named| {
        let changed = named.series.len() > 1;
        named.series.iter().filter_map(move |it| Figures::of(&named.name, it, changed))
    });
    each.collect()
}

fn pareto(runs: &[(usize, &Attempted)], judged: &Judged) -> Vec<Failing> {
    let mut counts: Vec<(String, u64)> = Vec::new();
    for named in judged.all.iter().filter(|it| !it.failed.is_empty()) {
        counts.push((named.name.clone(), named.failed.len() as u64));
    }
    let mut others: BTreeMap<&str, u64> = BTreeMap::new();
    for (at, run) in runs {
        let Some(reason) = run.reason.filter(|it| it.verdict() == Verdict::Fail) else { continue };
        if !judged.all.iter().any(|named| named.failed.contains(at)) {
            *others.entry(reason.row().sentence).or_default() += 1;
        }
    }
    counts.extend(others.into_iter().map(|(what, runs)| (format!("({what})"), runs)));
    // Stable: among equals, the order of the plan.
    counts.sort_by_key(|(_, runs)| std::cmp::Reverse(*runs));
    let all: u64 = counts.iter().map(|(_, runs)| runs).sum();
    let mut sum = 0;
    let failing = counts.into_iter().map(|(what, runs)| {
        sum += runs;
        Failing { what, runs, so_far: sum as f64 / all as f64 }
    });
    failing.collect()
}
