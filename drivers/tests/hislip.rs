//! HiSLIP on the loopback interface, against a server that follows a script. What it says and
//! expects is IVI-6.1's, not what the client happens to send.
#![expect(clippy::unwrap_used, reason = "what fails here is the test's own setting up")]

use std::time::Duration;

use pogo_drivers::Network;
use pogo_hal::{Deadline, Dial, ErrorKind, Resource, Result, Session};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const MS: Duration = Duration::from_millis(1);
const SOON: Duration = Duration::from_secs(5);

/// A message: type, control code, parameter, payload. Source: IVI-6.1, 2.4 and table 4.
type Message = (u8, u8, u32, Vec<u8>);

/// A client that does not say what is waited for fails its test rather than hang it.
const PATIENCE: Duration = Duration::from_secs(20);

async fn hear(stream: &mut TcpStream) -> Message {
    let mut header = [0; 16];
    let heard = timeout(PATIENCE, stream.read_exact(&mut header)).await;
    heard.expect("something is said").unwrap();
    let [b'H', b'S', kind, control, p0, p1, p2, p3, length @ ..] = header else {
        panic!("{header:?} has no prologue");
    };
    let mut payload = vec![0; usize::try_from(u64::from_be_bytes(length)).unwrap()];
    stream.read_exact(&mut payload).await.unwrap();
    (kind, control, u32::from_be_bytes([p0, p1, p2, p3]), payload)
}

fn bytes(kind: u8, control: u8, parameter: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u64).to_be_bytes();
    [b"HS", &[kind, control][..], &parameter.to_be_bytes(), &length, payload].concat()
}

async fn say(stream: &mut TcpStream, kind: u8, control: u8, parameter: u32, payload: &[u8]) {
    stream.write_all(&bytes(kind, control, parameter, payload)).await.unwrap();
}

/// The other ends of a session's two connections.
struct Server {
    messages: TcpStream,
    control: TcpStream,
}

const SIZE: u64 = 1 << 20;

/// Takes a client as IVI-6.1, 6.1 has it, with the control code of `InitializeResponse` and the
/// longest message that is taken in.
async fn accept(listener: &TcpListener, overlap: u8, size: u64) -> Server {
    let dialled = timeout(PATIENCE, listener.accept()).await;
    let (mut messages, _) = dialled.expect("a session begins").unwrap();
    let (kind, control, parameter, name) = hear(&mut messages).await;
    assert_eq!((kind, control, name.as_slice()), (0, 0, &b"hislip0"[..]));
    assert_eq!(parameter >> 16, 0x0100, "the client's version");
    say(&mut messages, 1, overlap, 0x0100 << 16 | 0x1234, b"").await;
    let (mut control, _) = listener.accept().await.unwrap();
    assert_eq!(hear(&mut control).await, (17, 0, 0x1234, vec![]), "the session's number");
    say(&mut control, 18, 0, 0x5858, b"").await;
    let (kind, _, _, client) = hear(&mut control).await;
    assert_eq!((kind, client.len()), (15, 8));
    say(&mut control, 16, 0, 0, &size.to_be_bytes()).await;
    assert_eq!(hear(&mut control).await.0, 24, "whether somebody has locked it");
    say(&mut control, 25, 0, 0, b"").await;
    Server { messages, control }
}

async fn listen() -> (TcpListener, Resource) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, format!("TCPIP::127.0.0.1::hislip0,{port}::INSTR").parse().unwrap())
}

async fn pair() -> (Box<dyn Session>, Server, TcpListener) {
    let (listener, resource) = listen().await;
    let network = Network::default();
    let (session, server) =
        tokio::join!(network.dial(&resource, soon()), accept(&listener, 0, SIZE));
    (session.unwrap(), server, listener)
}

fn soon() -> Deadline {
    Deadline::after(SOON)
}

async fn read(session: &mut Box<dyn Session>, patience: Duration) -> Result<Vec<u8>> {
    let mut response = b"stale".to_vec();
    session.read(&mut response, Deadline::after(patience)).await.map(|()| response)
}

/// Clears as IVI-6.1, 6.12 has it; `discarded` messages come before the client's second half.
async fn serve_clear(server: &mut Server, discarded: usize) {
    assert_eq!(hear(&mut server.control).await.0, 19);
    say(&mut server.control, 23, 0, 0, b"").await;
    for _ in 0..discarded {
        hear(&mut server.messages).await;
    }
    assert_eq!(hear(&mut server.messages).await, (8, 0, 0, vec![]));
    say(&mut server.messages, 9, 0, 0, b"").await;
}

#[tokio::test]
async fn messages_are_numbered_and_the_next_one_says_that_the_response_was_read() {
    let (mut session, mut server, _listener) = pair().await;
    session.write(b"*IDN?", soon()).await.unwrap();
    assert_eq!(hear(&mut server.messages).await, (7, 0, 0xFFFF_FF00, b"*IDN?\n".to_vec()));
    say(&mut server.messages, 7, 0, 0xFFFF_FF00, b"who\n").await;
    assert_eq!(read(&mut session, SOON).await.unwrap(), b"who");
    session.write(b"*CLS", soon()).await.unwrap();
    assert_eq!(hear(&mut server.messages).await, (7, 1, 0xFFFF_FF02, b"*CLS\n".to_vec()));
    session.trigger(soon()).await.unwrap();
    assert_eq!(hear(&mut server.messages).await, (12, 0, 0xFFFF_FF04, vec![]));
}

#[tokio::test]
async fn messages_and_responses_come_in_pieces_no_longer_than_is_taken() {
    let (listener, resource) = listen().await;
    let network = Network::default();
    let (session, server) =
        tokio::join!(network.dial(&resource, soon()), accept(&listener, 0, 16 + 4));
    let (mut session, mut server) = (session.unwrap(), server);
    session.write(b"VOLT 4.75", soon()).await.unwrap();
    assert_eq!(hear(&mut server.messages).await, (6, 0, 0xFFFF_FF00, b"VOLT".to_vec()));
    assert_eq!(hear(&mut server.messages).await, (6, 0, 0xFFFF_FF02, b" 4.7".to_vec()));
    assert_eq!(hear(&mut server.messages).await, (7, 0, 0xFFFF_FF04, b"5\n".to_vec()));
    // Source: IVI-6.1, 3.1.2: a piece may be sent before the server knows what it answers.
    say(&mut server.messages, 6, 0, u32::MAX, b"#15a\n").await;
    say(&mut server.messages, 6, 0, 0xFFFF_FF04, b"b\n").await;
    say(&mut server.messages, 7, 0, 0xFFFF_FF04, b"c\n").await;
    assert_eq!(read(&mut session, SOON).await.unwrap(), b"#15a\nb\nc");
}

#[tokio::test]
async fn a_late_response_is_never_taken_for_the_next_one() {
    let (mut session, mut server, _listener) = pair().await;
    session.write(b"first?", soon()).await.unwrap();
    assert_eq!(read(&mut session, MS).await.unwrap_err().kind(), ErrorKind::Timeout);
    session.write(b"second?", soon()).await.unwrap();
    say(&mut server.messages, 6, 0, 0xFFFF_FF00, b"la").await;
    say(&mut server.messages, 7, 0, 0xFFFF_FF00, b"te\n").await;
    say(&mut server.messages, 7, 0, 0xFFFF_FF02, b"second\n").await;
    assert_eq!(read(&mut session, SOON).await.unwrap(), b"second");
}

#[tokio::test]
async fn an_interrupted_response_is_dropped_whichever_word_of_it_comes_first() {
    for control_first in [true, false] {
        let (mut session, mut server, _listener) = pair().await;
        session.write(b"first?", soon()).await.unwrap();
        session.write(b"second?", soon()).await.unwrap();
        if control_first {
            say(&mut server.control, 14, 0, 0xFFFF_FF02, b"").await;
            assert_eq!(read(&mut session, 50 * MS).await.unwrap_err().kind(), ErrorKind::Timeout);
            // Sent before the other word, with a number that would do: it is dropped.
            say(&mut server.messages, 7, 0, 0xFFFF_FF02, b"before\n").await;
            say(&mut server.messages, 13, 0, 0xFFFF_FF02, b"").await;
        } else {
            say(&mut server.messages, 6, 0, 0xFFFF_FF02, b"half").await;
            say(&mut server.messages, 13, 0, 0xFFFF_FF02, b"").await;
            assert_eq!(read(&mut session, 50 * MS).await.unwrap_err().kind(), ErrorKind::Timeout);
            // Source: IVI-6.1, 3.1.2: nothing is sent before the second word has come.
            let error = session.write(b"third?", Deadline::after(50 * MS)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout);
            say(&mut server.control, 14, 0, 0xFFFF_FF02, b"").await;
        }
        say(&mut server.messages, 7, 0, 0xFFFF_FF02, b"second\n").await;
        assert_eq!(read(&mut session, SOON).await.unwrap(), b"second", "{control_first}");
        session.write(b"fourth?", soon()).await.unwrap();
        for heard in ["first?\n", "second?\n", "fourth?\n"] {
            assert_eq!(hear(&mut server.messages).await.3, heard.as_bytes());
        }
    }
}

#[tokio::test]
async fn a_status_byte_gets_past_messages_and_an_abandoned_one_is_not_taken_for_the_next() {
    let (mut session, mut server, _listener) = pair().await;
    session.write(b"*OPC?", soon()).await.unwrap();
    let error = session.status_byte(Deadline::after(MS)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(hear(&mut server.control).await, (21, 0, 0xFFFF_FF00, vec![]));
    say(&mut server.control, 22, 0x10, 0, b"").await;
    // A service request comes of itself.
    say(&mut server.control, 20, 0x50, 0, b"").await;
    let (status, ()) = tokio::join!(session.status_byte(soon()), async {
        hear(&mut server.control).await;
        say(&mut server.control, 22, 0x44, 0, b"").await;
    });
    assert_eq!(status.unwrap(), 0x44);
}

#[tokio::test]
async fn a_device_clear_drops_what_is_on_its_way_and_begins_the_numbers_anew() {
    let (mut session, mut server, _listener) = pair().await;
    session.write(b"zeroth?", soon()).await.unwrap();
    say(&mut server.messages, 7, 0, 0xFFFF_FF00, b"zeroth\n").await;
    assert_eq!(read(&mut session, SOON).await.unwrap(), b"zeroth");
    say(&mut server.control, 14, 0, 0xFFFF_FF02, b"").await;
    assert_eq!(read(&mut session, 50 * MS).await.unwrap_err().kind(), ErrorKind::Timeout);
    say(&mut server.messages, 6, 0, 0xFFFF_FF00, b"half").await;
    let (cleared, ()) = tokio::join!(session.device_clear(soon()), serve_clear(&mut server, 1));
    cleared.unwrap();
    session.write(b"second?", soon()).await.unwrap();
    assert_eq!(hear(&mut server.messages).await, (7, 0, 0xFFFF_FF00, b"second?\n".to_vec()));
    say(&mut server.messages, 7, 0, 0xFFFF_FF00, b"second\n").await;
    assert_eq!(read(&mut session, SOON).await.unwrap(), b"second");
}

#[tokio::test]
async fn to_recover_is_to_clear_and_to_dial_anew_only_where_that_fails() {
    let (mut session, mut server, listener) = pair().await;
    session.write(b"first?", soon()).await.unwrap();
    let (recovered, ()) = tokio::join!(session.recover(soon()), serve_clear(&mut server, 1));
    recovered.unwrap();
    // A server that does not answer a device clear.
    let (recovered, mut fresh) =
        tokio::join!(session.recover(Deadline::after(400 * MS)), accept(&listener, 0, SIZE));
    recovered.unwrap();
    session.write(b"fresh?", soon()).await.unwrap();
    assert_eq!(hear(&mut fresh.messages).await, (7, 0, 0xFFFF_FF00, b"fresh?\n".to_vec()));
    // The old connections were shut down in order, not reset: all that was said on them is there.
    hear(&mut server.control).await;
    assert_eq!(server.control.read(&mut [0; 16]).await.unwrap(), 0);
    assert_eq!(server.messages.read(&mut [0; 16]).await.unwrap(), 0);
    // A server that has gone.
    drop((fresh, server));
    let (recovered, _again) = tokio::join!(session.recover(soon()), accept(&listener, 0, SIZE));
    recovered.unwrap();
}

#[tokio::test]
async fn a_device_clear_that_was_abandoned_is_never_mistaken_for_the_next_one() {
    let (mut session, mut server, listener) = pair().await;
    let error = session.device_clear(Deadline::after(50 * MS)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    // Late answers to the first one, which would do for the second.
    say(&mut server.control, 23, 0, 0, b"").await;
    say(&mut server.messages, 9, 0, 0, b"").await;
    let (recovered, _fresh) = tokio::join!(session.recover(soon()), accept(&listener, 0, SIZE));
    recovered.unwrap();
}

#[tokio::test]
async fn a_message_that_was_cut_short_comes_to_its_end_before_anything_else() {
    let (mut session, mut server, _listener) = pair().await;
    // Nobody reads: the write stops somewhere in the middle.
    let long = vec![b'0'; 12 << 20];
    let error = session.write(&long, Deadline::after(50 * MS)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let reading = tokio::spawn(async move {
        let mut whole = 0;
        loop {
            let (kind, _, _, payload) = hear(&mut server.messages).await;
            whole += payload.len();
            if kind == 7 {
                return (whole, hear(&mut server.messages).await.3);
            }
        }
    });
    session.write(b"OUTP OFF", soon()).await.unwrap();
    let (whole, next) = reading.await.unwrap();
    assert_eq!((whole, next.as_slice()), (long.len() + 1, &b"OUTP OFF\n"[..]));
}

#[tokio::test]
async fn a_device_clear_gets_past_a_message_that_is_not_taken() {
    let (mut session, mut server, _listener) = pair().await;
    let long = vec![b'0'; 12 << 20];
    session.write(&long, Deadline::after(50 * MS)).await.unwrap_err();
    let (cleared, ()) = tokio::join!(session.device_clear(soon()), async {
        // Messages are looked at only after the word that they are to be dropped.
        assert_eq!(hear(&mut server.control).await.0, 19);
        say(&mut server.control, 23, 0, 0, b"").await;
        while hear(&mut server.messages).await.0 != 8 {}
        say(&mut server.messages, 9, 0, 0, b"").await;
    });
    cleared.unwrap();
}

#[tokio::test]
async fn a_server_that_prefers_to_overlap_is_asked_not_to() {
    for (insists, kind) in [(0, None), (1, Some(ErrorKind::Unsupported))] {
        let (listener, resource) = listen().await;
        let network = Network::default();
        let (session, _server) = tokio::join!(network.dial(&resource, soon()), async {
            let mut server = accept(&listener, 1, SIZE).await;
            assert_eq!(hear(&mut server.control).await.0, 19);
            say(&mut server.control, 23, 1, 0, b"").await;
            assert_eq!(hear(&mut server.messages).await, (8, 0, 0, vec![]), "synchronized");
            say(&mut server.messages, 9, insists, 0, b"").await;
            server
        });
        assert_eq!(session.err().map(|it| it.kind()), kind);
    }
}

#[tokio::test]
async fn a_server_that_does_not_say_whether_it_is_locked_is_spoken_to() {
    for answer in [bytes(3, 1, 0, b""), vec![]] {
        let (listener, resource) = listen().await;
        let network = Network::default();
        let patience = Deadline::after(400 * MS);
        let (session, mut server) = tokio::join!(network.dial(&resource, patience), async {
            let (mut messages, _) = listener.accept().await.unwrap();
            hear(&mut messages).await;
            say(&mut messages, 1, 0, 0x0100 << 16, b"").await;
            let (mut control, _) = listener.accept().await.unwrap();
            hear(&mut control).await;
            say(&mut control, 18, 0, 0, b"").await;
            hear(&mut control).await;
            say(&mut control, 16, 0, 0, &SIZE.to_be_bytes()).await;
            hear(&mut control).await;
            control.write_all(&answer).await.unwrap();
            Server { messages, control }
        });
        let mut session = session.unwrap();
        session.write(b"*IDN?", soon()).await.unwrap();
        // Late, when nobody waits for it.
        say(&mut server.control, 25, 0, 0, b"").await;
        say(&mut server.messages, 7, 0, 0xFFFF_FF00, b"who\n").await;
        assert_eq!(read(&mut session, SOON).await.unwrap(), b"who");
    }
}

#[tokio::test]
async fn what_a_server_says_is_wrong_is_said_with_its_number_and_its_words() {
    for (message, kind, said) in [
        (bytes(2, 4, 0, b"full"), ErrorKind::Unreachable, "fatal error 4, server refused"),
        (bytes(3, 4, 0, b"no"), ErrorKind::Refused, "error 4, message too large (no)"),
        (bytes(3, 1, 0, b""), ErrorKind::Unsupported, "error 1, unrecognized message type"),
        (b"HTTP/1.1 400".to_vec(), ErrorKind::Garbled, "no HiSLIP message"),
        (bytes(99, 0, 0, b""), ErrorKind::Garbled, "type 99"),
        (bytes(7, 0, 0xFFFF_FF00, b"")[..8].to_vec(), ErrorKind::Timeout, "in time"),
        (bytes(7, 0, 0xFFFF_FF00, b"half")[..18].to_vec(), ErrorKind::Timeout, "in time"),
        ([&b"HS\x07\0\xff\xff\xff\0"[..], &[0x7F; 8]].concat(), ErrorKind::Garbled, "bytes"),
    ] {
        let (mut session, mut server, _listener) = pair().await;
        session.write(b"*IDN?", soon()).await.unwrap();
        server.messages.write_all(&message).await.unwrap();
        let error = read(&mut session, 200 * MS).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().contains(said), "{error}");
        assert!(error.message().contains("HiSLIP at 127.0.0.1:"), "{error}");
    }
}

#[tokio::test]
async fn an_endless_response_is_garbled_and_not_kept() {
    let (mut session, mut server, _listener) = pair().await;
    session.write(b"*IDN?", soon()).await.unwrap();
    let piece = bytes(6, 0, 0xFFFF_FF00, &[b'x'; 65536]);
    let flood =
        tokio::spawn(async move { while server.messages.write_all(&piece).await.is_ok() {} });
    let error = read(&mut session, Duration::from_secs(30)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Garbled);
    flood.abort();
}

#[tokio::test]
async fn who_does_not_begin_a_session_is_named() {
    let (listener, closed) = listen().await;
    drop(listener);
    let error = Network::default().dial(&closed, soon()).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.message().starts_with("HiSLIP: 127.0.0.1 is there but nobody"), "{error}");
    assert!(error.hint().unwrap().contains("HiSLIP is switched on"), "{error}");

    let (listener, resource) = listen().await;
    let network = Network::default();
    let (refused, ()) = tokio::join!(network.dial(&resource, soon()), async {
        let (mut messages, _) = listener.accept().await.unwrap();
        hear(&mut messages).await;
        say(&mut messages, 2, 3, 0, b"no such instrument").await;
    });
    let error = refused.err().unwrap();
    assert!(error.message().contains("fatal error 3"), "{error}");
    assert!(error.hint().unwrap().contains("hislip0"), "{error}");

    // Somebody who listens and says nothing.
    let error = network.dial(&resource, Deadline::after(50 * MS)).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let odd: Resource = "TCPIP::127.0.0.1::hislip0,x::INSTR".parse().unwrap();
    let error = network.dial(&odd, soon()).await.err().unwrap();
    assert!(error.message().contains("`x` is no TCP port"), "{error}");
}
