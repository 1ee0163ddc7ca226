//! Durable measurements: what 10,000 of them cost, whether the ten-thousandth costs more than the
//! thousandth, and how many commits they make.

use pogo_record::{Body, Mode, Run, RunEnded, Store};
use pogo_tests::{Folder, Program};

use crate::clock::{Cost, cost, cost_here};
use crate::evidence;
use crate::job::real_disk;
use crate::table::{Passes, Table, Target};

const PASSES: usize = 5;
const COUNTS: [usize; 3] = [1, 1_000, 10_000];

/// A script that measures `count` times.
fn script(count: usize) -> String {
    format!(
        "//! {count} measurements, nothing else.\n\
         let level = 1.V;\n\
         let limit = 0.V..=2.V;\n\
         for number in 0..{count} {{ measure(\"m\" + number, level, limit); }}\n"
    )
}

/// Runs it in a folder of its own, which is given back with what it cost.
fn run(count: usize) -> (Folder, Cost) {
    let disk = real_disk().with("m.rhai", &script(count));
    let disk = disk.with("bench.toml", include_str!("../rails/rails.fixture.toml"));
    let line = "run m.rhai --fixture bench.toml --dut S --sim --store store";
    let cost = cost(&mut Program::command(disk.root(), line), 0);
    (disk, cost)
}

pub fn bench(table: &mut Table) {
    let mut all: Vec<Vec<Cost>> = vec![Vec::new(); COUNTS.len()];
    for _ in 0..PASSES {
        for (count, costs) in COUNTS.iter().zip(&mut all) {
            costs.push(run(*count).1);
        }
    }
    let of = |index: usize, figure: fn(&Cost) -> f64| {
        Passes::new(all[index].iter().map(|it| figure(it) * 1e3).collect())
    };
    let (cpu, wall) = (of(2, |it| it.cpu), of(2, |it| it.wall));
    table.figure("10,000 durable measurements, CPU", "ms", &cpu, Target::AtMost(300.0));
    table.say("  wall", &format!("{:.0} ms", wall.median()));
    let each = |from: usize, to: usize| {
        let more = (COUNTS[to] - COUNTS[from]) as f64;
        let pairs = all[to].iter().zip(&all[from]);
        Passes::new(pairs.map(|(a, b)| (a.cpu - b.cpu) * 1e6 / more).collect())
    };
    // Flat: a further measurement costs what it did, but for what a busy machine adds.
    let what = "  a further one at 10,000 / at 1,000";
    table.ratio(what, "us", &each(1, 2), &each(0, 1), Target::AtMost(1.25));
    evidence(table);
    let commits = (0..PASSES).map(|_| commits(COUNTS[2]));
    let commits = Passes::new(commits.map(|it| it as f64).collect());
    table.say("  commits", &format!("{} for 10,000 measurements", commits.median()));
}

/// What evidence adds to recording them.
fn evidence(table: &mut Table) {
    let (disk, recorded, body) = one();
    let record = |number: usize| {
        let (store, bare) =
            (disk.path(format!("with-{number}")), disk.path(format!("bare-{number}")));
        let header = recorded.header.clone();
        let bare = cost_here(|| evidence::without(&bare, &header, &body, COUNTS[2]));
        let store = cost_here(|| evidence::with(&store, header, &body, COUNTS[2]));
        (store.cpu * 1e3, bare.cpu * 1e3)
    };
    let (with, without): (Vec<_>, Vec<_>) = (0..PASSES).map(record).unzip();
    let what = "  recording them / without evidence";
    table.ratio(what, "ms", &Passes::new(with), &Passes::new(without), Target::AtMost(1.3));
}

/// A run that measured once, and what it measured.
fn one() -> (Folder, Run, Body) {
    let (disk, _) = run(1);
    let recorded = recorded(&disk);
    let measurement = recorded.events.iter().map(|event| &event.body);
    let measurement = measurement.into_iter().find(|body| matches!(body, Body::Measurement(_)));
    let measurement = measurement.expect("the run measured once").clone();
    (disk, recorded, measurement)
}

/// How many times the store commits for `count` measurements that a run appends as fast as it can.
fn commits(count: usize) -> u64 {
    let (disk, recorded, measurement) = one();
    let store = Store::open(&disk.path("again")).expect("a store");
    let log = store.start_run(recorded.header).expect("a run");
    for number in 0..count {
        log.append(number as u64, &measurement).expect("the store takes it");
    }
    log.barrier().expect("all of it is durable");
    let commits = store.commits();
    log.end(count as u64, &RunEnded::default()).expect("the end of the run");
    commits
}

/// The one run in the store of `disk`.
fn recorded(disk: &Folder) -> Run {
    let reader = Store::reader(&Mode::Simulate.folder(&disk.path("store"))).expect("a store");
    let id = reader.list().expect("its runs")[0].id.to_string();
    reader.run(&id).expect("the run")
}
