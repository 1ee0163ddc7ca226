//! The job of 20 rails, as a process: what a run costs beside a program that opens SQLite, commits
//! once and exits.

use std::path::Path;
use std::process::Command;

use pogo_tests::{Folder, Program};

use crate::clock::{Cost, cost};
use crate::table::{Passes, Table, Target};

const PASSES: usize = 7;
/// Runs in a pass: the CPU time of a single short process is too coarse.
pub const RUNS: usize = 10;

/// The folder with the job: 20 rails, a fit over 11 points, output off.
pub fn rails() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/rails"))
}

pub fn bench(table: &mut Table) {
    let most = Target::AtMost(3.0);
    // Each finds an empty folder, as in CI: what it costs to begin a store is in both.
    let (jobs, floors) = rivals(true);
    table.ratio("20 rails / commit once, new store", "ms", &wall(&jobs), &wall(&floors), most);
    // Each finds its database there, as on a station.
    let (jobs, floors) = rivals(false);
    let shown = Target::Shown;
    table.ratio("20 rails / commit once, old store", "ms", &wall(&jobs), &wall(&floors), shown);
    table.ratio("… its CPU", "ms", &cpu(&jobs), &cpu(&floors), shown);
}

/// Passes of the job and of its floor; `anew` takes both their databases away before each run.
fn rivals(anew: bool) -> (Vec<Cost>, Vec<Cost>) {
    let disk = real_disk();
    let (store, database) = (disk.path("store"), disk.path("floor"));
    let mut job =
        Program::command(rails(), "run rails.rhai --fixture rails.fixture.toml --dut S --sim");
    job.arg("--store").arg(&store);
    let mut floor = Command::new(env!("CARGO_BIN_EXE_commit-once"));
    floor.arg(database.join("floor.db"));
    let clear = |anew: bool| {
        if anew {
            let _ = std::fs::remove_dir_all(&store);
            let _ = std::fs::remove_dir_all(&database);
        }
        std::fs::create_dir_all(&database).expect("a folder for the floor");
    };
    clear(anew);
    let _ = (cost(&mut job, 0), cost(&mut floor, 0));
    passes(PASSES, || {
        let one = |command: &mut Command| {
            mean((0..RUNS).map(|_| {
                clear(anew);
                cost(command, 0)
            }))
        };
        (one(&mut job), one(&mut floor))
    })
}

/// The wall times in milliseconds.
pub fn wall(all: &[Cost]) -> Passes {
    Passes::new(all.iter().map(|it| it.wall * 1e3).collect())
}

/// The CPU times in milliseconds.
pub fn cpu(all: &[Cost]) -> Passes {
    Passes::new(all.iter().map(|it| it.cpu * 1e3).collect())
}

/// `count` passes of two rivals, alternating, so that both see the same machine.
pub fn passes<T>(count: usize, mut pass: impl FnMut() -> (T, T)) -> (Vec<T>, Vec<T>) {
    (0..count).map(|_| pass()).unzip()
}

/// The mean of several costs.
pub fn mean(all: impl Iterator<Item = Cost>) -> Cost {
    let all: Vec<Cost> = all.collect();
    let mean = |figure: fn(&Cost) -> f64| all.iter().map(figure).sum::<f64>() / all.len() as f64;
    Cost { wall: mean(|it| it.wall), cpu: mean(|it| it.cpu) }
}

/// A folder beside what cargo builds: the system's temporary folder may be in memory.
pub fn real_disk() -> Folder {
    Folder::below(Program::path().parent().expect("a profile's folder"))
}
