//! Speed, as ratios against floors that are measured in the same run.
//!
//! `cargo bench -p pogo-tests` runs all of them, `cargo bench -p pogo-tests -- wire` those with
//! `wire` in their name. A figure is the median of its passes; the fastest pass and the 99th
//! percentile stand beside it. The exit code says whether every target was met.

mod clock;
mod evidence;
mod guard;
mod hour;
mod job;
mod language_server;
mod measurements;
mod openhtf;
mod queries;
mod real;
mod responder;
mod scale;
mod table;
mod wire;

use std::process::ExitCode;

use table::Table;

/// A bench: measures, and adds its lines to the table.
type Bench = fn(&mut Table);

const BENCHES: [(&str, Bench); 9] = [
    ("job", job::bench),
    ("openhtf", openhtf::bench),
    ("measurements", measurements::bench),
    ("hour", hour::bench),
    ("queries", queries::bench),
    ("wire", wire::bench),
    ("guard", guard::bench),
    ("language server", language_server::bench),
    ("scale", scale::bench),
];

fn main() -> ExitCode {
    // Cargo adds `--bench`; whatever else begins with a dash is for another harness.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    let mut table = Table::default();
    for (name, bench) in BENCHES {
        if wanted.is_empty() || wanted.iter().any(|it| name.contains(it.as_str())) {
            eprintln!("{name} …");
            bench(&mut table);
        }
    }
    table.print();
    if table.all_met() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
