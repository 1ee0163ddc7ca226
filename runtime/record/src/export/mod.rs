//! Runs for programs that are not Pogo: tables and test reports.
//!
//! Each is a pure function of what is stored. What counts is what the record counts: an attempt that
//! another one followed is in it and said to be one.

mod csv;
mod junit;
mod report;

use std::collections::{BTreeMap, BTreeSet};

use crate::body::{Body, Judged};
use crate::store::{Event, Run, Step};
use crate::verdict::Verdict;

pub use self::csv::csv;
pub use self::junit::junit;
pub use self::report::{Case, Is, Suite, report};

/// The measurements and checks of `run` that failed and count, in their order.
pub fn failed(run: &Run) -> Vec<&str> {
    let told = Told::new(run);
    let failed = told.judged().filter(|(_, it)| it.verdict == Verdict::Fail);
    failed.filter(|(_, it)| told.counts(it.step)).map(|(_, it)| it.name.as_str()).collect()
}

/// A run, put in order for what is written of it.
struct Told<'a> {
    run: &'a Run,
    steps: BTreeMap<u32, &'a Step>,
    /// The steps that are part of an attempt that another one followed.
    repeated: BTreeSet<u32>,
}

impl<'a> Told<'a> {
    fn new(run: &'a Run) -> Self {
        let steps = run.steps.iter().map(|step| (step.started.step, step)).collect();
        let mut repeated = BTreeSet::new();
        // What is around a step has begun before it.
        for step in &run.steps {
            let around = step.started.parent.is_some_and(|it| repeated.contains(&it));
            if around || run.is_repeated(step) {
                repeated.insert(step.started.step);
            }
        }
        Self { run, steps, repeated }
    }

    /// Whether what happened there counts.
    fn counts(&self, step: Option<u32>) -> bool {
        step.is_none_or(|it| !self.repeated.contains(&it))
    }

    /// The names of the steps around, outermost first, `step` among them.
    fn path(&self, step: Option<u32>) -> Vec<String> {
        let mut path = Vec::new();
        let mut next = step;
        while let Some(it) = next.and_then(|it| self.steps.get(&it)) {
            path.push(it.started.shown().into_owned());
            next = it.started.parent.filter(|parent| *parent < it.started.step);
        }
        path.reverse();
        path
    }

    /// Everything that was judged, in order.
    fn judged(&self) -> impl Iterator<Item = (&'a Event, &'a Judged)> {
        self.run.events.iter().filter_map(|event| match &event.body {
            Body::Measurement(judged) | Body::Check(judged) => Some((event, judged)),
            _ => None,
        })
    }
}
