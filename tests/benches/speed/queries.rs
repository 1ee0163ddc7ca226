//! Queries that a script makes of a simulated instrument in its own process.

use pogo_tests::Program;

use crate::clock::cost;
use crate::job::real_disk;
use crate::table::{Passes, Table, Target};

const PASSES: usize = 5;
const QUERIES: usize = 100_000;

/// A script that asks the meter `count` times and judges the last answer.
fn script(count: usize) -> String {
    format!(
        "//! {count} readings.\n\
         dmm.set_nplc(\"dc_voltage\", 0.02);\n\
         let last = dmm.dc_voltage();\n\
         for number in 0..{count} {{ last = dmm.dc_voltage(); }}\n\
         measure(\"last\", last, within(0.V, 100.mV));\n"
    )
}

pub fn bench(table: &mut Table) {
    let disk = real_disk()
        .with("many.rhai", &script(QUERIES))
        .with("none.rhai", &script(0))
        .with("bench.toml", include_str!("../rails/rails.fixture.toml"));
    let wall = |name: &str| {
        let line = format!("run {name}.rhai --fixture bench.toml --dut S --sim --store store");
        cost(&mut Program::command(disk.root(), &line), 0).wall
    };
    let passes = (0..PASSES).map(|_| QUERIES as f64 / (wall("many") - wall("none")));
    let rates = Passes::new(passes.collect());
    table.figure("scripted queries in process", "/s", &rates, Target::AtLeast(200_000.0));
}
