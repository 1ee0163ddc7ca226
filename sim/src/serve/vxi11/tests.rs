//! What VXI-11 promises to clients, said by a client that writes its calls itself.
//!
//! In real time: a paused clock does not wait for sockets.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use super::rpc::{self, Records};
use super::xdr::{Reader, Writer};
use super::{CORE, Listeners, portmapper};
use crate::Bench;
use crate::serve::device::Devices;
use crate::trial::plan;

/// Longer than anything takes here.
const SOON: Duration = Duration::from_secs(20);

/// A read or write that takes longer has no answer.
const TIMEOUT_MS: u32 = 20_000;

const END: u32 = 8;
const WAIT: u32 = 1;

struct Served {
    core: SocketAddr,
    mapper: SocketAddr,
}

async fn bench() -> Served {
    let bench = Bench::build(plan("connect = 'VBAT'")).unwrap();
    let here = Ipv4Addr::LOCALHOST;
    // A UDP port with a free number need not be free over TCP, nor the other way round.
    let mut listeners = None;
    for _ in 0..20 {
        listeners = Listeners::open(here.into(), 0, Some(0)).await.ok();
        if listeners.is_some() {
            break;
        }
    }
    let listeners = listeners.expect("free ports");
    let mapper = listeners.mapper.as_ref().unwrap().0.local_addr().unwrap();
    let core = (here, listeners.port().unwrap()).into();
    assert!(!listeners.is_mapped(), "nobody looks there");
    listeners.serve(&Devices::of(&bench)).unwrap();
    Served { core, mapper }
}

type Wire = Records<OwnedReadHalf, OwnedWriteHalf>;

async fn dial(at: SocketAddr) -> Wire {
    let (reader, writer) = TcpStream::connect(at).await.unwrap().into_split();
    Records::new(reader, writer)
}

/// What stands behind a reply's header, or the number of why it was not accepted.
fn accepted(record: &[u8]) -> Result<&[u8], u32> {
    let mut reader = Reader(record);
    let mut header = || reader.uint().unwrap();
    assert_eq!([header(), header(), header(), header(), header()], [0, 1, 0, 0, 0]);
    match header() {
        0 => Ok(&record[24..]),
        why => Err(why),
    }
}

async fn call_of(wire: &mut Wire, program: u32, procedure: u32, arguments: Writer) -> Vec<u8> {
    let version = if program == portmapper::PROGRAM { portmapper::VERSION } else { 1 };
    wire.send(&rpc::call(program, version, procedure, &arguments)).await.unwrap();
    let reply = tokio::time::timeout(SOON, wire.next()).await.expect("a reply within 20 s");
    accepted(&reply.unwrap()).unwrap().to_vec()
}

struct Client {
    wire: Wire,
    link: u32,
    abort_port: u16,
}

fn items(numbers: &[u32]) -> Writer {
    numbers.iter().fold(Writer::default(), |all, it| all.uint(*it))
}

impl Client {
    async fn open(at: SocketAddr, name: &str) -> Self {
        let mut wire = dial(at).await;
        let results = create_link(&mut wire, name).await;
        assert_eq!(results[0], 0, "{name}");
        assert!(results[3] >= 1024, "the least that is allowed");
        Self { wire, link: results[1], abort_port: results[2].try_into().unwrap() }
    }

    async fn call(&mut self, procedure: u32, arguments: Writer) -> Vec<u8> {
        call_of(&mut self.wire, CORE, procedure, arguments).await
    }

    /// The error of a call that has nothing else to say.
    async fn error(&mut self, procedure: u32, arguments: Writer) -> u32 {
        let results = self.call(procedure, arguments).await;
        Reader(&results).uint().unwrap()
    }

    /// The error of a call with the usual arguments.
    async fn generic(&mut self, procedure: u32) -> u32 {
        let arguments = items(&[self.link, 0, 0, TIMEOUT_MS]);
        self.error(procedure, arguments).await
    }

    async fn write(&mut self, flags: u32, data: &[u8]) -> u32 {
        let arguments = items(&[self.link, TIMEOUT_MS, 0, flags]).opaque(data);
        let results = self.call(11, arguments).await;
        let mut reader = Reader(&results);
        let error = reader.uint().unwrap();
        let size = if error == 0 { data.len() as u32 } else { 0 };
        assert_eq!(reader.uint(), Some(size));
        error
    }

    async fn read_as(
        &mut self,
        size: u32,
        timeout_ms: u32,
        character: Option<u8>,
    ) -> (u32, u32, Vec<u8>) {
        let flags = if character.is_some() { 128 } else { 0 };
        let character = u32::from(character.unwrap_or(0));
        let arguments = items(&[self.link, size, timeout_ms, 0, flags, character]);
        let results = self.call(12, arguments).await;
        let mut reader = Reader(&results);
        let (error, reason) = (reader.uint().unwrap(), reader.uint().unwrap());
        (error, reason, reader.opaque().unwrap().to_vec())
    }

    async fn ask(&mut self, question: &str) -> String {
        assert_eq!(self.write(END, question.as_bytes()).await, 0, "{question}");
        let (error, reason, data) = self.read_as(4096, TIMEOUT_MS, None).await;
        assert_eq!((error, reason), (0, 4), "{question}");
        let text = String::from_utf8(data).unwrap();
        text.strip_suffix('\n').expect("a response ends with a line feed").to_owned()
    }

    async fn status(&mut self) -> u32 {
        let results = self.call(13, items(&[self.link, 0, 0, TIMEOUT_MS])).await;
        let mut reader = Reader(&results);
        assert_eq!(reader.uint(), Some(0));
        reader.uint().unwrap()
    }
}

async fn create_link(wire: &mut Wire, name: &str) -> [u32; 4] {
    let arguments = items(&[7, 0, 0]).opaque(name.as_bytes());
    let results = call_of(wire, CORE, 10, arguments).await;
    let mut reader = Reader(&results);
    [0; 4].map(|_: u32| reader.uint().unwrap())
}

#[tokio::test]
async fn the_portmapper_says_where_the_core_channel_is_over_tcp_and_udp() {
    let served = bench().await;
    let question = items(&[CORE, 1, 6, 0]);
    let mut wire = dial(served.mapper).await;
    let port = call_of(&mut wire, portmapper::PROGRAM, 3, question.clone()).await;
    assert_eq!(port, u32::from(served.core.port()).to_be_bytes());
    let over_udp = call_of(&mut wire, portmapper::PROGRAM, 3, items(&[CORE, 1, 17, 0])).await;
    assert_eq!(over_udp, [0; 4], "it is not served over UDP");
    let listed = call_of(&mut wire, portmapper::PROGRAM, 4, Writer::default()).await;
    let core = items(&[1, CORE, 1, 6, served.core.port().into()]).0;
    assert!(listed.windows(core.len()).any(|it| it == core));

    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    socket.send_to(b"nonsense", served.mapper).await.unwrap();
    socket.send_to(&rpc::call(100_000, 2, 3, &question), served.mapper).await.unwrap();
    let mut reply = [0; 128];
    let heard = tokio::time::timeout(SOON, socket.recv(&mut reply)).await;
    let length = heard.expect("a reply within 20 s").unwrap();
    assert_eq!(accepted(&reply[..length]), Ok(&port[..]));
}

#[tokio::test]
async fn links_lead_to_the_instruments_and_end_when_they_are_destroyed() {
    let served = bench().await;
    let mut psu = Client::open(served.core, "inst0").await;
    assert!(psu.ask("*IDN?\n").await.contains(",SIM36312A,"));
    let second = create_link(&mut psu.wire, "INST1").await;
    let first = std::mem::replace(&mut psu.link, second[1]);
    assert!(psu.ask("*IDN?").await.contains(",SIM34461A,"), "one client, two instruments");
    assert_eq!(psu.error(23, items(&[second[1]])).await, 0);
    assert_eq!(psu.error(23, items(&[second[1]])).await, 4, "it is gone");
    assert_eq!(psu.write(END, b"*IDN?").await, 4);
    let mut other = dial(served.core).await;
    let stolen = items(&[first, TIMEOUT_MS, 0, END]).opaque(b"*IDN?");
    assert_eq!(call_of(&mut other, CORE, 11, stolen).await[..4], 4_u32.to_be_bytes());
    for name in ["inst2", "gpib0,5", "inst", ""] {
        assert_eq!(create_link(&mut other, name).await[0], 3, "{name:?}");
    }
}

#[tokio::test]
async fn a_read_ends_by_count_by_character_or_with_the_response_and_says_which() {
    let mut psu = Client::open(bench().await.core, "inst0").await;
    assert_eq!(psu.write(0, b"*ES").await, 0);
    assert_eq!(psu.write(END, b"E 60;*ESE?;*OPC?").await, 0);
    assert_eq!(psu.read_as(2, TIMEOUT_MS, None).await, (0, 1, b"+6".to_vec()));
    assert_eq!(psu.status().await & 16, 16, "the rest is still there");
    assert_eq!(psu.read_as(100, TIMEOUT_MS, Some(b';')).await, (0, 2, b"0;".to_vec()));
    assert_eq!(psu.read_as(2, TIMEOUT_MS, Some(b'\n')).await, (0, 7, b"1\n".to_vec()));
    assert_eq!(psu.status().await & 16, 0);
}

#[tokio::test]
async fn a_read_without_a_question_times_out_and_leaves_420_and_an_interrupted_one_410() {
    let mut psu = Client::open(bench().await.core, "inst0").await;
    psu.write(END, b"*CLS").await;
    assert_eq!(psu.read_as(100, 10, None).await, (15, 0, vec![]));
    assert_eq!(psu.ask("SYST:ERR?").await, "-420,\"Query UNTERMINATED\"");
    psu.write(END, b"*IDN?").await;
    psu.read_as(3, TIMEOUT_MS, None).await;
    assert_eq!(psu.ask("*ESE?").await, "+0");
    assert_eq!(psu.ask("SYST:ERR?").await, "-410,\"Query INTERRUPTED\"");
    assert_eq!(psu.ask("SYST:ERR?").await, "+0,\"No error\"");
}

#[tokio::test]
async fn clear_trigger_status_and_the_rest_are_the_instruments_own() {
    let mut dmm = Client::open(bench().await.core, "inst1").await;
    dmm.write(END, b"*CLS;*SRE 16;*IDN?").await;
    assert_eq!(dmm.status().await, 64 + 16);
    assert_eq!(dmm.status().await, 16);
    assert_eq!(dmm.generic(15).await, 0);
    assert_eq!(dmm.status().await, 0);
    assert_eq!(dmm.generic(14).await, 0);
    assert_eq!(dmm.ask("SYST:ERR?").await, "-211,\"Trigger ignored\"");
    assert_eq!((dmm.generic(16).await, dmm.generic(17).await), (0, 0));
    let command = items(&[dmm.link, 0, 0, 0, 0x20000, 1, 1]).opaque(b"");
    assert_eq!(dmm.call(22, command).await, items(&[8, 0]).0, "not supported");
    // A reading of 200 s is under way, and given up.
    dmm.write(END, b"VOLT:NPLC 100;:SAMP:COUN 100;:READ?").await;
    assert_eq!(dmm.generic(15).await, 0);
    assert_eq!(dmm.ask("SYST:ERR?").await, "+0,\"No error\"");
}

#[tokio::test]
async fn a_lock_keeps_other_links_out_until_it_is_released_or_its_holder_is_gone() {
    let served = bench().await;
    let (mut first, mut second) =
        (Client::open(served.core, "inst0").await, Client::open(served.core, "inst0").await);
    assert_eq!(first.error(19, items(&[first.link])).await, 12, "it has none");
    assert_eq!(first.error(18, items(&[first.link, 0, 0])).await, 0);
    assert_eq!(first.ask("*OPC?").await, "1");
    assert_eq!(second.write(END, b"*CLS").await, 11);
    assert_eq!(second.generic(15).await, 11);
    assert_eq!(second.error(18, items(&[second.link, 0, 0])).await, 11);
    assert_eq!(second.error(18, items(&[second.link, WAIT, 10])).await, 11, "not within 10 ms");
    let (granted, released) = tokio::join!(
        second.error(18, items(&[second.link, WAIT, TIMEOUT_MS])),
        first.error(19, items(&[first.link])),
    );
    assert_eq!((granted, released), (0, 0));
    drop(second);
    assert_eq!(first.error(18, items(&[first.link, WAIT, TIMEOUT_MS])).await, 0);
}

#[tokio::test]
async fn a_call_that_waits_is_ended_over_the_abort_channel() {
    let served = bench().await;
    let mut dmm = Client::open(served.core, "inst1").await;
    let mut abort = dial((Ipv4Addr::LOCALHOST, dmm.abort_port).into()).await;
    assert_eq!(call_of(&mut abort, super::ABORT, 1, items(&[4711])).await, 4_u32.to_be_bytes());
    dmm.write(END, b"VOLT:NPLC 100;:SAMP:COUN 100;:READ?").await;
    let link = dmm.link;
    let read = dmm.read_as(100, TIMEOUT_MS, None);
    tokio::pin!(read);
    // Whichever comes first, the call or the abort: until the read waits, nothing is ended.
    let outcome = loop {
        tokio::select! {
            biased;
            outcome = &mut read => break outcome,
            error = call_of(&mut abort, super::ABORT, 1, items(&[link])) => {
                assert_eq!(error, [0; 4]);
            }
        }
    };
    assert_eq!(outcome, (23, 0, vec![]));
}

#[tokio::test]
async fn a_client_is_told_of_requests_for_service_where_it_listens_and_nobody_else_is_called() {
    let served = bench().await;
    let mut psu = Client::open(served.core, "inst0").await;
    let own = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = own.local_addr().unwrap().port().into();
    let here = Ipv4Addr::LOCALHOST.to_bits();
    let elsewhere = Ipv4Addr::new(192, 0, 2, 1).to_bits();
    assert_eq!(psu.error(26, Writer::default()).await, 6, "there is no channel yet");
    assert_eq!(psu.error(25, items(&[elsewhere, port, 0x0607B1, 1, 0])).await, 21);
    assert_eq!(psu.error(25, items(&[here, port, 0x0607B1, 1, 0])).await, 0);
    assert_eq!(psu.error(25, items(&[here, port, 0x0607B1, 1, 0])).await, 29);
    let handle = items(&[psu.link, 1]).opaque(b"the supply");
    assert_eq!(psu.error(20, handle).await, 0);
    assert_eq!(psu.error(20, items(&[psu.link, 1]).opaque(&[0; 41])).await, 5);
    psu.write(END, b"*CLS;*ESE 1;*SRE 32;*OPC").await;
    let (stream, _) = own.accept().await.unwrap();
    let (reader, writer) = stream.into_split();
    let mut told = Records::new(reader, writer);
    let record = tokio::time::timeout(SOON, told.next()).await.expect("told in time").unwrap();
    let (call, mut arguments) = rpc::Call::read(&record).unwrap();
    assert_eq!((call.program, call.version, call.procedure), (0x0607B1, 1, 30));
    assert_eq!(arguments.opaque(), Some(&b"the supply"[..]));
    assert_eq!(psu.status().await, 96);
    assert_eq!(psu.error(26, Writer::default()).await, 0);
}

#[tokio::test]
async fn what_is_no_call_of_this_program_is_said_to_be_none() {
    let served = bench().await;
    let mut wire = dial(served.core).await;
    for (program, version, procedure, why) in
        [(CORE + 9, 1, 0, 1), (CORE, 2, 0, 2), (CORE, 1, 99, 3), (CORE, 1, 11, 4)]
    {
        wire.send(&rpc::call(program, version, procedure, &items(&[1]))).await.unwrap();
        let reply = wire.next().await.unwrap();
        assert_eq!(accepted(&reply), Err(why), "{program:#x} {version} {procedure}");
    }
    assert_eq!(call_of(&mut wire, CORE, 0, Writer::default()).await, b"");
}

#[tokio::test]
async fn a_hostile_client_hurts_nobody_else() {
    let served = bench().await;
    let mut good = Client::open(served.core, "inst0").await;
    let mut garbage = TcpStream::connect(served.core).await.unwrap();
    garbage.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut lying = dial(served.core).await;
    // An array that is longer than the call it stands in.
    lying.send(&rpc::call(CORE, 1, 11, &items(&[1, 0, 0, END, u32::MAX]))).await.unwrap();
    assert_eq!(accepted(&lying.next().await.unwrap()), Err(4));
    let mut half = TcpStream::connect(served.core).await.unwrap();
    half.write_all(&[0x80, 0, 0]).await.unwrap();
    // A message that never ends: more than 64 KiB are not kept.
    let mut endless = Client::open(served.core, "inst0").await;
    for _ in 0..40 {
        endless.write(0, &[b'x'; 32 * 1024]).await;
    }
    endless.write(END, b"").await;
    assert_eq!(good.ask("SYST:ERR?").await, "-363,\"Input buffer overrun\"");
    // Somebody asks for links without end, and somebody else for a response that never comes.
    let mut greedy = dial(served.core).await;
    for _ in 0..64 {
        assert_eq!(create_link(&mut greedy, "inst0").await[0], 0);
    }
    assert_eq!(create_link(&mut greedy, "inst0").await[0], 9, "out of resources");
    drop(greedy);
    let mut waits = Client::open(served.core, "inst0").await;
    assert_eq!(waits.error(18, items(&[waits.link, 0, 0])).await, 0);
    let for_ever = items(&[waits.link, 100, u32::MAX, 0, 0, 0]);
    waits.wire.send(&rpc::call(CORE, 1, 12, &for_ever)).await.unwrap();
    drop(waits);
    assert_eq!(good.error(18, items(&[good.link, WAIT, TIMEOUT_MS])).await, 0, "the lock is free");
    assert!(good.ask("*IDN?").await.contains("SIM36312A"));
}
