//! What it costs that a run is watched: by its supervisor, and by its guard process.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use pogo_runtime::{Guard, Opener};
use pogo_tests::Program;
use tokio::runtime::Builder;

use crate::clock::{cost_here, now, own, pause};
use crate::job::{RUNS, cpu, mean, passes, wall};
use crate::real::{Bench, Instruments, Watched, rails};
use crate::table::{Passes, Table, Target};

const PASSES: usize = 9;
const GUARDS: usize = 300;
const IDLE: Duration = Duration::from_secs(2);

pub fn bench(table: &mut Table) {
    let bench = Bench::serve(&rails());
    job(table, &bench);
    standing(table);
    memory(table, &bench);
    idle(table);
}

/// The job of 20 rails over TCP with both and with neither.
fn job(table: &mut Table, bench: &Bench) {
    let one = |watched| mean((0..RUNS).map(|_| cost_here(|| bench.run(watched))));
    let _ = (one(Watched::Yes), one(Watched::No));
    let (with, without) = passes(PASSES, || (one(Watched::Yes), one(Watched::No)));
    let shown = Target::Shown;
    let what = "20 rails over TCP, watched / not";
    table.ratio(what, "ms", &wall(&with), &wall(&without), shown);
    table.ratio("… its CPU", "ms", &cpu(&with), &cpu(&without), shown);
    let pairs = with.iter().zip(&without);
    let more = Passes::new(pairs.map(|(with, without)| (with.wall - without.wall) * 1e3).collect());
    table.figure("  supervisor and guard, a run", "ms", &more, Target::AtMost(10.0));
}

/// How long it takes until a guard stands, and until it has gone.
fn standing(table: &mut Table) {
    let (mut stands, mut gone) = (Vec::new(), Vec::new());
    for _ in 0..GUARDS {
        let began = now();
        let guard = Guard::of(Program::path()).expect("a guard");
        guard.ready().expect("it stands");
        stands.push(began.elapsed().as_secs_f64() * 1e3);
        let began = now();
        guard.release();
        gone.push(began.elapsed().as_secs_f64() * 1e3);
    }
    let most = Target::AtMost(10.0);
    let (stands, gone) = (Passes::new(stands), Passes::new(gone));
    table.figure("guard, start until it stands", "ms", &stands, most);
    table.figure("guard, release until it is gone", "ms", &gone, most);
}

/// What a guard of two instruments holds that nobody else does.
fn memory(table: &mut Table, bench: &Bench) {
    let fixture = bench.fixture();
    let instruments = Instruments::of(&fixture, Watched::Yes);
    let guard = Arc::new(Guard::of(Program::path()).expect("a guard"));
    guard.ready().expect("it stands");
    let process = format!("/proc/{}", guard.id().expect("it has been started"));
    let descriptors = || fs::read_dir(format!("{process}/fd")).expect("its descriptors").count();
    let before = descriptors();
    instruments.rescue().expect("a bench that is watched").bequeath(guard.clone());
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let opened = runtime.block_on(async {
        instruments.prepare().await.expect("wires");
        let mut opened = Vec::new();
        for role in &fixture.roles {
            opened.push(instruments.open(role).await.expect("an instrument"));
        }
        opened
    });
    while descriptors() < before + opened.len() {
        pause(Duration::from_millis(1));
    }
    // It has the second connection's descriptor, and a moment later it waits again.
    pause(Duration::from_millis(20));
    let private = mebibytes(&process, &["Private_Clean:", "Private_Dirty:"]);
    let resident = mebibytes(&process, &["Rss:"]);
    let most = Target::AtMost(5.0);
    table.figure("guard of 2 instruments, private", "MiB", &Passes::new(vec![private]), most);
    table.say("  resident", &format!("{resident:.2} MiB"));
    guard.release();
}

/// The sum of `fields` in MiB. Source: proc_pid_smaps(5), `smaps_rollup`.
fn mebibytes(process: &str, fields: &[&str]) -> f64 {
    let text = fs::read_to_string(format!("{process}/smaps_rollup")).expect("its memory");
    let lines = text.lines().filter(|line| fields.iter().any(|field| line.starts_with(field)));
    let sizes = lines.filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    sizes.sum::<f64>() / 1024.0
}

/// CPU of a run that waits, beside one that nobody watches.
fn idle(table: &mut Table) {
    let script = "//! Waits.\n\nwait(3.s);\nmeasure(\"off\", psu.measure_voltage(), -1.V..=1.V);\n";
    let bench = Bench::serve(script);
    let second = |watched| {
        std::thread::scope(|scope| {
            let run = scope.spawn(|| bench.run(watched));
            pause(Duration::from_millis(500));
            let before = own();
            pause(IDLE);
            let used = (own() - before) * 1e3 / IDLE.as_secs_f64();
            run.join().expect("the run passes");
            used
        })
    };
    let (with, without) = passes(3, || (second(Watched::Yes), second(Watched::No)));
    let (with, without) = (Passes::new(with), Passes::new(without));
    table.ratio("a waiting run's CPU, watched / not", "ms/s", &with, &without, Target::Shown);
}
