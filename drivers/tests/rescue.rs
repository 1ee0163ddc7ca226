//! Safe state said over a connection that somebody else has left.
#![expect(clippy::unwrap_used, reason = "what fails here is the test's own setting up")]

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pogo_drivers::{Lifeline, Recipe, Say, rescue};
use pogo_hal::SafeState;

const IDENTITY: &str = "Maker,Supply,SN1,1.0";

/// A supply that serves one connection after the other, as some do, and keeps what it is told with
/// the number of the connection.
struct Supply {
    port: u16,
    told: Arc<Mutex<Vec<(usize, String)>>>,
}

impl Supply {
    fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let told = Arc::<Mutex<Vec<(usize, String)>>>::default();
        let all = told.clone();
        std::thread::spawn(move || {
            for (number, client) in listener.incoming().flatten().enumerate() {
                serve(client, |message| all.lock().unwrap().push((number, message.to_owned())));
            }
        });
        Self { port, told }
    }

    fn told(&self, connection: usize) -> Vec<String> {
        let told = self.told.lock().unwrap();
        told.iter().filter(|(number, _)| *number == connection).map(|(_, it)| it.clone()).collect()
    }

    /// What is left to somebody else.
    fn lifeline(&self, role: &str) -> Lifeline {
        Lifeline {
            resource: format!("TCPIP0::127.0.0.1::{}::SOCKET", self.port),
            identity: IDENTITY.into(),
            next_error: "SYST:ERR?".into(),
            recipes: vec![Recipe {
                role: role.into(),
                say: Some(Say {
                    command: "OUTP OFF".into(),
                    query: "OUTP?".into(),
                    state: "output off".into(),
                    timeout: Duration::from_secs(5),
                }),
                put: None,
            }],
        }
    }
}

fn serve(client: TcpStream, mut keep: impl FnMut(&str)) {
    let mut client = BufReader::new(client);
    let mut line = String::new();
    while matches!(client.read_line(&mut line), Ok(1..)) {
        let message = line.trim_end().to_owned();
        line.clear();
        keep(&message);
        let answer = match message.as_str() {
            "*IDN?" => IDENTITY,
            "*OPC?" => "1",
            "OUTP?" => "0",
            "SYST:ERR?" => "0,\"No error\"",
            _ => continue,
        };
        let _ = writeln!(client.get_mut(), "{answer}");
    }
}

#[tokio::test]
async fn a_half_message_is_spoilt_and_safe_state_said_behind_it_and_on_a_fresh_connection() {
    let supply = Supply::new();
    let mut left = TcpStream::connect(("127.0.0.1", supply.port)).unwrap();
    left.write_all(b"OUTP ON\nVOLT 4.").unwrap();
    // Its owner dies; the duplicate is all that is left of the connection.
    let descriptor = OwnedFd::from(left.try_clone().unwrap());
    drop(left);
    let known = rescue(vec![(supply.lifeline("psu"), Some(descriptor))]).await;
    let [(role, Ok(SafeState::Confirmed { state, read_back }))] = known.as_slice() else {
        panic!("{known:?}");
    };
    assert_eq!((role.as_str(), state.as_str(), read_back.as_str()), ("psu", "output off", "0"));
    // No number holds an `@`: the half message is an error, whatever was to follow it.
    assert_eq!(supply.told(0), ["OUTP ON", "VOLT 4.@@", "OUTP OFF", "*OPC?"]);
    let fresh = supply.told(1);
    assert_eq!(fresh[0], "*IDN?");
    let off = fresh.iter().position(|it| it == "OUTP OFF").unwrap();
    let read_back = fresh[off..].iter().filter(|it| *it == "OUTP?").count();
    assert_eq!(read_back, 2, "{fresh:?}");
}

#[tokio::test]
async fn without_a_connection_a_fresh_one_does() {
    let supply = Supply::new();
    let known = rescue(vec![(supply.lifeline("psu"), None)]).await;
    assert!(matches!(&known[..], [(_, Ok(SafeState::Confirmed { .. }))]), "{known:?}");
}

#[tokio::test]
async fn an_instrument_that_is_gone_does_not_keep_the_others_from_their_safe_state() {
    let (supply, gone) = (Supply::new(), Supply::new());
    let mut nowhere = gone.lifeline("gone");
    nowhere.resource = "TCPIP0::127.0.0.1::1::SOCKET".into();
    let known = rescue(vec![(nowhere, None), (supply.lifeline("psu"), None)]).await;
    assert!(matches!(&known[0], (role, Err(_)) if role == "gone"), "{known:?}");
    assert!(matches!(&known[1], (role, Ok(_)) if role == "psu"), "{known:?}");
}

#[tokio::test]
async fn what_can_do_no_harm_is_not_spoken_to() {
    let supply = Supply::new();
    let mut meter = supply.lifeline("dmm");
    meter.recipes[0].say = None;
    let known = rescue(vec![(meter, None)]).await;
    assert!(matches!(&known[..], [(_, Ok(SafeState::Passive))]), "{known:?}");
    assert!(supply.told(0).is_empty());
}
