//! What the simulated bench promises, in the words of its wire.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pogo_hal::ErrorKind;
use tokio::time::Instant;

use crate::trial::{DMM, PSU, Talk, plan, role, soon, with_device, with_fault};
use crate::{Bench, Plan, Switched, check};

const THERMOMETER: &str = r#"
device("TH-100");
load("VBAT", #{ off: 2.uA, boot: 12.mA, on: 3.4.mA, boots_in: 120.ms, needs: 2.2.V });
rail("TP_1V8", #{ from: "VBAT", level: 1.8.V, dropout: 150.mV, resistance: 0.2.ohm, after: 5.ms });
output("AOUT", #{ follows: "PROBE", gain: 2.0, offset: 1.mV });
resistor("R", 1.kohm);
rtd("T", 25.degC);
"#;

async fn supply() -> Talk {
    let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
    Talk::with(&bench, PSU).await
}

fn near(left: f64, right: f64, tolerance: f64) {
    assert!((left - right).abs() <= tolerance, "{left} is not {right}");
}

#[tokio::test(start_paused = true)]
async fn the_meter_reads_what_the_supply_set() {
    let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
    let (mut psu, mut dmm) = (Talk::with(&bench, PSU).await, Talk::with(&bench, DMM).await);
    psu.say("VOLT 3.3,(@1);:OUTP ON,(@1)").await;
    near(dmm.number("MEAS:VOLT:DC?").await, 3.3, 1e-4);
    psu.say("VOLT 1.2,(@1)").await;
    near(dmm.number("READ?").await, 1.2, 1e-4);
    psu.say("OUTP OFF,(@1)").await;
    near(dmm.number("READ?").await, 0.0, 1e-5);
    assert_eq!(psu.errors().await, [0; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_reading_takes_its_integration_time_and_a_supply_answers_at_once() {
    let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
    let (mut psu, mut dmm) = (Talk::with(&bench, PSU).await, Talk::with(&bench, DMM).await);
    psu.ask("MEAS:VOLT? (@1)").await;
    assert_eq!(bench.world().now_ns(), 0);
    dmm.say("VOLT:NPLC 1").await;
    dmm.ask("READ?").await;
    assert_eq!(bench.world().now_ns(), 21_000_000);
    dmm.say("VOLT:NPLC 0.02;:SAMP:COUN 1000").await;
    let start = Instant::now();
    assert_eq!(dmm.ask("READ?").await.split(',').count(), 1000);
    assert_eq!(start.elapsed(), Duration::from_millis(1400));
}

#[tokio::test(start_paused = true)]
async fn the_unit_boots_in_time_and_dies_with_its_supply() {
    let (plan, _folder) = with_device(plan("connect = 'TP_1V8'"), THERMOMETER);
    let bench = Bench::build(plan).unwrap();
    let (mut psu, mut dmm) = (Talk::with(&bench, PSU).await, Talk::with(&bench, DMM).await);
    dmm.say("VOLT:NPLC 0.02").await;
    psu.say("VOLT 3,(@1);CURR 0.1,(@1);:OUTP ON,(@1)").await;
    near(psu.number("MEAS:CURR? (@1)").await, 0.012, 1e-4);
    near(dmm.number("READ?").await, 0.0, 1e-3);
    bench.world().sleep(Duration::from_millis(5)).await;
    near(dmm.number("READ?").await, 1.8, 1e-3);
    bench.world().sleep_until(119_999_999).await;
    near(psu.number("MEAS:CURR? (@1)").await, 0.012, 1e-4);
    bench.world().sleep_until(120_000_000).await;
    near(psu.number("MEAS:CURR? (@1)").await, 0.0034, 1e-4);
    psu.say("VOLT 2,(@1)").await;
    near(psu.number("MEAS:CURR? (@1)").await, 2e-6, 1e-4);
    psu.say("VOLT 3,(@1)").await;
    bench.world().sleep(Duration::from_millis(10)).await;
    near(psu.number("MEAS:CURR? (@1)").await, 0.012, 1e-4);
}

#[tokio::test(start_paused = true)]
async fn an_output_follows_its_input_only_while_the_unit_is_up() {
    let (plan, _folder) = with_device(plan("connect = 'AOUT'"), THERMOMETER);
    let bench = Bench::build(plan).unwrap();
    let (mut psu, mut dmm) = (Talk::with(&bench, PSU).await, Talk::with(&bench, DMM).await);
    psu.say("VOLT 1,(@2);:OUTP ON,(@2)").await;
    near(dmm.number("READ?").await, 0.0, 1e-4);
    psu.say("VOLT 3,(@1);:OUTP ON,(@1)").await;
    bench.world().sleep(Duration::from_millis(120)).await;
    near(dmm.number("READ?").await, 2.001, 1e-4);
}

#[tokio::test(start_paused = true)]
async fn a_unit_that_pulls_its_own_supply_down_starts_over_and_over_in_time() {
    let (plan, _folder) = with_device(plan("connect = 'VBAT'"), THERMOMETER);
    let bench = Bench::build(plan).unwrap();
    let mut psu = Talk::with(&bench, PSU).await;
    psu.say("CURR 0.005,(@1);:VOLT 3,(@1);:OUTP ON,(@1)").await;
    bench.world().sleep(Duration::from_secs(10)).await;
    assert_eq!(bench.world().now_ns(), 10_000_000_000);
}

#[tokio::test(start_paused = true)]
async fn resistance_and_temperature_come_from_the_loads_of_an_unpowered_net() {
    for (net, question, value, tolerance) in [
        ("R", "MEAS:FRES?", 1000.0, 0.01),
        ("R", "MEAS:RES?", 1000.1, 0.01),
        ("T", "FUNC \"TEMP\";:READ?", 25.0, 0.01),
    ] {
        let (plan, _folder) = with_device(plan(&format!("connect = '{net}'")), THERMOMETER);
        let bench = Bench::build(plan).unwrap();
        near(Talk::with(&bench, DMM).await.number(question).await, value, tolerance);
    }
    let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
    assert_eq!(Talk::with(&bench, DMM).await.ask("MEAS:RES?").await, "+9.90000000E+37");
}

#[tokio::test(start_paused = true)]
async fn current_terminals_in_series_read_what_the_net_draws() {
    let meter = "connect = 'R'\ncurrent = 'VBAT'";
    let (plan, _folder) = with_device(plan(meter), THERMOMETER);
    let bench = Bench::build(plan).unwrap();
    let (mut psu, mut dmm) = (Talk::with(&bench, PSU).await, Talk::with(&bench, DMM).await);
    psu.say("VOLT 3,(@1);:OUTP ON,(@1)").await;
    bench.world().sleep(Duration::from_millis(200)).await;
    near(dmm.number("MEAS:CURR:DC?").await, 0.0034, 1e-6);
}

#[tokio::test(start_paused = true)]
async fn a_reading_beyond_a_fixed_range_is_overload_and_ranges_outlive_functions() {
    let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
    let (mut psu, mut dmm) = (Talk::with(&bench, PSU).await, Talk::with(&bench, DMM).await);
    psu.say("VOLT 5,(@1);:OUTP ON,(@1)").await;
    dmm.say("VOLT:RANG 0.5").await;
    assert_eq!(dmm.ask("VOLT:RANG?;:VOLT:RANG:AUTO?").await, "+1.00000000E+00;0");
    dmm.ask("FUNC \"RES\";:READ?").await;
    assert_eq!(dmm.ask("FUNC \"VOLT\";:READ?").await, "+9.90000000E+37");
    dmm.say("VOLT:RANG 1e6;:VOLT:NPLC 1e9").await;
    assert_eq!(dmm.errors().await, [-222, -222]);
    near(dmm.number("VOLT:RANG:AUTO ON;:READ?").await, 5.0, 1e-4);
}

#[tokio::test(start_paused = true)]
async fn one_seed_gives_one_trace_and_another_seed_another() {
    let trace = async |seed| {
        let bench = Bench::build(Plan { seed, ..plan("connect = 'VBAT'") }).unwrap();
        let mut dmm = Talk::with(&bench, DMM).await;
        dmm.ask("VOLT:RANG 10;:SAMP:COUN 20;:READ?").await
    };
    assert_eq!(trace(1).await, trace(1).await);
    assert_ne!(trace(1).await, trace(2).await);
}

#[tokio::test(start_paused = true)]
async fn over_voltage_and_over_current_switch_the_output_off_and_say_so() {
    let (plan, _folder) = with_device(plan("connect = 'VBAT'"), THERMOMETER);
    let bench = Bench::build(plan).unwrap();
    let mut psu = Talk::with(&bench, PSU).await;
    psu.say("VOLT:PROT 3.5,(@1);:VOLT 3,(@1);:OUTP ON,(@1)").await;
    assert_eq!(psu.ask("OUTP? (@1);:VOLT:PROT:TRIP? (@1)").await, "1;0");
    psu.say("VOLT 4,(@1)").await;
    assert_eq!(psu.ask("OUTP? (@1);:VOLT:PROT:TRIP? (@1)").await, "0;1");
    psu.say("OUTP ON,(@1)").await;
    assert_eq!(psu.errors().await, [-221], "a tripped protection has to be cleared first");
    bench.world().sleep(Duration::from_millis(10)).await;
    psu.say(
        "VOLT 3,(@1);:OUTP:PROT:CLE (@1);:CURR:PROT:STAT ON,(@1);:CURR 0.01,(@1);:OUTP ON,(@1)",
    )
    .await;
    assert_eq!(psu.ask("OUTP? (@1);:CURR:PROT:TRIP? (@1)").await, "0;1");
    psu.say("*RST").await;
    assert_eq!(psu.ask("CURR:PROT:TRIP? (@1);:VOLT? (@1)").await, "0;+0.00000000E+00");
}

#[tokio::test(start_paused = true)]
async fn refusals_have_the_numbers_of_the_standard() {
    let mut psu = supply().await;
    for (message, number) in [
        ("VOLTAG 1", -113),
        ("SYST:VERS", -113),
        ("VOLT1 1", -114),
        ("VOLT", -109),
        ("VOLT 1,(@1),2", -108),
        ("VOLT 9,(@1)", -222),
        ("VOLT 1,(@7)", -222),
        ("VOLT 1,(@x)", -171),
        ("VOLT FOO", -141),
        ("VOLT \"1\"", -104),
        ("VOLT 1A", -131),
        ("VOLT 1.2.3", -121),
        ("OUTP MAYBE", -224),
        ("OUTP 1V", -138),
        ("*ESE", -109),
        ("*ESE 1,2", -108),
        ("*ESE \"a\"", -104),
        ("*ESE 1V", -138),
        ("*ESE 300", -222),
        ("*FOO", -113),
        ("*RST 1", -108),
        ("INST CH7", -224),
        ("VOLT 1 (@1)", -103),
        ("A,B", -102),
        ("VOLT \u{7f}", -101),
    ] {
        psu.say(message).await;
        assert_eq!(psu.errors().await, [number], "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_form_of_a_number_is_understood() {
    let mut psu = supply().await;
    for (written, volts) in [
        ("2.5", 2.5),
        ("2500 MV", 2.5),
        ("2.5V", 2.5),
        ("25E-1", 2.5),
        (".5", 0.5),
        ("#H2", 2.0),
        ("MIN", 0.0),
        ("MAXimum", 6.18),
        ("DEF", 0.0),
        ("0.002 KV", 2.0),
    ] {
        psu.say(&format!("VOLT {written} , (@1)")).await;
        assert_eq!(psu.number("VOLT? (@1)").await, volts, "{written}");
    }
    psu.say("*ESE 1.6").await;
    assert_eq!(psu.ask("*ESE?").await, "+2");
    assert_eq!(
        psu.ask("VOLT? MAX,(@1:3)").await,
        "+6.18000000E+00,+2.57500000E+01,+2.57500000E+01"
    );
    assert_eq!(psu.errors().await, [0; 0]);
}

#[tokio::test(start_paused = true)]
async fn compound_messages_keep_the_path_and_join_their_answers() {
    let mut psu = supply().await;
    psu.ask("*CLS;*ESR?").await;
    assert_eq!(psu.ask("SYST:VERS?;*STB?;ERR?").await, "1999.0;+16;+0,\"No error\"");
    assert_eq!(
        psu.ask(":VOLT 1,(@1);:VOLT? (@1);CURR? (@1)").await,
        "+1.00000000E+00;+5.00000000E+00"
    );
    psu.say("SYST:VERS?;VOLT? (@1)").await;
    assert_eq!(psu.hear().await, "1999.0");
    assert_eq!(psu.errors().await, [-113]);
}

#[tokio::test(start_paused = true)]
async fn commands_before_an_invalid_one_are_carried_out_and_those_behind_it_are_not() {
    let mut psu = supply().await;
    psu.say("VOLT 2,(@1);FOO;VOLT 3,(@1)").await;
    assert_eq!(psu.number("VOLT? (@1)").await, 2.0);
    psu.say("VOLT 99,(@1);CURR 1,(@1)").await;
    assert_eq!(psu.number("CURR? (@1)").await, 1.0, "what is refused spoils only itself");
    assert_eq!(psu.errors().await, [-113, -222]);
}

#[tokio::test(start_paused = true)]
async fn a_channel_list_is_set_wholly_or_not_at_all() {
    let mut psu = supply().await;
    psu.say("VOLT 10,(@2,1)").await;
    assert_eq!(psu.errors().await, [-222]);
    assert_eq!(psu.number("VOLT? (@2)").await, 0.0);
}

#[tokio::test(start_paused = true)]
async fn each_model_speaks_its_own_dialect() {
    let rigol = role("psu", "rigol-dp832", PSU, Some(1), "connect = 'V'");
    let keithley = role("dmm", "keithley-dmm6500", DMM, None, "connect = 'V'");
    let bench = Bench::build(Plan { roles: vec![rigol, keithley], ..Plan::default() }).unwrap();
    let (mut psu, mut dmm) = (Talk::with(&bench, PSU).await, Talk::with(&bench, DMM).await);
    assert_eq!(psu.ask("*IDN?").await, "RIGOL TECHNOLOGIES,DP832,SIMDP832,00.01.14");
    assert_eq!(psu.ask(":OUTP CH1,ON;:OUTP? CH1").await, "ON");
    assert_eq!(psu.ask(":SOUR2:VOLT 5;:SOUR2:VOLT?;:SOUR1:VOLT?").await, "5.000;0.000");
    assert_eq!(psu.ask(":INST CH2;:INST?;:INST:NSEL?;:VOLT?").await, "CH2;2;5.000");
    assert_eq!(psu.ask(":APPL CH1,3,1;:APPL CH2;:MEAS? CH1;:OUTP:MODE? CH1").await, "3.0000;CV");
    assert_eq!(psu.ask("SYST:ERR?").await, "0,\"No error\"");
    assert_eq!(dmm.ask(":FUNC \"CURR:DC\";:FUNC?").await, "\"CURR:DC\"");
    assert_eq!(dmm.ask(":FUNC \"volt\";:SYST:ERR?").await, "0,\"No error;0;0 0\"");
    near(dmm.number(":READ?").await, 3.0, 1e-3);
}

#[tokio::test(start_paused = true)]
async fn a_new_connection_knows_no_old_responses_and_old_commands_are_still_carried_out() {
    let plan =
        with_fault(plan("connect = 'VBAT'"), "at = 'psu'\ndoes = 'hold back'\nby = '300 ms'");
    let bench = Bench::build(plan).unwrap();
    let mut psu = Talk::with(&bench, PSU).await;
    psu.say("VOLT? (@1)").await;
    psu.say("OUTP ON,(@1)").await;
    psu.0.recover(soon()).await.unwrap();
    assert_eq!(psu.ask("OUTP? (@1)").await, "0", "another connection is served at once");
    bench.world().sleep(Duration::from_millis(299)).await;
    assert_eq!(psu.ask("OUTP? (@1)").await, "0");
    bench.world().sleep(Duration::from_millis(1)).await;
    assert_eq!(psu.ask("OUTP? (@1)").await, "1", "what was held back is carried out in the end");
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_is_late_and_belongs_to_its_own_connection() {
    let fault = "at = 'psu'\ndoes = 'answer late'\nby = '2 s'\nafter = 1\ntimes = 1";
    let bench = Bench::build(with_fault(plan("connect = 'VBAT'"), fault)).unwrap();
    let mut psu = Talk::with(&bench, PSU).await;
    psu.ask("*IDN?").await;
    let start = Instant::now();
    assert_eq!(psu.ask("*OPC?").await, "1");
    assert_eq!(start.elapsed(), Duration::from_secs(2));
    assert_eq!(psu.ask("*OPC?").await, "1");
    assert_eq!(start.elapsed(), Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn silence_ends_at_the_deadline_and_says_who_was_silent() {
    let fault = "at = 'probe'\ndoes = 'fall silent'\nafter = 1";
    let bench = Bench::build(with_fault(plan("connect = 'VBAT'"), fault)).unwrap();
    let mut psu = Talk::with(&bench, PSU).await;
    psu.say("VOLT 1,(@1)").await;
    psu.say("VOLT? (@1)").await;
    let mut response = Vec::new();
    let error = psu.0.read(&mut response, soon()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.message().contains("192.0.2.21"), "{error}");
    assert_eq!(bench.world().now_ns(), 5_000_000_000);
}

#[tokio::test(start_paused = true)]
async fn a_short_and_a_low_rail_are_seen_by_the_instruments() {
    let (plan, _folder) = with_device(plan("connect = 'TP_1V8'"), THERMOMETER);
    let plan = with_fault(plan, "at = 'TP_1V8'\ndoes = 'offset'\nby = '-100 mV'");
    let bench =
        Bench::build(with_fault(plan, "at = 'PROBE'\ndoes = 'short'\nthrough = '1 ohm'")).unwrap();
    let (mut psu, mut dmm) = (Talk::with(&bench, PSU).await, Talk::with(&bench, DMM).await);
    psu.say("VOLT 3,(@1);:CURR 0.5,(@2);:VOLT 3,(@2);:OUTP ON,(@1,2)").await;
    near(dmm.number("READ?").await, 1.7, 1e-3);
    near(psu.number("MEAS:VOLT? (@2)").await, 0.5, 1e-3);
}

#[tokio::test(start_paused = true)]
async fn nobody_answers_at_an_address_that_refuses_or_that_no_role_has() {
    use pogo_hal::Dial as _;
    let bench =
        Bench::build(with_fault(plan("connect = 'V'"), "at = 'psu'\ndoes = 'refuse'")).unwrap();
    for address in [PSU, "TCPIP::192.0.2.99::5025::SOCKET"] {
        let Err(error) = bench.dial(&address.parse().unwrap(), soon()).await else {
            panic!("{address}")
        };
        assert_eq!(error.kind(), ErrorKind::Unreachable, "{address}");
        assert!(error.message().contains("192.0.2"), "{error}");
    }
}

#[test]
fn a_plan_that_cannot_be_built_says_where_and_what_was_meant() {
    let (device, _folder) = with_device(plan("connect = 'TP_1V9'"), THERMOMETER);
    let two_models = Plan {
        roles: vec![
            role("a", "keysight-34461a", DMM, None, "connect = 'V'"),
            role("b", "keithley-dmm6500", DMM, None, "connect = 'V'"),
        ],
        ..Plan::default()
    };
    let no_channel = Plan {
        roles: vec![role("a", "rigol-dp832", PSU, Some(4), "connect = 'V'")],
        ..Plan::default()
    };
    for (plan, message, hint) in [
        (device, "no net `TP_1V9`", "did you mean `TP_1V8`?"),
        (plan("conect = 'V'"), "on no net", "connect"),
        (plan("connect = 'V'\ncurent = 'V'"), "`curent`", "did you mean `current`?"),
        (
            with_fault(plan("connect = 'V'"), "at = 'pzu'\ndoes = 'refuse'"),
            "no role `pzu`",
            "`psu`",
        ),
        (
            with_fault(plan("connect = 'V'"), "at = 'NOWHERE'\ndoes = 'short'"),
            "no net `NOWHERE`",
            "VBAT",
        ),
        (with_fault(plan("connect = 'V'"), "at = 'V'\ndoes = 'offset'\nby = '1 V'"), "`V`", "rail"),
        (two_models, "`b` is a `keithley-dmm6500`", ""),
        (no_channel, "no channel 4", "1, 2, 3"),
    ] {
        let error = check(&plan).unwrap_err();
        assert!(error.message.contains(message), "{error:?}");
        assert!(error.hint.clone().unwrap_or_default().contains(hint), "{error:?}");
        assert!(error.place.is_some(), "{error:?}");
    }
}

mod hostile {
    use proptest::prelude::*;

    use super::*;

    fn text() -> impl Strategy<Value = Vec<u8>> {
        let words = prop::sample::select(vec![
            "VOLT",
            "?",
            " ",
            ",",
            ";",
            ":",
            "(@1)",
            "(@1:3",
            "\"",
            "'",
            "#15",
            "#H",
            "MAX",
            "1e9",
            "*ESE",
            "*STB?",
            "MEAS",
            "OUTP",
            "ON",
            "SYST:ERR?",
            "\n",
            "READ?",
            "FUNC",
            "1",
            "-",
        ]);
        let word = words.prop_map(|it| it.as_bytes().to_vec());
        let noise = prop::collection::vec(any::<u8>(), 0..4);
        prop::collection::vec(prop_oneof![3 => word, 1 => noise], 0..30).prop_map(|it| it.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn no_bytes_upset_an_instrument_for_the_next_client(messages in prop::collection::vec(text(), 1..8)) {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time().start_paused(true).build().unwrap();
            runtime.block_on(async {
                let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
                for address in [PSU, DMM] {
                    let mut hostile = Talk::with(&bench, address).await;
                    for message in &messages {
                        hostile.0.write(message, soon()).await.unwrap();
                    }
                    hostile.0.recover(soon()).await.unwrap();
                    bench.world().sleep(Duration::from_secs(60)).await;
                    assert!(hostile.ask("*IDN?").await.contains(",SIM"));
                }
            });
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_observer_is_told_of_every_output_that_is_switched_and_of_nothing_else() {
    let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let teller = told.clone();
    bench.observe_outputs(move |Switched { channel, roles, on, .. }| {
        teller.lock().unwrap().push((channel, roles.join(" "), on));
    });
    let mut psu = Talk::with(&bench, PSU).await;
    let switched = || std::mem::take(&mut *told.lock().unwrap());
    let is = |channel, role: &str, on| (channel, role.to_owned(), on);
    psu.say("VOLT 3,(@1);:OUTP OFF,(@1:3)").await;
    assert_eq!(switched(), []);
    // Both within one message; what stays as it is is not told.
    psu.say("OUTP ON,(@1);:OUTP ON,(@1);:OUTP OFF,(@1)").await;
    assert_eq!(switched(), [is(1, "psu", true), is(1, "psu", false)]);
    // Channel 3 is nobody's role.
    psu.say("OUTP ON,(@2,3)").await;
    assert_eq!(switched(), [is(2, "probe", true), is(3, "", true)]);
    psu.say("*RST").await;
    assert_eq!(switched(), [is(2, "probe", false), is(3, "", false)]);
    // A protection switches off without being told to.
    psu.say("VOLT 3,(@1);:OUTP ON,(@1);:VOLT:PROT 2,(@1)").await;
    assert_eq!(switched(), [is(1, "psu", true), is(1, "psu", false)]);
}
