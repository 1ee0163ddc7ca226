//! What message-based wires promise besides their messages: serial poll, device clear, trigger.

use std::sync::Arc;
use std::time::Duration;

use pogo_hal::ErrorKind;
use tokio::sync::Notify;

use crate::trial::{Talk, plan, role, soon};
use crate::{Bench, Plan};

const PSU: &str = "TCPIP::192.0.2.21::hislip0::INSTR";
const DMM: &str = "TCPIP::192.0.2.22::inst0::INSTR";

fn bench() -> Arc<Bench> {
    let roles = vec![
        role("psu", "keysight-e36312a", PSU, Some(1), "connect = 'VBAT'"),
        role("dmm", "keysight-34461a", DMM, None, "connect = 'VBAT'"),
    ];
    Bench::build(Plan { roles, seed: 1, ..Plan::default() }).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_serial_poll_takes_the_request_and_leaves_the_master_summary() {
    let bench = bench();
    let mut psu = Talk::with(&bench, PSU).await;
    psu.say("*CLS;*SRE 20").await;
    assert_eq!(psu.0.status_byte(soon()).await.unwrap(), 0);
    psu.say("FOO").await;
    assert_eq!(psu.0.status_byte(soon()).await.unwrap(), 64 + 4);
    assert_eq!(psu.0.status_byte(soon()).await.unwrap(), 4);
    psu.say("*STB?").await;
    assert_eq!(psu.0.status_byte(soon()).await.unwrap(), 64 + 16 + 4, "a response is a reason");
    assert_eq!(psu.hear().await, "+68", "what the register says is MSS");
    assert_eq!(psu.0.status_byte(soon()).await.unwrap(), 4);
}

#[tokio::test(start_paused = true)]
async fn every_connection_is_told_once_that_service_is_requested() {
    let bench = bench();
    let connect = || {
        let told = Arc::new(Notify::new());
        (bench.world().with(|floor| floor.connect(0, told.clone())), told)
    };
    let ((first, told), (second, also)) = (connect(), connect());
    let take = |connection| bench.world().with(|floor| floor.take_request(connection));
    bench.world().with(|floor| floor.submit(first, b"*CLS;*ESE 1;*SRE 32"));
    assert!(!take(first) && !take(second));
    bench.world().with(|floor| floor.submit(first, b"*OPC"));
    for (connection, told) in [(first, told), (second, also)] {
        tokio::time::timeout(Duration::from_secs(1), told.notified()).await.unwrap();
        assert!(take(connection) && !take(connection));
    }
    let poll = |connection| bench.world().with(|floor| floor.serial_poll(connection));
    assert_eq!((poll(first), poll(first)), (96, 32));
    assert_eq!(poll(second), 96, "nobody else's poll takes a request away");
}

#[tokio::test(start_paused = true)]
async fn a_device_clear_abandons_the_message_and_its_answer_and_keeps_settings_and_status() {
    let bench = bench();
    let mut dmm = Talk::with(&bench, DMM).await;
    dmm.say("*CLS;*ESE 60;VOLT:NPLC 100").await;
    dmm.say("READ?;*ESE 1").await;
    dmm.say("*ESE 2").await;
    dmm.0.device_clear(soon()).await.unwrap();
    assert_eq!(bench.world().now_ns(), 0);
    dmm.say("*IDN?").await;
    dmm.0.device_clear(soon()).await.unwrap();
    assert_eq!(dmm.ask("*ESE?;VOLT:NPLC?").await, "+60;+1.00000000E+02");
    dmm.say("VOLT:NPLC 10").await;
    bench.world().sleep(Duration::from_millis(1_900)).await;
    dmm.ask("READ?").await;
    assert_eq!(bench.world().now_ns(), 2_101_000_000, "the reading that was abandoned ends none");
    assert_eq!(dmm.errors().await, [0; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_device_clear_of_one_connection_lets_the_next_one_go_on() {
    let bench = bench();
    let mut first = Talk::with(&bench, DMM).await;
    let mut second = Talk::with(&bench, DMM).await;
    first.say("VOLT:NPLC 100").await;
    first.say("READ?").await;
    second.say("*ESE?").await;
    first.0.device_clear(soon()).await.unwrap();
    assert_eq!(second.hear().await, "+0");
    assert_eq!(bench.world().now_ns(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_trigger_that_nothing_waits_for_is_ignored_and_said_to_be() {
    let mut psu = Talk::with(&bench(), PSU).await;
    psu.0.trigger(soon()).await.unwrap();
    psu.say("*TRG").await;
    assert_eq!(psu.errors().await, [-211, -211]);
}

#[tokio::test(start_paused = true)]
async fn a_raw_socket_has_none_of_them() {
    let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
    let mut psu = Talk::with(&bench, crate::trial::PSU).await;
    let error = psu.0.status_byte(soon()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(psu.0.device_clear(soon()).await.is_err() && psu.0.trigger(soon()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_message_before_the_response_was_read_takes_it_away_and_says_so() {
    let mut psu = Talk::with(&bench(), PSU).await;
    psu.say("*CLS;*ESE?").await;
    psu.say("*SRE?;*SRE 4").await;
    psu.say("*ESE 7;*ESE?").await;
    assert_eq!(psu.hear().await, "+7", "earlier responses are lost");
    assert_eq!(psu.ask("*ESR?").await, "+4", "QYE");
    assert_eq!(psu.errors().await, [-410, -410]);
}

#[tokio::test(start_paused = true)]
async fn a_read_with_nothing_asked_is_an_error_of_the_query() {
    let mut psu = Talk::with(&bench(), PSU).await;
    psu.say("*CLS;*ESE 0").await;
    let mut response = Vec::new();
    psu.0.read(&mut response, soon()).await.unwrap_err();
    assert_eq!(psu.errors().await, [-420]);
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_that_is_waited_for_is_no_error() {
    let mut dmm = Talk::with(&bench(), DMM).await;
    dmm.ask("READ?").await;
    assert_eq!(dmm.errors().await, [0; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_raw_socket_sees_no_reads_and_its_responses_queue() {
    let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
    let mut psu = Talk::with(&bench, crate::trial::PSU).await;
    psu.say("*ESE?").await;
    psu.say("*ESE 7;*ESE?").await;
    assert_eq!((psu.hear().await, psu.hear().await), ("+0".into(), "+7".into()));
    assert!(psu.0.read(&mut Vec::new(), soon()).await.is_err());
    assert_eq!(psu.errors().await, [0; 0]);
}

#[tokio::test(start_paused = true)]
async fn nothing_can_be_asked_behind_a_response_without_an_end() {
    let mut psu = Talk::with(&bench(), PSU).await;
    psu.say("*CLS").await;
    assert!(psu.ask("*IDN?;*ESE 9;*ESE?").await.starts_with("Keysight Technologies,E36312A,"));
    assert_eq!(
        psu.ask("*ESE?;*IDN?").await,
        "+9;Keysight Technologies,E36312A,SIM36312A,2.1.0-1.0.4-1.12"
    );
    assert_eq!(psu.errors().await, [-440]);
}
