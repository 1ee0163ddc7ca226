//! What a disk and a clock can do to a run, one thing at a time: every write and every fsync on the
//! files of its store fails once, and the wall clock is set in the middle of it.
//!
//! A *point* is one run of the shipping program over TCP against a process of its own that plays
//! the supply. `tests/faults --help` says what has to hold at each.

mod arguments;
mod bench;
mod calls;
mod clock;
mod ended;
mod fault;
mod job;
mod order;
mod row;
mod shim;
mod table;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;
use crate::bench::Benches;
use crate::row::Row;
use crate::table::Table;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Built before the first clock runs.
    pogo_tests::Program::path();
    let mut table = Table::default();
    let benches = Benches::start(arguments.jobs.into());
    for row in Row::all().into_iter().filter(|row| row.is_asked(&arguments)) {
        let line = row.take(&benches, &arguments);
        line.print();
        table.add(line);
    }
    table.sum_up();
    if table.is_ok(arguments.allow_missing) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
