//! A run that is stopped in the middle, over TCP: what another client of the supply sees after it.

use std::process::{Child, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::bench::folder;
use crate::{Client, Ended, Folder, Program, Served};

pub(crate) const LINE: &str = "run script.rhai --fixture out.toml --dut SN0001 --store store";

/// A bench that is served, and a run of `script` on it that has come as far as switching its
/// supply on.
pub(crate) struct Running {
    pub(crate) folder: Folder,
    served: Served,
    pub(crate) run: Child,
    witness: Client,
}

impl Running {
    fn start(script: &str) -> Self {
        Self::of(LINE, script)
    }

    pub(crate) fn of(line: &str, script: &str) -> Self {
        let folder = folder(script);
        let served = Served::start(folder.root(), "bench.fixture.toml", &["psu", "dmm", "other"]);
        let mut command = Program::command(folder.root(), line);
        let run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut witness = served.client("psu");
        let mut running = Self { run, witness: served.client("psu"), folder, served };
        while !is_on(&mut witness) {
            if running.run.try_wait().unwrap().is_some() {
                panic!("the run ended early: {:?}", running.end().0);
            }
        }
        running
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.run.id()).unwrap()), signal).unwrap();
    }

    /// Kills the run and its guard, so that nobody is left to switch anything off.
    pub(crate) fn kill_with_its_guard(&self) {
        // Stopped first: its supervisor would see to another guard.
        self.signal(Signal::SIGSTOP);
        kill(Pid::from_raw(self.guard().pid), Signal::SIGKILL).unwrap();
        self.signal(Signal::SIGKILL);
    }

    /// The run's guard: its only child.
    fn guard(&self) -> Guard {
        let guards = self.guards();
        let [guard] = guards[..] else { panic!("a run has one guard: {guards:?}") };
        guard
    }

    fn guards(&self) -> Vec<Guard> {
        let run = i32::try_from(self.run.id()).unwrap();
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let stats = processes.filter_map(|it| std::fs::read_to_string(it.path().join("stat")).ok());
        let guard = |stat: String| {
            // Source: proc_pid_stat(5): pid (name) state ppid pgrp session.
            let (pid, rest) = stat.split_once(' ')?;
            let rest: Vec<&str> = rest.rsplit_once(')')?.1.split_whitespace().collect();
            let [_, parent, group, session, ..] = rest[..] else { return None };
            let number = |text: &str| text.parse::<i32>().ok();
            let guard =
                Guard { pid: number(pid)?, group: number(group)?, session: number(session)? };
            (number(parent)? == run).then_some(guard)
        };
        stats.filter_map(guard).collect()
    }

    /// Waits for the run and says how it ended, whether its supply is on, and keeps the rest.
    pub(crate) fn end(mut self) -> (Ended, bool, Folder, Served) {
        let ended = Ended::from(self.run.wait_with_output().unwrap());
        (ended, is_on(&mut self.witness), self.folder, self.served)
    }
}

/// A run's guard, and where it stands.
#[derive(Clone, Copy, Debug)]
struct Guard {
    pid: i32,
    group: i32,
    session: i32,
}

pub(crate) fn is_on(witness: &mut Client) -> bool {
    witness.ask("OUTP? (@1)") == "1"
}

pub(crate) const WAITS: &str = "psu.set_voltage(3.V);\npsu.on();\nwait(600.s);";
const COMPUTES: &str = "psu.set_voltage(3.V);\npsu.on();\nlet n = 0;\n\
                        loop { try { while n < 1_000 { n += 1; } n = 0; wait(1.ms); } catch {} }";

#[test]
fn a_run_that_is_told_to_terminate_leaves_the_supply_off() {
    let running = Running::start(WAITS);
    running.signal(Signal::SIGTERM);
    let (ended, is_on, ..) = running.end();
    assert_eq!((ended.code, is_on), (130, false), "{ended:?}");
    let last = ended.stdout.lines().last().unwrap();
    assert!(last.contains("psu, dmm, other safe"), "{ended:?}");
}

#[test]
fn ctrl_c_cannot_be_caught_by_the_script_and_leaves_the_supply_off() {
    let running = Running::start(COMPUTES);
    running.signal(Signal::SIGINT);
    let (ended, is_on, ..) = running.end();
    assert_eq!((ended.code, is_on), (130, false), "{ended:?}");
}

#[test]
fn a_terminal_that_goes_away_leaves_the_supply_off() {
    let running = Running::start(WAITS);
    running.signal(Signal::SIGHUP);
    let (ended, is_on, ..) = running.end();
    assert_eq!((ended.code, is_on), (130, false), "{ended:?}");
}

#[test]
fn a_run_that_was_killed_is_listed_as_interrupted_by_the_next() {
    let running = Running::start(WAITS);
    running.signal(Signal::SIGKILL);
    let (ended, _, folder, _served) = running.end();
    assert_eq!(ended.code, -1);
    let folder = folder.with(
        "script.rhai",
        "psu.set_voltage(1.V);\npsu.on();\nmeasure(\"rail\", dmm.dc_voltage(), within(1.V, 10.mV));\n",
    );
    let next = Program::run(folder.root(), LINE);
    assert_eq!(next.code, 0, "{next:?}");
    let list = Program::run(folder.root(), "list --store store --json").json();
    let told = |run: usize| {
        let run = &list["runs"][run];
        [&run["verdict"], &run["reason"]].map(|it| it.as_str().unwrap_or_default().to_owned())
    };
    // Newest first.
    assert_eq!(told(0), ["pass", "passed"], "{list}");
    assert_eq!(told(1), ["aborted", "interrupted"], "{list}");
    assert_eq!(list["runs"].as_array().unwrap().len(), 2, "{list}");
}

#[test]
fn a_run_that_is_killed_leaves_the_supply_off_by_its_guard_and_in_its_record() {
    let mut running = Running::start(WAITS);
    running.signal(Signal::SIGKILL);
    let off = (0..500_000).any(|_| !is_on(&mut running.witness));
    assert!(off, "its guard does not switch it off");
    // The guard holds our end of its stderr until it is done.
    let (ended, is_on, folder, _served) = running.end();
    assert_eq!((ended.code, is_on), (-1, false), "{ended:?}");
    assert!(ended.stderr.contains("psu is safe: output off, read back as `0`"), "{ended:?}");
    let spool = std::fs::read_dir(folder.path("store/open")).unwrap().next().unwrap().unwrap();
    let said = std::fs::read_to_string(spool.path()).unwrap();
    assert!(said.contains(r#""by":"guard""#), "{said}");
}

#[test]
fn a_guard_stands_in_a_session_of_its_own_and_goes_with_its_run() {
    let running = Running::start(WAITS);
    let Guard { pid, group, session } = running.guard();
    assert_eq!((group, session), (pid, pid));
    // What ends a run does not end its guard before it.
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        kill(Pid::from_raw(pid), signal).unwrap();
    }
    assert_eq!(running.guard().pid, pid);
    running.signal(Signal::SIGTERM);
    let (ended, is_on, ..) = running.end();
    assert_eq!((ended.code, is_on), (130, false), "{ended:?}");
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
}

#[test]
fn a_guard_that_dies_is_replaced_and_the_next_one_knows_the_bench() {
    let mut running = Running::start(WAITS);
    let first = running.guard().pid;
    kill(Pid::from_raw(first), Signal::SIGKILL).unwrap();
    let replaced = (0..1_000_000).any(|_| {
        is_on(&mut running.witness);
        running.guards().iter().any(|guard| guard.pid != first && guard.session == guard.pid)
    });
    assert!(replaced);
    running.signal(Signal::SIGKILL);
    let off = (0..500_000).any(|_| !is_on(&mut running.witness));
    assert!(off, "its second guard does not switch it off");
    drop(running.end());
}

/// A served bench whose supply somebody left on.
fn left_on() -> (Folder, Served) {
    let folder = folder("");
    let served = Served::start(folder.root(), "bench.fixture.toml", &["psu", "dmm", "other"]);
    let mut somebody = served.client("psu");
    somebody.say("OUTP ON,(@1)");
    assert!(is_on(&mut somebody));
    (folder, served)
}

#[test]
fn safe_switches_off_what_was_left_on() {
    let (folder, served) = left_on();
    let safe = Program::run(folder.root(), "safe --fixture out.toml");
    assert_eq!(safe.code, 0, "{safe:?}");
    assert!(safe.stdout.contains("psu    safe: "), "{safe:?}");
    assert!(!is_on(&mut served.client("psu")));
}

#[test]
fn safe_names_a_role_that_does_not_answer_and_makes_the_others_safe() {
    let (folder, served) = left_on();
    // Nobody listens there. The role stands before the supply, and must not keep it on.
    let folder = folder.edited("out.toml", "[instruments.psu]", GONE);
    let safe = Program::run(folder.root(), "safe --fixture out.toml");
    assert_eq!(safe.code, 3, "{safe:?}");
    assert!(safe.stderr.contains("!!! gone IS NOT SAFE"), "{safe:?}");
    assert!(safe.stdout.contains("psu    safe: "), "{safe:?}");
    assert!(!is_on(&mut served.client("psu")));
}

#[test]
fn a_run_whose_first_role_is_gone_switches_off_what_an_earlier_one_left_on() {
    let (folder, served) = left_on();
    let folder = folder.edited("out.toml", "[instruments.psu]", GONE);
    let run = Program::run(folder.root(), LINE);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stderr.contains("!!! gone IS NOT SAFE"), "{run:?}");
    assert!(!is_on(&mut served.client("psu")));
}

#[test]
fn an_instrument_that_a_run_has_is_nobody_elses() {
    let running = Running::start(WAITS);
    let resource = format!("TCPIP::127.0.0.1::{}::SOCKET", running.served.address("psu").port());
    let query = Program::run(running.folder.root(), &format!("query {resource} OUTP?"));
    let second = Program::run(running.folder.root(), LINE);
    running.signal(Signal::SIGTERM);
    let (ended, is_on, folder, served) = running.end();
    for refused in [&query, &second] {
        assert_eq!(refused.code, 3, "{refused:?}");
        assert!(refused.stderr.contains("is in use by a run of SN0001 (process "), "{refused:?}");
    }
    assert_eq!((ended.code, is_on), (130, false), "the run went on undisturbed: {ended:?}");
    let query = Program::run(folder.root(), &format!("query {resource} *OPC?"));
    assert_eq!(query.stdout, "1\n", "{query:?}");
    drop(served);
}

/// A supply that nobody can reach, before the one that is there.
const GONE: &str = "[instruments.gone]\nmodel = \"keysight-e36312a\"\nchannel = 1\n\
    address = \"TCPIP::127.0.0.1::1::SOCKET\"\n\n[instruments.psu]";
