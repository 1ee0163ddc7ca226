//! The commands beside `run`: what they print, and how they end.

use serde_json::{Value, json};

use crate::bench::{Ear, REAL, SIMULATED, folder};
use crate::{Ended, Program, Served, golden};

const MEASURES: &str = "psu.set_voltage(3.V);\npsu.on();\n\
                        step(\"rail\", || { measure(\"rail\", dmm.dc_voltage(), within(3.V, 10.mV)); });";

#[test]
fn a_run_is_shown_again_as_it_was_printed() {
    let folder = folder(MEASURES);
    let run = Program::run(folder.root(), SIMULATED);
    assert_eq!(run.code, 0, "{run:?}");
    let shown = Program::run(folder.root(), "show latest --store store");
    assert_eq!(shown.code, 0, "{shown:?}");
    let rows = run.stdout.lines().filter(|line| line.starts_with("  "));
    assert!(rows.clone().count() == 2, "{run:?}");
    for row in rows {
        assert!(shown.stdout.contains(row), "{row}: {}", shown.stdout);
    }
    assert!(shown.stdout.contains("SIM"), "who answered is in the record: {}", shown.stdout);
}

#[test]
fn a_run_printed_as_json_is_the_one_that_is_shown_as_json() {
    let folder = folder(MEASURES);
    let run = Program::run(folder.root(), &format!("{SIMULATED} --json"));
    assert_eq!(run.code, 0, "{run:?}");
    let shown = Program::run(folder.root(), "show latest --store store --json");
    assert_eq!(run.json(), shown.json());
    assert_eq!(run.json()["measurements"][0]["verdict"], "pass");
}

#[test]
fn a_run_that_is_refused_says_so_as_json_too() {
    let folder = folder("psu.onn();");
    let run = Program::run(folder.root(), &format!("{SIMULATED} --json"));
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.json().to_string().contains("onn"), "{run:?}");
}

#[test]
fn a_simulated_run_is_marked_as_one_and_kept_apart() {
    let folder = folder(MEASURES);
    assert_eq!(Program::run(folder.root(), SIMULATED).code, 0);
    let list = Program::run(folder.root(), "list --store store");
    assert!(list.stdout.contains("simulate"), "{list:?}");
    assert!(folder.path("store/simulated").is_dir());
}

#[test]
fn a_query_prints_the_answer_and_nothing_else() {
    let folder = folder(MEASURES);
    let served = Served::start(folder.root(), "bench.fixture.toml", &["psu", "dmm", "other"]);
    let line = format!("query TCPIP::127.0.0.1::{}::SOCKET", served.address("psu").port());
    let ask = |message: &str| Ended::of(Program::command(folder.root(), &line).arg(message));
    let identity = ask("*IDN?");
    assert_eq!((identity.code, &*identity.stderr), (0, ""));
    assert_eq!(identity.stdout.split(',').nth(1), Some("E36312A"));
    let set = ask("VOLT 2.5,(@1)");
    assert_eq!((set.code, &*set.stdout), (0, ""), "{set:?}");
    assert_eq!(ask("VOLT? (@1)").stdout.trim().parse(), Ok(2.5));
}

#[test]
fn the_models_that_fixtures_can_name_are_listed() {
    let here = folder("");
    golden::compare("commands/models.txt", &Program::run(here.root(), "models").stdout);
}

#[test]
fn a_command_line_that_makes_no_sense_exits_with_64() {
    let here = folder(MEASURES);
    for line in ["run", "run script.rhai --dut", "rum script.rhai", "show nothing-like-that"] {
        let ended = Program::run(here.root(), line);
        assert_eq!(ended.code, 64, "{line}: {ended:?}");
        assert!(!ended.stderr.is_empty() && ended.stdout.is_empty(), "{line}: {ended:?}");
    }
}

#[test]
fn a_store_that_cannot_be_made_keeps_the_bench_closed() {
    let ear = Ear::new();
    let folder = ear.instead_of_all_in(folder(MEASURES)).with("store", "no folder");
    let ended = Program::run(folder.root(), REAL);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.stderr.contains("store"), "{ended:?}");
    assert!(!ear.heard_somebody(), "an instrument was dialled");
}

#[test]
fn a_record_that_does_not_fit_on_the_disk_never_yields_a_pass() {
    let folder = folder(
        "psu.set_voltage(3.V);\npsu.on();\nlet level = dmm.dc_voltage();\n\
         for n in 0..2_000 { measure(\"rail_\" + n, level, within(3.V, 10.mV)); }",
    );
    let pogo = Program::command(folder.root(), SIMULATED);
    let mut limited = std::process::Command::new("sh");
    // No file may grow beyond 256 blocks, which is more than a new store has; without the signal for it, writing fails.
    limited.args(["-c", "trap '' XFSZ; ulimit -f 256; exec \"$0\" \"$@\""]);
    limited.arg(pogo.get_program()).args(pogo.get_args()).current_dir(folder.root());
    let ended = Ended::of(&mut limited);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(!ended.stdout.contains("PASS"), "{ended:?}");
    assert!(ended.stdout.contains("psu, dmm, other safe"), "{ended:?}");
    assert!(ended.stderr.contains("store"), "{ended:?}");
}

#[test]
fn a_served_bench_keeps_when_its_outputs_were_switched() {
    let folder = folder(MEASURES).with("log", "before\n");
    let line = "bench.fixture.toml --log log";
    let served = Served::told(folder.root(), line, &["psu", "dmm", "other"]);
    let mut psu = served.client("psu");
    psu.ask("OUTP ON,(@1);:OUTP ON,(@1);:OUTP OFF,(@1);*OPC?");
    let log = std::fs::read_to_string(folder.path("log")).unwrap();
    let lines: Vec<_> = log.lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, "before"), "{log}");
    let [on, off] = [lines[1], lines[2]].map(|it| serde_json::from_str::<Value>(it).unwrap());
    for (line, output) in [(&on, "on"), (&off, "off")] {
        assert_eq!((&line["output"], &line["channel"]), (&json!(output), &json!(1)), "{log}");
        assert_eq!(line["roles"], json!(["psu"]), "{log}");
        assert_eq!(line["resource"], "TCPIP0::192.0.2.21::5025::SOCKET");
    }
    for clock in ["at_ns", "mono_ns"] {
        let [on, off] = [&on, &off].map(|it| it[clock].as_u64().unwrap());
        assert!(on > 0 && on <= off, "{clock}: {log}");
    }
}
