//! The table as it is printed.

use std::io::{Write, stderr, stdout};
use std::time::Duration;

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::arguments::Arguments;
use crate::point::{Outcome, Point};
use crate::row::Row;

/// Every row with what came of it.
pub struct Table {
    lines: Vec<Line>,
    seed: u64,
    allow_missing: bool,
}

struct Line {
    row: Row,
    missing: Option<String>,
    points: u64,
    passed: u64,
    slowest: Duration,
    failures: Vec<(Point, Vec<String>)>,
}

impl Table {
    /// The rows that are asked for, with nothing in them.
    pub fn new(arguments: &Arguments) -> Self {
        let all = Row::value_variants().iter().copied();
        let asked = all.filter(|row| arguments.rows.is_empty() || arguments.rows.contains(row));
        let lines = asked.map(|row| Line {
            row,
            missing: row.missing(),
            points: 0,
            passed: 0,
            slowest: Duration::ZERO,
            failures: Vec::new(),
        });
        let Arguments { seed, allow_missing, .. } = *arguments;
        Self { lines: lines.collect(), seed, allow_missing }
    }

    /// The rows that can be taken here.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        self.lines.iter().filter(|line| line.missing.is_none()).map(|line| line.row)
    }

    /// Adds what came of a point.
    pub fn add(&mut self, point: Point, outcome: Outcome) {
        let Some(line) = self.lines.iter_mut().find(|line| line.row == point.row) else { return };
        line.points += 1;
        line.slowest = line.slowest.max(outcome.on_after.unwrap_or_default());
        if outcome.complaints.is_empty() {
            line.passed += 1;
        } else {
            line.failures.push((point, outcome.complaints));
        }
    }

    /// Whether every point of every row is as it has to be.
    pub fn is_ok(&self) -> bool {
        self.lines.iter().all(|line| match line.missing {
            Some(_) => self.allow_missing,
            None => line.failures.is_empty(),
        })
    }

    /// Prints it, with everything that is wrong.
    pub fn print(&self, as_json: bool) {
        let text = if as_json { format!("{:#}\n", self.json()) } else { self.text() };
        // Whoever closed the pipe wants no more.
        drop(stdout().write_all(text.as_bytes()));
    }

    fn text(&self) -> String {
        let mut text = format!("{:<20} {:>9}  slowest off\n", "row", "points ok");
        for line in &self.lines {
            let name = line.row.name();
            text += &match &line.missing {
                Some(why) => format!("{name:<20} {:>9}  {why}\n", "not run"),
                None => {
                    let ok = format!("{}/{}", line.passed, line.points);
                    format!("{name:<20} {ok:>9}  {:>8} ms\n", line.slowest.as_millis())
                }
            };
        }
        text += &format!("seeds from {}\n", self.seed);
        for (point, complaints) in self.lines.iter().flat_map(|line| &line.failures) {
            text += &told(point, complaints);
        }
        text
    }

    fn json(&self) -> Value {
        let rows = self.lines.iter().map(|line| {
            let failures = line.failures.iter().map(|(point, complaints)| {
                json!({
                    "phase": point.phase.name(), "seed": point.seed, "complaints": complaints,
                })
            });
            json!({
                "row": line.row.name(),
                "missing": line.missing,
                "points": line.points,
                "ok": line.passed,
                "slowest_ms": line.slowest.as_secs_f64() * 1e3,
                "failures": failures.collect::<Vec<_>>(),
            })
        });
        json!({ "seed": self.seed, "ok": self.is_ok(), "rows": rows.collect::<Vec<_>>() })
    }
}

/// Says at once what is wrong with a point, and how it ended if that `is_wanted`.
pub fn tell(point: &Point, outcome: &Outcome, is_wanted: bool) {
    let mut text = String::new();
    if is_wanted {
        let Point { row, phase, seed, .. } = point;
        let (row, phase) = (row.name(), phase.name());
        let off = outcome.on_after.map_or("ON".into(), |it| format!("{} ms", it.as_millis()));
        text = format!("{row:<19} {seed:>4} {phase:<16} {off:>8}  {}\n", outcome.ended);
    }
    if !outcome.complaints.is_empty() {
        text += &told(point, &outcome.complaints);
    }
    drop(stderr().write_all(text.as_bytes()));
}

/// What is wrong with a point, and how to take it again.
fn told(point: &Point, complaints: &[String]) -> String {
    let Point { row, phase, seed, .. } = point;
    let mut text = format!(
        "\n{} in {}: tests/kill --row {} --seed {seed} --points 1\n",
        row.name(),
        phase.name(),
        row.name()
    );
    complaints.iter().for_each(|complaint| text += &format!("  {complaint}\n"));
    text
}
