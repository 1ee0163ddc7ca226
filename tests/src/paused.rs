//! `--pause-on-fail`: a person sees the bench as it is before anything follows.

use crate::bench::{SIMULATED, folder};
use crate::{Ended, Program};

const SCRIPT: &str = "step(\"one\", || { psu.set_voltage(3.V); psu.on(); \
    measure(\"a\", 5, 0..=2); check(\"still_on\", psu.is_on()); });\n\
    step(\"two\", || measure(\"b\", 1, 0..=2));";
const QUESTION: &str = "\"paused: `a` is outside its limit\"";

fn paused(script: &str, answers: &str) -> Ended {
    let folder = folder(script).with("answers.toml", answers);
    let line = format!("{SIMULATED} --pause-on-fail --answers answers.toml");
    let ended = Program::run(folder.root(), &line);
    let verified = Program::run(folder.root(), "verify --store store --rejudge");
    assert_eq!(verified.code, 0, "{verified:?}");
    ended
}

#[test]
fn whoever_goes_on_finds_the_bench_as_it_was() {
    let ended = paused(SCRIPT, &format!("{QUESTION} = \"go on\""));
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.stdout.contains("paused: `a` is outside its limit → go on"), "{ended:?}");
    let rows: Vec<_> = ended.stdout.lines().filter(|it| it.ends_with("pass")).collect();
    assert_eq!(rows.len(), 2, "{ended:?}");
}

#[test]
fn whoever_stops_ends_the_run_there_and_the_unit_has_failed() {
    let ended = paused(SCRIPT, &format!("{QUESTION} = \"stop\""));
    assert_eq!(ended.code, 1, "{ended:?}");
    for missing in ["still_on", "b", "two"] {
        let row = ended.stdout.lines().find(|it| it.trim_start().starts_with(missing));
        assert!(row.is_some_and(|it| it.ends_with("NOT REACHED")), "{missing}: {ended:?}");
    }
    assert!(ended.stdout.contains("psu, dmm, other safe"), "{ended:?}");
}

#[test]
fn a_pause_that_nobody_ends_is_an_error_and_the_bench_is_safe() {
    let folder = folder(SCRIPT);
    let ended = Program::run(folder.root(), &format!("{SIMULATED} --pause-on-fail"));
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.stderr.contains("pause: nobody is there to answer"), "{ended:?}");
    assert!(ended.stdout.contains("psu, dmm, other safe"), "{ended:?}");
}

#[test]
fn an_error_is_paused_at_once_and_where_it_happened() {
    let script = "step(\"one\", || step(\"inner\", || dmm.set_range(\"dc_voltage\", [1e6.V][0]))); \
                  measure(\"a\", 1, 0..=2);";
    let ended = paused(script, "");
    assert_eq!(ended.code, 3, "{ended:?}");
    let asked: Vec<_> = ended.stdout.lines().filter(|it| it.contains("paused: ")).collect();
    assert!(
        asked.len() == 1 && asked[0].contains("`inner` went wrong: dmm.set_range"),
        "{ended:?}"
    );
}

#[test]
fn an_attempt_that_is_made_again_is_not_paused() {
    let script = "let n = 0; retry(2, || { n += 1; measure(\"a\", n, 2..=2); });";
    let ended = paused(script, "");
    assert_eq!(ended.code, 0, "{ended:?}");
}
