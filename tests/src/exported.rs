//! `pogo export` and `pogo run --junit`: what other programs are given, read by programs that nobody
//! here wrote.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::bench::{SIMULATED, folder};
use crate::{Ended, Folder, Program};

const SCRIPT: &str = "step(\"power.on\", || {\n    psu.set_voltage(3.V);\n    psu.on();\n    wait(1.s);\n    \
    measure(\"rail\", dmm.dc_voltage(), 2.9.V..=3.1.V);\n    measure(\"low\", 2.5.V, 2.9.V..=3.1.V);\n    \
    check(\"label\", \"=HYPERLINK(\\\"x\\\")\", \"a,b \\\"c\\\"\\nd\");\n});\n\
    let n = 0;\nstep(\"flaky\", || retry(2, || { n += 1; measure(\"n\", n, 2..=2); }));\n\
    step(\"radio\", || skip(\"no <radio> & ]]> here\"));\n\
    measure(\"charge\", [[0.s, 0.V], [1.s, 2.V], [2.s, 3.V]], band([[0.s, 0.V..=0.2.V], [2.s, 2.9.V..=3.1.V]]));";

/// What Python's reader makes of the file; `None` where there is no Python.
fn python(program: &str, text: &str) -> Value {
    let mut child = Command::new("python3")
        .args(["-c", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3");
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, text.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{text}");
    serde_json::from_slice(&output.stdout).unwrap()
}

const READ_CSV: &str = "import csv, io, json, sys\n\
    text = sys.stdin.buffer.read().decode('utf-8')\n\
    print(json.dumps(list(csv.DictReader(io.StringIO(text, newline='')))))";

const READ_JUNIT: &str = "import json, sys, xml.etree.ElementTree as ET\n\
    root = ET.fromstring(sys.stdin.buffer.read())\n\
    suites = [dict(s.attrib, cases=[dict(c.attrib, inside=[[e.tag, e.get('message')] for e in c]) \
    for c in s.iter('testcase')], properties={p.get('name'): p.get('value') for p in s.iter('property')}) \
    for s in root.iter('testsuite')]\n\
    print(json.dumps(suites))";

/// What continuous integration reads of the report `text`.
pub(crate) fn junit(text: &str) -> Value {
    python(READ_JUNIT, text)
}

fn recorded() -> Folder {
    let folder = folder(SCRIPT);
    let ended = Program::run(folder.root(), SIMULATED);
    assert_eq!(ended.code, 1, "{ended:?}");
    folder
}

fn exported(folder: &Folder, form: &str) -> Ended {
    let ended = Program::run(folder.root(), &format!("export latest --store store {form}"));
    assert_eq!(ended.code, 0, "{ended:?}");
    ended
}

#[test]
fn a_table_has_a_line_for_each_value_with_all_its_digits_and_no_formula() {
    let rows = python(READ_CSV, &exported(&recorded(), "--csv").stdout);
    let rows = rows.as_array().unwrap();
    let row = |name: &str, attempt: &str| {
        let found = rows.iter().find(|it| it["name"] == name && it["attempt"] == attempt);
        found.unwrap_or_else(|| panic!("{name} {attempt}: {rows:#?}"))
    };
    assert_eq!(rows.len(), 8);
    let low = row("low", "1");
    assert_eq!(
        (&low["value"], &low["unit"], &low["verdict"]),
        (&"2.5".into(), &"V".into(), &"fail".into())
    );
    assert_eq!((&low["low"], &low["high"]), (&"2.9".into(), &"3.1".into()));
    assert_eq!((&low["step"], &low["serial"]), (&"power.on".into(), &"SN0001".into()));
    assert!(row("rail", "1")["raw"].as_str().unwrap().starts_with("dmm SIM"));
    assert_eq!(row("label", "1")["value"], "'=HYPERLINK(\"x\")");
    assert_eq!((&row("n", "1")["counts"], &row("n", "2")["counts"]), (&"no".into(), &"yes".into()));
    assert_eq!(row("n", "2")["step"], "flaky / attempt 2");
    let point = row("charge_2", "1");
    assert_eq!((&point["at"], &point["at_unit"]), (&"1.0".into(), &"s".into()));
}

#[test]
fn a_junit_report_says_fail_error_and_skipped_apart_and_where() {
    let folder = recorded();
    let suites = junit(&exported(&folder, "--junit").stdout);
    let suite = &suites[0];
    let counts = ["tests", "failures", "errors", "skipped"].map(|it| suite[it].as_str().unwrap());
    assert_eq!(counts, ["8", "3", "0", "1"], "{suite:#}");
    assert_eq!(suite["properties"]["serial"], "SN0001");
    assert_eq!(suite["properties"]["mode"], "simulate");
    let case = |name: &str| {
        let cases = suite["cases"].as_array().unwrap();
        cases.iter().find(|it| it["name"] == name).unwrap_or_else(|| panic!("{name}: {suite:#}"))
    };
    let low = case("low");
    assert_eq!(low["classname"], "script.power_on");
    assert_eq!(low["inside"][0][0], "failure");
    assert_eq!(low["inside"][0][1], "low is 2.5 V; its limit: 2.9 .. 3.1 V");
    assert_eq!(
        case("n")["inside"][0],
        serde_json::json!(["flakyFailure", "n is 1; its limit: 2 .. 2"])
    );
    assert_eq!(case("radio")["inside"][0], serde_json::json!(["skipped", "no <radio> & ]]> here"]));
    assert!(suite["cases"].as_array().unwrap().iter().all(|it| it["name"] != "power.on"));
}

#[test]
fn an_error_in_a_junit_report_says_file_and_line() {
    let folder = folder("step(\"a\", || {\n    throw \"no\";\n});\nmeasure(\"b\", 1, 0..=2);");
    let line = format!("{SIMULATED} --junit report.xml");
    assert_eq!(Program::run(folder.root(), &line).code, 3);
    let text = std::fs::read_to_string(folder.path("report.xml")).unwrap();
    let suites = junit(&text);
    let cases = suites[0]["cases"].as_array().unwrap();
    let said: Vec<_> = cases
        .iter()
        .map(|it| (it["name"].as_str().unwrap(), it["inside"][0][0].as_str().unwrap()))
        .collect();
    assert_eq!(said, [("a", "error"), ("b", "skipped")], "{suites:#}");
    let run = &cases[0];
    assert_eq!((&run["file"], &run["line"]), (&"script.rhai".into(), &"4".into()), "{run:#}");
}

#[test]
fn a_run_that_is_refused_leaves_no_report_of_an_earlier_one() {
    let folder = folder("measure(\"b\", 1, 0..=2);").with("report.xml", "an earlier one");
    let line = format!("{SIMULATED} --junit report.xml");
    assert_eq!(Program::run(folder.root(), &line).code, 0);
    assert!(junit(&std::fs::read_to_string(folder.path("report.xml")).unwrap())[0]["tests"] == "1");
    let folder = folder.edited("script.rhai", "measure", "mesure");
    assert_eq!(Program::run(folder.root(), &line).code, 2);
    assert!(!folder.path("report.xml").exists());
}

#[test]
fn a_document_stands_alone_and_draws_its_curves() {
    let folder = recorded();
    let text = exported(&folder, "--html").stdout;
    for word in ["http:", "https:", "<script", "<link", "url("] {
        assert!(!text.contains(word), "{word}");
    }
    for word in [
        "NO EVIDENCE",
        "SN0001",
        "FAIL",
        "SKIPPED",
        "no &lt;radio&gt;",
        "<polyline",
        "charge: V over s, 3 points",
    ] {
        assert!(text.contains(word), "{word}");
    }
    let run: Value = serde_json::from_str(&exported(&folder, "--json").stdout).unwrap();
    assert_eq!(run["summary"]["verdict"], "fail");
}

#[test]
fn what_is_there_is_not_overwritten_and_a_form_has_to_be_named() {
    let folder = recorded().with("here.csv", "mine");
    let line = "export SN0001 --store store --csv --out";
    let ended = Program::run(folder.root(), &format!("{line} here.csv"));
    assert!(ended.code == 64 && ended.stderr.contains("nothing is overwritten"), "{ended:?}");
    let ended = Program::run(folder.root(), &format!("{line} there.csv"));
    assert_eq!((ended.code, ended.stdout.as_str()), (0, "there.csv: 1 run\n"), "{ended:?}");
    let ended = Program::run(folder.root(), "export latest --store store");
    assert!(
        ended.code == 64 && ended.stderr.contains("<--bundle|--html|--csv|--junit|--json>"),
        "{ended:?}"
    );
}

#[test]
fn continuous_integration_is_told_what_is_wrong_and_in_which_line() {
    let annotated = |folder: &Folder, line: &str| {
        let mut command = Program::command(folder.root(), line);
        let ended = Ended::of(command.env("GITHUB_ACTIONS", "true"));
        let said: Vec<_> = ended.stderr.lines().filter(|it| it.starts_with("::")).collect();
        said.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()
    };
    let folder = folder("measure(\"low\", 2.5.V, 2.9.V..=3.1.V);\nthrow \"no\";");
    let low = "::error file=script.rhai,line=3,col=1,endColumn=7,title=FAIL::low is 2.5 V; its limit: \
               2.9 .. 3.1 V";
    let thrown = "::error file=script.rhai,line=4,col=1,endColumn=5::no";
    assert_eq!(annotated(&folder, SIMULATED), [low, thrown]);
    let folder = folder.edited("script.rhai", "2.5.V", "2.5.Vx");
    let line = "check script.rhai --fixture bench.fixture.toml --json";
    let said = annotated(&folder, line);
    assert!(said.len() == 1 && said[0].contains(",line=3,col=20,"), "{said:?}");
    assert!(said[0].contains("`Vx` is not a unit%0Ahint: did you mean"), "{said:?}");
    assert!(Program::run(folder.root(), line).stderr.is_empty());
}
