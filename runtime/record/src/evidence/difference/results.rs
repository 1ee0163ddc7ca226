//! What came of a run.

use std::collections::BTreeMap;

use pogo_hal::Quantity;
use serde::Serialize;

use crate::body::{Body, Judged, PromptOutcome};
use crate::evidence::amount::difference;
use crate::evidence::attempt::outcome;
use crate::limit::Limit;
use crate::store::Run;
use crate::value::Value;

/// Something that came of two runs and is not the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The steps around it: `power on › rail`.
    pub inside: String,
    /// What kind of thing it is.
    pub kind: Kind,
    /// Its name, with a number behind it where a step has several of that name.
    pub name: String,
    /// What it is in the first, as people read it; `None` if it is not there.
    pub a: Option<String>,
    /// What it is in the second.
    pub b: Option<String>,
    /// By how much the second is more, in the dimension's own unit, where both are numbers.
    pub delta: Option<f64>,
    /// The same as people read it, in the unit of the limit.
    pub delta_shown: Option<String>,
    /// The same as a part of the limit's width, where one limit with two edges judged both.
    pub of_width: Option<f64>,
}

/// What kind of thing a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A judged value, with its limit and verdict.
    Value,
    /// A value that was kept.
    Kept,
    /// A person's answer.
    Answer,
    /// Something that went wrong.
    Error,
    /// How a step ended.
    Step,
    /// How the run ended.
    Run,
}

impl Kind {
    /// As people read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Kept => "kept value",
            Self::Answer => "answer",
            Self::Error => "error",
            Self::Step => "step",
            Self::Run => "run",
        }
    }
}

/// What differs, and how many things do not.
pub(super) fn compare(a: &Run, b: &Run) -> (Vec<Change>, u64) {
    let (a, b) = (Results::of(a), Results::of(b));
    let (mut changes, mut same) = (Vec::new(), 0);
    let only_in_b = b.order.iter().filter(|key| !a.known.contains_key(*key));
    for key in a.order.iter().chain(only_in_b) {
        let (a, b) = (a.known.get(key), b.known.get(key));
        match (a, b) {
            (Some(a), Some(b)) if a.exactly == b.exactly => same += 1,
            _ => changes.push(change(key, a, b)),
        }
    }
    (changes, same)
}

/// Where a result stands: steps around it, kind, name, and which one of that name.
type Key = (String, Kind, String, u64);

struct Result {
    shown: String,
    /// Everything about it that has to be the same, to the last digit.
    exactly: String,
    judged: Option<Judged>,
}

#[derive(Default)]
struct Results {
    order: Vec<Key>,
    known: BTreeMap<Key, Result>,
}

impl Results {
    fn of(run: &Run) -> Self {
        let mut all = Self::default();
        let mut paths: BTreeMap<u32, String> = BTreeMap::new();
        for event in &run.events {
            let inside =
                |step: Option<u32>| step.and_then(|it| paths.get(&it)).cloned().unwrap_or_default();
            match &event.body {
                Body::StepStarted(it) => {
                    let path = match inside(it.parent) {
                        outside if outside.is_empty() => it.name.clone(),
                        outside => format!("{outside} › {}", it.name),
                    };
                    paths.insert(it.step, path);
                }
                Body::StepEnded(it) => {
                    let shown = ending(&it.verdict.to_string(), &it.reason.to_string());
                    let (inside, exactly) = (inside(Some(it.step)), shown.clone());
                    all.add(inside, Kind::Step, "verdict", shown, exactly, None);
                }
                Body::Measurement(it) | Body::Check(it) => {
                    let shown = format!("{} {}", it.shown, it.verdict);
                    let exactly = (&it.value, &it.limit, it.verdict);
                    let exactly = serde_json::to_string(&exactly).unwrap_or_default();
                    let judged = Some(it.clone());
                    all.add(inside(it.step), Kind::Value, &it.name, shown, exactly, judged);
                }
                Body::Record(it) => {
                    let exactly = serde_json::to_string(&it.value).unwrap_or_default();
                    all.add(inside(it.step), Kind::Kept, &it.name, it.shown.clone(), exactly, None);
                }
                Body::Prompt(it) => {
                    let shown = match &it.outcome {
                        PromptOutcome::Answered { answer } => format!("{answer:?}"),
                        PromptOutcome::Refused { answer, .. } => format!("{answer:?}, not taken"),
                        PromptOutcome::Unanswered { .. } => "no answer".into(),
                    };
                    let (inside, exactly) = (inside(it.step), shown.clone());
                    all.add(inside, Kind::Answer, &it.question, shown, exactly, None);
                }
                Body::Error(it) => {
                    let (inside, shown) = (inside(it.step), it.message.clone());
                    all.add(inside, Kind::Error, &it.kind, shown.clone(), shown, None);
                }
                _ => {}
            }
        }
        let ended = outcome(run);
        let shown = ending(&ended.word, &ended.sentence);
        all.add(String::new(), Kind::Run, "verdict", shown.clone(), shown, None);
        all
    }

    fn add(
        &mut self,
        inside: String,
        kind: Kind,
        name: &str,
        shown: String,
        exactly: String,
        judged: Option<Judged>,
    ) {
        let key = |number| (inside.clone(), kind, name.to_owned(), number);
        let free = (1..).map(key).find(|key| !self.known.contains_key(key));
        let key = free.unwrap_or_else(|| key(0));
        self.order.push(key.clone());
        self.known.insert(key, Result { shown, exactly, judged });
    }
}

/// How something ended, and why if it did not pass.
fn ending(word: &str, why: &str) -> String {
    if word == "PASS" { word.to_owned() } else { format!("{word}: {why}") }
}

fn change(key: &Key, a: Option<&Result>, b: Option<&Result>) -> Change {
    let (inside, kind, name, number) = key;
    let name = match number {
        1 => name.clone(),
        more => format!("{name} ({more})"),
    };
    let judged = |it: Option<&Result>| it.and_then(|it| it.judged.clone());
    let both = judged(a).zip(judged(b));
    let mut change = Change {
        inside: inside.clone(),
        kind: *kind,
        name,
        a: a.map(|it| it.shown.clone()),
        b: b.map(|it| it.shown.clone()),
        delta: None,
        delta_shown: None,
        of_width: None,
    };
    let Some((a, b)) = both else { return change };
    if a.limit != b.limit {
        // What they were held against is the first thing to know.
        change.a = Some(format!("{} ({}) {}", a.shown, a.limit, a.verdict));
        change.b = Some(format!("{} ({}) {}", b.shown, b.limit, b.verdict));
    } else if a.shown == b.shown {
        // They differ in what the view rounds away.
        change.a = Some(format!("{} {}", a.value, a.verdict));
        change.b = Some(format!("{} {}", b.value, b.verdict));
    }
    if let Some(delta) = delta(&a.value, &b.value) {
        let unit = a.limit.example().and_then(Value::quantity);
        let unit = unit.as_ref().and_then(Quantity::display_unit);
        let sign = if delta > 0.0 { "+" } else { "" };
        change.delta = Some(delta);
        change.delta_shown = Some(format!("{sign}{}", difference(delta, 4, unit)));
        change.of_width =
            (a.limit == b.limit).then(|| width(&a.limit)).flatten().map(|it| delta / it);
    }
    change
}

/// By how much `b` is more, if both are finite amounts of one thing.
fn delta(a: &Value, b: &Value) -> Option<f64> {
    if a.dimension() != b.dimension() {
        return None;
    }
    let delta = b.quantity()?.value() - a.quantity()?.value();
    delta.is_finite().then_some(delta)
}

fn width(limit: &Limit) -> Option<f64> {
    let (low, high) = limit.edges();
    let width = high? - low?;
    (width.is_finite() && width > 0.0).then_some(width)
}
