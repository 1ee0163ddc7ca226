//! A store that is removed while a run goes on.

use std::fs;
use std::process::Stdio;

use crate::bench::folder;
use crate::stopped::{LINE, Running};
use crate::{Ended, Program};

const REMOVED: &str = "/record.db` was removed or replaced while it was written to";

#[test]
fn a_run_that_only_waits_is_ended_when_its_store_is_removed_and_its_bench_made_safe() {
    let script = "cleanup(|| { note(\"cleaned up\"); });\n\
                  step(\"on\", || { psu.set_voltage(3.V); psu.on(); });\n\
                  wait(600.s);";
    let running = Running::of(LINE, script);
    // From here on it has nothing to write.
    let line = "show latest --store store --json";
    while Program::run(running.folder.root(), line).json()["steps"][0]["verdict"] != "pass" {}
    fs::remove_dir_all(running.folder.path("store")).unwrap();
    let (ended, is_on, folder, _served) = running.end();
    assert_eq!((ended.code, is_on), (3, false), "{ended:?}");
    assert!(ended.stderr.contains(REMOVED), "{ended:?}");
    assert!(ended.stderr.contains("hint: leave the store where it is"), "{ended:?}");
    assert!(ended.stdout.contains("ERROR"), "{ended:?}");
    // The bench was not taken from it: it went on by itself.
    assert!(ended.stdout.contains("cleaned up"), "{ended:?}");
    assert!(!folder.path("store").exists(), "{ended:?}");
}

#[test]
fn a_simulated_run_that_computes_is_ended_when_its_store_is_removed() {
    let folder = folder("psu.on();\nstep(\"begun\", || {});\nloop { wait(1.s); }");
    let line = "run script.rhai --fixture bench.fixture.toml --sim --dut SN0001 --store store";
    let mut command = Program::command(folder.root(), line);
    let run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let line = "show latest --store store --json";
    let has_begun = || {
        let shown = Program::run(folder.root(), line);
        shown.code == 0 && shown.json()["steps"][0]["verdict"] == "pass"
    };
    while !has_begun() {}
    fs::remove_dir_all(folder.path("store")).unwrap();
    let ended = Ended::from(run.wait_with_output().unwrap());
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.stderr.contains(REMOVED), "{ended:?}");
    assert!(!ended.stderr.contains("computed"), "{ended:?}");
}
