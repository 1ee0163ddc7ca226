//! What is promised of commands that take time while others are carried out.

use std::time::Duration;

use tokio::time::Instant;

use crate::Bench;
use crate::trial::{DMM, PSU, Talk, plan, role};

async fn meter() -> Talk {
    let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
    Talk::with(&bench, DMM).await
}

#[tokio::test(start_paused = true)]
async fn a_measurement_is_taken_while_other_commands_are_carried_out() {
    let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
    let mut dmm = Talk::with(&bench, DMM).await;
    let world = bench.world();
    dmm.say("*CLS;*ESE 1;:VOLT:NPLC 10;:INIT;*OPC").await;
    assert_eq!(dmm.ask("*ESR?;*STB?;:STAT:OPER:COND?").await, "+0;+16;+16");
    world.sleep_until(200_999_999).await;
    assert_eq!(dmm.ask("*STB?").await, "+0");
    world.sleep_until(201_000_000).await;
    assert_eq!(dmm.ask("*STB?;*ESR?;:STAT:OPER:COND?").await, "+32;+1;+0", "*OPC is told now");
    dmm.number("FETC?").await;
    assert_eq!(world.now_ns(), 201_000_000);
    assert_eq!(dmm.errors().await, [0; 0]);
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_whether_it_is_done_is_answered_when_it_is() {
    for message in ["INIT;*OPC?", "INIT;*WAI;*ESE?", "INIT;:FETC?"] {
        let mut dmm = meter().await;
        dmm.say("VOLT:NPLC 1;:SAMP:COUN 3").await;
        let start = Instant::now();
        let answer = dmm.ask(message).await;
        assert_eq!(start.elapsed(), Duration::from_millis(63), "{message}");
        assert_eq!(answer.split(',').count(), if message.ends_with("FETC?") { 3 } else { 1 });
        assert_eq!(dmm.errors().await, [0; 0], "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_stands_before_the_wait_is_carried_out_once() {
    let mut dmm = meter().await;
    assert_eq!(dmm.ask("*CLS;*ESE 8;:INIT;*ESE?;*OPC?;*ESE?").await, "+8;1;+8");
    assert_eq!(dmm.errors().await, [0; 0], "a second INIT would have been ignored with -213");
}

#[tokio::test(start_paused = true)]
async fn a_second_initiate_is_ignored_and_an_abort_completes_the_first() {
    let mut dmm = meter().await;
    dmm.say("*CLS;:INIT;:INIT;*OPC").await;
    assert_eq!(dmm.errors().await, [-213]);
    assert_eq!(dmm.ask("*ESR?;:ABOR;*OPC?;*ESR?").await, "+16;1;+1");
    dmm.say("FETC?").await;
    assert_eq!(dmm.errors().await, [-230]);
}

#[tokio::test(start_paused = true)]
async fn clear_reset_and_device_clear_forget_that_completion_was_to_be_told() {
    for message in ["*CLS", "*RST;*CLS"] {
        let mut dmm = meter().await;
        dmm.say("*CLS;:INIT;*OPC").await;
        dmm.say(message).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(dmm.ask("*ESR?").await, "+0", "{message}");
    }
    let address = "TCPIP::192.0.2.22::hislip0::INSTR";
    let roles = vec![role("dmm", "keysight-34461a", address, None, "connect = 'V'")];
    let bench = Bench::build(crate::Plan { roles, ..crate::Plan::default() }).unwrap();
    let mut dmm = Talk::with(&bench, address).await;
    dmm.say("*CLS;:INIT;*OPC").await;
    dmm.0.device_clear(crate::trial::soon()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(dmm.ask("*ESR?").await, "+0");
    dmm.number("FETC?").await;
}

#[tokio::test(start_paused = true)]
async fn a_bus_trigger_takes_what_was_initiated() {
    let mut dmm = meter().await;
    dmm.say("TRIG:SOUR BUS;COUN 2;:SAMP:COUN 2;:VOLT:NPLC 1;:INIT").await;
    assert_eq!(dmm.ask("STAT:OPER:COND?").await, "+32");
    let start = Instant::now();
    dmm.say("*TRG;*TRG").await;
    assert_eq!(dmm.errors().await, [-211], "it measures already");
    tokio::time::sleep(Duration::from_millis(42)).await;
    assert_eq!(dmm.ask("STAT:OPER:COND?").await, "+32", "for the second one");
    assert_eq!(dmm.ask("*TRG;:FETC?").await.split(',').count(), 4);
    assert_eq!(start.elapsed(), Duration::from_millis(84));
    dmm.say("*TRG").await;
    dmm.say("READ?").await;
    assert_eq!(dmm.errors().await, [-211, -214]);
    dmm.say("INIT;:FETC?").await;
    assert_eq!(dmm.errors().await, [-214], "the trigger would come behind the query");
}

#[tokio::test(start_paused = true)]
async fn other_settings_end_a_measurement() {
    let mut dmm = meter().await;
    dmm.say("INIT;:VOLT:RANG 1").await;
    assert_eq!(dmm.ask("*OPC?").await, "1");
    dmm.say("FETC?").await;
    assert_eq!(dmm.errors().await, [-230]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_a_trigger_ends_with_the_connection_that_waits() {
    let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
    let (mut first, mut second) = (Talk::with(&bench, DMM).await, Talk::with(&bench, DMM).await);
    first.say("TRIG:SOUR BUS;:INIT;*WAI;*ESE 7").await;
    second.say("*ESE?").await;
    drop(first);
    assert_eq!(second.hear().await, "+0");
    assert_eq!(bench.world().now_ns(), 0);
    // Gone before it waits, and gone before what it waits for needs another trigger.
    for message in ["READ?;:TRIG:SOUR BUS;:INIT;*WAI", "TRIG:SOUR BUS;COUN 2;:INIT;*TRG;*WAI"] {
        let mut first = Talk::with(&bench, DMM).await;
        first.say("*RST;:VOLT:NPLC 1").await;
        first.say(message).await;
        drop(first);
        assert_eq!(second.ask("*ESE?").await, "+0", "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn memories_keep_settings_and_a_reset_leaves_them_alone() {
    let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
    let (mut psu, mut dmm) = (Talk::with(&bench, PSU).await, Talk::with(&bench, DMM).await);
    psu.say("VOLT 3,(@1);:VOLT 4,(@2);:OUTP ON,(@1);*SAV 9;*RST").await;
    assert_eq!(psu.ask("VOLT? (@1,2);:OUTP? (@1)").await, "+0.00000000E+00,+0.00000000E+00;0");
    psu.say("*RCL 9").await;
    assert_eq!(psu.ask("VOLT? (@1,2);:OUTP? (@1)").await, "+3.00000000E+00,+4.00000000E+00;1");
    assert!((psu.number("MEAS:VOLT? (@1)").await - 3.0).abs() < 1e-3, "the terminals too");
    psu.say("*RCL 5").await;
    assert_eq!(psu.ask("OUTP? (@1)").await, "0", "nothing was kept there");
    for (message, number) in
        [("*SAV 10", -222), ("*SAV", -109), ("*RCL ON", -104), ("*SAV 1,2", -108)]
    {
        psu.say(message).await;
        assert_eq!(psu.errors().await, [number], "{message}");
    }
    dmm.say("FUNC \"RES\";:RES:RANG 1e5;*SAV 4;*RST;*RCL 4").await;
    assert_eq!(dmm.ask("FUNC?;:RES:RANG?").await, "\"RES\";+1.00000000E+05");
    assert_eq!(dmm.ask("*PSC 0;*PSC?;*PSC -3;*PSC?").await, "+0;+1");
    dmm.say("*PSC 40000").await;
    assert_eq!(dmm.errors().await, [-222]);
}

#[tokio::test(start_paused = true)]
async fn a_model_without_memories_has_no_command_for_them() {
    let roles = vec![role("dmm", "keithley-dmm6500", DMM, None, "connect = 'V'")];
    let bench = Bench::build(crate::Plan { roles, ..crate::Plan::default() }).unwrap();
    let mut dmm = Talk::with(&bench, DMM).await;
    for message in ["*SAV 1", "*RCL 1", "*PSC 1", "*PSC?"] {
        dmm.say(message).await;
        assert_eq!(dmm.errors().await, [-113], "{message}");
    }
}
