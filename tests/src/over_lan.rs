//! VXI-11 and HiSLIP as sessions have them, against the served bench: what a raw socket has not, and
//! what becomes of them when the other end goes wrong.

use std::collections::BTreeMap;
use std::time::Duration;

use pogo_hal::{Deadline, ErrorKind, Session};
use pogo_sim::WireFace;

use crate::bench::{REAL, folder};
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

/// A fixture for the served bench over `face`, in the folder it was served from.
fn served(folder: &Folder, face: WireFace) -> Served {
    let line = format!("bench.fixture.toml --write-fixture out.toml --fixture-face {face}");
    Served::told(folder.root(), &line, &["psu", "dmm", "other"])
}

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
fn a_run_comes_to_the_same_verdicts_over_every_network_wire() {
    let mut all = Vec::new();
    for face in LAN {
        let folder = folder(SCRIPT);
        let served = served(&folder, face);
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
