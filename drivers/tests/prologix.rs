//! GPIB behind a controller on the loopback interface. The controller is the manual's: "GPIB-ETHERNET
//! Controller User Manual", 6 to 8, as far as it can be told from its commands.
#![expect(clippy::unwrap_used, reason = "what fails here is the test's own setting up")]

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pogo_drivers::{Lifeline, Network, Recipe, Say, rescue};
use pogo_hal::{Deadline, Dial, ErrorKind, Resource, Result, SafeState, Session};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const MS: Duration = Duration::from_millis(1);
const SOON: Duration = Duration::from_secs(5);
const VERSION: &[u8] = b"Prologix GPIB-ETHERNET Controller version 01.06.06.00\r\n";

/// An instrument on the bus: what it has been told, and what it has to say.
#[derive(Default)]
struct Instrument {
    told: Vec<Vec<u8>>,
    says: VecDeque<Vec<u8>>,
    /// How long it thinks before it says something.
    thinks: Duration,
    /// It does not say where a response ends.
    endless: bool,
    /// It is a supply that answers what it is asked.
    supply: bool,
    cleared: u32,
    triggered: u32,
}

/// What the controller has been told, and the instruments behind it by address.
#[derive(Default)]
struct Bus {
    settings: BTreeMap<String, String>,
    instruments: BTreeMap<String, Instrument>,
    connections: u32,
    /// It takes no command any more.
    hangs: bool,
}

type Shared = Arc<Mutex<Bus>>;

/// A controller with an instrument at each of `addresses`.
async fn controller(addresses: &[&str]) -> (Shared, u16) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let instruments = addresses.iter().map(|it| ((*it).to_owned(), Instrument::default()));
    let bus = Bus { instruments: instruments.collect(), ..Bus::default() };
    let bus = Arc::new(Mutex::new(bus));
    let shared = bus.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            shared.lock().unwrap().connections += 1;
            // One connection at a time: the next one waits until this one is over.
            converse(stream, &shared).await;
        }
    });
    (bus, port)
}

async fn converse(mut stream: TcpStream, bus: &Shared) {
    let mut line = Vec::new();
    let mut is_command = true;
    let mut escaped = false;
    loop {
        let Ok(byte) = stream.read_u8().await else { return };
        match byte {
            _ if escaped => {
                // Source: 6.1.2. What is escaped begins no command.
                is_command &= !line.is_empty();
                line.push(byte);
                escaped = false;
            }
            b'\x1b' => escaped = true,
            b'\r' | b'\n' if line.is_empty() => {}
            b'\r' | b'\n' => {
                let line = std::mem::take(&mut line);
                let is_command = std::mem::replace(&mut is_command, true);
                if bus.lock().unwrap().hangs {
                    // Until this connection is over.
                    while stream.read_u8().await.is_ok() {}
                    bus.lock().unwrap().hangs = false;
                    return;
                }
                let answer = match line.strip_prefix(b"++") {
                    Some(command) if is_command => carry_out(command, bus).await,
                    _ => {
                        told(line, bus);
                        Vec::new()
                    }
                };
                // In two pieces: an answer may come as it likes.
                for piece in answer.chunks(answer.len().div_ceil(2).max(1)) {
                    if stream.write_all(piece).await.is_err() {
                        return;
                    }
                    tokio::task::yield_now().await;
                }
            }
            // A plus is taken for the controller's where it is not escaped: 6.1.2.
            b'+' if !line.starts_with(b"+") && !line.is_empty() => {}
            byte => line.push(byte),
        }
    }
}

/// A message for the instrument that is addressed.
fn told(mut message: Vec<u8>, bus: &Shared) {
    let mut bus = bus.lock().unwrap();
    if bus.settings.get("eos").is_some_and(|it| it == "2") {
        message.push(b'\n');
    }
    let address = bus.settings.get("addr").cloned().unwrap();
    let Some(instrument) = bus.instruments.get_mut(&address) else { return };
    if instrument.supply {
        instrument.says.extend(match message.as_slice() {
            b"*IDN?\n" => Some(IDENTITY.into()),
            b"*OPC?\n" => Some(b"1\n".to_vec()),
            b"OUTP?\n" => Some(b"0\n".to_vec()),
            b"SYST:ERR?\n" => Some(b"0,\"No error\"\n".to_vec()),
            _ => None,
        });
    }
    instrument.told.push(message);
}

const IDENTITY: &str = "Maker,Supply,SN1,1.0";

async fn carry_out(command: &[u8], bus: &Shared) -> Vec<u8> {
    let command = std::str::from_utf8(command).unwrap();
    let (name, value) = command.split_once(' ').unwrap_or((command, ""));
    let address = bus.lock().unwrap().settings.get("addr").cloned().unwrap_or_default();
    match name {
        "ver" => VERSION.to_vec(),
        "read" => {
            assert_eq!(value, "eoi");
            let (thinks, patience) = {
                let bus = bus.lock().unwrap();
                let patience = bus.settings["read_tmo_ms"].parse().unwrap();
                assert!((1..=3000).contains(&patience), "8.15");
                let instrument = bus.instruments.get(&address);
                let thinks = instrument.filter(|it| !it.says.is_empty()).map(|it| it.thinks);
                (thinks, Duration::from_millis(patience))
            };
            // In real time: virtual time knows nothing of a socket.
            match thinks {
                Some(thinks) if thinks <= patience => tokio::time::sleep(thinks).await,
                _ => {
                    tokio::time::sleep(patience).await;
                    let mut bus = bus.lock().unwrap();
                    if let Some(it) = bus.instruments.get_mut(&address) {
                        it.thinks = it.thinks.saturating_sub(patience);
                    }
                    return Vec::new();
                }
            }
            let mut bus = bus.lock().unwrap();
            let ends = bus.settings.get("eot_enable").is_some_and(|it| it == "1");
            let end: u8 = bus.settings.get("eot_char").map_or(0, |it| it.parse().unwrap());
            let instrument = bus.instruments.get_mut(&address).unwrap();
            // What a device clear took away meanwhile is not said.
            let Some(mut response) = instrument.says.pop_front() else { return Vec::new() };
            if ends && !instrument.endless {
                response.push(end);
            }
            response
        }
        "spoll" => b"80\r\n".to_vec(),
        "clr" | "trg" => {
            let mut bus = bus.lock().unwrap();
            if let Some(instrument) = bus.instruments.get_mut(&address) {
                instrument.triggered += u32::from(name == "trg");
                if name == "clr" {
                    instrument.cleared += 1;
                    instrument.says.clear();
                    instrument.thinks = Duration::ZERO;
                }
            }
            Vec::new()
        }
        _ => {
            bus.lock().unwrap().settings.insert(name.to_owned(), value.to_owned());
            Vec::new()
        }
    }
}

async fn dial(network: &Network, port: u16, address: &str) -> Box<dyn Session> {
    let resource: Resource =
        format!("PRLGX-TCPIP::127.0.0.1,{port}::{address}::INSTR").parse().unwrap();
    network.dial(&resource, soon()).await.unwrap()
}

fn soon() -> Deadline {
    Deadline::after(SOON)
}

async fn read(session: &mut Box<dyn Session>, patience: Duration) -> Result<Vec<u8>> {
    let mut response = b"stale".to_vec();
    session.read(&mut response, Deadline::after(patience)).await.map(|()| response)
}

fn with<T>(bus: &Shared, address: &str, change: impl FnOnce(&mut Instrument) -> T) -> T {
    change(bus.lock().unwrap().instruments.get_mut(address).unwrap())
}

#[tokio::test]
async fn the_controller_is_told_how_to_behave_and_to_keep_none_of_it() {
    let (bus, port) = controller(&["9"]).await;
    let _session = dial(&Network::default(), port, "9").await;
    let settings = bus.lock().unwrap().settings.clone();
    for (name, value) in [("savecfg", "0"), ("mode", "1"), ("auto", "0"), ("eoi", "1")] {
        assert_eq!(settings.get(name).map(String::as_str), Some(value), "{name}");
    }
}

#[tokio::test]
async fn a_message_arrives_as_it_was_said_whatever_bytes_are_in_it() {
    let (bus, port) = controller(&["9"]).await;
    let mut session = dial(&Network::default(), port, "9").await;
    for message in [&b"*IDN?"[..], b"++addr 1", b"VOLT +1.5E+1", b"#15\r\n\x1b+\x00", b"\x1b"] {
        session.write(message, soon()).await.unwrap();
        // An exchange that is answered: the message has been carried out then.
        session.status_byte(soon()).await.unwrap();
        let told = with(&bus, "9", |it| it.told.pop()).unwrap();
        assert_eq!(told, [message, b"\n"].concat(), "{}", message.escape_ascii());
    }
}

#[tokio::test]
async fn a_response_ends_where_the_instrument_says_so() {
    let (bus, port) = controller(&["9"]).await;
    let mut session = dial(&Network::default(), port, "9").await;
    let long = vec![b'7'; 300_000];
    for (said, response) in [
        (long.as_slice(), long.as_slice()),
        (b"1.5\n", b"1.5"),
        (b"1.5", b"1.5"),
        (b"two\nlines\r\n", b"two\nlines"),
        (b"#13a\n\0\n", b"#13a\n\0"),
        (b"#12\0\0", b"#12\0\0"),
        (b"\n", b""),
    ] {
        with(&bus, "9", |it| it.says.push_back(said.to_vec()));
        assert_eq!(read(&mut session, SOON).await.unwrap(), response);
    }
}

#[tokio::test]
async fn instruments_share_a_controller_and_get_their_own_answers() {
    let (bus, port) = controller(&["9", "12", "5 98"]).await;
    let network = Network::default();
    let mut sessions = Vec::new();
    for address in ["9", "12", "5::2"] {
        sessions.push(dial(&network, port, address).await);
    }
    assert_eq!(bus.lock().unwrap().connections, 1);
    for session in &mut sessions {
        session.write(b"*IDN?", soon()).await.unwrap();
    }
    for (address, answer) in [("9", b"nine"), ("12", b"dozn"), ("5 98", b"five")] {
        with(&bus, address, |it| it.says.push_back(answer.to_vec()));
    }
    let [nine, dozen, five] = &mut sessions[..] else { panic!("three") };
    let (nine, dozen, five) = tokio::join!(read(nine, SOON), read(dozen, SOON), read(five, SOON));
    assert_eq!([nine.unwrap(), dozen.unwrap(), five.unwrap()], [b"nine", b"dozn", b"five"]);
    for address in ["9", "12", "5 98"] {
        assert_eq!(with(&bus, address, |it| it.told.clone()), [b"*IDN?\n"]);
    }
}

#[tokio::test]
async fn a_late_response_is_dropped_with_its_question_and_misleads_no_other_instrument() {
    let (bus, port) = controller(&["9", "12"]).await;
    let network = Network::default();
    let (mut slow, mut other) = (dial(&network, port, "9").await, dial(&network, port, "12").await);
    with(&bus, "9", |it| (it.thinks, it.says) = (200 * MS, [b"late".to_vec()].into()));
    with(&bus, "12", |it| it.says.push_back(b"mine".to_vec()));
    // The question is dropped, not timed out: the controller still waits for its answer.
    assert!(tokio::time::timeout(20 * MS, read(&mut slow, SOON)).await.is_err());
    assert_eq!(read(&mut other, SOON).await.unwrap(), b"mine");
    slow.recover(soon()).await.unwrap();
    assert_eq!(with(&bus, "9", |it| it.cleared), 1);
    with(&bus, "9", |it| it.says.push_back(b"next".to_vec()));
    assert_eq!(read(&mut slow, SOON).await.unwrap(), b"next");
}

#[tokio::test]
async fn an_instrument_may_think_longer_than_the_controller_waits_and_silence_is_a_timeout() {
    let (bus, port) = controller(&["9"]).await;
    let mut session = dial(&Network::default(), port, "9").await;
    with(&bus, "9", |it| (it.thinks, it.says) = (3100 * MS, [b"slow".to_vec()].into()));
    assert_eq!(read(&mut session, SOON).await.unwrap(), b"slow");
    let began = tokio::time::Instant::now();
    let error = read(&mut session, 100 * MS).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(began.elapsed() < 400 * MS, "{:?}", began.elapsed());
    // A response that never comes to its end is not given as if it had.
    with(&bus, "9", |it| (it.endless, it.says) = (true, [b"half".to_vec()].into()));
    assert_eq!(read(&mut session, 100 * MS).await.unwrap_err().kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn status_byte_trigger_and_device_clear_are_the_controllers_commands() {
    let (bus, port) = controller(&["9", "12"]).await;
    let network = Network::default();
    let mut session = dial(&network, port, "9").await;
    let _other = dial(&network, port, "12").await;
    assert_eq!(session.status_byte(soon()).await.unwrap(), 80);
    session.trigger(soon()).await.unwrap();
    session.device_clear(soon()).await.unwrap();
    assert_eq!(with(&bus, "9", |it| (it.triggered, it.cleared)), (1, 1));
    assert_eq!(with(&bus, "12", |it| (it.triggered, it.cleared)), (0, 0));
}

#[tokio::test]
async fn a_controller_that_hangs_is_dialled_anew_for_all_that_share_it() {
    let (bus, port) = controller(&["9", "12"]).await;
    let network = Network::default();
    let (mut one, mut other) = (dial(&network, port, "9").await, dial(&network, port, "12").await);
    bus.lock().unwrap().hangs = true;
    let error = read(&mut one, 50 * MS).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.message().contains("Prologix controller at 127.0.0.1:"), "{error}");
    one.recover(Deadline::after(400 * MS)).await.unwrap();
    assert_eq!(bus.lock().unwrap().connections, 2);
    assert_eq!(with(&bus, "9", |it| it.cleared), 1, "it may still have something to say");
    assert_eq!(one.status_byte(soon()).await.unwrap(), 80);
    assert_eq!(other.status_byte(soon()).await.unwrap(), 80);
    assert_eq!(bus.lock().unwrap().connections, 2);
}

#[tokio::test]
async fn instruments_behind_one_controller_are_made_safe_over_one_connection() {
    let (bus, port) = controller(&["9", "12"]).await;
    let lifeline = |address: &str| Lifeline {
        resource: format!("PRLGX-TCPIP::127.0.0.1,{port}::{address}::INSTR"),
        identity: IDENTITY.into(),
        next_error: "SYST:ERR?".into(),
        recipes: vec![Recipe {
            put: None,
            role: address.into(),
            say: Some(Say {
                command: "OUTP OFF".into(),
                query: "OUTP?".into(),
                state: "output off".into(),
                timeout: SOON,
            }),
        }],
    };
    with(&bus, "9", |it| it.supply = true);
    with(&bus, "12", |it| it.supply = true);
    let known = rescue(vec![(lifeline("9"), None), (lifeline("12"), None)]).await;
    for (role, state) in &known {
        assert!(matches!(state, Ok(SafeState::Confirmed { .. })), "{role}: {state:?}");
    }
    assert_eq!(bus.lock().unwrap().connections, 1);
    for address in ["9", "12"] {
        let off = with(&bus, address, |it| it.told.contains(&b"OUTP OFF\n".to_vec()));
        assert!(off, "{address}");
    }
}

#[tokio::test]
async fn who_is_no_controller_is_named() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let address = format!("PRLGX-TCPIP::127.0.0.1,{port}::9::INSTR");
    let (network, resource) = (Network::default(), address.parse().unwrap());
    for (answer, kind) in [
        (&b"ok\r\n"[..], ErrorKind::Garbled),
        (&[b'x'; 300], ErrorKind::Garbled),
        (b"", ErrorKind::Unreachable),
    ] {
        let (error, ()) = tokio::join!(network.dial(&resource, soon()), async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_exact(&mut [0; 64]).await.unwrap();
            stream.write_all(answer).await.unwrap();
            stream.shutdown().await.unwrap();
        });
        let error = error.err().unwrap();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().contains("Prologix controller"), "{error}");
    }
}
