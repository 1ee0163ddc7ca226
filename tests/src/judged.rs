//! The runtime judges: exit codes and what people read, from a failing row to a swallowed error.

use std::net::{Ipv4Addr, TcpListener};

use crate::bench::{REAL, SIMULATED, folder, simulated};
use crate::{Ended, Folder, Program, Served, Tap, golden, workspace};

/// Holds `ended` against `golden/judged/<name>.txt`.
fn reads(name: &str, line: &str, ended: &Ended) {
    golden::compare(&format!("judged/{name}.txt"), &golden::transcript(line, ended));
}

/// Runs `script` on the simulated bench: it must exit with `code` and read as its golden text.
fn ends(name: &str, code: i32, script: &str) -> Ended {
    let ended = simulated(script);
    assert_eq!(ended.code, code, "{ended:?}");
    reads(name, SIMULATED, &ended);
    ended
}

/// The same for a run that must leave the bench safe and say so.
fn ends_safe(name: &str, code: i32, script: &str) -> Ended {
    let ended = ends(name, code, script);
    let last = ended.stdout.lines().last().unwrap_or_default();
    assert!(last.contains("psu, dmm, other safe"), "the last line says it: {ended:?}");
    ended
}

#[test]
fn a_low_rail_fails_the_run_and_its_row_stands_out() {
    let folder = Folder::copy(&workspace().join("scripts/thermometer"));
    let folder = folder.edited("thermometer.dut.rhai", "level: 1.8.V, drop", "level: 1.71.V, drop");
    let line = "run . --sim --dut SN0001 --store store";
    let ended = Program::run(folder.root(), line);
    assert_eq!(ended.code, 1, "{ended:?}");
    let row = ended.stdout.lines().find(|line| line.contains("rail_1v8")).unwrap();
    let others = ended.stdout.lines().filter(|line| line.trim_end().ends_with("pass"));
    assert!(row.contains("FAIL"), "{row}");
    assert!(others.clone().count() >= 4 && others.clone().all(|line| !line.contains("FAIL")));
    reads("low_rail", line, &ended);
}

#[test]
fn a_dead_port_is_an_error_that_says_who_where_and_what_to_check() {
    // Bound and let go: nobody listens there now.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let there = format!("127.0.0.1::{port}::");
    let folder = folder("psu.on();\nmeasure(\"rail\", dmm.dc_voltage(), 0.V..=1.V);");
    let folder = folder.edited("bench.fixture.toml", "192.0.2.21::5025::", &there);
    let mut ended = Program::run(folder.root(), REAL);
    assert_eq!(ended.code, 3, "{ended:?}");
    let says = |what: &str| assert!(ended.stderr.contains(what), "{what}: {}", ended.stderr);
    ["psu", "127.0.0.1", &port.to_string(), "check"].into_iter().for_each(says);
    for text in [&mut ended.stdout, &mut ended.stderr] {
        *text = text.replace(&port.to_string(), "PORT");
    }
    reads("dead_port", REAL, &ended);
}

#[test]
fn a_number_without_a_unit_is_an_error_with_the_unit_in_its_hint() {
    // From a list, so that only the run can find it.
    let ended = ends_safe("no_unit", 3, "psu.set_voltage([5][0]);");
    assert!(ended.stderr.contains("5.V"), "{}", ended.stderr);
}

#[test]
fn a_literal_number_without_a_unit_is_never_a_voltage() {
    let ended = simulated("psu.set_voltage(5);");
    assert!(matches!(ended.code, 2 | 3), "{ended:?}");
    assert!(ended.stderr.contains("5.V"), "{}", ended.stderr);
    reads("no_unit_literal", SIMULATED, &ended);
}

#[test]
fn a_quantity_of_another_dimension_is_an_error() {
    ends_safe("wrong_dimension", 3, "psu.set_voltage([60.mA][0]);");
}

#[test]
fn what_the_fixture_does_not_allow_is_an_error() {
    ends_safe("beyond_limit", 3, "psu.set_voltage(3.3.V);\npsu.on();\npsu.set_voltage([9.V][0]);");
}

#[test]
fn what_the_instrument_refuses_surfaces_at_the_line_that_caused_it() {
    let script = "step(\"range\", || {\n    dmm.set_range(\"dc_voltage\", 1e6.V);\n});";
    ends_safe("instrument_refuses", 3, script);
}

#[test]
fn a_temperature_is_not_negated() {
    ends(
        "negated_point",
        3,
        "let x = 40;\nlet t = -x.degC;\nmeasure(\"t\", t, -50.degC..=0.degC);",
    );
}

#[test]
fn temperatures_are_not_added() {
    ends("added_points", 3, "let t = 20.degC + 5.degC;\nmeasure(\"t\", t, 0.degC..=50.degC);");
}

#[test]
fn a_limit_of_another_dimension_is_an_error() {
    ends("limit_of_another_dimension", 3, "measure(\"x\", [3.3.V][0], 0.A..=1.A);");
}

#[test]
fn a_limit_upside_down_is_an_error() {
    ends("limit_upside_down", 3, "measure(\"x\", 1.V, [2.V][0]..=0.V);");
}

#[test]
fn a_half_open_range_is_no_limit() {
    ends("half_open", 3, "let limit = [0.V..2.V];\nmeasure(\"x\", 1.V, limit[0]);");
}

#[test]
fn what_is_not_a_number_is_never_a_pass() {
    let script = "dmm.set_range(\"dc_voltage\", 100.mV);\npsu.set_voltage(3.V);\npsu.on();\n\
                  measure(\"overload\", dmm.dc_voltage(), at_least(0.V));";
    ends_safe("not_a_number", 3, script);
}

#[test]
fn a_script_that_measures_nothing_is_an_error() {
    ends_safe(
        "measures_nothing",
        3,
        "psu.set_voltage(3.3.V);\npsu.on();\nrecord(\"rail\", dmm.dc_voltage());",
    );
}

#[test]
fn a_script_that_swallows_a_bench_error_does_not_pass() {
    let script = "try { psu.set_voltage([9.V][0]); } catch {}\n\
                  measure(\"rail\", dmm.dc_voltage(), within(0.V, 1.mV));";
    ends_safe("swallowed", 3, script);
}

#[test]
fn a_script_that_catches_a_dead_supplys_error_does_not_pass() {
    let script = "for n in 0..9 { try { psu.measure_voltage(); } catch {} }\n\
                  measure(\"rail\", dmm.dc_voltage(), within(0.V, 1.mV));";
    let fault = "[[sim.faults]]\nat = \"psu\"\ndoes = \"fall silent\"\nafter = 12\n";
    let folder = folder(script).appended("bench.fixture.toml", fault);
    let ended = Program::run(folder.root(), SIMULATED);
    assert_eq!(ended.code, 3, "{ended:?}");
    let last = ended.stdout.lines().last().unwrap();
    assert!(last.contains("dmm, other safe") && !last.contains("psu, dmm"), "{ended:?}");
    reads("dead_supply", SIMULATED, &ended);
}

#[test]
fn a_supply_that_nobody_can_dial_is_an_error_before_the_first_line_of_the_script() {
    let fault = "[[sim.faults]]\nat = \"psu\"\ndoes = \"refuse\"\n";
    let folder = folder("note(\"begun\");").appended("bench.fixture.toml", fault);
    let ended = Program::run(folder.root(), SIMULATED);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(!ended.stdout.contains("begun"), "{ended:?}");
    reads("nobody_there", SIMULATED, &ended);
}

#[test]
fn what_the_fixture_does_not_allow_never_reaches_the_wire() {
    let folder = folder("psu.set_voltage(3.3.V);\npsu.on();\npsu.set_voltage([9.V][0]);");
    let served = Served::start(folder.root(), "bench.fixture.toml", &["psu", "dmm", "other"]);
    let tap = Tap::before(served.address("psu"));
    let [there, here] = [served.address("psu"), tap.address()].map(|it| it.port().to_string());
    let folder = folder.edited("out.toml", &there, &here);
    let line = "run script.rhai --fixture out.toml --dut SN0001 --store store";
    let ended = Program::run(folder.root(), line);
    assert_eq!(ended.code, 3, "{ended:?}");
    let sent = tap.sent();
    let levels = sent.lines().filter(|it| it.contains("VOLT ") && !it.contains("PROT"));
    assert!(levels.clone().count() == 1 && levels.clone().all(|it| it.contains("3.3")), "{sent}");
    // The instrument's own protection is told the fixture's limits.
    assert!(sent.lines().any(|it| it.contains("VOLT:PROT") && it.contains('5')), "{sent}");
}

#[test]
fn a_second_meter_passed_as_a_parameter_named_dmm_is_the_one_that_is_read() {
    let script = "fn read(dmm) { dmm.dc_voltage() }\n\
                  psu.set_voltage(3.V);\n\
                  psu.on();\n\
                  measure(\"other\", read(other), within(0.V, 10.mV));\n\
                  measure(\"dmm\", read(dmm), within(3.V, 10.mV));";
    ends_safe("parameter_named_like_a_role", 0, script);
}

#[test]
fn cleanup_runs_after_an_error_and_the_bench_is_safe() {
    let script = "cleanup(|| note(\"cleaned up\"));\npsu.on();\nthrow \"no\";";
    let ended = ends_safe("cleanup", 3, script);
    assert!(ended.stdout.contains("cleaned up"), "{ended:?}");
}
