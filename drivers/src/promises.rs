//! What drivers and link promise, on an instrument that can be slow or rude.

use std::sync::Arc;
use std::time::Duration;

use pogo_hal::{
    Amperes, ErrorKind, Function, Handle, Multimeter, Notice, Output, PowerSupply, Quantity, Range,
    Reading, SafeState, Secret, Secrets, Volts, toml_file,
};
use tokio::time::{sleep, timeout};

use crate::scripted::Instrument;
use crate::{Opened, Protection, Setup, Wires, check};

const SUPPLY: &str = "Keysight Technologies,E36312A,MY1,1.0";
const METER: &str = "Keysight Technologies,34461A,MY2,1.0";
const MS: Duration = Duration::from_millis(1);

fn setup(model: &str, options: &str, patience: Duration) -> Setup {
    Setup {
        role: "it".into(),
        model: pogo_models::find(model, None).unwrap(),
        resource: "TCPIP::192.0.2.1::5025::SOCKET".parse().unwrap(),
        options: toml_file::read("bench.toml", options).unwrap(),
        limits: Protection::default(),
        timeout: patience,
    }
}

async fn open(instrument: &Instrument, setup: &Setup) -> pogo_hal::Result<Opened> {
    Wires::new(Arc::new(instrument.clone())).open(setup).await
}

async fn supply(instrument: &Instrument, patience: Duration) -> (Arc<dyn PowerSupply>, Opened) {
    let opened = open(instrument, &setup("keysight-e36312a", "channel = 1", patience)).await;
    let opened = opened.unwrap();
    let Handle::PowerSupply(it) = opened.handle.clone() else { panic!("a supply") };
    instrument.with(|it| it.heard.clear());
    (it, opened)
}

async fn meter(instrument: &Instrument) -> Arc<dyn Multimeter> {
    let opened = open(instrument, &setup("keysight-34461a", "", 100 * MS)).await.unwrap();
    instrument.with(|it| it.heard.clear());
    let Handle::Multimeter(it) = opened.handle else { panic!("a meter") };
    it
}

#[tokio::test(start_paused = true)]
async fn a_late_reply_is_never_taken_for_the_next_one() {
    let instrument = Instrument::new(SUPPLY);
    let (supply, opened) = supply(&instrument, 10 * MS).await;
    instrument.with(|it| it.hold = Some(("MEAS:VOLT?", 50 * MS)));
    let error = supply.measure_voltage().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(
        error.message(),
        "`MEAS:VOLT? (@1)`: no answer from `TCPIP0::192.0.2.1::5025::SOCKET` in 10ms"
    );
    sleep(100 * MS).await;
    instrument.with(|it| it.answer = "2.5".into());
    let reading = supply.measure_current().await.unwrap();
    assert_eq!(reading, Reading { value: Amperes(2.5), raw: "2.5".into() });
    assert!(matches!(&opened.log.take_notices()[..], [Notice::Recovered(_)]));
}

#[tokio::test(start_paused = true)]
async fn not_even_half_a_secret_is_in_what_an_answer_is_said_to_be() {
    let secret = Secret::new("code", b"open sesame".to_vec()).unwrap();
    let instrument = Instrument::new(SUPPLY);
    let (supply, opened) = supply(&instrument, 10 * MS).await;
    opened.log.hide(&Arc::new(Secrets::new(vec![secret]).unwrap()));
    // A message is cut behind 80 bytes.
    for before in [10, 75] {
        let answer = ["x".repeat(before), "open sesame".into()].concat();
        instrument.with(|it| it.answer = answer);
        let error = supply.measure_voltage().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Garbled);
        assert!(!error.message().contains("open"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_exchange_spoils_the_connection_wherever_it_was_dropped() {
    for after in 0..60 {
        let instrument = Instrument::new(SUPPLY);
        let (supply, _) = supply(&instrument, 1000 * MS).await;
        instrument.with(|it| it.hold = Some(("MEAS:VOLT?", 50 * MS)));
        let dropped = timeout(after * MS, supply.measure_voltage()).await.is_err();
        instrument.with(|it| it.answer = "2.5".into());
        assert_eq!(supply.measure_current().await.unwrap().value, Amperes(2.5), "{after} ms");
        assert_eq!(instrument.with(|it| it.connections), if dropped { 2 } else { 1 });
    }
}

#[tokio::test(start_paused = true)]
async fn a_supply_that_holds_one_connection_back_is_off_and_stays_off() {
    for round in 0..200u32 {
        let instrument = Instrument::new(SUPPLY);
        let (supply, _) = supply(&instrument, (1 + round) * MS).await;
        instrument.with(|it| it.hold = Some(("OUTP ON", 300 * MS)));
        assert_eq!(supply.on().await.unwrap_err().kind(), ErrorKind::Timeout);
        let safe = supply.make_safe().await.unwrap();
        assert!(matches!(safe, SafeState::Confirmed { read_back, .. } if read_back == "0"));
        sleep(2000 * MS).await;
        assert!(!instrument.with(|it| it.on), "round {round}");
        let heard = instrument.with(|it| it.heard.clone());
        let last = |text: &str| heard.iter().rposition(|it| it.starts_with(text));
        assert!(last("OUTP ON") < last("OUTP OFF"), "{heard:?}");
        // Said on the old connection and on the fresh one, and read back twice.
        assert_eq!(heard.iter().filter(|it| it.starts_with("OUTP OFF")).count(), 2);
        assert_eq!(heard.iter().filter(|it| it.starts_with("OUTP?")).count(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_is_called_after_an_abandoned_on_nothing_switches_on_later() {
    for after in (0..310).step_by(7) {
        for last in ["off", "make_safe", "measure, then make_safe", "set, then off"] {
            let instrument = Instrument::new(SUPPLY);
            let (supply, _) = supply(&instrument, 1000 * MS).await;
            instrument.with(|it| it.hold = Some(("OUTP ON", 300 * MS)));
            _ = timeout(after * MS, supply.on()).await;
            match last {
                "off" => supply.off().await.unwrap(),
                "make_safe" => drop(supply.make_safe().await.unwrap()),
                "set, then off" => {
                    supply.set_voltage(Volts(1.0)).await.unwrap();
                    supply.off().await.unwrap();
                }
                _ => {
                    supply.measure_voltage().await.unwrap();
                    supply.make_safe().await.unwrap();
                }
            }
            sleep(2000 * MS).await;
            assert!(!instrument.with(|it| it.on), "{last} after {after} ms");
            assert_eq!(supply.output().await.unwrap(), Output::Off);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_safe_state_that_is_dropped_half_way_and_said_again_still_comes_last() {
    for after in 0..400 {
        let instrument = Instrument::new(SUPPLY);
        let (supply, _) = supply(&instrument, 1000 * MS).await;
        instrument.with(|it| it.hold = Some(("OUTP ON", 300 * MS)));
        _ = timeout(20 * MS, supply.on()).await;
        _ = timeout(after * MS, supply.make_safe()).await;
        supply.make_safe().await.unwrap();
        sleep(2000 * MS).await;
        assert!(!instrument.with(|it| it.on), "dropped after {after} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_command_never_follows_the_next_one() {
    let instrument = Instrument::new(SUPPLY);
    let (supply, _) = supply(&instrument, 100 * MS).await;
    instrument.with(|it| it.hold = Some(("VOLT 5", 300 * MS)));
    supply.set_voltage(Volts(5.0)).await.unwrap_err();
    supply.set_voltage(Volts(3.0)).await.unwrap();
    sleep(2000 * MS).await;
    let heard = instrument.with(|it| it.heard.clone());
    let set: Vec<_> = heard.iter().filter(|it| it.starts_with("VOLT")).collect();
    assert_eq!(set, ["VOLT 5,(@1)", "VOLT 3,(@1)"]);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_never_gets_on_is_not_overtaken_except_for_safe_state() {
    let instrument = Instrument::new(SUPPLY);
    let (supply, _) = supply(&instrument, 100 * MS).await;
    instrument.with(|it| it.hold = Some(("OUTP ON", 60_000 * MS)));
    supply.on().await.unwrap_err();
    let error = supply.set_voltage(Volts(3.0)).await.unwrap_err();
    assert!(error.message().contains("an earlier command"), "{error}");
    assert_eq!(instrument.with(|it| it.connections), 1);
    supply.make_safe().await.unwrap();
    sleep(120_000 * MS).await;
    // The held connection wakes up and ends, in order, with what was said on it last.
    assert!(!instrument.with(|it| it.on));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_carries_the_command_and_every_queued_error() {
    let instrument = Instrument::new(SUPPLY);
    let (supply, _) = supply(&instrument, 100 * MS).await;
    instrument.with(|it| it.refuses = Some("VOLT 9"));
    let error = supply.set_voltage(Volts(9.0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(error.message(), "`VOLT 9,(@1)` refused: -222,\"Data out of range\"");
    assert_eq!(error.hint(), Some("channel 1 of `keysight-e36312a` is rated for 6 V and 5 A"));
    instrument.with(|it| it.errors.push_back("-113,\"Undefined header\"".into()));
    let error = supply.set_voltage(Volts(9.0)).await.unwrap_err();
    assert!(error.message().ends_with("-113,\"Undefined header\"; -222,\"Data out of range\""));
    supply.set_voltage(Volts(5.0)).await.unwrap();
    assert_eq!(instrument.with(|it| it.connections), 1);
}

#[tokio::test(start_paused = true)]
async fn a_query_that_is_refused_says_why_it_was_not_answered() {
    let instrument = Instrument::new(SUPPLY);
    let (supply, _) = supply(&instrument, 100 * MS).await;
    instrument.with(|it| it.refuses = Some("MEAS:CURR?"));
    let error = supply.measure_current().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(error.message(), "`MEAS:CURR? (@1)` refused: -222,\"Data out of range\"");
    supply.measure_voltage().await.unwrap();
    assert_eq!(instrument.with(|it| it.connections), 2);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_makes_no_sense_is_garbled_and_its_connection_not_trusted() {
    let instrument = Instrument::new(SUPPLY);
    let (supply, _) = supply(&instrument, 100 * MS).await;
    instrument.with(|it| it.answer = "Command error".into());
    let error = supply.measure_voltage().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Garbled);
    assert_eq!(error.message(), "`Command error` is no answer to `MEAS:VOLT? (@1)`");
    instrument.with(|it| it.answer = "1.5".into());
    assert_eq!(supply.measure_voltage().await.unwrap().value, Volts(1.5));
    assert_eq!(instrument.with(|it| it.connections), 2);
}

#[tokio::test(start_paused = true)]
async fn opening_notes_the_queue_makes_safe_and_programs_the_protection() {
    let instrument = Instrument::new(SUPPLY);
    instrument.with(|it| {
        it.on = true;
        it.errors.push_back("-410,\"Query INTERRUPTED\"".into());
    });
    let mut setup = setup("keysight-e36312a", "channel = 1", 100 * MS);
    setup.limits = Protection { voltage: Some(Volts(5.0)), current: Some(Amperes(0.5)) };
    let opened = open(&instrument, &setup).await.unwrap();
    let found = Notice::FoundInQueue(vec!["-410,\"Query INTERRUPTED\"".into()]);
    assert_eq!(opened.log.take_notices(), [found]);
    let heard = instrument.with(|it| it.heard.clone());
    let commands: Vec<&str> =
        heard.iter().map(String::as_str).filter(|it| *it != "SYST:ERR?").collect();
    assert_eq!(
        commands,
        ["*IDN?", "*CLS", "OUTP OFF,(@1)", "OUTP? (@1)", "VOLT:PROT 5,(@1)", "CAL:DATE?"],
        "this model has no over-current level"
    );
    assert!(!instrument.with(|it| it.on));
}

#[tokio::test(start_paused = true)]
async fn a_supply_that_does_not_switch_off_is_not_called_safe() {
    let instrument = Instrument::new(SUPPLY);
    let (supply, _) = supply(&instrument, 100 * MS).await;
    supply.on().await.unwrap();
    instrument.with(|it| it.refuses = Some("OUTP OFF"));
    let error = supply.make_safe().await.unwrap_err();
    assert_eq!(error.message(), "`OUTP OFF,(@1)` was said, but `OUTP? (@1)` is answered by `1`");
}

#[tokio::test(start_paused = true)]
async fn somebody_else_at_the_address_is_named_with_who_was_expected() {
    let instrument = Instrument::new(METER);
    let setup = setup("keysight-e36312a", "channel = 1", 100 * MS);
    let error = open(&instrument, &setup).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    for part in [METER, "Keysight Technologies,E36312A,*", "keysight-e36312a", "192.0.2.1"] {
        assert!(error.message().contains(part), "{error}");
    }
    assert!(!instrument.with(|it| it.heard.iter().any(|it| it.contains("OUTP"))));
}

#[tokio::test(start_paused = true)]
async fn another_serial_number_after_a_recovery_is_an_error() {
    let instrument = Instrument::new(SUPPLY);
    let (supply, _) = supply(&instrument, 100 * MS).await;
    _ = timeout(Duration::ZERO, supply.measure_voltage()).await;
    instrument.with(|it| it.identity = SUPPLY.replace("MY1", "MY9"));
    for _ in 0..2 {
        let error = supply.measure_voltage().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable);
        assert!(error.message().contains("MY1") && error.message().contains("MY9"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn roles_with_one_address_share_one_session() {
    let instrument = Instrument::new(SUPPLY);
    let wires = Wires::new(Arc::new(instrument.clone()));
    let one = wires.open(&setup("keysight-e36312a", "channel = 1", 100 * MS)).await.unwrap();
    let mut other = setup("keysight-e36312a", "channel = 2", 100 * MS);
    other.resource = "tcpip0::192.0.2.1::5025::socket".parse().unwrap();
    let two = wires.open(&other).await.unwrap();
    assert!(Arc::ptr_eq(&one.log, &two.log));
    assert_eq!(instrument.with(|it| it.connections), 1);
}

#[tokio::test(start_paused = true)]
async fn a_reading_beyond_the_range_is_no_number_and_keeps_the_meters_text() {
    let instrument = Instrument::new(METER);
    let meter = meter(&instrument).await;
    instrument.with(|it| it.answer = "+9.90000000E+37".into());
    let reading = meter.dc_voltage().await.unwrap();
    assert!(reading.value.0.is_nan());
    assert_eq!(reading.raw, "+9.90000000E+37");
}

#[tokio::test(start_paused = true)]
async fn a_function_that_the_meter_refuses_gives_no_reading_of_another() {
    let instrument = Instrument::new(METER);
    let meter = meter(&instrument).await;
    // Its READ? would be answered all the same.
    instrument.with(|it| it.errors.push_back("-224,\"Illegal parameter value\"".into()));
    assert_eq!(meter.resistance().await.unwrap_err().kind(), ErrorKind::Refused);
    meter.resistance().await.unwrap();
    meter.resistance().await.unwrap();
    let heard = instrument.with(|it| it.heard.clone());
    // Proven once, a reading is one message.
    assert_eq!(&heard[heard.len() - 2..], ["SYST:ERR?", "FUNC \"RES\";:READ?"]);
}

#[tokio::test(start_paused = true)]
async fn range_and_integration_time_are_said_per_function_or_not_at_all() {
    let instrument = Instrument::new(METER);
    let meter = meter(&instrument).await;
    let volts = |it| Range::UpTo(Quantity::from(Volts(it)));
    meter.set_range(Function::DcVoltage, volts(0.1)).await.unwrap();
    meter.set_range(Function::DcCurrent, Range::Auto).await.unwrap();
    meter.set_nplc(Function::Temperature, 0.02).await.unwrap();
    for (outcome, kind) in [
        (meter.set_range(Function::Resistance, volts(1.0)).await, ErrorKind::OutOfRange),
        (meter.set_range(Function::DcVoltage, volts(f64::NAN)).await, ErrorKind::OutOfRange),
        (meter.set_nplc(Function::DcVoltage, f64::INFINITY).await, ErrorKind::OutOfRange),
        (meter.set_range(Function::Temperature, Range::Auto).await, ErrorKind::Unsupported),
    ] {
        assert_eq!(outcome.unwrap_err().kind(), kind);
    }
    let heard = instrument.with(|it| it.heard.clone());
    let said: Vec<_> = heard.iter().filter(|it| *it != "SYST:ERR?").collect();
    assert_eq!(said, ["VOLT:DC:RANG 0.1", "CURR:DC:RANG:AUTO ON", "TEMP:NPLC 0.02"]);
}

#[tokio::test(start_paused = true)]
async fn a_reading_may_take_as_long_as_its_integration() {
    let instrument = Instrument::new(METER);
    let meter = meter(&instrument).await;
    instrument.with(|it| it.hold = Some(("VOLT:DC", 450 * MS)));
    meter.dc_voltage().await.unwrap();
    meter.set_nplc(Function::DcVoltage, 0.02).await.unwrap();
    instrument.with(|it| it.hold = Some(("FUNC \"VOLT:DC\"", 450 * MS)));
    assert_eq!(meter.dc_voltage().await.unwrap_err().kind(), ErrorKind::Timeout);
}

#[test]
fn a_role_is_checked_without_opening_anything() {
    let complain = |model: &str, options: &str, voltage: Option<f64>| {
        let mut setup = setup(model, options, MS);
        setup.limits.voltage = voltage.map(Volts);
        check(&setup).err().map(|error| {
            let place = error.place.map(|it| it.to_string()).unwrap_or_default();
            format!("{place}: {} ({})", error.message, error.hint.unwrap_or_default())
        })
    };
    assert_eq!(complain("keysight-e36312a", "channel = 3", Some(25.0)), None);
    assert_eq!(complain("keysight-34461a", "", None), None);
    for (model, options, voltage, said) in [
        (
            "keysight-e36312a",
            "\nchannel = 4",
            None,
            "bench.toml:2:11: `keysight-e36312a` has no channel 4 (it has channels 1, 2, 3)",
        ),
        (
            "keysight-e36312a",
            "chanel = 1",
            None,
            "bench.toml:1:1: `chanel` is not a key of this file (did you mean `channel`?)",
        ),
        (
            "keysight-e36312a",
            "",
            None,
            "bench.toml:1:1: `` has no `channel` (`keysight-e36312a` has channels 1, 2, 3)",
        ),
        ("keysight-e36312a", "channel = \"1\"", None, "bench.toml:1:11: `channel`: invalid type"),
        (
            "keysight-e36312a",
            "channel = 1",
            Some(6.5),
            ": the voltage limit of 6.5 V exceeds channel 1",
        ),
        ("keysight-e36312a", "channel = 1", Some(f64::NAN), ": the voltage limit"),
        (
            "keysight-34461a",
            "channel = 1",
            None,
            "bench.toml:1:1: `channel` is not a key of this file ()",
        ),
        ("keysight-34461a", "", Some(5.0), ": a multimeter has no limits"),
    ] {
        let complaint = complain(model, options, voltage).unwrap();
        assert!(complaint.starts_with(said), "{complaint}");
    }
}
