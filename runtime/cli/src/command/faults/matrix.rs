//! The detection matrix: a row for each fault.

use std::fmt::Write;
use std::io;
use std::time::Duration;

use pogo_record::export::{Case, Is, Suite};
use pogo_sim::Known;
use serde::Serialize;

use super::trial::Found;
use crate::duration;
use crate::paint::Paint;

/// So many measurements are named to people; the document names all.
const MOST: usize = 3;

/// What a test makes of every fault of a bench.
#[derive(Debug, Serialize)]
pub struct Matrix {
    /// What was run.
    pub product: String,
    /// On which fixture.
    pub fixture: String,
    /// What all noise grew from.
    pub seed: u64,
    /// In the order of the catalogue.
    pub rows: Vec<Row>,
}

/// What a test makes of a fault.
#[derive(Debug, Serialize)]
pub struct Row {
    /// What the fault is called.
    pub fault: String,
    /// The roles and nets that it is at.
    pub at: String,
    /// What it does.
    pub does: String,
    /// Why nothing has to notice it; absent if something has to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
    /// What came of it.
    #[serde(flatten)]
    pub found: Found,
}

impl Row {
    /// Of the fault `known`.
    pub fn of(known: &Known, found: Found) -> Self {
        let Known { name, faults, why_not } = known;
        let mut places: Vec<&str> = faults.iter().map(|it| it.at.as_str()).collect();
        places.dedup();
        let does: Vec<String> = faults.iter().map(|it| it.does.to_string()).collect();
        let (at, does) = (places.join(", "), does.join(", "));
        Self { fault: name.clone(), at, does, why_not: why_not.clone(), found }
    }

    /// Whether the unit passes though something had to notice the fault.
    fn escapes(&self) -> bool {
        self.found == Found::Nothing && self.why_not.is_none()
    }
}

impl Matrix {
    /// How many faults escape that have to be noticed.
    pub fn escaped(&self) -> usize {
        self.rows.iter().filter(|it| it.escapes()).count()
    }

    /// As continuous integration reads it: a fault that escapes is a failure.
    pub fn suite(&self) -> Suite {
        let case = |row: &Row| {
            let is = match (&row.found, &row.why_not) {
                (Found::Nothing, None) => Is::Wrong("nothing notices it: the unit passes".into()),
                (Found::Nothing, Some(why)) => Is::LeftOut(why.clone()),
                _ => Is::Right,
            };
            Case { name: row.fault.clone(), took: Duration::ZERO, is }
        };
        Suite { name: self.product.clone(), cases: self.rows.iter().map(case).collect() }
    }

    /// As people read it.
    pub fn text(&self, took: Duration) -> String {
        let paint = Paint::of(&io::stdout());
        let mut text = format!("{} · {}\n\n", paint.bold(&self.product), self.fixture);
        let width = |cell: fn(&Row) -> &str, least| {
            self.rows.iter().map(|it| cell(it).chars().count()).max().unwrap_or(0).max(least)
        };
        let (fault, at, does) =
            (width(|it| &it.fault, 5), width(|it| &it.at, 2), width(|it| &it.does, 4));
        let head = format!("  {:<fault$}  {:<at$}  {:<does$}  noticed by", "fault", "at", "does");
        let _ = writeln!(text, "{}", paint.dim(head));
        for row in &self.rows {
            let mark = if row.escapes() { '>' } else { ' ' };
            let said = match (&row.found, &row.why_not) {
                (Found::Nothing, None) => paint.error("NOTHING: the unit passes"),
                (Found::Nothing, Some(why)) => format!("nothing: {why}"),
                (Found::Detected { by, .. }, _) if by.len() > MOST => {
                    format!("{} and {} more", by[..MOST].join(", "), by.len() - MOST)
                }
                (found, _) => found.to_string(),
            };
            let Row { fault: name, at: place, does: what, .. } = row;
            let _ = writeln!(text, "{mark} {name:<fault$}  {place:<at$}  {what:<does$}  {said}");
        }
        text + self.last_line(took).as_str()
    }

    fn last_line(&self, took: Duration) -> String {
        let count = |is: fn(&Row) -> bool| self.rows.iter().filter(|it| is(it)).count();
        let detected = count(|it| matches!(it.found, Found::Detected { .. }));
        let errors = count(|it| matches!(it.found, Found::BenchError { .. }));
        let forgiven = count(|it| it.found == Found::Nothing && it.why_not.is_some());
        let word = if self.escaped() == 0 { "COVERED" } else { "ESCAPES" };
        format!(
            "\n{word}  {} faults: {detected} fail the unit, {errors} are bench errors, {forgiven} need \
             not be noticed, {} escape in {}\n",
            self.rows.len(),
            self.escaped(),
            duration::wall(took),
        )
    }
}
