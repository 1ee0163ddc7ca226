//! What IVI-6.1 promises to clients, said by a client that writes its bytes itself.
//!
//! In real time: a paused clock does not wait for sockets.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use pogo_hal::Resource;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Bench;
use crate::serve::{Serving, WireFace, serve};
use crate::trial::plan;

/// Longer than anything takes here.
const SOON: Duration = Duration::from_secs(20);

/// The client's first message number. Source: IVI-6.1, 3.1.2.
const FIRST: u32 = 0xFFFF_FF00;

type Message = (u8, u8, u32, Vec<u8>);

async fn bench() -> SocketAddr {
    let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
    let here = Ipv4Addr::LOCALHOST.into();
    let serving = Serving { faces: vec![WireFace::Hislip], ..Serving::sockets(here) };
    let served = serve(bench, &serving).await.unwrap();
    let Resource::Lan { device, .. } = &served[0].resource else { panic!("{served:?}") };
    let port = device.strip_prefix("hislip0,").expect("an instrument and its port");
    assert_eq!(served[1].resource.to_string(), format!("TCPIP0::127.0.0.1::hislip1,{port}::INSTR"));
    (Ipv4Addr::LOCALHOST, port.parse().unwrap()).into()
}

fn bytes(kind: u8, control: u8, parameter: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![b'H', b'S', kind, control];
    bytes.extend(parameter.to_be_bytes());
    bytes.extend((payload.len() as u64).to_be_bytes());
    bytes.extend(payload);
    bytes
}

async fn send(stream: &mut TcpStream, kind: u8, control: u8, parameter: u32, payload: &[u8]) {
    stream.write_all(&bytes(kind, control, parameter, payload)).await.unwrap();
}

async fn hear(stream: &mut TcpStream) -> Message {
    let heard = async {
        let mut header = [0; 16];
        stream.read_exact(&mut header).await.unwrap();
        assert_eq!(&header[..2], b"HS");
        let length = u64::from_be_bytes(header[8..].try_into().unwrap());
        let mut payload = vec![0; length.try_into().unwrap()];
        stream.read_exact(&mut payload).await.unwrap();
        (header[2], header[3], u32::from_be_bytes(header[4..8].try_into().unwrap()), payload)
    };
    tokio::time::timeout(SOON, heard).await.expect("an answer within 20 s")
}

async fn is_hung_up(stream: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    let end = tokio::time::timeout(SOON, stream.read_to_end(&mut rest)).await;
    !matches!(end, Err(_) | Ok(Ok(1..)))
}

struct Client {
    messages: TcpStream,
    control: TcpStream,
    number: u32,
}

impl Client {
    async fn open(at: SocketAddr, name: &str) -> Self {
        let mut messages = TcpStream::connect(at).await.unwrap();
        send(&mut messages, 0, 0, 0x0100_7878, name.as_bytes()).await;
        let (kind, control, parameter, payload) = hear(&mut messages).await;
        assert_eq!((kind, control, parameter >> 16, payload.len()), (1, 0, 0x0100, 0));
        let mut asynchronous = TcpStream::connect(at).await.unwrap();
        send(&mut asynchronous, 17, 0, parameter & 0xFFFF, b"").await;
        let (kind, control, _, payload) = hear(&mut asynchronous).await;
        assert_eq!((kind, control, payload.len()), (18, 0, 0));
        Self { messages, control: asynchronous, number: FIRST }
    }

    /// Sends a whole message; whether the last response was read is `delivered`.
    async fn say(&mut self, delivered: bool, message: &str) -> u32 {
        let number = self.number;
        send(&mut self.messages, 7, delivered.into(), number, message.as_bytes()).await;
        self.number = number.wrapping_add(2);
        number
    }

    async fn ask(&mut self, delivered: bool, question: &str) -> String {
        let number = self.say(delivered, question).await;
        let (kind, control, parameter, payload) = hear(&mut self.messages).await;
        assert_eq!((kind, control, parameter), (7, 0, number), "{question}");
        let text = String::from_utf8(payload).unwrap();
        text.strip_suffix('\n').expect("a response ends with a line feed").to_owned()
    }

    async fn aside(&mut self, kind: u8, control: u8, parameter: u32, payload: &[u8]) -> Message {
        send(&mut self.control, kind, control, parameter, payload).await;
        hear(&mut self.control).await
    }

    async fn status(&mut self, delivered: bool) -> u8 {
        let last = self.number.wrapping_sub(2);
        let (kind, status, parameter, _) = self.aside(21, delivered.into(), last, b"").await;
        assert_eq!((kind, parameter), (22, 0));
        status
    }

    async fn lock(&mut self, key: &str, timeout_ms: u32) -> u8 {
        let (kind, code, ..) = self.aside(4, 1, timeout_ms, key.as_bytes()).await;
        assert_eq!(kind, 5);
        code
    }

    async fn unlock(&mut self) -> u8 {
        let last = self.number.wrapping_sub(2);
        let (kind, code, ..) = self.aside(4, 0, last, b"").await;
        assert_eq!(kind, 5);
        code
    }
}

#[tokio::test]
async fn a_response_has_the_number_of_its_question_and_names_choose_the_instrument() {
    let at = bench().await;
    let (mut psu, mut dmm) = (Client::open(at, "hislip0").await, Client::open(at, "HiSLIP1").await);
    assert!(psu.ask(false, "*IDN?\n").await.contains(",SIM36312A,"));
    assert!(dmm.ask(false, "*IDN?").await.contains(",SIM34461A,"));
    assert_eq!(psu.ask(true, "VOLT 3.3,(@1);:OUTP ON,(@1);*OPC?").await, "1");
    let reading = dmm.ask(true, "CONF:VOLT:DC;:VOLT:NPLC 0.02;:READ?").await;
    assert!((reading.parse::<f64>().unwrap() - 3.3).abs() < 0.01, "{reading}");
    let nobody = &mut TcpStream::connect(at).await.unwrap();
    send(nobody, 0, 0, 0x0100_7878, b"hislip2").await;
    assert_eq!(hear(nobody).await.0, 2, "there are two");
    assert!(is_hung_up(nobody).await);
}

#[tokio::test]
async fn a_message_may_come_in_pieces_and_a_response_does_if_the_client_wants_it_so() {
    let mut psu = Client::open(bench().await, "hislip0").await;
    let (kind, _, _, size) = psu.aside(15, 0, 0, &26_u64.to_be_bytes()).await;
    assert_eq!((kind, size.len()), (16, 8));
    send(&mut psu.messages, 6, 0, FIRST, b"*ID").await;
    send(&mut psu.messages, 7, 0, FIRST + 2, b"N?").await;
    let mut text = Vec::new();
    loop {
        let (kind, _, number, payload) = hear(&mut psu.messages).await;
        assert_eq!(number, FIRST + 2);
        assert!(payload.len() <= 10, "10 bytes and a header of 16");
        text.extend(payload);
        if kind == 7 {
            break;
        }
        assert_eq!(kind, 6);
    }
    assert!(text.starts_with(b"Keysight Technologies,E36312A,SIM36312A,"));
}

#[tokio::test]
async fn the_status_byte_shows_a_response_until_the_client_says_that_it_was_read() {
    let mut psu = Client::open(bench().await, "hislip0").await;
    psu.ask(false, "*CLS;*OPC?").await;
    assert_eq!(psu.status(false).await, 16);
    assert_eq!(psu.status(true).await, 0);
    assert_eq!(psu.status(false).await, 0);
    psu.say(false, "FOO").await;
    assert_eq!(psu.status(false).await, 4);
}

#[tokio::test]
async fn a_message_before_the_response_was_read_interrupts_it_and_leaves_410() {
    let mut psu = Client::open(bench().await, "hislip0").await;
    psu.ask(false, "*CLS;*OPC?").await;
    let number = psu.say(false, "*ESE?").await;
    let interrupted = hear(&mut psu.messages).await;
    assert_eq!(interrupted, (13, 0, number, vec![]));
    assert_eq!(hear(&mut psu.control).await, (14, 0, number, vec![]));
    assert_eq!(hear(&mut psu.messages).await, (7, 0, number, b"+0\n".to_vec()));
    assert_eq!(psu.ask(true, "SYST:ERR?").await, "-410,\"Query INTERRUPTED\"");
}

#[tokio::test]
async fn a_device_clear_throws_away_what_is_under_way_and_begins_anew() {
    let mut dmm = Client::open(bench().await, "hislip1").await;
    dmm.say(false, "*CLS;VOLT:NPLC 100;:SAMP:COUN 100;:READ?").await;
    assert_eq!(dmm.aside(19, 0, 0, b"").await, (23, 0, 0, vec![]));
    dmm.say(false, "*ESE 4").await;
    send(&mut dmm.messages, 8, 0, 0, b"").await;
    assert_eq!(hear(&mut dmm.messages).await, (9, 0, 0, vec![]));
    dmm.number = FIRST;
    assert_eq!(dmm.ask(false, "*ESE?").await, "+0", "what came meanwhile is thrown away");
    assert_eq!(dmm.ask(true, "SYST:ERR?").await, "+0,\"No error\"");
}

#[tokio::test]
async fn a_trigger_is_the_instruments_own() {
    let mut psu = Client::open(bench().await, "hislip0").await;
    psu.say(false, "*CLS").await;
    send(&mut psu.messages, 12, 0, psu.number, b"").await;
    psu.number += 2;
    assert_eq!(psu.ask(false, "SYST:ERR?").await, "-211,\"Trigger ignored\"");
}

#[tokio::test]
async fn a_request_for_service_comes_by_itself_once() {
    let mut psu = Client::open(bench().await, "hislip0").await;
    psu.say(false, "*CLS;*ESE 1;*SRE 32;*OPC").await;
    assert_eq!(hear(&mut psu.control).await, (20, 96, 0, vec![]));
    assert_eq!(psu.status(false).await, 96);
    assert_eq!(psu.status(false).await, 32);
}

#[tokio::test]
async fn an_exclusive_lock_holds_others_back_and_ends_with_its_holder() {
    let at = bench().await;
    let (mut first, mut second) =
        (Client::open(at, "hislip0").await, Client::open(at, "hislip0").await);
    assert_eq!(first.aside(24, 0, 0, b"").await, (25, 0, 0, vec![]));
    assert_eq!(first.lock("", 0).await, 1);
    assert_eq!(first.lock("", 0).await, 3, "it has it already");
    assert_eq!(second.lock("", 20).await, 0, "not within 20 ms");
    assert_eq!(second.lock("key", 0).await, 0);
    assert_eq!(second.aside(24, 0, 0, b"").await, (25, 1, 1, vec![]));
    second.say(false, "*ESE 7;*ESE?").await;
    // The status byte is asked past the lock; the message is still held back then.
    second.status(false).await;
    assert_eq!(first.ask(false, "*ESE?").await, "+0");
    assert_eq!(second.unlock().await, 3, "it has none");
    assert_eq!(first.unlock().await, 1);
    assert_eq!(hear(&mut second.messages).await.3, b"+7\n");
    assert_eq!(first.lock("", 0).await, 1);
    drop(first);
    assert_eq!(second.lock("", 20_000).await, 1, "a client that is gone holds nothing");
}

#[tokio::test]
async fn a_shared_lock_lets_in_whoever_knows_its_key() {
    let at = bench().await;
    let (mut first, mut second) =
        (Client::open(at, "hislip0").await, Client::open(at, "hislip0").await);
    assert_eq!(first.lock("key", 0).await, 1);
    assert_eq!(second.lock("another", 0).await, 0);
    assert_eq!(second.lock("key", 0).await, 1);
    assert_eq!(second.aside(24, 0, 0, b"").await, (25, 0, 2, vec![]));
    assert_eq!(second.ask(false, "*OPC?").await, "1");
    assert_eq!(second.unlock().await, 2);
    assert_eq!(first.unlock().await, 2);
}

#[tokio::test]
async fn what_is_wrong_with_a_message_is_said_and_ends_only_what_it_has_to() {
    let mut psu = Client::open(bench().await, "hislip0").await;
    send(&mut psu.messages, 77, 0, 0, b"?").await;
    let (kind, code, ..) = hear(&mut psu.messages).await;
    assert_eq!((kind, code), (3, 1), "a type that there is not");
    send(&mut psu.control, 200, 0, 0, b"").await;
    let (kind, code, ..) = hear(&mut psu.control).await;
    assert_eq!((kind, code), (3, 3), "a vendor's");
    send(&mut psu.messages, 7, 8, FIRST, b"*IDN?").await;
    let (kind, code, ..) = hear(&mut psu.messages).await;
    assert_eq!((kind, code), (3, 2), "a control code that there is not");
    assert_eq!(psu.ask(false, "*CLS;*OPC?").await, "1");
    psu.messages.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let (kind, code, ..) = hear(&mut psu.messages).await;
    assert_eq!((kind, code), (2, 1), "no message at all");
    assert!(is_hung_up(&mut psu.messages).await && is_hung_up(&mut psu.control).await);
}

#[tokio::test]
async fn a_session_begins_with_both_connections_in_their_order() {
    let at = bench().await;
    let mut early = TcpStream::connect(at).await.unwrap();
    send(&mut early, 0, 0, 0x0100_7878, b"hislip0").await;
    hear(&mut early).await;
    send(&mut early, 7, 0, FIRST, b"*IDN?").await;
    let (kind, code, ..) = hear(&mut early).await;
    assert_eq!((kind, code), (2, 2), "the second connection is missing");
    let mut stray = TcpStream::connect(at).await.unwrap();
    send(&mut stray, 17, 0, 4711, b"").await;
    let (kind, code, ..) = hear(&mut stray).await;
    assert_eq!((kind, code), (2, 3), "there is no such session");
    let mut late = TcpStream::connect(at).await.unwrap();
    send(&mut late, 7, 0, FIRST, b"*IDN?").await;
    assert_eq!(hear(&mut late).await.1, 3);
}

#[tokio::test]
async fn a_hostile_client_hurts_nobody_else() {
    let at = bench().await;
    let mut good = Client::open(at, "hislip0").await;
    let mut hostile = Client::open(at, "hislip0").await;
    // A payload of 2^63 bytes: nothing is kept of it, and the client's other messages wait
    // behind it.
    let mut header = bytes(7, 0, FIRST, b"");
    header[8..].copy_from_slice(&(1_u64 << 63).to_be_bytes());
    hostile.messages.write_all(&header).await.unwrap();
    let (kind, code, ..) = hear(&mut hostile.messages).await;
    assert_eq!((kind, code), (3, 4), "too large");
    hostile.messages.write_all(&vec![b'x'; 1 << 20]).await.unwrap();
    assert_eq!(good.ask(false, "SYST:ERR?").await, "-363,\"Input buffer overrun\"");
    // Half a header, and nothing more; a connection that never says anything.
    let mut half = TcpStream::connect(at).await.unwrap();
    half.write_all(b"HS\0").await.unwrap();
    let _silent = TcpStream::connect(at).await.unwrap();
    // Pieces of a message that never ends: more than 64 KiB are not kept.
    let mut endless = Client::open(at, "hislip0").await;
    for _ in 0..40 {
        send(&mut endless.messages, 6, 0, FIRST, &[b'y'; 32 * 1024]).await;
    }
    send(&mut endless.messages, 7, 0, FIRST, b"").await;
    endless.number = FIRST + 2;
    assert_eq!(endless.ask(false, "SYST:ERR?").await, "-363,\"Input buffer overrun\"");
    assert!(good.ask(true, "*IDN?").await.contains("SIM36312A"));
}
