//! Runs that were killed with their guards, and what the next run does about their benches.

use crate::stopped::{LINE, Running, WAITS, is_on};
use crate::{Folder, Program, Served};

const MEASURES: &str =
    "//! A script of the tests.\n\nmeasure(\"zero\", dmm.dc_voltage(), -1.V..=1.V);\n";

/// A run on a bench of which nobody answers, so that it says nothing to the killed run's itself.
const ELSEWHERE: &str =
    "run script.rhai --fixture elsewhere.toml --dut SN2 --store store --sim other";

/// A run that was killed with its guard while its supply was on; the script measures next time.
pub(crate) fn killed() -> (Folder, Served) {
    killed_while(LINE)
}

fn killed_while(line: &str) -> (Folder, Served) {
    let running = Running::of(line, WAITS);
    running.kill_with_its_guard();
    let (ended, is_still_on, folder, served) = running.end();
    assert!(ended.code == -1 && is_still_on, "nobody is left to switch it off: {ended:?}");
    let elsewhere = std::fs::read_to_string(folder.path("bench.fixture.toml")).unwrap();
    let elsewhere = elsewhere.replace("192.0.2.21::5025", "127.0.0.1::1");
    let elsewhere = elsewhere.replace("192.0.2.22::5025", "127.0.0.1::2");
    (folder.with("script.rhai", MEASURES).with("elsewhere.toml", &elsewhere), served)
}

/// What the entry says that closes the killed run.
fn aftermath(folder: &Folder) -> serde_json::Value {
    let list = Program::run(folder.root(), "list --store store --json").json();
    let runs = list["runs"].as_array().unwrap();
    let is_killed = |it: &&serde_json::Value| it["reason"] == "interrupted";
    let id = runs.iter().find(is_killed).unwrap_or_else(|| panic!("{list}"))["id"].clone();
    let line = format!("show {} --store store --json", id.as_str().unwrap());
    Program::run(folder.root(), &line).json()["interrupted"]["after"].clone()
}

fn role<'a>(after: &'a serde_json::Value, role: &str) -> &'a serde_json::Value {
    let roles = after["safe"].as_array().unwrap();
    &roles.iter().find(|it| it["role"] == role).unwrap()["outcome"]["is"]
}

#[test]
fn a_fixture_file_that_has_changed_is_not_taken_for_the_bench_of_a_killed_run() {
    let (folder, served) = killed();
    let folder = folder.edited("out.toml", "FX-T", "FX-U");
    let next = Program::run(folder.root(), ELSEWHERE);
    assert!(next.stderr.contains("on FX-T MAY NOT BE SAFE: `"), "{next:?}");
    assert!(next.stderr.contains("/out.toml` has changed since"), "{next:?}");
    assert!(is_on(&mut served.client("psu")));
    assert_eq!(aftermath(&folder)["by"], "nobody");
}

#[test]
fn the_next_run_first_makes_safe_what_a_killed_one_left_on() {
    let (folder, served) = killed();
    let next = Program::run(folder.root(), ELSEWHERE);
    assert_eq!(next.code, 3, "{next:?}");
    assert!(next.stderr.contains("of SN0001 on FX-T never ended: its process "), "{next:?}");
    assert!(next.stderr.contains("\n  psu    safe: "), "{next:?}");
    assert!(!is_on(&mut served.client("psu")));
    let after = aftermath(&folder);
    assert_eq!(after["by"], "next-run");
    let known = ["psu", "dmm", "other"].map(|name| role(&after, name));
    assert_eq!(known, ["confirmed", "passive", "passive"], "{after}");
    let again = Program::run(folder.root(), ELSEWHERE);
    assert!(!again.stderr.contains("never ended"), "once is enough: {again:?}");
}

#[test]
fn a_role_of_a_killed_run_that_nobody_reaches_is_shouted_and_recorded() {
    let (folder, served) = killed();
    drop(served);
    let next = Program::run(folder.root(), LINE);
    assert!(next.stderr.contains("!!! psu IS NOT SAFE"), "{next:?}");
    assert!(next.stderr.contains("switched `psu` off at the instrument itself"), "{next:?}");
    assert_eq!(role(&aftermath(&folder), "psu"), "not-confirmed");
}

#[test]
fn a_simulated_run_touches_no_bench_of_a_killed_one_and_leaves_it_to_a_real_one() {
    let (folder, served) = killed();
    let line = "run script.rhai --fixture out.toml --dut SN0001 --sim --store store";
    let simulated = Program::run(folder.root(), line);
    assert_eq!((simulated.code, &*simulated.stderr), (0, ""), "{simulated:?}");
    assert!(is_on(&mut served.client("psu")));
    let real = Program::run(folder.root(), LINE);
    assert!(real.code == 0 && real.stderr.contains("\n  psu    safe: "), "{real:?}");
}

#[test]
fn of_a_partly_simulated_run_that_was_killed_the_real_roles_are_made_safe() {
    let (folder, served) = killed_while(&format!("{LINE} --sim other"));
    let next = Program::run(folder.root(), LINE);
    assert!(next.code == 0 && next.stderr.contains("\n  psu  safe: "), "{next:?}");
    assert!(!next.stderr.contains("other"), "{next:?}");
    assert!(!is_on(&mut served.client("psu")));
}

#[test]
fn a_bench_that_is_confirmed_safe_in_the_record_is_not_touched_again() {
    let (folder, served) = killed();
    say_safe(&folder, &["psu", "dmm", "other"]);
    let next = Program::run(folder.root(), ELSEWHERE);
    assert!(next.stderr.contains("\n  psu    safe by its guard: "), "{next:?}");
    assert_eq!(aftermath(&folder)["by"], "guard");
    // That it is on in truth shows that nobody spoke to it.
    assert!(is_on(&mut served.client("psu")));
}

/// Writes what a guard would write, behind what the killed run left.
fn say_safe(folder: &Folder, roles: &[&str]) {
    use std::io::Write;
    let open = std::fs::read_dir(folder.path("store/open")).unwrap();
    let path = open.map(|it| it.unwrap().path()).next().unwrap();
    let run = path.file_stem().unwrap().to_str().unwrap().to_owned();
    let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    for (number, role) in roles.iter().enumerate() {
        writeln!(
            file,
            "0197a3b1-0000-7000-8000-00000000000{number},\"type\":\"safe\",\"station\":\"T\",\
             \"mode\":\"engineering\",\"run\":\"{run}\",\"utc\":\"2026-11-22T10:00:00Z\",\"mono_ns\":9,\"body\":{{\
             \"role\":\"{role}\",\"outcome\":{{\"is\":\"confirmed\",\"state\":\"off\",\
             \"read_back\":\"0\"}}}}}}"
        )
        .unwrap();
    }
}
