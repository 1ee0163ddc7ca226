//! A console of the unit, as scripts have it: on the simulated bench, and on real serial lines.

use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::stopped::is_on;
use crate::{Ended, Folder, Program, Served};

const FIXTURE: &str = r#"
[fixture]
id = "FX-T"

[instruments.psu]
model   = "keysight-e36312a"
address = "TCPIP::192.0.2.21::5025::SOCKET"
channel = 1
sim     = { connect = "VBAT" }

[instruments.uart]
driver  = "serial-console"
address = "ASRL/dev/ttyUSB0::INSTR"
echo    = true
timeout = "2 s"
sim     = { connect = "UART" }

[sim]
device    = "unit.dut.rhai"
catalogue = "unit.faults.toml"
"#;

const UNIT: &str = r#"
load("VBAT", #{ on: 1.mA, boots_in: 100.ms, needs: 2.V });
firmware("application", #{ version: "1.4.2", image: "image" });
console("UART", #{ echo: true, prompt: "> " });
on_boot(|| say("UART", ["\x1b[32mTH-100\x1b[0m", "booted in 100 ms"]));
let code = "";
on_line("UART", |line| switch line {
    "version" => firmware("application").version,
    "panic" => (),
    "code" => code,
    _ => { code = line; "ok" }
});
"#;

const FAULTS: &str = r#"
[silent]
at    = "uart"
does  = "fall silent"
after = 1

[unplugged]
at    = "uart"
does  = "unplug"
after = 1

[absent]
at   = "uart"
does = "refuse"

[flooded]
at   = "uart"
does = "flood"
"#;

const ON: &str = "psu.set_voltage(3.V);\npsu.set_current_limit(50.mA);\npsu.on();\n";

fn folder(script: &str) -> Folder {
    let script = format!("//! A script of the tests.\n\n{ON}{}\n", script.trim());
    Folder::new()
        .with("bench.fixture.toml", FIXTURE.trim_start())
        .with("unit.dut.rhai", UNIT.trim_start())
        .with("unit.faults.toml", FAULTS.trim_start())
        .with("script.rhai", &script)
}

const RUN: &str = "run script.rhai --dut SN0001 --store store --fixture";

fn run(folder: &Folder, flags: &str) -> Ended {
    Program::run(folder.root(), &format!("{RUN} bench.fixture.toml --sim {flags}"))
}

const TALKS: &str = r#"
let found = uart.expect("booted in (?<ms>[0-9]+) ms", 1.s);
measure("boot_time", parse_int(found.named.ms), 50..=150);
check("firmware_version", uart.query("version"), "1.4.2");
"#;

/// The transcript of the last run.
fn transcript(folder: &Folder) -> String {
    let shown = Program::run(folder.root(), "show latest --store store --json").json();
    let events = shown["events"].as_array().unwrap();
    let name = |it: &&Value| it["body"]["name"] == "uart.console.txt";
    let attachment = events.iter().find(name).unwrap_or_else(|| panic!("{shown:#}"));
    let sha256 = attachment["body"]["sha256"].as_str().unwrap();
    let file = folder.path(format!("store/simulated/attachments/{sha256}"));
    std::fs::read_to_string(file).unwrap()
}

#[test]
fn a_script_talks_to_a_unit_and_all_of_it_is_kept_beside_the_record() {
    let folder = folder(TALKS);
    let ended = run(&folder, "");
    assert_eq!(ended.code, 0, "{ended:?}");
    let transcript = transcript(&folder);
    let said: Vec<&str> = transcript.lines().map(|it| &it[13..]).collect();
    let expected = ["< TH-100", "< booted in 100 ms", "> version", "< version", "< 1.4.2"];
    assert_eq!(said, expected, "{transcript}");
    assert!(transcript.starts_with("    0.10"), "it booted after 100 ms: {transcript}");
}

#[test]
fn a_silent_unit_fails_and_a_bench_without_its_adapter_is_an_error() {
    for (fault, code, reason, said) in [
        ("silent", 1, "no-answer", "no answer to `version` within 2 s"),
        ("unplugged", 3, "bench-error", "the adapter was unplugged"),
        ("absent", 3, "bench-error", "nothing is plugged in"),
    ] {
        let script = format!("{TALKS}uart.query(\"version\");");
        let ended = run(&folder(&script), &format!("--fault {fault}"));
        assert_eq!(ended.code, code, "{fault}: {ended:?}");
        assert!(ended.stderr.contains(said), "{fault}: {ended:?}");
        let shown = format!("{}{}", ended.stdout, ended.stderr);
        assert!(shown.contains("psu, uart safe"), "{fault}: a console drives nothing: {shown}");
        let verdict = if code == 1 { "FAIL  the unit did not answer" } else { "ERROR" };
        assert!(shown.contains(verdict), "{fault} is {reason}: {shown}");
    }
}

#[test]
fn silence_that_is_expected_passes_and_an_answer_then_fails() {
    let judged = "measure(\"one\", 1, 0..=2);";
    let silent = format!("expect_error(\"no-answer\", || uart.query(\"panic\", 1.s));\n{judged}");
    let ended = run(&folder(&silent), "");
    assert_eq!(ended.code, 1, "its prompt is an answer: {ended:?}");
    let off = format!("psu.off();\n{silent}");
    let ended = run(&folder(&off), "");
    assert_eq!(ended.code, 0, "{ended:?}");
}

#[test]
fn a_flood_of_noise_for_an_hour_fails_the_unit_and_fills_no_memory() {
    let folder = folder("wait(1.min);\nuart.expect(\"^booted$\", 1.min);");
    let ended = run(&folder, "--fault flooded");
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.stderr.contains("`^booted$` did not come within 60 s"), "{ended:?}");
    let transcript = transcript(&folder);
    assert!(transcript.len() < 4 << 20, "{} bytes", transcript.len());
    assert!(transcript.contains("earlier lines were not kept"), "{}", &transcript[..200]);
}

#[test]
fn a_run_that_waits_for_a_real_unit_is_stopped_at_once_and_its_guard_knows_a_console_as_safe() {
    let folder = folder("uart.expect(\"^never$\", 10.min);");
    let served = Served::start(folder.root(), "bench.fixture.toml", &["psu"]);
    let mut witness = served.client("psu");
    for signal in [Signal::SIGTERM, Signal::SIGKILL] {
        let mut command = Program::command(folder.root(), &format!("{RUN} out.toml"));
        let run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        while !is_on(&mut witness) {}
        kill(Pid::from_raw(i32::try_from(run.id()).unwrap()), signal).unwrap();
        let ended = Ended::from(run.wait_with_output().unwrap());
        while is_on(&mut witness) {}
        if signal == Signal::SIGTERM {
            assert_eq!(ended.code, 130, "{ended:?}");
            assert!(ended.stdout.contains("psu, uart safe"), "{ended:?}");
        } else {
            // Its guard writes where the run did.
            assert!(ended.stderr.contains("psu is safe: output off"), "{ended:?}");
            assert!(ended.stderr.contains("uart can do no harm"), "{ended:?}");
        }
    }
}

#[test]
fn an_adapter_pulled_out_of_a_real_line_ends_the_run_at_once_with_the_rest_of_the_bench_safe() {
    let script = format!("{TALKS}uart.query(\"version\", 1.min);");
    let folder = folder(&script);
    let line = "bench.fixture.toml --write-fixture out.toml --fault unplugged";
    let _served = Served::told(folder.root(), line, &["psu"]);
    let ended = Program::run(folder.root(), &format!("{RUN} out.toml"));
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.stderr.contains("is gone"), "{ended:?}");
    assert!(ended.stderr.contains("the adapter was unplugged, or lost its power"), "{ended:?}");
    assert!(ended.stdout.contains("psu, uart safe"), "{ended:?}");
    let took = Program::run(folder.root(), "show latest --store store --json").json();
    let took = took["summary"]["duration_ns"].as_u64().unwrap();
    assert!(took < 30_000_000_000, "it did not wait for the deadline: {took} ns");
}

#[test]
fn ten_seconds_of_a_unit_that_floods_at_921_600_baud_are_survived_and_accounted_for() {
    let unit = r#"
let floods = true;
let count = 0;
on_boot(|| every(1.ms, || if floods { count += 1; say("UART", `${count} ` + long); }));
on_line("UART", |line| { floods = false; `stopped after ${count} lines` });
"#;
    let unit = format!("let long = \"\"; long.pad(85, \"x\");{unit}");
    let script = r#"
wait(10.1.s);
uart.send("stop");
let found = uart.expect("^stopped after ([0-9]+) lines$", 5.s);
measure("lines", parse_int(found.groups[0]), 9_900..=10_100);
"#;
    let folder = folder(script)
        .edited("unit.dut.rhai", "echo: true, prompt: \"> \"", "baud: 921600")
        .edited("bench.fixture.toml", "echo    = true", "baud = 921600")
        .appended("unit.dut.rhai", &unit);
    let ended = run(&folder, "--json");
    assert_eq!(ended.code, 0, "{ended:?}");
    let events = ended.json()["events"].to_string();
    assert!(events.contains("bytes that no script had looked at were dropped"), "{events}");
    let transcript = transcript(&folder);
    assert!(transcript.starts_with("… "), "{}", &transcript[..100]);
    assert!(transcript.contains(" < 9000 xxx") && transcript.contains(" < stopped after"));
    assert!(transcript.len() < 2 << 20, "{} bytes", transcript.len());
}

#[test]
fn a_mistake_at_a_console_is_found_before_anything_is_opened() {
    for (script, said) in [
        ("uart.expect(\"temp=(\", 1.s);", "uart.expect: `temp=(` is not a regular expression"),
        ("uart.expect(\".*\", 1.s);", "also describes nothing at all"),
        ("uart.expect(\"ready\", 1);", "1 has no unit"),
        ("uart.query(\"version\", 5.V);", "5 V is a voltage; expected a duration"),
        ("uart.query(5);", "a plain number is given; expected a text"),
        ("uart.ask(\"version\");", "ask"),
        ("uart.send(\"one\\ntwo\"); measure(\"a\", 1, 0..=2);", "the text is more than one line"),
    ] {
        let ended = run(&folder(script), "");
        let code = if script.contains("one") { 3 } else { 2 };
        assert_eq!(ended.code, code, "{script}: {ended:?}");
        assert!(ended.stderr.contains(said), "{script}: {ended:?}");
    }
    for (old, new, said) in [
        ("\"serial-console\"", "\"serial-consol\"", "did you mean `serial-console`?"),
        ("echo    = true", "eco     = true", "`echo`"),
        ("driver  = ", "model = \"a\"\ndriver  = ", "has both a `model` and a `driver`"),
        ("ASRL/dev/ttyUSB0::INSTR", "TCPIP::h::23::SOCKET", "is no serial line"),
        ("connect = \"UART\"", "connect = \"UARD\"", "did you mean `UART`?"),
        ("timeout = \"2 s\"", "limits = { voltage = \"5 V\" }", "a console has no limits"),
    ] {
        let folder = folder(TALKS).edited("bench.fixture.toml", old, new);
        let ended = run(&folder, "");
        assert_eq!(ended.code, 2, "{new}: {ended:?}");
        assert!(ended.stderr.contains(said), "{new}: {ended:?}");
    }
}

#[test]
fn a_secret_is_told_to_the_unit_and_stands_nowhere_even_where_the_unit_says_it() {
    let script = r#"
uart.expect("booted", 1.s);
check("taken", uart.query(secret("code")), "ok");
check("shown", uart.query("code"), "[secret code]");
"#;
    let folder = folder(script).with("secrets.toml", "code = \"open sesame\"\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(folder.path("secrets.toml"), mode).unwrap();
    let ended = run(&folder, "--secrets secrets.toml --trace");
    assert_eq!(ended.code, 0, "{ended:?}");
    let transcript = transcript(&folder);
    assert!(!transcript.contains("sesame") && transcript.contains("> [secret code]"));
}

#[test]
fn a_run_over_a_served_console_is_the_same_as_a_simulated_one_and_can_be_replayed() {
    // What the unit says to the first is heard when the second is told, in real time a little later.
    let script = format!("{TALKS}uart.send(\"version\");\nwait(50.ms);\nuart.send(\"version\");");
    let folder = folder(&script);
    let served = Served::start(folder.root(), "bench.fixture.toml", &["psu"]);
    let line = format!("{RUN} out.toml --trace");
    let ended = Program::run(folder.root(), &line);
    assert_eq!(ended.code, 0, "{ended:?}");
    drop(served);
    let said = Program::run(folder.root(), "replay latest script.rhai --store store --json");
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.json()["same"], true, "{said:?}");
    let ended = Program::run(folder.root(), &line);
    assert_eq!(ended.code, 3, "its lines are gone: {ended:?}");
}
