//! The kill table: whatever ends a run, and wherever it is hit, its supply is off in time and stays
//! off, its record can be read and says why, nothing of it is left running, and the next run passes.
//!
//! A *point* is one run over TCP against processes of their own that play a supply and a meter, hit
//! by the event of a *row* in one of twelve *phases*. `tests/kill --help` says how to ask for one.

mod arguments;
mod bench;
mod blow;
mod dice;
mod expected;
mod job;
mod lookout;
mod phase;
mod point;
mod processes;
mod record;
mod row;
mod running;
mod table;
mod tap;

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use clap::Parser;

use crate::arguments::Arguments;
use crate::point::{Outcome, Point};
use crate::table::Table;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Built before the first clock runs.
    pogo_tests::Program::path();
    pogo_tests::disk::keep_to_ourselves();
    let mut table = Table::new(&arguments);
    let points: Vec<Point> = table.rows().flat_map(|row| Point::all(row, &arguments)).collect();
    for (point, outcome) in all(&points, &arguments) {
        table.add(point, outcome);
    }
    table.print(arguments.json);
    if table.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Takes every point, so many at once, and gives them in order with what came of them.
fn all(points: &[Point], arguments: &Arguments) -> Vec<(Point, Outcome)> {
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..arguments.jobs {
            scope.spawn(|| {
                while let Some(point) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = point.take();
                    table::tell(point, &outcome, arguments.verbose);
                    let mut all = outcomes.lock().unwrap_or_else(PoisonError::into_inner);
                    all.push((*point, outcome));
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_by_key(|(point, _)| (point.row, point.seed));
    outcomes
}
