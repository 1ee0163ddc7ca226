//! An hour at one sample a second, in simulated time: what it costs to wait so often, and to have
//! everything of the bench happen meanwhile.

use pogo_tests::Program;

use crate::clock::{Cost, cost};
use crate::job::{cpu, real_disk};
use crate::table::{Table, Target};

const PASSES: usize = 7;

const SCRIPT: &str = "//! A rail, once a second for an hour.\n\
     cleanup(|| psu.off());\n\
     psu.set_current_limit(100.mA);\n\
     psu.set_voltage(3.V);\n\
     psu.on();\n\
     for second in 0..3_600 { dmm.dc_voltage(); wait(1.s); }\n\
     measure(\"rail\", dmm.dc_voltage(), 2.9.V..=3.1.V);\n";

pub fn bench(table: &mut Table) {
    let disk = real_disk().with("hour.rhai", SCRIPT);
    let disk = disk.with("bench.toml", include_str!("../rails/rails.fixture.toml"));
    let line = "run hour.rhai --fixture bench.toml --dut S --sim --store store";
    let mut hour = Program::command(disk.root(), line);
    let costs: Vec<Cost> = (0..PASSES).map(|_| cost(&mut hour, 0)).collect();
    let what = "an hour at a sample a second, CPU";
    table.figure(what, "ms", &cpu(&costs), Target::AtMost(100.0));
}
