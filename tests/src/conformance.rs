//! The shipping drivers keep the promises of their traits over every simulated model, in process
//! and over every wire on the loopback interface, and say so when a fault keeps them from it.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use pogo_drivers::{ConsoleSetup, Network, Wires};
use pogo_hal::conformance::{Bounds, console, multimeter, power_supply};
use pogo_hal::{Amperes, ErrorKind, Function, Handle, Range, SafeState, Volts, toml_file};
use pogo_sim::{Bench, Plan, Serving};

use crate::Folder;
use crate::rig::{LAN, Rig, RoleOf};

const SUPPLIES: [RoleOf<'_>; 4] = [
    ("psu", "keysight-e36312a", Some(1)),
    ("psu", "keysight-e36312a", Some(3)),
    ("psu", "rigol-dp832", Some(2)),
    ("psu", "rigol-dp832", Some(3)),
];
const METERS: [RoleOf<'_>; 2] =
    [("dmm", "keysight-34461a", None), ("dmm", "keithley-dmm6500", None)];

const BOUNDS: Bounds = Bounds {
    voltage: Volts(3.3),
    current: Amperes(0.1),
    too_much: Volts(99.0),
    tolerance: Volts(0.02),
};

const TIMEOUT: Duration = Duration::from_secs(1);

#[test]
fn every_built_in_model_is_checked_here() {
    let checked = SUPPLIES.iter().chain(&METERS).map(|(_, model, _)| *model);
    let checked: std::collections::BTreeSet<&str> = checked.collect();
    assert_eq!(checked, pogo_models::builtin().collect());
}

/// Puts 2 V on the net, so that a meter on it has something to read.
async fn feed(rig: &Rig) {
    let source = rig.supply("source").await;
    source.set_voltage(Volts(2.0)).await.unwrap();
    source.set_current_limit(Amperes(0.1)).await.unwrap();
    source.on().await.unwrap();
}

const SOURCE: RoleOf<'_> = ("source", "keysight-e36312a", Some(2));

#[tokio::test(start_paused = true)]
async fn every_simulated_supply_keeps_the_promises_of_a_supply() {
    for role in SUPPLIES {
        let rig = Rig::build(&[role], &[], TIMEOUT);
        power_supply(&*rig.supply("psu").await, BOUNDS)
            .await
            .unwrap_or_else(|it| panic!("{role:?}: {it}"));
    }
}

#[tokio::test(start_paused = true)]
async fn every_simulated_meter_keeps_the_promises_of_a_meter() {
    for role in METERS {
        let rig = Rig::build(&[SOURCE, role], &[], TIMEOUT);
        feed(&rig).await;
        let meter = rig.meter("dmm").await;
        multimeter(&*meter, Volts(2.0), Volts(0.02))
            .await
            .unwrap_or_else(|it| panic!("{role:?}: {it}"));
    }
}

#[tokio::test]
async fn a_supply_keeps_its_promises_over_every_network_wire() {
    for face in LAN {
        let rig = Rig::build(&[SUPPLIES[0]], &[], TIMEOUT).served_over(face).await;
        power_supply(&*rig.supply("psu").await, BOUNDS)
            .await
            .unwrap_or_else(|it| panic!("{face}: {it}"));
    }
}

#[tokio::test]
async fn a_meter_keeps_its_promises_over_every_network_wire() {
    for face in LAN {
        let rig = Rig::build(&[SOURCE, METERS[0]], &[], TIMEOUT).served_over(face).await;
        feed(&rig).await;
        let meter = rig.meter("dmm").await;
        multimeter(&*meter, Volts(2.0), Volts(0.02))
            .await
            .unwrap_or_else(|it| panic!("{face}: {it}"));
    }
}

#[tokio::test(start_paused = true)]
async fn one_late_answer_spoils_one_call_and_nothing_after_it() {
    for role in SUPPLIES {
        let fault = "at = 'psu'\ndoes = 'answer late'\nby = '3 s'\nafter = 12\ntimes = 1";
        let rig = Rig::build(&[role], &[fault], TIMEOUT);
        let supply = rig.supply("psu").await;
        let broken = power_supply(&*supply, BOUNDS).await.unwrap_err();
        assert!(broken.contains("timeout"), "{role:?}: {broken}");
        power_supply(&*supply, BOUNDS).await.unwrap_or_else(|it| panic!("{role:?}: {it}"));
    }
    for role in METERS {
        let fault = "at = 'dmm'\ndoes = 'answer late'\nby = '3 s'\nafter = 8\ntimes = 1";
        let rig = Rig::build(&[SOURCE, role], &[fault], TIMEOUT);
        feed(&rig).await;
        let meter = rig.meter("dmm").await;
        let broken = multimeter(&*meter, Volts(2.0), Volts(0.02)).await.unwrap_err();
        assert!(broken.contains("timeout"), "{role:?}: {broken}");
        // The promises begin with a meter that finds its range itself.
        meter.set_range(Function::DcVoltage, Range::Auto).await.unwrap();
        multimeter(&*meter, Volts(2.0), Volts(0.02))
            .await
            .unwrap_or_else(|it| panic!("{role:?}: {it}"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_supply_that_falls_silent_is_never_reported_safe() {
    for role in SUPPLIES {
        let fault = "at = 'psu'\ndoes = 'fall silent'\nafter = 20";
        let rig = Rig::build(&[role], &[fault], TIMEOUT);
        let supply = rig.supply("psu").await;
        power_supply(&*supply, BOUNDS).await.unwrap_err();
        let error = supply.make_safe().await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Unreachable),
            "{role:?}: {error:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_meter_that_falls_silent_says_so_with_every_reading() {
    for role in METERS {
        let fault = "at = 'dmm'\ndoes = 'fall silent'\nafter = 12";
        let rig = Rig::build(&[SOURCE, role], &[fault], TIMEOUT);
        feed(&rig).await;
        let meter = rig.meter("dmm").await;
        multimeter(&*meter, Volts(2.0), Volts(0.02)).await.unwrap_err();
        for _ in 0..3 {
            let error = meter.dc_voltage().await.unwrap_err();
            assert_ne!(error.kind(), ErrorKind::Garbled, "{role:?}: {error:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_does_not_answer_to_the_models_name_is_not_opened() {
    let mut rig = Rig::build(&[SUPPLIES[0], METERS[0]], &[], TIMEOUT);
    rig.swap_addresses();
    let error = rig.open("psu").await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error:?}");
    assert!(error.message().contains("34461A"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_supply_is_made_safe_whatever_was_on() {
    for role in SUPPLIES {
        let rig = Rig::build(&[role], &[], TIMEOUT);
        let supply = rig.supply("psu").await;
        supply.set_voltage(Volts(3.0)).await.unwrap();
        supply.on().await.unwrap();
        let safe = supply.make_safe().await.unwrap();
        assert!(matches!(&safe, SafeState::Confirmed { .. }), "{role:?}: {safe:?}");
        assert!(supply.measure_voltage().await.unwrap().value.0.abs() < 0.02, "{role:?}");
        assert!((supply.voltage_setpoint().await.unwrap().value.0 - 3.0).abs() < 1e-3, "{role:?}");
    }
}

/// A unit that needs no supply, and the setup of its console.
fn talking_unit() -> (Arc<Bench>, ConsoleSetup, Folder) {
    let folder = Folder::new().with(
        "unit.dut.rhai",
        "console(\"UART\", #{ echo: true, prompt: \"> \" });\n\
         on_line(\"UART\", |line| if line == \"version\" { \"TH-100 1.4.2\" } else { \"what?\" });\n",
    );
    let section = |text: &str| toml_file::read("bench.fixture.toml", text).unwrap();
    let resource = "ASRL/dev/ttyUSB0::INSTR".parse().unwrap();
    let setup = ConsoleSetup::read("uart", &resource, section("echo = true"), TIMEOUT).unwrap();
    let role = pogo_sim::ConsoleRole {
        role: "uart".into(),
        resource,
        line: setup.line,
        sim: section("connect = 'UART'"),
    };
    let device = Some(folder.path("unit.dut.rhai"));
    let plan = Plan { consoles: vec![role], device, seed: 1, ..Plan::default() };
    (Bench::build(plan).unwrap(), setup, folder)
}

async fn keeps_the_promises_of_a_console(wires: Wires, setup: &ConsoleSetup) {
    let Handle::Console(it) = wires.open_console(setup).await.unwrap().handle else {
        panic!("a console")
    };
    console(&*it, "version", "1.4.2", Duration::from_millis(400)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_simulated_console_keeps_the_promises_of_a_console() {
    let (bench, setup, _folder) = talking_unit();
    keeps_the_promises_of_a_console(Wires::new(bench), &setup).await;
}

#[tokio::test]
async fn a_served_console_keeps_the_promises_of_a_console() {
    let (bench, mut setup, _folder) = talking_unit();
    let serving = Serving { faces: Vec::new(), ..Serving::sockets(Ipv4Addr::LOCALHOST.into()) };
    let served = pogo_sim::serve(bench, &serving).await.unwrap();
    setup.resource = served[0].resource.clone();
    let wires = Wires::new(Arc::new(Network::default()));
    keeps_the_promises_of_a_console(wires, &setup).await;
}
