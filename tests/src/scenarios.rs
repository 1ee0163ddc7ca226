//! `pogo test`: scenarios hold or are said not to, and nothing that is wrong with them is passed over.

use crate::{Ended, Folder, Program, exported, golden, workspace};

fn thermometer() -> Folder {
    Folder::copy(&workspace().join("scripts/thermometer"))
}

fn tried(folder: &Folder, flags: &str) -> Ended {
    Program::run(folder.root(), &format!("test {flags}"))
}

#[test]
fn the_thermometers_scenarios_hold() {
    let ended = tried(&thermometer(), "");
    assert_eq!(ended.code, 0, "{ended:?}");
    golden::compare("scenarios/hold.txt", &golden::transcript("test", &ended));
}

#[test]
fn a_scenario_that_becomes_something_else_is_said_with_both() {
    for (old, new, says) in [
        (
            "[passes]\nexpect = \"pass\"",
            "[passes]\nexpect = \"error\"",
            "> passes          pass, expected error",
        ),
        (
            "failing = [\"rail_1v8\"]",
            "failing = [\"rail_1v8\", \"probe_gain\"]",
            "> rail_low        fail: rail_1v8, expected fail: rail_1v8, probe_gain",
        ),
        (
            "failing = [\"rail_1v8\", \"output_at_20_degc\", \"output_at_40_degc\", \"output_at_60_degc\"]",
            "failing = [\"rail_1v8\"]",
            "expected fail: rail_1v8\n",
        ),
        ("reason = \"timeout\"", "reason = \"bench-error\"", "expected error (bench-error)"),
        ("says   = \"psu\"", "says   = \"dmm\"", "expected error (bench-error), saying `dmm`"),
        (
            "expect = \"refused\"",
            "expect = \"pass\"",
            "> no_such_serial  refused: `X1` is no serial",
        ),
        (
            "seed   = 42\nexpect = \"pass\"",
            "seed   = 42\nexpect = \"refused\"",
            "> another_seed    pass, expected refused",
        ),
    ] {
        let folder = thermometer().edited("thermometer.scenarios.toml", old, new);
        let ended = tried(&folder, "");
        assert_eq!(ended.code, 1, "{new}: {ended:?}");
        assert!(ended.stdout.contains(says), "{says}: {}", ended.stdout);
        assert!(ended.stdout.contains("BROKEN  1 of 10 scenarios"), "{}", ended.stdout);
    }
}

#[test]
fn a_limit_that_was_widened_breaks_the_scenarios_that_need_it() {
    let folder = thermometer().edited("power.rhai", "1.764.V..=1.836.V", "1.0.V..=1.836.V");
    let ended = tried(&folder, "--json");
    assert_eq!(ended.code, 1, "{ended:?}");
    let document = ended.json();
    let broken = document["scenarios"].as_array().unwrap().iter().filter(|it| it["holds"] == false);
    let broken: Vec<_> = broken.map(|it| it["scenario"].as_str().unwrap()).collect();
    assert_eq!(broken, ["rail_low", "two_defects"]);
}

#[test]
fn a_file_of_scenarios_that_makes_no_sense_is_refused_in_its_line() {
    for (text, line, says) in [
        ("[a]\nexpct = \"pass\"\n", 1, "does not say what it expects"),
        ("[a]\nexpect = \"pass\"\nfault = [\"x\"]\n", 3, "`faults`"),
        ("[a]\nexpect = \"passes\"\n", 2, "did you mean `pass`?"),
        ("[a]\nexpect = \"fail\"\n", 2, "does not say what fails"),
        ("[a]\nexpect = \"pass\"\nfailing = [\"x\"]\n", 3, "nothing fails in a run"),
        ("[a]\nexpect = \"error\"\nreason = \"timeot\"\n", 3, "did you mean `timeout`?"),
        ("[a]\nexpect = \"pass\"\nrun = \"nowhere\"\n", 3, "there is no `nowhere`"),
        ("[a]\nexpect = \"pass\"\nseed = \"x\"\n", 3, "seed"),
        ("runs = \".\"\n[a]\nexpect = \"pass\"\n", 1, "`run`"),
        ("# nothing\n", 0, "has no scenario"),
    ] {
        let folder = thermometer().with("thermometer.scenarios.toml", text);
        let ended = tried(&folder, "");
        assert_eq!(ended.code, 2, "{text}: {ended:?}");
        assert!(ended.stderr.contains(says), "{text}: {}", ended.stderr);
        let place = format!("thermometer.scenarios.toml:{line}:");
        assert!(line == 0 || ended.stderr.contains(&place), "{text}: {}", ended.stderr);
    }
    let ended = tried(&Folder::new(), "");
    assert!(ended.code == 2 && ended.stderr.contains("no file below `.` ends with"), "{ended:?}");
    let ended = tried(&thermometer(), "--only nothing");
    assert!(ended.code == 2 && ended.stderr.contains("no scenario is called nothing"), "{ended:?}");
}

#[test]
fn shards_together_try_every_scenario_once() {
    let folder = thermometer();
    let whole = tried(&folder, "--list").stdout;
    let mut parts: Vec<String> = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let part = tried(&folder, &format!("--list --shard {shard}"));
        parts.extend(part.stdout.lines().map(str::to_owned));
    }
    parts.sort();
    let mut lines: Vec<_> = whole.lines().collect();
    lines.sort_unstable();
    assert_eq!(parts, lines);
}

#[test]
fn continuous_integration_reads_which_scenario_broke_and_which_fault_escapes() {
    let folder = thermometer().edited("power.rhai", "1.764.V..=1.836.V", "1.0.V..=1.836.V");
    assert_eq!(tried(&folder, "--junit report.xml").code, 1);
    let report = std::fs::read_to_string(folder.path("report.xml")).unwrap();
    let suite = &exported::junit(&report)[0];
    assert_eq!((&suite["tests"], &suite["failures"]), (&"10".into(), &"2".into()), "{suite:#}");
    assert_eq!(suite["cases"][2]["inside"][0][1], "expected fail: rail_1v8; got pass");
    let ended = Program::run(folder.root(), "faults . --junit report.xml");
    assert_eq!(ended.code, 1, "{ended:?}");
    let report = std::fs::read_to_string(folder.path("report.xml")).unwrap();
    let suite = &exported::junit(&report)[0];
    assert_eq!((&suite["errors"], &suite["skipped"]), (&"0".into(), &"2".into()), "{suite:#}");
    let escaped = suite["cases"].as_array().unwrap().iter();
    let escaped: Vec<_> =
        escaped.filter(|it| it["inside"][0][0] == "failure").map(|it| &it["name"]).collect();
    assert!(escaped.contains(&&"rail_settles_late".into()), "{escaped:?}");
}
