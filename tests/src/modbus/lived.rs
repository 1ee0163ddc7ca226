//! What lives behind the registers of a simulated device: a chamber, or the unit itself.

use std::time::Duration;

use pogo_hal::{Dimension, Quantity, RegisterValue};

use super::rig::{Rig, TCP, refused};
use crate::{Ended, Folder, Program};

const CHAMBER: &str =
    "chamber = { setpoint = 'setpoint', temperature = 'air', runs = 'fan', time = '100 s' }";

/// What the register called `air` reads, in degrees Celsius.
async fn air(it: &super::rig::Device) -> f64 {
    let register = it.device.map().get("air").unwrap().clone();
    match it.device.get(&register).await.unwrap().value {
        RegisterValue::Quantity(it) => it.value(),
        other => panic!("{other}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_chamber_follows_its_setpoint_with_its_time_constant_and_the_room_once_it_is_off() {
    let rig = Rig::simulated(TCP, CHAMBER);
    let it = rig.open("it").await.unwrap();
    let world = rig.bench.world();
    let setpoint = it.device.map().get("setpoint").unwrap().clone();
    let hot = RegisterValue::Quantity(Quantity::new(123.0, Dimension::Temperature));
    it.device.set(&setpoint, &hot).await.unwrap();
    world.sleep(Duration::from_secs(1000)).await;
    assert!((air(&it).await - 23.0).abs() < 0.1, "it does not run");
    it.device.write_coils(5, &[true]).await.unwrap();
    for seconds in [50, 50, 100] {
        let (before, target) = (air(&it).await, 123.0);
        world.sleep(Duration::from_secs(seconds)).await;
        let decay = (-(seconds as f64) / 100.0).exp();
        let expected = target + (before - target) * decay;
        let now = air(&it).await;
        assert!((now - expected).abs() < 0.05, "{now} after {seconds} s, not {expected}");
    }
    it.device.write_coils(5, &[false]).await.unwrap();
    world.sleep(Duration::from_secs(2000)).await;
    assert!((air(&it).await - 23.0).abs() < 0.05);
}

#[test]
fn a_sim_table_that_cannot_be_is_refused_with_its_place() {
    for (sim, column, message, hint) in [
        ("chamber = { setpoint = 'setpoint' }", 11, "`time`", "write `chamber"),
        (
            "chamber = { setpoint = 'setpiont', temperature = 'air', time = '1 s' }",
            24,
            "there is no register `setpiont`",
            "did you mean `setpoint`?",
        ),
        (
            "chamber = { setpoint = 'pressure', temperature = 'air', time = '1 s' }",
            24,
            "`pressure` is not a temperature",
            "",
        ),
        (
            "chamber = { setpoint = 'setpoint', temperature = 'air', time = '0 s' }",
            64,
            "no chamber follows within 0 s",
            "",
        ),
        ("server = 'NOBODY'", 10, "declares no Modbus server `NOBODY`", "modbus(\"NAME\""),
        ("values = { pressure = '5 V' }", 23, "5 V is a voltage", ""),
        ("values = { presure = '5 kPa' }", 12, "`values.presure`", "did you mean `pressure`?"),
        ("valeus = {}", 1, "`valeus` is not a key", "did you mean `values`?"),
    ] {
        let error = refused(sim);
        let place = error.place.clone().unwrap();
        assert!(error.message.contains(message), "{sim}: {error:?}");
        assert!(error.hint.clone().unwrap_or_default().contains(hint), "{sim}: {error:?}");
        assert_eq!((place.line, place.column), (1, column), "{sim}: {error:?}");
    }
}

const FIXTURE: &str = r#"
[fixture]
id = "FX-M"

[instruments.psu]
model   = "keysight-e36312a"
address = "TCPIP::192.0.2.21::5025::SOCKET"
channel = 1
sim     = { connect = "VIN" }

[instruments.unit]
model   = "modbus"
address = "TCPIP::192.0.2.40::502::SOCKET"
faces   = "unit"
timeout = "200 ms"
sim     = { server = "IT" }

[instruments.unit.registers]
level   = { kind = "holding", address = 0, type = "u16", unit = "mV", access = "read-write", max = "100 mV" }
doubled = { kind = "input", address = 0, type = "u16", unit = "mV" }

[sim]
device = "it.dut.rhai"
"#;

const DEVICE: &str = r#"
device("IT");
load("VIN", #{ on: 1.mA });
let level = 0.V;
modbus("IT", #{
    on_read: |register| if register == "doubled" { level * 2 },
    on_write: |register, value| level = value,
});
"#;

fn run(device: &str, script: &str) -> Ended {
    let folder = Folder::new()
        .with("bench.fixture.toml", FIXTURE.trim_start())
        .with("it.dut.rhai", device)
        .with("script.rhai", &format!("//! A script of the tests.\n\n{script}\n"));
    let line = "run script.rhai --fixture bench.fixture.toml --dut SN0001 --sim --store store";
    Program::run(folder.root(), line)
}

const ON: &str = "psu.set_voltage(3.V); psu.set_current_limit(10.mA); psu.on();";

#[test]
fn what_a_units_handlers_say_is_read_and_what_is_written_reaches_them() {
    let script = format!(
        "{ON} unit.set(\"level\", 21.mV); measure(\"doubled\", unit.doubled, 41.mV..=43.mV);
         measure(\"kept\", unit.get(\"level\"), 20.mV..=22.mV);
         expect_error(\"out-of-range\", || unit.set(\"level\", 50.mV * 3)); psu.off();"
    );
    let ended = run(DEVICE, &script);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.stdout.contains("42 mV"), "{ended:?}");
}

#[test]
fn a_unit_without_its_supply_is_silent_and_fails() {
    let ended = run(DEVICE, "record(\"doubled\", unit.doubled); psu.off();");
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.stderr.contains("unit.doubled: reading input register 0: "), "{ended:?}");
    assert!(ended.stderr.contains("the unit under test, is silent"), "{ended:?}");
}

#[test]
fn a_handler_that_goes_wrong_is_an_error_of_the_bench_with_its_line() {
    let device = DEVICE.replace("level * 2", "nothing_is_called_so()");
    let ended = run(&device, &format!("{ON} record(\"doubled\", unit.doubled); psu.off();"));
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.stderr.contains("the simulated unit went wrong at"), "{ended:?}");
    assert!(ended.stderr.contains("it.dut.rhai:6:"), "{ended:?}");
    let device = DEVICE.replace("level * 2", "5.A");
    let ended = run(&device, &format!("{ON} record(\"doubled\", unit.doubled); psu.off();"));
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.stderr.contains("`IT` cannot answer 5 A for `doubled`"), "{ended:?}");
}

#[test]
fn a_safe_value_that_is_taken_and_not_kept_is_not_confirmed() {
    let fixture =
        FIXTURE.replace("faces   = \"unit\"\n", "").replace("max = \"100 mV\"", "safe = \"0 mV\"");
    // Without a load it is always up.
    let device = "resistor(\"VIN\", 1.kohm);\nmodbus(\"IT\", #{ on_read: |register| 5.mV });\n";
    let folder = Folder::new()
        .with("bench.fixture.toml", fixture.trim_start())
        .with("it.dut.rhai", device)
        .with(
            "script.rhai",
            "//! A script of the tests.\n\nrecord(\"it\", unit.doubled); psu.off();\n",
        );
    let line = "run script.rhai --fixture bench.fixture.toml --dut SN0001 --sim --store store";
    let ended = Program::run(folder.root(), line);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.stderr.contains("`level` was set to 0 mV and is 5 mV"), "{ended:?}");
    assert!(ended.stdout.contains("unit NOT SAFE"), "{ended:?}");
}

#[test]
fn a_unit_whose_adapter_is_missing_is_no_danger_and_a_device_of_the_bench_may_be() {
    let head = "[fixture]\nid = \"FX-M\"\n\n";
    let from = FIXTURE.find("[instruments.unit]").unwrap();
    let to = FIXTURE.find("[sim]").unwrap();
    let role =
        FIXTURE[from..to].replace("TCPIP::192.0.2.40::502::SOCKET", "ASRL/dev/no-such::INSTR");
    for (faces, unsafe_one) in [("unit", false), ("bench", true)] {
        let role = role.replace("faces   = \"unit\"", &format!("faces   = \"{faces}\""));
        let folder = Folder::new()
            .with("bench.fixture.toml", &[head, &role].concat())
            .with("script.rhai", "//! A script of the tests.\n\nrecord(\"it\", unit.doubled);\n");
        let line = "run script.rhai --fixture bench.fixture.toml --dut SN0001 --store store";
        let ended = Program::run(folder.root(), line);
        assert_eq!(ended.code, 3, "{faces}: {ended:?}");
        assert!(ended.stderr.contains("unit: there is no `/dev/no-such`"), "{faces}: {ended:?}");
        assert_eq!(ended.stdout.contains("unit NOT SAFE"), unsafe_one, "{faces}: {ended:?}");
    }
}
