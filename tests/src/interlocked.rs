//! Interlocks: a run does not start while one is open, and ends when one opens.

use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::bench::{SIMULATED, folder};
use crate::stopped::{LINE, WAITS, is_on};
use crate::{Client, Ended, Folder, Program, Served};

/// A lid's contact on a bench of its own: `key` feeds it, `lid` reads it.
const LID: &str = r#"
[fixture]
id = "FX-LID"

[instruments.key]
model   = "keysight-e36312a"
address = "TCPIP::192.0.2.31::5025::SOCKET"
channel = 1
sim     = { connect = "LID" }

[instruments.lid]
model   = "keysight-34461a"
address = "TCPIP::192.0.2.32::5025::SOCKET"
sim     = { connect = "LID" }
"#;

/// The same lid as an interlock of the bench of most tests.
const INTERLOCK: &str = r#"
[interlocks.lid]
model   = "keysight-34461a"
address = "TCPIP::192.0.2.32::5025::SOCKET"
reads   = "dc_voltage"
closed  = { from = "4.5 V", to = "5.5 V" }
every   = "50 ms"
timeout = "200 ms"
"#;

/// A served bench with a supply, and a lid that is closed.
struct Bench {
    folder: Folder,
    served: Served,
    lid: Lid,
}

/// The lid, for whoever opens it or takes its meter away.
struct Lid {
    served: Option<Served>,
    key: Client,
}

impl Lid {
    fn open(&mut self) {
        assert_eq!(self.key.ask("OUTP OFF,(@1);*OPC?"), "1");
    }

    fn close(&mut self) {
        assert_eq!(self.key.ask("VOLT 5,(@1);:OUTP ON,(@1);*OPC?"), "1");
    }
}

impl Bench {
    fn with(script: &str) -> Self {
        let folder = folder(script).with("lid/lid.toml", LID);
        let served = Served::start(folder.root(), "bench.fixture.toml", &["psu", "dmm", "other"]);
        let there = Served::start(&folder.path("lid"), "lid.toml", &["key", "lid"]);
        let at = format!("127.0.0.1::{}::", there.address("lid").port());
        let folder = folder.appended("out.toml", &INTERLOCK.replace("192.0.2.32::5025::", &at));
        let mut lid = Lid { key: there.client("key"), served: Some(there) };
        lid.close();
        Self { folder, served, lid }
    }

    /// Runs until the supply is on, then does `event` to the lid; gives how the run ended, how
    /// long after the event the supply was seen off, and what is left.
    fn until(mut self, event: fn(&mut Lid)) -> (Ended, Duration, Self) {
        let mut command = Program::command(self.folder.root(), LINE);
        let run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut run = run.unwrap();
        let mut witness = self.served.client("psu");
        while !is_on(&mut witness) {
            assert!(run.try_wait().unwrap().is_none(), "the run ended early");
        }
        event(&mut self.lid);
        let since = now();
        while is_on(&mut witness) {
            assert!(since.elapsed() < Duration::from_secs(20), "it stays on");
        }
        let off = since.elapsed();
        (run.wait_with_output().unwrap().into(), off, self)
    }

    /// As [`Bench::until`]: the run has to be over soon, and aborted because the lid is `state`,
    /// of which `said` is said, shown and recorded.
    fn aborts(self, event: fn(&mut Lid), state: &str, said: &str) {
        let (ended, off, Self { folder, .. }) = self.until(event);
        println!("{state}: off after {off:?}");
        assert_eq!(ended.code, 130, "{ended:?}");
        assert!(off < Duration::from_secs(3), "off after {off:?}");
        assert!(ended.stderr.contains(&format!("!!! {said}")), "{ended:?}");
        let last = ended.stdout.lines().last().unwrap();
        assert!(last.starts_with("ABORTED  an interlock opened or was lost, "), "{ended:?}");
        assert!(last.contains("psu, dmm, other safe"), "{ended:?}");
        let record = Program::run(folder.root(), "show latest --store store --json").json();
        assert_eq!(states(&record), ["closed", state], "{record}");
        assert_eq!(record["summary"]["reason"], "interlock", "{record}");
        assert_eq!(record["header"]["assets"][3]["role"], "lid", "{record}");
        let shown = Program::run(folder.root(), "show latest --store store");
        assert!(shown.stdout.contains(&format!("error: {said}")), "{shown:?}");
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a supply stays on is real time")]
fn now() -> Instant {
    Instant::now()
}

/// What the interlocks of a run were seen to be, in order.
fn states(record: &serde_json::Value) -> Vec<&str> {
    let events = record["events"].as_array().unwrap().iter();
    let seen = events.filter(|it| it["type"] == "interlock");
    seen.map(|it| it["body"]["state"].as_str().unwrap()).collect()
}

const COMPUTES: &str = "psu.set_voltage(3.V);\npsu.on();\n\
                        let n = 0;\nloop { try { loop { n = (n + 1) % 1_000; } } catch {} }";

#[test]
fn a_lid_that_opens_while_the_script_waits_switches_the_supply_off() {
    let said = "interlock `lid` is open: dc_voltage is ";
    Bench::with(WAITS).aborts(Lid::open, "open", said);
}

#[test]
fn a_lid_that_opens_while_the_script_computes_switches_the_supply_off() {
    let said = "interlock `lid` is open: dc_voltage is ";
    Bench::with(COMPUTES).aborts(Lid::open, "open", said);
}

#[test]
fn a_lid_whose_meter_dies_switches_the_supply_off() {
    let dies = |lid: &mut Lid| drop(lid.served.take());
    Bench::with(WAITS).aborts(dies, "unreadable", "interlock `lid` cannot be read: ");
}

#[test]
fn a_lid_whose_meter_hangs_switches_the_supply_off() {
    let hangs = |lid: &mut Lid| {
        let pid = i32::try_from(lid.served.as_ref().unwrap().id()).unwrap();
        kill(Pid::from_raw(pid), Signal::SIGSTOP).unwrap();
    };
    let said = "interlock `lid` cannot be read: no answer from `";
    Bench::with(WAITS).aborts(hangs, "unreadable", said);
}

#[test]
fn a_run_does_not_start_while_a_lid_is_open() {
    let mut bench = Bench::with("measure(\"one\", 1, 1..=1);");
    bench.lid.open();
    // Somebody has left it on: a run that does not start does not touch it.
    bench.served.client("psu").say("OUTP ON,(@1)");
    let Bench { folder, served, mut lid } = bench;
    let run = Program::run(folder.root(), LINE);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("error: interlock `lid` is open: dc_voltage is "), "{run:?}");
    assert!(run.stderr.contains(", not 4.5 .. 5.5 V\n  hint: close it and run again"), "{run:?}");
    assert!(run.stdout.contains("ERROR  an interlock was not closed, 0 measurements"), "{run:?}");
    assert!(is_on(&mut served.client("psu")), "no role was opened");
    let record = Program::run(folder.root(), "show latest --store store --json").json();
    assert_eq!(states(&record), ["open"], "{record}");
    assert_eq!(record["summary"]["reason"], "interlock-open", "{record}");

    lid.close();
    let run = Program::run(folder.root(), LINE);
    assert_eq!(run.code, 0, "{run:?}");
    drop(lid.served.take());
    let run = Program::run(folder.root(), LINE);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("interlock `lid` cannot be read: "), "{run:?}");
}

/// A simulated run in whose middle something happens to the lid; gives its record too.
fn simulated(interlock: &str, device: &str) -> (Ended, serde_json::Value) {
    let script = "cleanup(|| psu.set_voltage(0.V));\npsu.set_voltage(3.V);\npsu.on();\n\
                  step(\"soak\", || wait(1.hour));\nmeasure(\"one\", 1, 1..=1);";
    let interlock = format!("{interlock}sim = {{ connect = \"LID\" }}\n{DEVICE}");
    let interlock = interlock.replace("\"50 ms\"", "\"1 s\"");
    let folder = folder(script)
        .appended("bench.fixture.toml", &interlock)
        .edited("bench.fixture.toml", "ELSEWHERE", "RAIL")
        .with("lid.dut.rhai", device);
    let ended = Program::run(folder.root(), SIMULATED);
    let record = Program::run(folder.root(), "show latest --store store --json").json();
    (ended, record)
}

/// In real time a clean-up would not come to anything within this grace.
const DEVICE: &str = "\n[sim]\ndevice = \"lid.dut.rhai\"\n\n[deadlines]\nstop = \"1 ms\"\n";

/// It is closed as long as it gives nothing, and opens half an hour after the rail is up.
const OPENS: &str = "rail(\"LID\", #{ from: \"RAIL\", level: 2.V, after: 1800.s });";

#[test]
fn a_simulated_lid_ends_the_run_at_the_same_simulated_time_every_time() {
    let interlock =
        INTERLOCK.replace("{ from = \"4.5 V\", to = \"5.5 V\" }", "{ at_most = \"1 V\" }");
    let (ended, record) = simulated(&interlock, OPENS);
    assert_eq!(ended.code, 130, "{ended:?}");
    assert!(ended.stderr.contains("!!! interlock `lid` is open: dc_voltage is 2 V, not <= 1 V\n"));
    assert_eq!(states(&record), ["closed", "open"], "{record}");
    let opened = |record: &serde_json::Value| {
        let events = record["events"].as_array().unwrap();
        let seen = events.iter().rfind(|it| it["type"] == "interlock").unwrap();
        seen["body"]["at_ns"].as_u64().unwrap()
    };
    let at = opened(&record);
    assert!((1_800_000_000_000..1_802_000_000_000).contains(&at), "{at}");
    let last = |it: &&serde_json::Value| it["type"] == "setpoint" || it["type"] == "output";
    let last = record["events"].as_array().unwrap().iter().rfind(last).unwrap();
    assert_eq!(last["body"]["verb"], "set_voltage", "its clean-up ran: {record}");
    assert_eq!(opened(&simulated(&interlock, OPENS).1), at);
}

#[test]
fn a_simulated_lid_that_falls_silent_ends_the_run() {
    let silent = "[[sim.faults]]\nat = \"lid\"\ndoes = \"fall silent\"\nafter = 600\n";
    let interlock = INTERLOCK.replace("dc_voltage", "resistance");
    let interlock =
        interlock.replace("{ from = \"4.5 V\", to = \"5.5 V\" }", "{ at_most = \"10 ohm\" }");
    let lid = "resistor(\"LID\", 1.ohm);\nresistor(\"RAIL\", 1.kohm);";
    let (ended, _) = simulated(&interlock, lid);
    assert_eq!(ended.code, 0, "it is closed all the time: {ended:?}");
    let (ended, record) = simulated(&format!("{silent}{interlock}"), lid);
    assert_eq!(ended.code, 130, "{ended:?}");
    assert!(ended.stderr.contains("error: interlock `lid` cannot be read: no answer"), "{ended:?}");
    assert_eq!(states(&record), ["closed", "unreadable"], "{record}");
}
