//! The job of 20 rails, as a process: what a run costs beside a program that opens SQLite, commits
//! once and exits.

use std::path::Path;
use std::process::Command;

use pogo_tests::{Folder, Program};

use crate::clock::{Cost, cost};
use crate::table::{Passes, Table, Target};

const PASSES: usize = 7;
/// Runs in a pass: the CPU time of a single short process is too coarse.
const RUNS: usize = 10;

/// The folder with the job: 20 rails, a fit over 11 points, output off.
pub fn rails() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/rails"))
}

pub fn bench(table: &mut Table) {
    let disk = real_disk();
    let store = disk.path("store");
    let mut job =
        Program::command(rails(), "run rails.rhai --fixture rails.fixture.toml --dut S --sim");
    job.arg("--store").arg(&store);
    let mut floor = Command::new(env!("CARGO_BIN_EXE_commit-once"));
    floor.arg(disk.path("floor.db"));
    // Both find their database there, as a station does.
    let _ = (cost(&mut job, 0), cost(&mut floor, 0));
    let (jobs, floors) = passes(PASSES, || (mean(&mut job), mean(&mut floor)));
    let wall = |all: &[Cost]| Passes::new(all.iter().map(|it| it.wall * 1e3).collect());
    let cpu = |all: &[Cost]| Passes::new(all.iter().map(|it| it.cpu * 1e3).collect());
    let most = Target::AtMost(3.0);
    table.ratio("20 rails / commit once, wall", "ms", &wall(&jobs), &wall(&floors), most);
    table.ratio("20 rails / commit once, CPU", "ms", &cpu(&jobs), &cpu(&floors), most);
}

/// `count` passes of two rivals, alternating, so that both see the same machine.
pub fn passes<T>(count: usize, mut pass: impl FnMut() -> (T, T)) -> (Vec<T>, Vec<T>) {
    (0..count).map(|_| pass()).unzip()
}

/// What a run of `command` costs, as the mean of [`RUNS`].
pub fn mean(command: &mut Command) -> Cost {
    let all: Vec<Cost> = (0..RUNS).map(|_| cost(command, 0)).collect();
    let mean = |figure: fn(&Cost) -> f64| all.iter().map(figure).sum::<f64>() / RUNS as f64;
    Cost { wall: mean(|it| it.wall), cpu: mean(|it| it.cpu) }
}

/// A folder beside what cargo builds: the system's temporary folder may be in memory.
pub fn real_disk() -> Folder {
    Folder::below(Program::path().parent().expect("a profile's folder"))
}
