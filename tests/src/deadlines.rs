//! Time runs out: for a step, for the run, for the clean-up.

use crate::bench::{SIMULATED, folder};
use crate::{Ended, Program, golden};

/// How long a stop may take is wall time, which a busy machine takes: it is not what is tried here.
const DEADLINES: &str = "[deadlines]\nstep = \"10 s\"\nrun = \"1 min\"\nstop = \"10 s\"\n";

/// Runs `script` on the simulated bench with short deadlines, and gives its record too.
fn run(script: &str) -> (Ended, serde_json::Value) {
    let folder = folder(script).appended("bench.fixture.toml", DEADLINES);
    let ended = Program::run(folder.root(), SIMULATED);
    let record = Program::run(folder.root(), "show latest --store store --json").json();
    (ended, record)
}

fn ends(name: &str, script: &str) -> serde_json::Value {
    let (ended, record) = run(script);
    assert_eq!(ended.code, 3, "{ended:?}");
    let last = ended.stdout.lines().last().unwrap_or_default();
    assert!(last.contains("psu, dmm, other safe"), "{ended:?}");
    golden::compare(&format!("deadlines/{name}.txt"), &golden::transcript(SIMULATED, &ended));
    record
}

/// The verbs that the supply was told, in order.
fn told(record: &serde_json::Value) -> Vec<String> {
    let events = record["events"].as_array().unwrap();
    let verbs = events.iter().filter_map(|event| event["body"]["verb"].as_str());
    verbs.map(str::to_owned).collect()
}

#[test]
fn a_step_that_takes_too_long_is_an_error_and_cannot_go_on() {
    let record = ends(
        "step",
        "step(\"soak\", || {\n\
            psu.on();\n\
            try { wait(1.hour); } catch {}\n\
            psu.set_voltage(1.V);\n\
            measure(\"late\", 1, 1..=1);\n\
         });",
    );
    assert_eq!(record["summary"]["reason"], "timeout", "{record}");
    assert_eq!(told(&record), ["on"], "nothing was written after the deadline");
}

#[test]
fn a_run_that_takes_too_long_is_an_error_and_its_clean_up_runs() {
    let record = ends(
        "run",
        "cleanup(|| psu.set_voltage(0.V));\n\
         psu.on();\n\
         for n in 0..100 { step(`part ${n}`, || wait(9.s)); }\n\
         measure(\"never\", 1, 1..=1);",
    );
    assert_eq!(record["summary"]["reason"], "timeout", "{record}");
    assert_eq!(told(&record), ["on", "set_voltage"]);
}

#[test]
fn a_clean_up_that_takes_too_long_does_not_keep_the_bench_from_its_safe_state() {
    ends("cleanup", "cleanup(|| wait(1.hour));\npsu.on();\nmeasure(\"one\", 1, 1..=1);");
}

#[test]
fn a_long_run_within_its_deadlines_passes() {
    let (ended, _) =
        run("for n in 0..6 { step(`part ${n}`, || wait(9.s)); }\nmeasure(\"one\", 1, 1..=1);");
    assert_eq!(ended.code, 0, "{ended:?}");
}
