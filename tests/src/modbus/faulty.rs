//! What is wrong with a line is said, and never taken for something else.

use std::time::Duration;

use pogo_hal::{ErrorKind, SafeState};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::rig::{LINE, Rig, TCP};

/// Opening asks five times: who it is, and two safe values that are written and read back.
const OPENED: u32 = 5;

fn fault(does: &str, more: &str) -> String {
    format!("at = 'it'\ndoes = '{does}'\nafter = {OPENED}\n{more}")
}

/// The kind and the message of what reading fails with behind a fault.
async fn failed(wire: &str, options: &str, fault: &str) -> (ErrorKind, String) {
    let rig = Rig::build(wire, options, &[fault], 500);
    let it = rig.open("it").await.unwrap();
    let error = it.device.read_holding_registers(0, 1).await.unwrap_err();
    assert!(error.hint().is_some(), "{error}");
    (error.kind(), error.message().to_owned())
}

#[tokio::test(start_paused = true)]
async fn an_exception_a_silence_and_noise_are_three_different_errors() {
    for wire in [TCP, LINE] {
        for (does, more, kind, said) in [
            ("answer exception", "code = 6", ErrorKind::Refused, "exception 6, server device busy"),
            (
                "answer exception",
                "code = 1",
                ErrorKind::Unsupported,
                "exception 1, illegal function",
            ),
            ("fall silent", "", ErrorKind::Timeout, "no answer from unit 1"),
            ("garble", "", ErrorKind::Garbled, "unit 1"),
            ("truncate", "", ErrorKind::Garbled, "bytes that are no frame"),
            ("hang up", "", ErrorKind::Unreachable, ""),
        ] {
            let (is, message) = failed(wire, "", &fault(does, more)).await;
            assert_eq!(is, kind, "{wire}, {does}: {message}");
            assert!(message.starts_with("reading holding register 0: "), "{message}");
            assert!(message.contains(said), "{wire}, {does}: {message}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_unit_under_test_can_be_silent_to_its_own_harm() {
    // It is not asked anything while it is opened: it may have no supply yet.
    let silent = "at = 'it'\ndoes = 'fall silent'\n";
    for wire in [TCP, LINE] {
        let (kind, message) = failed(wire, "faces = 'unit'", silent).await;
        assert_eq!(kind, ErrorKind::NoAnswer, "{wire}: {message}");
        let garbled = "at = 'it'\ndoes = 'garble'\n";
        let (kind, message) = failed(wire, "faces = 'unit'", garbled).await;
        assert_eq!(kind, ErrorKind::Garbled, "{wire}: {message}");
        let declined = "at = 'it'\ndoes = 'answer exception'\ncode = 4\n";
        let (kind, message) = failed(wire, "faces = 'unit'", declined).await;
        assert_eq!(kind, ErrorKind::Refused, "{wire}: {message}");
    }
    let gateway = "at = 'it'\ndoes = 'answer exception'\ncode = 11\n";
    let (kind, message) = failed(TCP, "faces = 'unit'", gateway).await;
    assert_eq!(kind, ErrorKind::NoAnswer, "{message}");
    let (kind, message) = failed(TCP, "", &fault("answer exception", "code = 11")).await;
    assert_eq!(kind, ErrorKind::Unreachable, "{message}");
}

#[tokio::test(start_paused = true)]
async fn whoever_refuses_connections_is_not_there() {
    let rig = Rig::build(TCP, "", &["at = 'it'\ndoes = 'refuse'\n"], 500);
    let Err(error) = rig.open("it").await else { panic!("it was opened") };
    assert_eq!(error.kind(), ErrorKind::Unreachable);
}

#[tokio::test(start_paused = true)]
async fn a_late_response_is_never_taken_for_the_next_one() {
    for wire in [TCP, LINE] {
        // The first answer after opening comes 2 s late; 1 s is waited for.
        let late = fault("answer late", "by = '2 s'\ntimes = 1");
        let rig = Rig::build(wire, "", &[&late], 1000);
        let it = rig.open("it").await.unwrap();
        it.device.read_holding_registers(0, 1).await.unwrap_err();
        // Of the same length, so that nothing but the order tells them apart.
        let value = it.device.read_holding_registers(10, 1).await;
        let value = match (wire, value) {
            // The line is busy until the late one has come.
            (LINE, Err(error)) => {
                assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
                it.device.read_holding_registers(10, 1).await
            }
            (_, value) => value,
        };
        assert_eq!(value.unwrap(), [0], "{wire}: 230 is the setpoint's");
        assert_eq!(it.recoveries().len(), 1, "{wire}");
        assert_eq!(it.get("setpoint").await.unwrap(), "23 °C", "{wire}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_exchange_that_is_dropped_spoils_the_line_and_the_next_one_recovers_it() {
    for wire in [TCP, LINE] {
        let late = fault("answer late", "by = '300 ms'\ntimes = 1");
        let rig = Rig::build(wire, "", &[&late], 1000);
        let it = rig.open("it").await.unwrap();
        let dropped = it.device.read_holding_registers(0, 1);
        tokio::time::timeout(Duration::from_millis(10), dropped).await.unwrap_err();
        assert_eq!(it.device.read_holding_registers(10, 1).await.unwrap(), [0], "{wire}");
        assert_eq!(it.recoveries().len(), 1, "{wire}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_unit_does_not_silence_the_others_on_its_line() {
    let devices = [("it", LINE, "unit = 1"), ("other", LINE, "unit = 2")];
    let rig = Rig::of(&devices, &[&fault("fall silent", "")], 300);
    let (it, other) = (rig.open("it").await.unwrap(), rig.open("other").await.unwrap());
    for _ in 0..2 {
        it.get("setpoint").await.unwrap_err();
        assert_eq!(other.get("setpoint").await.unwrap(), "23 °C");
    }
}

#[tokio::test(start_paused = true)]
async fn safe_state_is_written_and_read_back_whatever_went_before() {
    for wire in [TCP, LINE] {
        let late = fault("answer late", "by = '300 ms'\ntimes = 1");
        let rig = Rig::build(wire, "", &[&late], 1000);
        let it = rig.open("it").await.unwrap();
        let dropped = it.device.write_registers(0, &[900]);
        tokio::time::timeout(Duration::from_millis(10), dropped).await.unwrap_err();
        let SafeState::Confirmed { state, read_back } = it.device.make_safe().await.unwrap() else {
            panic!("{wire}: it has safe values");
        };
        assert_eq!((&*state, &*read_back), ("setpoint 23 °C, fan false", "23 °C, false"));
        assert_eq!(it.device.read_holding_registers(0, 1).await.unwrap(), [230], "{wire}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_safe_state_that_is_not_taken_is_not_confirmed() {
    let rig = Rig::build(TCP, "", &[&fault("answer exception", "code = 4")], 500);
    let it = rig.open("it").await.unwrap();
    let error = it.device.make_safe().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_safe_value_that_is_not_taken_keeps_no_other_from_being_written() {
    // Opening asks five times, then the fan is switched on; what is late is the setpoint, twice.
    let late = "at = 'it'\ndoes = 'answer late'\nby = '3 s'\nafter = 6\ntimes = 2";
    let rig = Rig::build(TCP, "", &[late], 1000);
    let it = rig.open("it").await.unwrap();
    it.device.write_coils(5, &[true]).await.unwrap();
    let error = it.device.make_safe().await.unwrap_err();
    assert!(error.message().contains("setpoint") || error.message().contains("register 0"));
    assert_eq!(it.device.read_coils(5, 1).await.unwrap(), [false], "{error}");
}

// In real time: a paused clock does not wait for sockets.
#[tokio::test]
async fn a_gateway_that_is_gone_is_never_the_units_silence() {
    let gateway = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = gateway.local_addr().unwrap().port();
    let rig = Rig::build(TCP, "faces = 'unit'", &[], 300)
        .at(&format!("TCPIP::127.0.0.1::{port}::SOCKET"));
    let it = rig.open("it").await.unwrap();
    let (_held, _) = gateway.accept().await.unwrap();
    let silent = it.get("setpoint").await.unwrap_err();
    assert_eq!(silent.kind(), ErrorKind::NoAnswer, "it accepts connections: {silent}");
    // To prove it, the driver has connected again.
    let again = tokio::time::timeout(Duration::from_secs(10), gateway.accept());
    let _held_too = again.await.unwrap().unwrap();
    drop(gateway);
    let gone = it.get("setpoint").await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::Unreachable, "{gone}");
}

#[tokio::test]
async fn a_response_of_another_length_or_to_something_else_is_garbled() {
    // A frame around: unit 1 and function 3 with two registers, unit 2, function 4, a count that lies.
    for (unit, pdu) in [
        (1, &[3, 4, 0, 1, 0, 2][..]),
        (2, &[3, 2, 0, 1]),
        (1, &[4, 2, 0, 1]),
        (1, &[3, 0]),
        (1, &[3, 2, 0]),
        (1, &[0x84, 2]),
    ] {
        let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = server.local_addr().unwrap().port();
        let place = format!("TCPIP::127.0.0.1::{port}::SOCKET");
        let rig = Rig::build(TCP, "faces = 'unit'", &[], 300).at(&place);
        let it = rig.open("it").await.unwrap();
        let answers = async {
            let (mut client, _) = server.accept().await.unwrap();
            let mut request = [0; 12];
            client.read_exact(&mut request).await.unwrap();
            let length = u8::try_from(pdu.len() + 1).unwrap();
            let head = [request[0], request[1], 0, 0, 0, length, unit];
            client.write_all(&[&head[..], pdu].concat()).await.unwrap();
            client
        };
        let (read, _client) = tokio::join!(it.device.read_holding_registers(0, 1), answers);
        assert_eq!(read.unwrap_err().kind(), ErrorKind::Garbled, "{unit} {pdu:?}");
    }
}
