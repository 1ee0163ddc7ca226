//! The soak: whatever becomes of thousands of runs, nothing of them is left over, and a long one
//! does not grow. `tests/soak --help` says what is looked at.

mod arguments;
mod bench;
mod clean;
mod figures;
mod long;
#[path = "../kills/processes.rs"]
mod processes;
mod short;
mod size;

use std::fs::{self, File};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use clap::Parser;
use pogo_tests::{Folder, Program};

use crate::arguments::Arguments;
use crate::figures::Figures;
use crate::short::Short;
use pogo_tests::real_time::{now, wait_for};

/// How long the guard of the last run that was killed may need.
const LINGERING: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut figures = Figures::default();
    if arguments.clean > 0 {
        clean::runs(arguments.clean, arguments.seed, arguments.jobs, &mut figures);
    }
    if arguments.runs + arguments.calls > 0 {
        // Built before the first clock runs, and on a real disk: others may be in memory.
        let disk = Program::path().parent().expect("a profile's folder");
        let soak = Folder::below(disk);
        if arguments.runs > 0 {
            short_runs(soak.root(), &arguments, &mut figures);
        }
        if arguments.calls > 0 {
            long::run(soak.root(), arguments.calls, &mut figures);
        }
        what_is_left(soak.root(), &mut figures);
    }
    figures.judge();
    figures.print(arguments.json);
    if figures.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// All short runs, so many at once.
fn short_runs(soak: &Path, arguments: &Arguments, figures: &mut Figures) {
    let begun = AtomicU64::new(0);
    let began = now();
    let all: Vec<Figures> = thread::scope(|scope| {
        let lane = |number: u64| {
            let (mut short, mut figures) = (
                Short::new(soak, &number.to_string(), arguments.seed + number),
                Figures::default(),
            );
            while begun.fetch_add(1, Ordering::Relaxed) < arguments.runs {
                short.run(&mut figures);
            }
            short.end(&mut figures);
            figures
        };
        let lanes: Vec<_> =
            (0..arguments.jobs).map(|number| scope.spawn(move || lane(number))).collect();
        lanes.into_iter().map(|lane| lane.join().expect("a lane comes to its end")).collect()
    });
    all.into_iter().for_each(|it| figures.add(it));
    figures.seconds = (now() - began).as_secs_f64();
}

/// Counts what is left, and ends it.
fn what_is_left(soak: &Path, figures: &mut Figures) {
    let gone = || processes::of(soak).is_empty().then_some(());
    if wait_for(now() + LINGERING, gone).is_none() {
        for orphan in processes::of(soak) {
            figures.orphans += 1;
            figures.complain(format!("process {} is left", orphan.shown()));
            processes::signal(orphan.id, nix::sys::signal::Signal::SIGKILL);
        }
    }
    let Ok(locks) = fs::read_dir(bench::locks(soak)) else {
        return figures.complain("there are no locks at all".into());
    };
    let locks = locks.flatten().filter_map(|it| File::open(it.path()).ok());
    figures.held = locks.filter(|lock| lock.try_lock().is_err()).count();
}
