//! `pogo shell`: what is typed is done as a script's lines are, and whatever ends it leaves the bench
//! safe.

use std::io::Write;
use std::process::{Child, ChildStdin, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::bench::folder;
use crate::stopped::is_on;
use crate::{Ended, Folder, Program, Served};

const SIMULATED: &str = "shell --fixture bench.fixture.toml --sim --store store";
const REAL: &str = "shell --fixture out.toml --store store";

/// The shell in `folder`, with whoever types still there.
fn begun(folder: &Folder, line: &str) -> (Child, ChildStdin) {
    let mut command = Program::command(folder.root(), line);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let stdin = child.stdin.take().unwrap();
    (child, stdin)
}

fn ended(child: Child) -> Ended {
    Ended::from(child.wait_with_output().unwrap())
}

/// What becomes of `text`, typed on the simulated bench.
fn typed(text: &str) -> (Ended, Folder) {
    let folder = folder("");
    let (child, mut stdin) = begun(&folder, SIMULATED);
    stdin.write_all(text.as_bytes()).unwrap();
    drop(stdin);
    (ended(child), folder)
}

#[test]
fn names_and_functions_last_from_piece_to_piece_and_values_are_shown() {
    let (ended, folder) = typed(
        "psu.set_voltage(3.V)\npsu.on()\nlet v = psu.measure_voltage()\n\
         fn twice(x) {\n    x * 2\n}\ntwice(1.5.V)\n[1, 2.5.V, \"a\"]\n\
         step(\"a\", || {\n    measure(\"level\", v, 2.9.V..=3.1.V);\n})\n",
    );
    assert_eq!((ended.code, &*ended.stderr), (0, ""), "{ended:?}");
    for says in
        ["\n3 V\n", "[1, 2.5 V, \"a\"]\n", "level", "PASS  1 measurement", "psu, dmm, other safe"]
    {
        assert!(ended.stdout.contains(says), "{says}: {}", ended.stdout);
    }
    let shown = Program::run(folder.root(), "show latest --store store").stdout;
    assert!(shown.contains("typed: psu.on()"), "what was done is on record: {shown}");
    assert_eq!(Program::run(folder.root(), "verify --store store --rejudge").code, 0);
}

#[test]
fn who_only_looks_around_has_judged_nothing_and_nothing_is_wrong() {
    let (ended, folder) = typed("dmm.dc_voltage()\n");
    assert_eq!(ended.code, 0, "{ended:?}");
    let last = ended.stdout.lines().last().unwrap();
    assert!(last.starts_with("CLOSED  nothing was judged · run "), "{last}");
    let list = Program::run(folder.root(), "list --store store --json").json();
    assert_eq!(list["runs"][0]["verdict"], "error", "it is no evidence of anything: {list:#}");
}

#[test]
fn a_mistake_is_said_with_its_hint_and_the_next_piece_is_done() {
    let (ended, _folder) = typed("psu.set_volage(3.V)\nmeasure(\"a\", 1, 0..=2)\n");
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(
        ended.stderr.contains("typed:1:5") && ended.stderr.contains("set_voltage"),
        "{ended:?}"
    );
    assert!(ended.stdout.contains("1 measurement"), "{ended:?}");
    let (ended, _folder) = typed("measure(\"a\", 5, 0..=2)\n");
    assert_eq!(ended.code, 1, "{ended:?}");
}

#[test]
fn what_the_fixture_does_not_allow_is_not_sent_for_somebody_who_types() {
    let folder = folder("");
    let (child, mut stdin) = begun(&folder, &format!("{SIMULATED} -v"));
    stdin.write_all(b"psu.set_voltage(9.V)\npsu.set_voltage(2.5.V)\n").unwrap();
    drop(stdin);
    let ended = ended(child);
    assert!(ended.stderr.contains("9 V exceeds the fixture's limit of 5 V"), "{ended:?}");
    assert!(ended.stderr.contains("psu > VOLT 2.5"), "the wire is shown: {}", ended.stderr);
    assert!(!ended.stderr.contains("psu > VOLT 9"), "{}", ended.stderr);
}

#[test]
fn help_says_what_there_is_and_is_no_part_of_the_run() {
    let (ended, folder) = typed("help\nhelp psu.on\nhelp nothing\n");
    assert_eq!(ended.code, 0, "{ended:?}");
    let nothing = "nothing that scripts can call is named `nothing`";
    for says in ["psu         power supply", "connects the output", nothing] {
        assert!(ended.stdout.contains(says), "{says}: {}", ended.stdout);
    }
    let shown = Program::run(folder.root(), "show latest --store store").stdout;
    assert!(!shown.contains("typed: help"), "{shown}");
}

/// A shell over TCP that has switched its supply on, and waits for what is typed next.
fn on() -> (Folder, Served, Child, ChildStdin) {
    let folder = folder("");
    let served = Served::start(folder.root(), "bench.fixture.toml", &["psu", "dmm", "other"]);
    let (mut child, mut stdin) = begun(&folder, REAL);
    stdin.write_all(b"psu.set_voltage(3.V)\npsu.on()\n").unwrap();
    let mut witness = served.client("psu");
    while !is_on(&mut witness) {
        assert!(child.try_wait().unwrap().is_none(), "the shell ended early");
    }
    (folder, served, child, stdin)
}

#[test]
fn whatever_ends_a_shell_its_supply_is_off_then() {
    for (signal, code) in [
        (None, 0),
        (Some(Signal::SIGTERM), 130),
        (Some(Signal::SIGINT), 130),
        (Some(Signal::SIGHUP), 130),
    ] {
        let (_folder, served, child, stdin) = on();
        match signal {
            Some(signal) => {
                kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap()
            }
            None => drop(stdin),
        }
        let ended = ended(child);
        assert_eq!(ended.code, code, "{signal:?}: {ended:?}");
        assert!(ended.stdout.contains("psu, dmm, other safe"), "{signal:?}: {ended:?}");
        assert!(!is_on(&mut served.client("psu")), "{signal:?}");
    }
}

#[test]
fn a_shell_that_is_killed_has_a_guard_that_switches_off() {
    let (_folder, served, mut child, _stdin) = on();
    child.kill().unwrap();
    child.wait().unwrap();
    let mut witness = served.client("psu");
    // The guard needs a moment; a test that hangs here has found that there is none.
    while is_on(&mut witness) {}
}
