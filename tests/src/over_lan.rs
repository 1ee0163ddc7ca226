//! VXI-11 and HiSLIP as sessions have them, against the served bench: what a raw socket has not, and
//! what becomes of them when the other end goes wrong.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use pogo_hal::{Deadline, ErrorKind, Resource, Session};
use pogo_sim::WireFace;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bench::{REAL, folder};
use crate::program::workspace;
use crate::real_time::{now, wait_for};
use crate::rig::{LAN, Rig, RoleOf};
use crate::{Ended, Folder, Program, Served};

const PSU: RoleOf<'_> = ("psu", "keysight-e36312a", Some(1));
const DMM: RoleOf<'_> = ("dmm", "keysight-34461a", None);

/// The wires that have more than messages.
const BESIDE: [WireFace; 2] = [WireFace::Vxi11, WireFace::Hislip];

fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(5))
}

async fn say(session: &mut dyn Session, message: &str) {
    session.write(message.as_bytes(), soon()).await.unwrap();
}

async fn ask(session: &mut dyn Session, question: &str) -> String {
    say(session, question).await;
    let mut answer = Vec::new();
    session.read(&mut answer, soon()).await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_status_byte_says_that_a_response_waits_and_leaves_it_there() {
    for face in BESIDE {
        let rig = Rig::build(&[PSU], &[], Duration::from_secs(1)).served_over(face).await;
        let mut session = rig.session("psu").await;
        assert_eq!(session.status_byte(soon()).await.unwrap() & 16, 0, "{face}");
        say(&mut *session, "*IDN?").await;
        // Source: IEEE 488.2-1992, 11.2.1.2: bit 4 is MAV.
        let mut status = 0;
        while status & 16 == 0 {
            status = session.status_byte(soon()).await.unwrap();
        }
        let mut answer = Vec::new();
        session.read(&mut answer, soon()).await.unwrap();
        assert!(answer.starts_with(b"Keysight"), "{face}: {answer:?}");
        assert_eq!(session.status_byte(soon()).await.unwrap() & 16, 0, "{face}");
    }
}

#[tokio::test]
async fn a_trigger_is_the_instruments_trigger() {
    for face in BESIDE {
        let rig = Rig::build(&[DMM], &[], Duration::from_secs(1)).served_over(face).await;
        let mut session = rig.session("dmm").await;
        say(&mut *session, "CONF:VOLT:DC 10;:TRIG:SOUR BUS;:INIT").await;
        session.trigger(soon()).await.unwrap();
        assert!(ask(&mut *session, "FETC?").await.parse::<f64>().is_ok(), "{face}");
        assert!(ask(&mut *session, "SYST:ERR?").await.starts_with("+0"), "{face}");
    }
}

#[tokio::test]
async fn a_device_clear_drops_a_response_and_leaves_settings_and_errors() {
    for face in BESIDE {
        let rig = Rig::build(&[PSU], &[], Duration::from_secs(1)).served_over(face).await;
        let mut session = rig.session("psu").await;
        say(&mut *session, "VOLT 2.5,(@1);:NONSENSE").await;
        say(&mut *session, "*IDN?").await;
        session.device_clear(soon()).await.unwrap();
        let voltage: f64 = ask(&mut *session, "VOLT? (@1)").await.parse().unwrap();
        assert!((voltage - 2.5).abs() < 1e-9, "{face}: {voltage}");
        assert!(ask(&mut *session, "SYST:ERR?").await.starts_with("-113"), "{face}");
        assert!(ask(&mut *session, "SYST:ERR?").await.starts_with("+0"), "{face}: nothing else");
    }
}

#[tokio::test]
async fn two_clients_of_one_instrument_get_their_own_answers() {
    for face in BESIDE {
        let rig = Rig::build(&[PSU], &[], Duration::from_secs(1)).served_over(face).await;
        let (mut one, mut other) = (rig.session("psu").await, rig.session("psu").await);
        for _ in 0..20 {
            say(&mut *one, "VOLT? (@1)").await;
            say(&mut *other, "*IDN?").await;
            let mut answer = Vec::new();
            one.read(&mut answer, soon()).await.unwrap();
            assert!(std::str::from_utf8(&answer).unwrap().parse::<f64>().is_ok(), "{face}");
            other.read(&mut answer, soon()).await.unwrap();
            assert!(answer.starts_with(b"Keysight"), "{face}");
        }
    }
}

#[tokio::test]
async fn silence_is_a_timeout_at_the_deadline_and_the_session_recovers() {
    for face in LAN {
        let fault = "at = 'psu'\ndoes = 'answer late'\nby = '400 ms'\nafter = 1\ntimes = 1";
        let rig = Rig::build(&[PSU], &[fault], Duration::from_secs(1)).served_over(face).await;
        let mut session = rig.session("psu").await;
        assert!(ask(&mut *session, "*IDN?").await.starts_with("Keysight"));
        say(&mut *session, "VOLT? (@1)").await;
        let began = tokio::time::Instant::now();
        let mut answer = Vec::new();
        let patience = Duration::from_millis(100);
        let error = session.read(&mut answer, Deadline::after(patience)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{face}: {error}");
        assert!(began.elapsed() < 3 * patience, "{face}: {:?}", began.elapsed());
        session.recover(soon()).await.unwrap();
        assert!(began.elapsed() < 3 * patience, "{face}: recovered after {:?}", began.elapsed());
        assert!(ask(&mut *session, "*IDN?").await.starts_with("Keysight"), "{face}");
    }
}

/// The bench in `folder`, which has `roles`; `out.toml` there is its fixture over `face`.
fn served(folder: &Folder, face: WireFace, roles: &[&str]) -> Served {
    let line = format!("bench.fixture.toml --write-fixture out.toml --fixture-face {face}");
    Served::told(folder.root(), &line, roles)
}

const ROLES: [&str; 3] = ["psu", "dmm", "other"];

/// What was measured, and how each was judged.
fn verdicts(ended: &Ended) -> BTreeMap<String, String> {
    let json = ended.json();
    let measured = json["measurements"].as_array().unwrap().iter();
    measured
        .map(|it| {
            (it["name"].as_str().unwrap().to_owned(), it["verdict"].as_str().unwrap().to_owned())
        })
        .collect()
}

/// A rail within its limits and one that is not.
const SCRIPT: &str = r#"
step("rail", || {
    psu.set_voltage(2.V);
    psu.set_current_limit(100.mA);
    psu.on();
    measure("rail", dmm.dc_voltage(), 1.9.V..=2.1.V);
    measure("low", dmm.dc_voltage(), 2.5.V..=2.6.V);
});
"#;

#[test]
fn the_thermometer_comes_to_the_same_verdicts_over_every_network_wire() {
    let mut all = Vec::new();
    for face in LAN {
        let folder = Folder::copy(&workspace().join("scripts/thermometer"));
        let _served = served(&folder, face, &["psu", "dmm"]);
        // The first of the product's scripts alone: all of them charge a battery, in real time.
        let line = "run power.rhai --fixture out.toml --dut SN0001 --store store";
        let ended = Program::run(folder.root(), line);
        assert_eq!(ended.code, 0, "{face}: {ended:?}");
        let shown = Program::run(folder.root(), "show latest --store store --json");
        all.push((face, verdicts(&shown)));
    }
    let (_, first) = &all[0];
    assert_eq!(first.len(), 4, "{first:?}");
    for (face, verdicts) in &all {
        assert_eq!(verdicts, first, "{face}");
    }
}

/// Switches on, and reads for longer than the server lives.
const DIES: &str = r#"
step("rail", || {
    psu.set_voltage(2.V);
    psu.set_current_limit(100.mA);
    psu.on();
    for reading in 0..100000 {
        dmm.dc_voltage();
    }
});
"#;

#[test]
fn a_bench_that_dies_in_the_middle_is_an_error_that_names_the_wire() {
    for (face, name) in [(WireFace::Vxi11, "VXI-11 at 127.0.0.1:"), (WireFace::Hislip, "HiSLIP")] {
        let folder = folder(DIES);
        let served = served(&folder, face, &ROLES);
        let line = REAL.replace("bench.fixture.toml", "out.toml");
        let mut running = Program::command(folder.root(), &line);
        let mut running = running.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut witness = served.client("psu");
        while witness.ask("OUTP? (@1)") != "1" {
            assert_eq!(running.try_wait().unwrap(), None, "{face}: it ended by itself");
        }
        drop((witness, served));
        let ended = running.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(3), "{face}: {said}");
        assert!(said.contains(name), "{face}: {said}");
    }
}

#[test]
fn a_run_that_is_killed_is_made_safe_by_its_guard_over_every_network_wire() {
    for face in LAN {
        let folder = folder(DIES);
        let served = served(&folder, face, &ROLES);
        let line = REAL.replace("bench.fixture.toml", "out.toml");
        let mut running = Program::command(folder.root(), &line);
        let mut running = running.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let mut witness = served.client("psu");
        while witness.ask("OUTP? (@1)") != "1" {
            assert_eq!(running.try_wait().unwrap(), None, "{face}: it ended by itself");
        }
        running.kill().unwrap();
        running.wait().unwrap();
        let off = wait_for(now() + Duration::from_secs(20), || {
            (witness.ask("OUTP? (@1)") == "0").then_some(())
        });
        assert!(off.is_some(), "{face}: it is still on");
    }
}

/// Somebody who locks the supply that `resource` leads to, until dropped.
async fn locked(resource: &Resource) -> Vec<TcpStream> {
    let Resource::Lan { host, device, .. } = resource else { panic!("{resource}") };
    let place = if device.starts_with("hislip") { device } else { host };
    let port: u16 = place.split_once(',').unwrap().1.parse().unwrap();
    let dial = async || TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let mut first = dial().await;
    let mut answer = [0; 256];
    if !device.starts_with("hislip") {
        // A record with `create_link` of client 1, which locks, and `inst0`. Source: VXI-11, C.1.
        let call = [1, 0, 2, 0x0607AF, 1, 10, 0, 0, 0, 0, 1, 1, 0, 5];
        let call = call.map(u32::to_be_bytes).concat();
        let record = [&(0x8000_0000 | 64_u32).to_be_bytes()[..], &call, b"inst0\0\0\0"].concat();
        first.write_all(&record).await.unwrap();
        first.read_exact(&mut answer[..44]).await.unwrap();
        assert_eq!(answer[28..32], [0; 4], "no error");
        return vec![first];
    }
    // `Initialize`, `AsyncInitialize`, `AsyncLock` without a key. Source: IVI-6.1, 6.1 and 6.5.
    first.write_all(b"HS\0\0\x01\0xx\0\0\0\0\0\0\0\0").await.unwrap();
    first.read_exact(&mut answer[..16]).await.unwrap();
    let session = [b"HS\x11\0\0\0".as_slice(), &answer[6..8], &[0; 8]].concat();
    let mut second = dial().await;
    second.write_all(&session).await.unwrap();
    second.read_exact(&mut answer[..16]).await.unwrap();
    second.write_all(b"HS\x04\x01\0\0\0\0\0\0\0\0\0\0\0\0").await.unwrap();
    second.read_exact(&mut answer[..16]).await.unwrap();
    assert_eq!(answer[2..4], [5, 1], "it is locked");
    vec![first, second]
}

#[tokio::test]
async fn a_lock_of_somebody_else_is_named_in_time_and_gone_with_its_holder() {
    for face in BESIDE {
        let rig = Rig::build(&[PSU], &[], Duration::from_millis(400)).served_over(face).await;
        let holder = locked(rig.resource("psu")).await;
        let began = tokio::time::Instant::now();
        let error = rig.open("psu").await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Unreachable, "{face}: {error}");
        assert!(error.message().contains("locked"), "{face}: {error}");
        assert!(began.elapsed() < Duration::from_secs(2), "{face}: {:?}", began.elapsed());
        drop(holder);
        rig.open("psu").await.unwrap();
    }
}

#[test]
fn a_run_comes_to_the_same_verdicts_over_every_network_wire() {
    let mut all = Vec::new();
    for face in LAN {
        let folder = folder(SCRIPT);
        let served = served(&folder, face, &ROLES);
        let line = REAL.replace("bench.fixture.toml", "out.toml");
        let ended = Program::run(folder.root(), &line);
        assert_eq!(ended.code, 1, "{face}: {ended:?}");
        let shown = Program::run(folder.root(), "show latest --store store --json");
        all.push((face, verdicts(&shown)));
        let name = if face == WireFace::Hislip { "::hislip" } else { "127.0.0.1" };
        assert!(shown.stdout.contains(name), "{face}: {}", shown.stdout);
        let off = served.client("psu").ask("OUTP? (@1)");
        assert_eq!(off, "0", "{face}: safe state");
    }
    let (_, first) = &all[0];
    assert_eq!(first.len(), 2, "{first:?}");
    for (face, verdicts) in &all {
        assert_eq!(verdicts, first, "{face}");
    }
}
