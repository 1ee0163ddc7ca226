//! What was built, when, how it was configured, with what, and which tests passed.

use std::collections::BTreeMap;

use serde::Serialize;

use super::unit::Attempt;
use crate::body::{Asset, Body, Mode};
use crate::evidence::COUNTS;
use crate::evidence::attempt::outcome;
use crate::evidence::fact::Fact;
use crate::evidence::time::utc;
use crate::store::Run;

/// The five questions, in the order of their answers.
pub const QUESTIONS: [&str; 5] =
    ["what was built", "when", "how configured", "with what", "which tests passed"];

/// The answers to [`QUESTIONS`], from the attempts in one mode: everything different that they say,
/// in their order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FiveAnswers {
    /// The mode.
    pub mode: Mode,
    /// Whether they are evidence about the unit.
    pub counts: bool,
    /// How many attempts they are from.
    pub attempts: usize,
    /// What was built.
    pub built: Vec<Fact>,
    /// When it was tested.
    pub when: Vec<Fact>,
    /// How the test, and what it loaded, was configured.
    pub configured: Vec<Fact>,
    /// With what it was built and tested.
    pub with: Vec<Fact>,
    /// What became of it.
    pub passed: Vec<Fact>,
}

impl FiveAnswers {
    /// From those of `attempts` that are in `mode`; `None` if there are none and the mode does not
    /// count.
    pub(super) fn of(mode: Mode, attempts: &[Attempt]) -> Option<Self> {
        let runs = attempts.iter().map(|it| &it.run).filter(|run| run.summary.mode == mode);
        let runs: Vec<&Run> = runs.collect();
        let counts = mode == COUNTS;
        (counts || !runs.is_empty()).then(|| Self {
            mode,
            counts,
            attempts: runs.len(),
            built: built(&runs),
            when: when(&runs),
            configured: configured(&runs),
            with: with(&runs),
            passed: passed(&runs),
        })
    }

    /// The answers in the order of [`QUESTIONS`].
    pub fn all(&self) -> [(&'static str, &[Fact]); 5] {
        let answers: [&[Fact]; 5] =
            [&self.built, &self.when, &self.configured, &self.with, &self.passed];
        std::array::from_fn(|at| (QUESTIONS[at], answers[at]))
    }
}

/// Everything different that the runs say.
fn said<'a>(what: &'static str, runs: &[&'a Run], says: impl Fn(&'a Run) -> Vec<String>) -> Fact {
    Fact::all(what, runs.iter().flat_map(|run| says(run)))
}

fn one<T: ToString>(it: Option<T>) -> Vec<String> {
    it.iter().map(ToString::to_string).collect()
}

fn built(runs: &[&Run]) -> Vec<Fact> {
    vec![
        said("part", runs, |run| one(run.header.device.part.as_ref())),
        said("revision", runs, |run| one(run.header.device.revision.as_ref())),
        said("UDI", runs, |run| one(run.header.device.udi.as_ref().map(|it| &it.scanned))),
        said("device id", runs, |run| one(run.header.device.device_id.as_ref())),
        said("lot", runs, |run| one(run.header.lot.as_ref())),
        said("work order", runs, |run| one(run.header.work_order.as_ref())),
    ]
}

fn when(runs: &[&Run]) -> Vec<Fact> {
    let (first, last) = (runs.first(), runs.last());
    vec![
        Fact::new("first begun", first.map(|run| utc(run.summary.started))),
        Fact::new("last ended", last.and_then(|run| run.summary.ended).map(utc)),
        said("station", runs, |run| vec![run.header.station.clone()]),
        said("operator", runs, |run| one(run.header.operator.id.as_ref())),
    ]
}

fn configured(runs: &[&Run]) -> Vec<Fact> {
    let hashed =
        |name: &str, sha256: Option<&String>| one(sha256.map(|it| format!("{name} sha256 {it}")));
    vec![
        said("plan", runs, |run| {
            let plan = &run.header.plan;
            let revision = plan.revision.as_deref().unwrap_or("NOT RECORDED");
            vec![format!("{}, revision {revision}", plan.id)]
        }),
        said("manifest", runs, |run| one(run.header.manifest.as_ref())),
        said("files", runs, |run| {
            let plan = &run.header.plan;
            let files = plan.files.iter().map(|it| format!("{} sha256 {}", it.name, it.sha256));
            let limits = hashed("limits", plan.limits_sha256.as_ref());
            files.chain(limits).collect()
        }),
        said("fixture", runs, |run| {
            let fixture = &run.header.fixture;
            hashed(fixture.id.as_deref().unwrap_or("NOT RECORDED"), fixture.sha256.as_ref())
        }),
        said("firmware", runs, |run| {
            let all = run.events.iter().filter_map(|event| match &event.body {
                Body::Firmware(it) => Some(it.shown()),
                _ => None,
            });
            all.collect()
        }),
        said("pogo", runs, |run| vec![run.header.pogo.version.clone()]),
    ]
}

fn with(runs: &[&Run]) -> Vec<Fact> {
    let components = said("components", runs, |run| {
        let all = run.events.iter().filter_map(|event| match &event.body {
            Body::Component(it) => {
                Some(format!("{} {}, {}", it.name, it.shown(), it.source.name()))
            }
            _ => None,
        });
        all.collect()
    });
    let instruments =
        said("instruments", runs, |run| run.header.assets.iter().map(instrument).collect());
    vec![components, instruments]
}

fn instrument(it: &Asset) -> String {
    let or_not = |it: &Option<String>| it.clone().unwrap_or_else(|| "NOT RECORDED".into());
    format!(
        "{}: {}, serial {}, certificate {}, due {}",
        it.role,
        or_not(&it.model),
        or_not(&it.serial),
        or_not(&it.certificate),
        or_not(&it.due)
    )
}

/// The last attempt at each plan, and how many came before it.
fn passed(runs: &[&Run]) -> Vec<Fact> {
    let mut plans: BTreeMap<&str, (usize, &Run)> = BTreeMap::new();
    for run in runs {
        let count = plans.get(run.header.plan.id.as_str()).map_or(0, |(count, _)| *count);
        plans.insert(&run.header.plan.id, (count + 1, run));
    }
    let plan = |(plan, (count, run)): (&str, (usize, &Run))| {
        let mut text = format!("{plan}: {}", outcome(run).word);
        match count {
            1 => text += " at the only attempt",
            count => text += &format!(" at the last of {count} attempts"),
        }
        let steps: Vec<String> = run.steps.iter().map(step).collect();
        if !steps.is_empty() {
            text += &format!(": {}", steps.join(", "));
        }
        text
    };
    vec![Fact::all("plans", plans.into_iter().map(plan))]
}

fn step(it: &crate::store::Step) -> String {
    let verdict = it.verdict.map_or_else(|| "NOT ENDED".to_owned(), |it| it.to_string());
    format!("{} {verdict}", it.started.name)
}
