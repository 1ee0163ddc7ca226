//! Queries that a script makes of a simulated instrument in its own process.

use pogo_tests::Program;

use crate::clock::cost;
use crate::job::real_disk;
use crate::table::{Passes, Table, Target};

const PASSES: usize = 5;
const QUERIES: usize = 100_000;

/// A script that asks `count` times and judges the last answer.
fn script(count: usize, ask: &str) -> String {
    format!(
        "//! {count} readings.\n\
         dmm.set_nplc(\"dc_voltage\", 0.02);\n\
         let last = {ask};\n\
         for number in 0..{count} {{ last = {ask}; }}\n\
         measure(\"last\", last, within(0.V, 100.mV));\n"
    )
}

pub fn bench(table: &mut Table) {
    // A supply answers at once. A meter integrates first: simulated time has to pass for each.
    let supply = Target::AtLeast(200_000.0);
    table.figure("scripted queries of a supply", "/s", &rate("psu.measure_voltage()"), supply);
    let meter = rate("dmm.dc_voltage()");
    table.figure("scripted readings of a meter", "/s", &meter, Target::Shown);
}

fn rate(ask: &str) -> Passes {
    let disk = real_disk()
        .with("many.rhai", &script(QUERIES, ask))
        .with("none.rhai", &script(0, ask))
        .with("bench.toml", include_str!("../rails/rails.fixture.toml"));
    let wall = |name: &str| {
        let line = format!("run {name}.rhai --fixture bench.toml --dut S --sim --store store");
        cost(&mut Program::command(disk.root(), &line), 0).wall
    };
    let passes = (0..PASSES).map(|_| QUERIES as f64 / (wall("many") - wall("none")));
    Passes::new(passes.collect())
}
