//! The job of 20 rails against the same job in OpenHTF, CPU against CPU.
//!
//! `POGO_OPENHTF_PYTHON` names a Python that has openhtf; without it the bench says that it skips.

use std::process::Command;

use pogo_tests::Program;

use crate::clock::{Cost, cost};
use crate::job::{RUNS, mean, passes, rails, real_disk};
use crate::table::{Passes, Table, Target};

const PASSES: usize = 5;

pub fn bench(table: &mut Table) {
    let Some(python) = std::env::var_os("POGO_OPENHTF_PYTHON") else {
        return table.say("20 rails / OpenHTF, CPU", "skipped: POGO_OPENHTF_PYTHON is not set");
    };
    let disk = real_disk();
    let mut theirs = Command::new(python);
    theirs.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/openhtf_job.py"));
    theirs.arg(disk.path("record.json"));
    let mut ours =
        Program::command(rails(), "run rails.rhai --fixture rails.fixture.toml --dut S --sim");
    ours.arg("--store").arg(disk.path("store"));
    let _ = (cost(&mut ours, 0), cost(&mut theirs, 0));
    let (ours, theirs) =
        passes(PASSES, || (mean((0..RUNS).map(|_| cost(&mut ours, 0))), cost(&mut theirs, 0)));
    let cpu = |all: &[Cost]| Passes::new(all.iter().map(|it| it.cpu * 1e3).collect());
    let what = "20 rails / OpenHTF, CPU";
    table.ratio(what, "ms", &cpu(&ours), &cpu(&theirs), Target::AtMost(0.1));
}
