//! Raw TCP on the loopback interface, with real connections and real time.
#![expect(clippy::unwrap_used, reason = "what fails here is the test's own setting up")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pogo_drivers::{Network, Protection, Setup, Wires, query};
use pogo_hal::{Deadline, Dial, ErrorKind, Handle, Resource, Secrets, Session, toml_file};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const MS: Duration = Duration::from_millis(1);
const SOON: Duration = Duration::from_secs(5);

async fn listen() -> (TcpListener, Resource) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, format!("TCPIP::127.0.0.1::{port}::SOCKET").parse().unwrap())
}

/// A session, and the other end of its wire.
async fn pair() -> (Box<dyn Session>, TcpStream, TcpListener) {
    let (listener, resource) = listen().await;
    let session = Network::default().dial(&resource, Deadline::after(SOON)).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    (session, stream, listener)
}

async fn read(session: &mut Box<dyn Session>, patience: Duration) -> pogo_hal::Result<Vec<u8>> {
    let mut response = b"stale".to_vec();
    session.read(&mut response, Deadline::after(patience)).await.map(|()| response)
}

#[tokio::test]
async fn messages_end_in_a_line_feed_however_they_are_cut() {
    let (mut session, mut other, _listener) = pair().await;
    session.write(b"*IDN?", Deadline::after(SOON)).await.unwrap();
    let mut heard = [0; 6];
    other.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"*IDN?\n");
    for (sent, messages) in [
        (&b"one\n"[..], vec![&b"one"[..]]),
        (b"two\r\nthree\n", vec![b"two", b"three"]),
        (b"\n", vec![b""]),
        (b"#15a\nb\nc\nnext\n", vec![b"#15a\nb\nc", b"next"]),
        (b"\xff\x00\n", vec![b"\xff\x00"]),
    ] {
        for piece in sent.chunks(2) {
            other.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        for message in messages {
            assert_eq!(read(&mut session, SOON).await.unwrap(), message);
        }
    }
    let long = vec![b'x'; 1 << 20];
    let (received, _) = tokio::join!(read(&mut session, SOON), async {
        other.write_all(&long).await.unwrap();
        other.write_all(b"\n").await.unwrap();
    });
    assert_eq!(received.unwrap(), long);
}

#[tokio::test]
async fn an_endless_reply_is_garbled_and_not_kept() {
    let (mut session, mut other, _listener) = pair().await;
    let flood = tokio::spawn(async move { while other.write_all(&[b'x'; 65536]).await.is_ok() {} });
    let error = read(&mut session, Duration::from_secs(30)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Garbled);
    flood.abort();
}

#[tokio::test]
async fn silence_is_a_timeout_and_what_comes_late_is_gone_after_recovery() {
    let (mut session, mut other, listener) = pair().await;
    assert_eq!(read(&mut session, MS).await.unwrap_err().kind(), ErrorKind::Timeout);
    other.write_all(b"late\n").await.unwrap();
    session.recover(Deadline::after(SOON)).await.unwrap();
    let (mut fresh, _) = listener.accept().await.unwrap();
    fresh.write_all(b"fresh\n").await.unwrap();
    assert_eq!(read(&mut session, SOON).await.unwrap(), b"fresh");
    // The old connection was shut down in order, not reset: everything said on it can be read.
    let mut rest = Vec::new();
    assert_eq!(other.read_to_end(&mut rest).await.unwrap(), 0);
    assert!(other.write_all(b"later still\n").await.is_ok());
}

#[tokio::test]
async fn a_connection_that_closes_is_unreachable_until_it_is_recovered() {
    let (mut session, other, listener) = pair().await;
    drop(other);
    for _ in 0..2 {
        let error = read(&mut session, SOON).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable);
        assert!(error.message().starts_with("127.0.0.1:"), "{error}");
    }
    session.recover(Deadline::after(SOON)).await.unwrap();
    listener.accept().await.unwrap();
    session.write(b"*CLS", Deadline::after(SOON)).await.unwrap();
}

#[tokio::test]
async fn half_a_message_is_spoilt_before_anything_else_is_said() {
    let (mut session, other, _listener) = pair().await;
    // Nobody reads: the write stops somewhere in the middle of the message.
    let long = [b"VOLT 4.".as_slice(), &[b'0'; 8 << 20]].concat();
    let error = session.write(&long, Deadline::after(50 * MS)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let mut lines = BufReader::new(other).split(b'\n');
    let reading = tokio::spawn(async move {
        let half = lines.next_segment().await.unwrap().unwrap();
        (half, lines.next_segment().await.unwrap().unwrap())
    });
    session.write(b"OUTP OFF", Deadline::after(SOON)).await.unwrap();
    drop(session);
    let (half, next) = reading.await.unwrap();
    assert!(half.starts_with(b"VOLT 4.0") && half.ends_with(b"0@@"));
    assert_eq!(next, b"OUTP OFF");
}

#[tokio::test]
async fn who_cannot_be_reached_is_named_with_what_to_check() {
    let (listener, closed) = listen().await;
    drop(listener);
    for (address, said, hint) in [
        (closed.to_string(), "nobody listens on port", "check the port"),
        ("TCPIP::no.such.host.invalid::5025::SOCKET".into(), "no.such.host.invalid", "address"),
    ] {
        let resource = address.parse().unwrap();
        let error = Network::default().dial(&resource, Deadline::after(SOON)).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Unreachable);
        assert!(error.message().contains(said), "{error}");
        assert!(error.hint().unwrap().contains(hint), "{error} {:?}", error.hint());
    }
    for (address, hint) in [("ASRL/dev/ttyUSB0::INSTR", "SOCKET"), ("GPIB0::9::INSTR", "PRLGX")] {
        let resource = address.parse().unwrap();
        let error = Network::default().dial(&resource, Deadline::after(SOON)).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.hint().unwrap().contains(hint), "{error}");
    }
}

#[tokio::test]
async fn a_raw_socket_has_no_status_byte_device_clear_or_trigger() {
    let (mut session, _other, _listener) = pair().await;
    let soon = Deadline::after(SOON);
    for outcome in [
        session.status_byte(soon).await.map(drop),
        session.device_clear(soon).await,
        session.trigger(soon).await,
    ] {
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Unsupported);
    }
}

/// A supply on a real port that serves each connection in its own order, and waits for `hold`
/// before the first `OUTP ON`. Gives whether its output is on.
fn serve(listener: TcpListener, hold: Duration) -> Arc<Mutex<bool>> {
    let on = Arc::new(Mutex::new(false));
    let shared = on.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, shared.clone(), hold));
        }
    });
    on
}

async fn converse(stream: TcpStream, on: Arc<Mutex<bool>>, hold: Duration) {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    while let Ok(Some(message)) = lines.next_line().await {
        let answer = match message.as_str() {
            "*IDN?" => "Keysight Technologies,E36312A,SIM1,1.0\n",
            "*OPC?" => "1\n",
            "SYST:ERR?" => "+0,\"No error\"\n",
            "OUTP ON,(@1)" => {
                // In real time: virtual time knows nothing of a socket.
                tokio::time::sleep(hold).await;
                *on.lock().unwrap() = true;
                continue;
            }
            "OUTP OFF,(@1)" => {
                *on.lock().unwrap() = false;
                continue;
            }
            "OUTP? (@1)" if *on.lock().unwrap() => "1\n",
            "OUTP? (@1)" => "0\n",
            _ => continue,
        };
        if writer.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_held_connection_switches_nothing_on_after_safe_state_200_of_200() {
    let mut rounds = JoinSet::new();
    for round in 0..200u32 {
        rounds.spawn(async move {
            let (listener, resource) = listen().await;
            let on = serve(listener, 300 * MS);
            let setup = Setup {
                role: "psu".into(),
                model: pogo_models::find("keysight-e36312a", None).unwrap(),
                resource,
                options: toml_file::read("bench.toml", "channel = 1").unwrap(),
                limits: Protection::default(),
                timeout: SOON,
            };
            let opened = Wires::new(Arc::new(Network::default())).open(&setup).await.unwrap();
            let Handle::PowerSupply(supply) = opened.handle else { panic!("a supply") };
            let abandoned = tokio::time::timeout((1 + round) * MS, supply.on()).await;
            assert!(abandoned.is_err());
            supply.make_safe().await.unwrap();
            let off = !*on.lock().unwrap();
            tokio::time::sleep(500 * MS).await;
            off && !*on.lock().unwrap()
        });
    }
    let kept = rounds.join_all().await.into_iter().filter(|kept| *kept).count();
    assert_eq!(kept, 200);
}

#[tokio::test]
async fn one_message_is_sent_and_answered_if_it_asks() {
    let (listener, resource) = listen().await;
    serve(listener, Duration::ZERO);
    let none = Secrets::default();
    let said = query(&Network::default(), &resource, "*IDN?", &none, SOON).await.unwrap();
    assert_eq!(said.as_deref(), Some("Keysight Technologies,E36312A,SIM1,1.0"));
    assert_eq!(
        query(&Network::default(), &resource, "OUTP OFF,(@1)", &none, SOON).await.unwrap(),
        None
    );
    let error = query(&Network::default(), &resource, "WHAT?", &none, 20 * MS).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.message().contains("`WHAT?`") && error.message().contains("127.0.0.1"));
}
