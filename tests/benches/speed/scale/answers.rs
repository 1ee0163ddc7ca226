//! Asking it something, each time as a program that opens the store.

use std::path::Path;

use pogo_tests::Program;

use crate::clock::{Cost, cost};
use crate::job::wall;
use crate::table::{Table, Target};

const PASSES: usize = 5;

/// What is asked, and how many seconds the answer may take. Units, lots and parts are some that the
/// store has.
const QUESTIONS: [(&str, f64); 6] = [
    ("history SN012345", 1.0),
    ("trace --serial SN012345", 1.0),
    ("trace --component TS00008400", 1.0),
    ("trace --lot L0003", 1.0),
    ("trace --firmware 2.4.1", 1.0),
    ("yield", 3.0),
];

pub fn bench(store: &Path, table: &mut Table) {
    for (question, seconds) in QUESTIONS {
        let line = format!("{question} --store .");
        let answer = Program::run(store, &line);
        assert!(answer.stdout.lines().count() > 5, "{question}: {answer:?}");
        let passes: Vec<Cost> =
            (0..PASSES).map(|_| cost(&mut Program::command(store, &line), 0)).collect();
        table.figure(question, "s", &wall(&passes).map(|it| it / 1e3), Target::AtMost(seconds));
    }
}
