//! What the status registers promise: they tell what is so on the bench.

use std::time::Duration;

use crate::trial::{DMM, PSU, Talk, plan, role, with_device};
use crate::{Bench, Plan};

#[tokio::test(start_paused = true)]
async fn a_channel_tells_what_it_regulates_and_what_has_tripped_and_is_summed_up() {
    let (plan, _folder) = with_device(
        plan("connect = 'VBAT'"),
        "resistor(\"VBAT\", 10.ohm); resistor(\"PROBE\", 1.kohm);",
    );
    let bench = Bench::build(plan).unwrap();
    let mut psu = Talk::with(&bench, PSU).await;
    psu.say("*CLS;:STAT:QUES:ENAB 8192;INST:ENAB 2;ISUM1:ENAB 513").await;
    assert_eq!(psu.ask("STAT:QUES:INST:ISUM1:COND?").await, "+0", "off: nothing is regulated");
    psu.say("VOLT 5,(@1);:CURR 1,(@1);:OUTP ON,(@1)").await;
    assert_eq!(psu.ask("STAT:QUES:INST:ISUM1:COND?").await, "+2");
    assert_eq!(psu.ask("*STB?").await, "+0", "constant voltage is not enabled");
    psu.say("CURR 0.2,(@1)").await;
    assert_eq!(psu.ask("STAT:QUES:INST:ISUM1:COND?;EVEN?;EVEN?").await, "+1;+3;+0");
    assert_eq!(psu.ask("STAT:QUES:INST:EVEN?;COND?;:STAT:QUES:COND?").await, "+2;+0;+0");
    assert_eq!(psu.ask("*STB?;:STAT:QUES?;*STB?").await, "+8;+8192;+16");
    psu.say("CURR 2,(@1);:VOLT:PROT 4,(@1)").await;
    assert_eq!(psu.ask("STAT:QUES:INST:ISUM:COND?").await, "+512", "left out, the number is 1");
    assert_eq!(psu.ask("STAT:QUES:INST:ISUM2:COND?;*STB?").await, "+0;+24");
    psu.say("OUTP:PROT:CLE (@1)").await;
    assert_eq!(psu.ask("STAT:QUES:INST:ISUM1:COND?").await, "+0");
    psu.say("STAT:QUES:INST:ISUM4:COND?").await;
    assert_eq!(psu.errors().await, [-114]);
}

#[tokio::test(start_paused = true)]
async fn filters_and_enables_are_set_kept_by_clear_and_reset_and_put_back_by_preset() {
    let mut psu = Talk::with(&Bench::build(plan("connect = 'VBAT'")).unwrap(), PSU).await;
    assert_eq!(psu.ask("STAT:OPER:ENAB?;PTR?;NTR?").await, "+0;+32767;+0");
    psu.say("STAT:OPER:ENAB 65535;PTR #H10;NTR 32;:STAT:QUES:NTR 1.6;*CLS;*RST").await;
    assert_eq!(psu.ask("STAT:OPER:ENAB?;PTR?;NTR?;:STAT:QUES:NTR?").await, "+32767;+16;+32;+2");
    psu.say("*ESE 3;*SRE 5;:STAT:PRES").await;
    assert_eq!(psu.ask("STAT:OPER:ENAB?;PTR?;NTR?;:STAT:QUES:NTR?").await, "+0;+32767;+0;+0");
    assert_eq!(psu.ask("STAT:QUES:INST:ENAB?;ISUM3:ENAB?").await, "+32767;+32767");
    assert_eq!(psu.ask("*ESE?;*SRE?").await, "+3;+5", "SCPI does not preset what is not its own");
    for (message, number) in [
        ("STAT:OPER:ENAB 65536", -222),
        ("STAT:OPER:ENAB -1", -222),
        ("STAT:OPER:ENAB", -109),
        ("STAT:OPER:ENAB 1,2", -108),
        ("STAT:OPER:ENAB ON", -104),
        ("STAT:OPER:ENAB 1V", -138),
        ("STAT:OPER:COND 1", -113),
        ("STAT:PRES?", -113),
        ("STAT:PRES 1", -108),
        ("STAT:OPER? 1", -108),
    ] {
        psu.say(message).await;
        assert_eq!(psu.errors().await, [number], "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_meter_tells_overload_as_an_event_and_has_no_filters() {
    let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
    let mut dmm = Talk::with(&bench, DMM).await;
    dmm.say("*CLS;:STAT:QUES:ENAB 512").await;
    dmm.ask("MEAS:RES?").await;
    assert_eq!(dmm.ask("STAT:QUES:COND?;*STB?;EVEN?;EVEN?").await, "+0;+24;+512;+0");
    dmm.ask("MEAS:VOLT?").await;
    assert_eq!(dmm.ask("STAT:QUES?").await, "+0");
    dmm.say("STAT:OPER:PTR 1").await;
    assert_eq!(dmm.errors().await, [-113]);
}

#[tokio::test(start_paused = true)]
async fn a_register_tells_that_a_meter_measures_while_it_does() {
    let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
    let mut dmm = Talk::with(&bench, DMM).await;
    dmm.say("*CLS;:STAT:OPER:ENAB 16;*SRE 128;:VOLT:NPLC 10").await;
    dmm.say("READ?").await;
    bench.world().sleep(Duration::from_millis(100)).await;
    let byte = bench.world().with(|floor| floor.instruments[1].face.status.byte(false));
    assert_eq!(byte, 128 + 64);
    dmm.hear().await;
    assert_eq!(dmm.ask("STAT:OPER:COND?;EVEN?").await, "+0;+16");
}

#[tokio::test(start_paused = true)]
async fn all_errors_at_once_empty_the_queue_where_a_model_has_that() {
    let text = include_str!("../../drivers/models/keithley-dmm6500.toml");
    let all = "\"SYSTem:ERRor:ALL?\" = { reads = \"errors.all\", page = \"of another one\" }";
    let text = text.replace("[simulated]\n", &format!("{all}\n\n[simulated]\n"));
    let model = std::sync::Arc::new(pogo_models::read("mine", "mine.toml", &text).unwrap());
    let roles =
        vec![crate::Role { model, ..role("dmm", "keithley-dmm6500", DMM, None, "connect = 'V'") }];
    let mut dmm = Talk::with(&Bench::build(Plan { roles, ..Plan::default() }).unwrap(), DMM).await;
    assert_eq!(dmm.ask("SYST:ERR:ALL?").await, "0,\"No error;0;0 0\"");
    dmm.say("*FOO").await;
    dmm.say("*ESE").await;
    assert_eq!(
        dmm.ask("SYST:ERR:ALL?;COUN?").await,
        "-113,\"Undefined header;1;0 0\",-109,\"Missing parameter;1;0 0\";0"
    );
}

#[tokio::test(start_paused = true)]
async fn models_have_the_registers_of_their_manuals() {
    let rigol = role("psu", "rigol-dp832", PSU, Some(1), "connect = 'V'");
    let keithley = role("dmm", "keithley-dmm6500", DMM, None, "connect = 'V'");
    let bench = Bench::build(Plan { roles: vec![rigol, keithley], ..Plan::default() }).unwrap();
    let (mut psu, mut dmm) = (Talk::with(&bench, PSU).await, Talk::with(&bench, DMM).await);
    psu.say(":APPL CH2,3,1;:OUTP CH2,ON").await;
    assert_eq!(psu.ask(":STAT:QUES:INST:ISUM2:COND?;:STAT:QUES:COND?").await, "2;8192");
    psu.say(":STAT:OPER:PTR 1;").await;
    assert_eq!(psu.errors().await, [-113]);
    assert_eq!(dmm.ask("STAT:OPER:EVEN?;ENAB?;:STAT:QUES:COND?").await, "0;0;0");
    dmm.say("FOO").await;
    dmm.say("*ESE").await;
    assert_eq!(dmm.ask("SYST:ERR:COUN?;NEXT?;COUN?").await, "2;-113,\"Undefined header;1;0 0\";1");
    psu.say("SYST:ERR:COUN?").await;
    assert_eq!(psu.errors().await, [-113], "its manual has none");
}
