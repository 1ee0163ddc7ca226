//! The crash test: a record is killed while it is written, and nothing that was acknowledged is
//! lost. `tests/crash --help` says what is looked at.

mod arguments;
mod figures;
mod point;
mod promises;
mod story;
mod writer;

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use clap::Parser;
use pogo_tests::Folder;

use crate::arguments::Arguments;
use crate::figures::Figures;
use crate::point::Written;

/// How many processes write to one store, one after the other.
const PER_STORE: u64 = 20;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(store) = &arguments.write {
        writer::write(store, arguments.seed);
        return ExitCode::SUCCESS;
    }
    // On a real disk: others may be in memory.
    let program = std::env::current_exe().expect("this program");
    let folder = Folder::below(program.parent().expect("a profile's folder"));
    let begun = AtomicU64::new(0);
    let mut figures = Figures::default();
    let all: Vec<Figures> = thread::scope(|scope| {
        let lane = || {
            let mut figures = Figures::default();
            loop {
                let first = begun.fetch_add(PER_STORE, Ordering::Relaxed);
                if first >= arguments.points {
                    return figures;
                }
                let mut store = Written::new(folder.path(format!("store-{first}")));
                let last = arguments.points.min(first + PER_STORE);
                for point in first..last {
                    store.point(arguments.seed + point, &mut figures);
                }
                store.open(arguments.seed + last - 1, &mut figures);
            }
        };
        let lanes: Vec<_> = (0..arguments.jobs).map(|_| scope.spawn(lane)).collect();
        lanes.into_iter().map(|lane| lane.join().expect("a lane comes to its end")).collect()
    });
    all.into_iter().for_each(|it| figures.add(it));
    figures.print(arguments.json);
    if figures.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
