//! Verifying all of it.

use std::path::Path;

use pogo_tests::Program;

use super::store::ENTRIES;
use crate::clock::{Cost, cost};
use crate::job::{cpu, wall};
use crate::table::{Passes, Table, Target};

const PASSES: usize = 3;

pub fn bench(store: &Path, table: &mut Table) {
    let verify = |more: &str| -> Vec<Cost> {
        let line = format!("verify --store . {more}");
        (0..PASSES).map(|_| cost(&mut Program::command(store, &line), 0)).collect()
    };
    let seconds = |all: Passes| all.map(|it| it / 1e3);
    let (plain, rejudged) = (verify(""), verify("--rejudge"));
    let what = format!("verify {ENTRIES} entries");
    table.figure(&what, "s", &seconds(wall(&plain)), Target::AtMost(60.0));
    table.figure("  its CPU", "s", &seconds(cpu(&plain)), Target::Shown);
    table.figure("  with every verdict", "s", &seconds(wall(&rejudged)), Target::AtMost(60.0));
    let size = std::fs::metadata(store.join("record.db")).expect("a database").len();
    table.say("  the database", &format!("{} MiB", size >> 20));
}
