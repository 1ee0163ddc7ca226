//! One long run, and whether it or its guard grows.

use std::path::Path;
use std::time::Duration;

use crate::bench::{Bench, JOB};
use crate::figures::Figures;
use crate::processes;
use crate::size::Size;
use pogo_tests::real_time::{now, pause};

/// How much a process may grow from the first quarter of the run to its last, in KiB: the store
/// keeps up to 2,000 KiB of its pages (`cache_size` in SQLite's documentation of PRAGMA), and an
/// allocator keeps what it likes.
const MARGIN: u64 = 3_072;
/// How often the processes are looked at.
const LOOK: Duration = Duration::from_millis(100);

/// A run and its guard, in the first and in the last quarter of the run.
#[derive(Debug, Default)]
pub struct Long {
    /// How many calls it made.
    pub calls: u64,
    /// How long it took.
    pub took: Duration,
    /// The run: then and later.
    pub run: (Size, Size),
    /// Its guard: then and later.
    pub guard: (Size, Size),
}

/// A script that calls the supply `calls` times: waits, settings that are recorded, queries.
fn script(calls: u64) -> String {
    let rounds = calls / 4;
    format!(
        "//! The long run of the soak.\n\n\
         psu.on();\n\
         for round in 0..{rounds} {{\n    \
             wait(1.ms);\n    \
             psu.set_voltage((round % 4) * 1.V);\n    \
             psu.measure_voltage();\n    \
             psu.measure_current();\n\
         }}\n\
         psu.set_voltage(3.V);\n\
         measure(\"supply\", psu.measure_voltage(), within(3.V, 100.mV));\n"
    )
}

/// Runs it on a bench of its own, with nothing else going on.
pub fn run(soak: &Path, calls: u64, figures: &mut Figures) {
    let bench = Bench::serve(soak, "long", &script(calls));
    let began = now();
    let mut run = bench.start(JOB);
    let mut sizes = Vec::new();
    let ended = loop {
        if let Some(ended) = run.try_wait().expect("a child") {
            break ended;
        }
        let guard = processes::of(soak).into_iter().find(processes::Process::is_guard);
        if let (Some(run), Some(guard)) =
            (Size::of(run.id()), guard.and_then(|guard| Size::of(guard.id)))
        {
            sizes.push((run, guard));
        }
        pause(LOOK);
    };
    let quarter = sizes.len() / 4;
    // Neither while it opens the bench nor while it ends.
    let inner = |from: usize, to: usize| {
        let sizes = sizes.get(from..to).unwrap_or_default();
        let both = sizes.iter().copied().reduce(|a, b| (a.0.max(b.0), a.1.max(b.1)));
        both.unwrap_or_default()
    };
    let (then, later) = (inner(2, quarter), inner(sizes.len() - quarter, sizes.len()));
    let long =
        Long { calls, took: now() - began, run: (then.0, later.0), guard: (then.1, later.1) };
    if !ended.success() {
        figures.complain(format!("the long run ended with {ended}: {}", bench.last_words()));
    } else if quarter < 4 {
        figures.complain(format!("the long run is too short to be looked at: {:?}", long.took));
    }
    for (name, (then, later)) in [("long run", long.run), ("its guard", long.guard)] {
        if later.private > then.private + MARGIN {
            let (then, later) = (then.private, later.private);
            figures.complain(format!("the {name} grew from {then} KiB to {later} KiB"));
        }
        if later.descriptors > then.descriptors || later.threads > then.threads {
            figures.complain(format!("the {name} has more and more: {then:?}, then {later:?}"));
        }
    }
    figures.long = Some(long);
}
