//! The product that is shipped for Modbus: what its scenarios say, and that its faults are noticed.

use crate::{Folder, Program, Served, workspace};

#[test]
fn the_transmitters_scenarios_become_what_they_say() {
    let ended = Program::run(&workspace(), "test scripts/transmitter");
    assert_eq!(ended.code, 0, "{ended:?}");
}

#[test]
fn every_fault_of_the_transmitter_and_its_bench_is_noticed() {
    let ended = Program::run(&workspace(), "faults scripts/transmitter");
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stdout.contains("COVERED  13 faults"), "{ended:?}");
}

#[test]
fn a_model_lists_its_registers() {
    let ended = Program::run(&workspace().join("scripts/transmitter"), "models tc-40");
    assert_eq!(ended.code, 0, "{ended:?}");
    let said =
        "setpoint     holding register 0, a temperature in °C, -40 °C to 120 °C, safe at 23 °C";
    assert!(ended.stdout.contains(said), "{ended:?}");
}

#[test]
fn a_run_over_real_wires_is_the_same_again_without_them_and_departs_where_it_says_something_else() {
    let folder = Folder::copy(&workspace().join("scripts/transmitter"));
    let served = Served::start(folder.root(), "bench.fixture.toml", &["psu", "dmm", "chamber"]);
    let line = "run line.rhai --fixture out.toml --dut SN0001 --store store --trace";
    let ended = Program::run(folder.root(), line);
    assert_eq!(ended.code, 0, "{ended:?}");
    drop(served);
    let again = Program::run(folder.root(), "replay latest line.rhai --store store --json");
    assert_eq!((again.code, &again.json()["same"]), (0, &true.into()), "{again:?}");
    let text = std::fs::read_to_string(folder.path("line.rhai")).unwrap();
    let folder =
        folder.with("line.rhai", &text.replace("0.5.K);\n    measure", "0.4.K);\n    measure"));
    let other = Program::run(folder.root(), "replay latest line.rhai --store store");
    assert_eq!(other.code, 1, "{other:?}");
    assert!(other.stdout.contains("line.rhai:12"), "{other:?}");
}
