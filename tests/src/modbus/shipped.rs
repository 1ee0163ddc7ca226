//! The product that is shipped for Modbus: what its scenarios say, and that its faults are noticed.

use crate::{Program, workspace};

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
