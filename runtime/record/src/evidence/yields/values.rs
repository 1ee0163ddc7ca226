//! The judged values of a log, by plan and name.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::thread;

use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::runs::Runs;
use crate::error::{RecordError, Result};
use crate::store::Reader;
use crate::value::Scalar;
use crate::verdict::Verdict;

/// Everything that was judged under one name in the runs of one plan.
#[derive(Default)]
pub(super) struct Named {
    pub(super) name: String,
    /// Its numbers, apart for every limit that judged them; in the order of the first of each.
    pub(super) series: Vec<Series>,
    /// The runs in which it failed.
    pub(super) failed: HashSet<usize>,
    /// Runs with more than one attempt at it.
    again: Vec<usize>,
}

/// Numbers that one limit judged, in the order of the log.
pub(super) struct Series {
    /// The limit, as it was stored.
    pub(super) limit: String,
    /// In the dimension's own unit.
    pub(super) values: Vec<f64>,
    /// The run that each of them is of.
    runs: Vec<usize>,
    /// How many more were no finite numbers.
    pub(super) not_numbers: u64,
}

/// What was judged in the runs of one plan, in the order of the first of each name.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) all: Vec<Named>,
    places: HashMap<String, usize>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    run: Uuid,
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    body: Body<'a>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(default)]
    attempt: Option<u32>,
    value: Scalar<'static>,
    #[serde(borrow)]
    limits: &'a RawValue,
    verdict: Verdict,
}

/// What was judged in `runs`, for each of `plans` plans; `plan_of` says which one a run is of.
pub(super) fn of(
    reader: &Reader,
    end: u64,
    runs: &Runs,
    plans: usize,
    plan_of: &[usize],
) -> Result<Vec<Judged>> {
    let threads = thread::available_parallelism().map_or(1, |it| it.get() as u64);
    // Less is not worth a thread.
    let length = (end / threads + 1).max(20_000);
    let parts: Vec<_> = (0..end).step_by(usize::try_from(length).unwrap_or(usize::MAX)).collect();
    // A connection belongs to one thread.
    let folder = reader.folder();
    let part = |from: u64| {
        let range = from..(from + length).min(end);
        Reader::open(folder).and_then(|reader| scan(&reader, range, runs, plans, plan_of))
    };
    let read: Vec<Result<Vec<Judged>>> = thread::scope(|scope| {
        let all: Vec<_> = parts.iter().map(|from| scope.spawn(|| part(*from))).collect();
        let bug = |_| Err(RecordError::new("a thread that read the record went wrong"));
        all.into_iter().map(|it| it.join().unwrap_or_else(bug)).collect()
    });
    let mut judged: Vec<Judged> = (0..plans).map(|_| Judged::default()).collect();
    for part in read {
        judged.iter_mut().zip(part?).for_each(|(all, part)| all.follow(part));
    }
    Ok(judged)
}

fn scan(
    reader: &Reader,
    range: Range<u64>,
    runs: &Runs,
    plans: usize,
    plan_of: &[usize],
) -> Result<Vec<Judged>> {
    let mut judged: Vec<Judged> = (0..plans).map(|_| Judged::default()).collect();
    let mut wrong = None;
    reader.each_judged(range, |bytes| match serde_json::from_slice::<Entry<'_>>(bytes) {
        Ok(entry) => {
            if let Some(&run) = runs.places.get(&entry.run) {
                judged[plan_of[run]].take(run, &entry);
            }
        }
        Err(cause) => wrong = wrong.take().or(Some(cause)),
    })?;
    match wrong {
        None => Ok(judged),
        Some(cause) => Err(RecordError::new(format!("a judged value makes no sense: {cause}"))),
    }
}

impl Judged {
    fn take(&mut self, run: usize, entry: &Entry<'_>) {
        let Body { name, attempt, value, limits, verdict } = &entry.body;
        let named = self.named(name);
        if attempt.is_some_and(|it| it > 1) {
            named.forget(run);
            named.again.push(run);
        }
        if *verdict == Verdict::Fail {
            named.failed.insert(run);
        }
        if entry.kind != "measurement" {
            return;
        }
        let number = match value {
            Scalar::Number(number) => Some(*number),
            Scalar::Integer(number) => Some(*number as f64),
            // JSON has no number for it.
            Scalar::Text(_) => Some(f64::NAN),
            Scalar::Bool(_) => None,
        };
        if let Some(number) = number {
            named.series(limits.get()).add(run, number);
        }
    }

    fn named(&mut self, name: &str) -> &mut Named {
        let at = match self.places.get(name) {
            Some(at) => *at,
            None => {
                self.places.insert(name.to_owned(), self.all.len());
                self.all.push(Named { name: name.to_owned(), ..Named::default() });
                self.all.len() - 1
            }
        };
        &mut self.all[at]
    }

    /// Takes in what comes behind it in the log.
    fn follow(&mut self, later: Self) {
        for named in later.all {
            let here = self.named(&named.name);
            named.again.iter().for_each(|run| here.forget(*run));
            here.again.extend(named.again);
            here.failed.extend(named.failed);
            for series in named.series {
                let there = here.series(&series.limit);
                there.values.extend(series.values);
                there.runs.extend(series.runs);
                there.not_numbers += series.not_numbers;
            }
        }
    }
}

impl Named {
    fn series(&mut self, limit: &str) -> &mut Series {
        let at = self.series.iter().position(|it| it.limit == limit).unwrap_or_else(|| {
            let (limit, values, runs) = (limit.to_owned(), Vec::new(), Vec::new());
            self.series.push(Series { limit, values, runs, not_numbers: 0 });
            self.series.len() - 1
        });
        &mut self.series[at]
    }

    /// An earlier attempt in `run` counts no more.
    fn forget(&mut self, run: usize) {
        self.failed.remove(&run);
        for series in &mut self.series {
            // It is among the last ones, unless several runs went on at once.
            if let Some(at) = series.runs.iter().rposition(|it| *it == run) {
                series.runs.remove(at);
                series.values.remove(at);
            }
        }
    }
}

impl Series {
    fn add(&mut self, run: usize, number: f64) {
        match number.is_finite() {
            true => {
                self.values.push(number);
                self.runs.push(run);
            }
            false => self.not_numbers += 1,
        }
    }
}
