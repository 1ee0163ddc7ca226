//! `pogo replay`: a run over TCP again, when its instruments are gone.

use serde_json::Value;

use crate::bench::folder;
use crate::{Folder, Program, Served};

const SCRIPT: &str = r#"step("on", || {
    psu.set_voltage(3.3.V);
    psu.set_current_limit(100.mA);
    psu.on();
    wait_for(|| dmm.dc_voltage() > 3.2.V, 2.s);
    measure("rail", dmm.dc_voltage(), 3.2.V..=3.4.V);
});
step("asked", || {
    check("green", confirm("Is the LED green?"));
    measure("current", psu.measure_current(), -1.mA..=1.mA);
});
psu.off();"#;

const REPLAY: &str = "replay latest script.rhai --store store";

/// A folder with a run of `script` over TCP in its store, made with `flags`; whoever answered is gone.
fn recorded(script: &str, flags: &str) -> Folder {
    recorded_on(folder(script), &["psu", "dmm", "other"], flags)
}

fn recorded_on(folder: Folder, roles: &[&str], flags: &str) -> Folder {
    let folder = folder.with("answers.toml", "\"Is the LED green?\" = true\n");
    let served = Served::start(folder.root(), "bench.fixture.toml", roles);
    let line =
        "run script.rhai --fixture out.toml --dut SN0001 --store store --answers answers.toml";
    let ended = Program::run(folder.root(), &format!("{line} {flags}"));
    assert_eq!(ended.code, 0, "{ended:?}");
    drop(served);
    folder
}

fn replayed(folder: &Folder, code: i32) -> Value {
    let ended = Program::run(folder.root(), &format!("{REPLAY} --json"));
    assert_eq!(ended.code, code, "{ended:?}");
    ended.json()
}

#[test]
fn a_run_over_tcp_has_the_same_verdict_and_values_again_with_no_instrument_present() {
    let folder = recorded(SCRIPT, "--trace");
    let said = replayed(&folder, 0);
    assert_eq!((&said["same"], &said["departure"]), (&true.into(), &Value::Null), "{said:#}");
    assert_eq!(said["replayed"]["ended"], "PASS");
    // Two steps and the run, two values, a check, an answer.
    assert_eq!(said["same_results"], 7, "{said:#}");
    let shown = Program::run(folder.root(), REPLAY);
    assert!(shown.stdout.contains("THE SAME  7 results as recorded"), "{shown:?}");
    assert_eq!(shown.stderr, "");
    let kept = Program::run(folder.root(), "list --store store --json").json();
    assert_eq!(
        kept["runs"].as_array().map(Vec::len),
        Some(1),
        "nothing of a replay is kept: {kept:#}"
    );
}

#[test]
fn a_changed_script_departs_at_the_line_that_says_something_else() {
    for (old, new, line, here, there) in [
        ("3.3.V", "3.0.V", 4, "VOLT 3,(@1)", "VOLT 3.3,(@1)"),
        // What is left out is missed where the script next says something.
        ("    psu.set_current_limit(100.mA);\n", "", 5, "OUTP ON,(@1)", "CURR 0.1,(@1)"),
        // Right in itself, and too early: the supply was asked before.
        (
            "    measure(\"current\", psu.measure_current(), -1.mA..=1.mA);\n",
            "",
            14,
            "OUTP OFF,(@1)",
            "MEAS:CURR? (@1)",
        ),
    ] {
        let folder = recorded(SCRIPT, "--trace").edited("script.rhai", old, new);
        let said = replayed(&folder, 1);
        let departure = &said["departure"];
        assert_eq!(departure["said"]["message"], here, "{said:#}");
        assert_eq!(departure["recorded"]["message"], there, "{said:#}");
        let file = &departure["place"]["file"];
        let line = line - if old.ends_with('\n') && line > 10 { 1 } else { 0 };
        assert_eq!((file, &departure["place"]["line"]), (&"script.rhai".into(), &line.into()));
        let shown = Program::run(folder.root(), REPLAY);
        assert!(shown.stdout.contains("departs from the recording"), "{shown:?}");
        assert!(!shown.stderr.contains("NOT SAFE"), "nothing is on: {shown:?}");
    }
}

/// A bench of which nothing is said to in the end.
const METER: &str = r#"[fixture]
id = "FX-M"

[instruments.dmm]
model   = "keysight-34461a"
address = "TCPIP::192.0.2.22::5025::SOCKET"
sim     = { connect = "RAIL" }
"#;

#[test]
fn a_script_that_says_less_in_the_end_departs_behind_its_last_line() {
    let script = "measure(\"rail\", dmm.dc_voltage(), -1.V..=1.V);\ndmm.dc_current();";
    let folder = recorded_on(folder(script).with("bench.fixture.toml", METER), &["dmm"], "--trace")
        .edited("script.rhai", "dmm.dc_current();", "");
    let said = replayed(&folder, 1);
    let departure = &said["departure"];
    assert_eq!(departure["recorded"]["message"], "FUNC \"CURR:DC\";:READ?", "{said:#}");
    assert_eq!((&departure["said"], &departure["place"]), (&Value::Null, &Value::Null), "{said:#}");
    let shown = Program::run(folder.root(), REPLAY);
    assert!(shown.stdout.contains("after the last line of the script"), "{shown:?}");
}

#[test]
fn another_limit_is_no_departure_and_what_comes_of_it_is_said() {
    let folder =
        recorded(SCRIPT, "--trace").edited("script.rhai", "3.2.V..=3.4.V", "3.4.V..=3.5.V");
    let said = replayed(&folder, 1);
    assert_eq!(said["departure"], Value::Null);
    let changed: Vec<_> = said["results"].as_array().unwrap().iter().collect();
    assert_eq!(changed[0]["name"], "rail", "{said:#}");
    assert_eq!(said["replayed"]["ended"], "FAIL");
}

#[test]
fn what_was_not_answered_in_time_is_not_answered_again() {
    let fault = "[[sim.faults]]\nat = \"dmm\"\ndoes = \"fall silent\"\nafter = 12\n";
    let folder = folder(
        "measure(\"rail\", dmm.dc_voltage(), -1.V..=1.V);\nmeasure(\"again\", dmm.dc_voltage(), -1.V..=1.V);",
    );
    let fixture = std::fs::read_to_string(folder.path("bench.fixture.toml")).unwrap();
    let fixture = fixture.replace("[instruments.dmm]", "[instruments.dmm]\ntimeout = \"300 ms\"");
    let folder = folder.with("bench.fixture.toml", &format!("{fixture}\n{fault}"));
    let served = Served::start(folder.root(), "bench.fixture.toml", &["psu", "dmm", "other"]);
    let line = "run script.rhai --fixture out.toml --dut SN0001 --store store --trace";
    let ended = Program::run(folder.root(), line);
    assert_eq!(ended.code, 3, "{ended:?}");
    drop(served);
    let said = replayed(&folder, 0);
    assert_eq!(said["replayed"]["ended"], "ERROR", "{said:#}");
    assert_eq!(said["same"], true, "{said:#}");
}

#[test]
fn a_run_of_which_no_messages_were_kept_is_refused() {
    let folder = recorded(SCRIPT, "");
    let ended = Program::run(folder.root(), REPLAY);
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.stderr.contains("no messages were kept"), "{ended:?}");
    assert!(ended.stderr.contains("`pogo run --trace` keeps them"), "{ended:?}");
}

#[test]
fn a_trace_is_part_of_the_signed_record() {
    let folder = recorded(SCRIPT, "--trace");
    let verify = || Program::run(folder.root(), "verify --store store");
    assert_eq!(verify().code, 0);
    let attachments = std::fs::read_dir(folder.path("store/attachments")).unwrap();
    let first = "\"sent\":\"*IDN?\"";
    let (file, text) = attachments
        .map(|it| it.unwrap().path())
        .map(|it| (it.clone(), std::fs::read_to_string(it).unwrap()))
        .find(|(_, text)| text.contains(first))
        .unwrap();
    std::fs::write(&file, text.replace(first, "\"sent\":\"*RST\"")).unwrap();
    assert_eq!(verify().code, 4);
}
